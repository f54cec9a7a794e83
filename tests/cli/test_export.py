"""`educe export` on fits and networks that were saved."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import Result

import educe

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Result]


@pytest.fixture
def models(folder: Path) -> Path:
    """Return a folder with a fit, a network and a network of two targets."""
    educe.fit("y = a*exp(-k*t)", folder / "decay.csv").save(folder / "decay.json")
    t = np.linspace(0.0, 3.0, 40)
    data = {"t": t, "y": np.sin(t), "z": np.cos(t)}
    educe.learn(data, "y", inputs=["t"], hidden=2, penalty=1e-3, starts=1).save(folder / "net.json")
    educe.learn(data, ["y", "z"], hidden=2, penalty=1e-3, starts=1).save(folder / "both.json")
    return folder


def test_a_fit_as_python_predicts_the_same(run: Run, models: Path) -> None:
    said = run("export", "decay.json", "--to", "python", "-o", "decay.py")
    assert said.exit_code == 0
    assert said.output == "wrote decay.py\n"
    space: dict[str, Callable[[float], float]] = {}
    exec((models / "decay.py").read_text(), space)  # noqa: S102 - that is what is tested
    expected = float(np.asarray(educe.load("decay.json").predict({"t": [1.5]}))[0])
    assert space["y"](1.5) == pytest.approx(expected, rel=1e-12)


def test_code_goes_to_the_screen(run: Run, models: Path) -> None:
    said = run("export", "net.json", "--to", "c")
    assert said.exit_code == 0
    assert said.output.startswith("#include <math.h>")


def test_json_says_what_was_written(run: Run, models: Path) -> None:
    said = run("export", "net.json", "--to", "spreadsheet", "-o", "net.xlsx", "--json")
    found = json.loads(said.output)
    assert found == {"file": "net.xlsx", "language": "spreadsheet", "target": "y", "bytes": found["bytes"]}
    assert found["bytes"] == (models / "net.xlsx").stat().st_size
    assert run("export", "net.json", "--to", "c", "-o", "net.c", "-q").output == ""


def test_several_targets_are_one_function(run: Run, models: Path) -> None:
    assert "void y_z(double t, double educe_out[2])" in run("export", "both.json", "--to", "c").output
    said = run("export", "both.json", "--to", "numpy", "-o", "both.py", "--json")
    assert json.loads(said.output)["target"] == ["y", "z"]


def test_several_targets_are_one_page(run: Run, models: Path) -> None:
    assert run("explain", "both.json", "-o", "both.html", "--level", "school").output == "wrote both.html\n"
    page = (models / "both.html").read_text(encoding="utf-8")
    assert "<title>y, z from t" in page
    assert 'id="level-school" checked' in page
    assert 'id="part-0" checked><label for="part-0">y</label>' in page
    assert '<section id="found-1" class="chapter from-plain part part-1"' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_one_of_several_targets(run: Run, models: Path) -> None:
    assert "double z(double t)" in run("export", "both.json", "--to", "c", "--target", "z").output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("net.json", "--to", "pyton"), "Did you mean 'python'?"),
        (("net.json", "--to", "onnx"), "--to onnx needs -o OUT"),
        (("net.json", "--to", "c", "--json"), "--json needs -o OUT"),
        (("net.json", "--to", "c", "-o", "net.json"), "net.json is the input"),
        (("net.json", "--to", "c", "-o", "no/net.c"), "there is no folder"),
        (("net.json", "--to", "c", "--target", "w"), "'w' is not predicted; there is y"),
        (("both.json", "--to", "c", "--target", "w"), "'w' is not predicted; there is y, z"),
        (("decay.csv", "--to", "c"), "is not a JSON file"),
        (("none.json", "--to", "c"), "none.json: No such file"),
        (("net.json",), "--to"),
    ],
)
def test_wrong_use(run: Run, models: Path, words: tuple[str, ...], sentence: str) -> None:
    said = run("export", *words)
    assert said.exit_code == 2
    assert sentence in said.output
    assert said.output.count("\n") == 1


def test_one_of_several_targets_is_explained(run: Run, models: Path) -> None:
    assert run("explain", "both.json", "-o", "both.html", "--target", "z").output == "wrote both.html\n"
    assert "<title>z from t" in (models / "both.html").read_text(encoding="utf-8")
