"""`educe fit` with several files, errors in x, outliers and other pictures; `educe next`."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Run

import educe
from educe.table import write

T = np.linspace(0.0, 5.0, 25)
LAW = "y = a*exp(-t/tau)"


@pytest.fixture
def sets(folder: Path) -> Path:
    """Return the folder with cold.csv and hot.csv, which share tau, and far.csv with two outliers."""
    rng = np.random.default_rng(4)
    for name, a in (("cold", 3.0), ("hot", 5.0), ("far", 4.0)):
        y = a * np.exp(-T / 1.7) + rng.normal(0.0, 0.05, 25)
        if name == "far":
            y[[4, 5]] += 1.0
        write(folder / f"{name}.csv", {"t": T, "y": y, "st": np.full(25, 0.02)})
    return folder


SHARED = ("fit", "cold.csv", "hot.csv", "--shared", "tau", LAW)


@pytest.mark.usefixtures("sets")
def test_several_files_are_those_of_python(run: Run) -> None:
    found = json.loads(run(*SHARED, "--json").stdout)
    judge = educe.fit(LAW, ["cold.csv", "hot.csv"], shared=["tau"])
    assert {name: one["value"] for name, one in found["parameters"].items()} == judge.params
    assert [one["source"] for one in found["sets"]] == ["cold.csv", "hot.csv"]
    assert (found["formula"], found["shared"], found["n"]) == (judge.stated.text, ["tau"], 50)
    shown = run(*SHARED).stdout
    assert "a_cold" in shown
    assert "50 rows of cold.csv and hot.csv" in shown


@pytest.mark.usefixtures("sets")
def test_several_names_shared_and_a_separator(run: Run) -> None:
    found = json.loads(run(*SHARED, "--shared", "a,tau", "--separator", ",", "--json").stdout)
    assert list(found["parameters"]) == ["a", "tau"]
    assert [one["name"] for one in found["sets"]] == ["cold", "hot"]


@pytest.mark.usefixtures("sets")
def test_errors_in_x_reach_the_fit(run: Run) -> None:
    words = ("fit", "cold.csv", LAW, "--sigma", "0.05", "--json")
    judge = educe.fit(LAW, "cold.csv", sigma=0.05, sigma_x="st")
    for given in ("st", "t=st", "0.02", "t=0.02"):
        found = json.loads(run(*words, "--sigma-x", given).stdout)
        assert found["parameters"]["tau"]["value"] == pytest.approx(judge.params["tau"], rel=1e-12)
        assert found["errors_in"] == ["t"]


@pytest.mark.usefixtures("sets")
def test_outliers_are_reported_and_only_left_out_when_asked(run: Run) -> None:
    reported = run("fit", "far.csv", LAW, "--outliers", "report")
    assert "outlier" in reported.stdout
    assert "row 5 " in reported.stdout
    assert "row 6 " in reported.stdout
    assert "still in the fit" in reported.stdout
    assert "25 rows of far.csv, none left out" in reported.stdout
    found = json.loads(run("fit", "far.csv", LAW, "--outliers", "exclude", "--json").stdout)
    assert sorted(row["row"] for row in found["outliers"]["rows"]) == [5, 6]
    assert (found["n"], found["left_out"]) == (23, {"outlier": 2})
    assert "2 rows were left out as outliers" in found["warnings"][0]
    assert "No outliers" in run("fit", "cold.csv", LAW, "--outliers", "exclude").stdout


@pytest.mark.usefixtures("sets")
@pytest.mark.parametrize("kind", ["profile", "identifiability"])
def test_other_pictures_are_written(run: Run, folder: Path, kind: str) -> None:
    assert run("fit", "cold.csv", LAW, "--plot", "p.svg", "--plot-kind", kind, "--quiet").exit_code == 0
    assert (folder / "p.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.usefixtures("sets")
def test_the_next_points_are_those_of_python(run: Run, folder: Path) -> None:
    run("fit", "cold.csv", LAW, "--save", "cold.json", "--quiet")
    words = ("next", "cold.json", "--for", "tau", "--range", "t=0:10", "--points", "3")
    found = json.loads(run(*words, "--json", "-o", "plan.csv").stdout)
    judge = educe.load("cold.json").next_points(3, {"t": (0.0, 10.0)}, target="tau")
    assert found["after"] == dict(judge.after)
    assert len((folder / "plan.csv").read_text().splitlines()) == 4
    shown = run(*words).stdout
    assert "3 measurements with t = 0 .. 10 so that the error of tau is smallest" in shown
    alone = json.loads(run("next", "cold.csv", LAW, "--points", "3", "--json").stdout)
    assert alone["criterion"] == "D"


@pytest.mark.usefixtures("sets")
def test_the_next_points_of_a_joint_fit_say_in_which_set(run: Run) -> None:
    run(*SHARED, "--save", "both.json", "--quiet")
    found = json.loads(run("next", "both.json", "--set", "hot", "--points", "2", "--json").stdout)
    assert {point["data_set"] for point in found["points"]} == {"hot"}
    assert "hot" in run("next", "both.json", "--set", "hot", "--points", "2").stdout


@pytest.mark.usefixtures("sets")
def test_predictions_of_a_joint_fit_say_which_set(run: Run, folder: Path) -> None:
    run(*SHARED, "--save", "both.json", "--quiet")
    assert run("predict", "both.json", "cold.csv", "--set", "hot", "-o", "p.csv").exit_code == 0
    first = (folder / "p.csv").read_text().splitlines()[1].split(",")
    assert float(first[3]) == pytest.approx(educe.load("both.json").params["a_hot"])
    refused = run("predict", "both.json", "cold.csv", "-o", "q.csv")
    assert refused.exit_code == 2
    assert "say which one is meant: cold, hot" in refused.stderr
    assert not (folder / "q.csv").exists()


@pytest.mark.usefixtures("sets")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("fit", "cold.csv", "hot.csv", LAW), "say which parameters they have in common, --shared NAME"),
        (("fit", "cold.csv", LAW, "--shared", "tau"), "--shared is for several files"),
        (("fit", "cold.csv"), "a FILE and a LAW are needed"),
        ((*SHARED[:-1], LAW, "--shared", "tua"), "Did you mean 'tau'"),
        (("fit", "cold.csv", LAW, "--sigma-x", "0.1"), "give sigma too"),
        (("fit", "cold.csv", LAW, "--sigma", "0.1", "--sigma-x", "q=0.1"), "q is not an input of the law"),
        (("fit", "cold.csv", LAW, "--outliers", "remove"), "'remove' is not one of report, exclude"),
        (("fit", "cold.csv", LAW, "--plot-kind", "corner"), "give --plot F.svg too"),
        ((*SHARED, "--plot", "hot.csv"), "hot.csv is the input"),
        (("next", "cold.csv"), "cold.csv"),
        (("next", "cold.csv", LAW, "--for", "ta"), "ta is not a parameter"),
        (("next", "cold.csv", LAW, "--range", "t=2:1"), "the low end must be below"),
        (("next", "cold.csv", LAW, "-o", "plan.txt"), "written as .csv, .tsv or .parquet"),
    ],
)
def test_wrong_use_is_refused_in_one_sentence(run: Run, words: tuple[str, ...], sentence: str) -> None:
    refused = run(*words)
    assert refused.exit_code == 2
    assert sentence in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("sets")
def test_options_of_a_law_without_a_law_and_networks_are_refused(run: Run) -> None:
    run("fit", "cold.csv", LAW, "--save", "cold.json", "--quiet")
    assert "none was given" in run("next", "cold.json", "--start", "a=1").stderr
    assert "cold.json is the input" in run("next", "cold.json", "-o", "cold.json").stderr
