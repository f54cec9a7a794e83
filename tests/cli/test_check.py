"""`educe check`: what it prints and writes, and every refusal."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Run

from educe.table import write

LAW = "y = a*x + b"
QUICK = ("--no-network", "--replicates", "199")


@pytest.fixture(autouse=True)
def wave(folder: Path) -> None:
    random = np.random.default_rng(0)
    x = np.linspace(0.0, 3.0, 120)
    e = 0.1 * random.standard_normal(120)
    s = np.full(120, 0.1)
    write(folder / "wrong.csv", {"x": x, "y": 2.0 * x + 0.2 * np.sin(6.0 * x) + e, "s": s})
    write(folder / "right.csv", {"x": x, "y": 2.0 * x + 1.0 + e, "s": s})


def test_a_right_law_leaves_nothing(run: Run) -> None:
    result = run("check", "right.csv", LAW, "--replicates", "199")
    assert result.exit_code == 0
    assert "nothing left: the residuals look like noise" in result.stdout
    assert "network  predicts nothing" in result.stdout


def test_a_wrong_law_is_told_where_and_drawn_and_the_status_is_0(run: Run, folder: Path) -> None:
    result = run("check", "wrong.csv", LAW, *QUICK, "--plot", "left.svg")
    assert result.exit_code == 0
    assert "structure: an oscillation along x with a period of 1" in result.stdout
    assert "wrote left.svg" in result.stdout
    assert b"<svg" in (folder / "left.svg").read_bytes()


def test_a_saved_fit_gives_the_same_as_its_data(run: Run) -> None:
    assert run("fit", "wrong.csv", LAW, "--sigma", "s", "--save", "fit.json", "--quiet").exit_code == 0
    saved = json.loads(run("check", "fit.json", *QUICK, "--json").stdout)
    made = json.loads(run("check", "wrong.csv", LAW, "--sigma", "s", *QUICK, "--json").stdout)
    assert saved == made
    assert saved["found"]
    assert saved["p_value"] <= 0.05
    assert saved["regions"][0]["rows"] > 4


def test_options_of_the_fit_reach_it(run: Run) -> None:
    found = json.loads(
        run("check", "wrong.csv", LAW, "--where", "x < 2", "--loss", "huber", *QUICK, "--json").stdout
    )
    assert found["n"] == 80
    assert any("robust" in note for note in found["notes"])


def test_quiet_prints_nothing(run: Run) -> None:
    result = run("check", "wrong.csv", LAW, *QUICK, "--quiet")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("wrong.csv",), "wrong.csv is no fit that educe saved; give its LAW too"),
        (("fit.json", "--sigma", "s"), "--sigma, --loss, --where and the like say how LAW is fitted"),
        (("wrong.csv", LAW, "--level", "2"), "level must lie between 0 and 1"),
        (("wrong.csv", LAW, "--replicates", "3"), "replicates must be at least 99, not 3"),
        (("wrong.csv", LAW, "--plot", "a.txt"), "a figure is written as .svg, .png, .pdf"),
        (("wrong.csv", LAW, "--plot", "wrong.csv"), "is the input"),
        (("wrong.csv", LAW, "--where", "x < 0.1"), "it misses can be told from 8 rows on"),
    ],
)
def test_refusals(run: Run, words: tuple[str, ...], sentence: str) -> None:
    result = run("check", *words)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


def test_a_network_is_refused(run: Run) -> None:
    run(
        "learn",
        "right.csv",
        "y",
        "--inputs",
        "x",
        "--hidden",
        "2",
        "--starts",
        "1",
        "--save",
        "net.json",
        "--quiet",
    )
    result = run("check", "net.json")
    assert result.exit_code == 2
    assert "holds a network; check looks at what a fitted law leaves" in result.stderr
