"""All commands but fit: what they print and write, what they refuse, and what all have in common."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest
from click.shell_completion import ShellComplete
from tests.cli.conftest import Run

import educe
from educe import datasets
from educe.cli import main
from educe.cli.chapters import Chapter, broken_sensors, sensors
from educe.cli.program import COMMANDS
from educe.table import read

SENSORS = (
    "simulate",
    "z = a*sin(x) + b*cos(y)",
    "--value",
    "a=2,b=0.5",
    "--range",
    "x=-3:3",
    "--range",
    "y=-3:3",
)


def refused(run: Run, *words: str) -> str:
    """Return the sentence with which wrong use is refused."""
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("educe: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_one_example_and_json(run: Run, name: str) -> None:
    text = run(name, "--help").stdout
    assert text.count("Example:\n") == 1
    assert f"  educe {name}" in text
    assert "--json" in text
    with click.Context(main) as context:
        command = main.get_command(context, name)
    assert command is not None
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_the_program_lists_its_commands_with_whole_sentences(run: Run) -> None:
    text = run("--help").stdout
    assert [name for name in COMMANDS if f"  {name} " not in text] == []
    assert "..." not in text.split("Commands:")[1]


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"educe {educe.__version__}\n"


def test_unknown_commands_and_options_get_the_nearest(run: Run) -> None:
    assert "Did you mean 'simulate'?" in refused(run, "simualte")
    assert "no option '--vresion' of educe" in refused(run, "--vresion")
    assert "Did you mean '--noise'?" in refused(run, "simulate", "--nosie")


def test_simulate_writes_the_same_bytes_for_the_same_seed(run: Run) -> None:
    words = (*SENSORS, "-n", "50", "--noise", "0.1", "--outliers", "0.1", "--missing", "0.06", "--seed", "3")
    first = run(*words, "-o", "a.csv")
    assert first.exit_code == run(*words, "-o", "b.csv").exit_code == 0
    assert "50 rows of x, y, z" in first.stdout
    assert "5 readings are outlying, 3 are missing" in first.stdout
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert np.isnan(read("a.csv")["z"]).sum() == 3


def test_simulate_json(run: Run) -> None:
    found = json.loads(run(*SENSORS, "-n", "50", "--grid", "-o", "grid.csv", "--json").stdout)
    assert found["values"] == {"a": 2.0, "b": 0.5}
    assert found["n"] == read("grid.csv").n == 64
    assert found["columns"] == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["simulate", "y = a*x", "-n", "5", "-o", "o.csv"],
            "neither a range nor a value; give an input its range",
        ),
        ([*SENSORS, "-n", "1e3", "-o", "o.csv"], "not a valid integer"),
        ([*SENSORS, "-n", "99999999999999", "-o", "o.csv"], "number of rows must lie between"),
        ([*SENSORS, "-n", "5"], "Missing option '-o'"),
        ([*SENSORS, "-n", "5", "-o", "o.xyz"], "suffix '.xyz'"),
        ([*SENSORS, "-n", "5", "-o", "no/o.csv"], "there is no folder"),
        ([*SENSORS, "-n", "5", "-o", "o.csv", "--noise", "loud"], "noise is a number"),
        ([*SENSORS, "-n", "5", "-o", "o.csv", "--missing", "1.5"], "missing is a share"),
        ([*SENSORS, "-n", "5", "-o", "o.csv", "--seed", "-1"], "--seed"),
        ([*SENSORS, "-n", "5", "-o", "o.csv", "--range", "x=0:1"], "x is given twice"),
        (["simulate", "y = eval(x)", "-n", "5", "-o", "o.csv"], "no function or named law 'eval'"),
    ],
)
def test_simulate_refuses(run: Run, folder: Path, words: list[str], sentence: str) -> None:
    before = sorted(folder.iterdir())
    assert sentence in refused(run, *words)
    assert sorted(folder.iterdir()) == before


@pytest.fixture
def model(run: Run, folder: Path) -> Path:
    """Return a saved fit of the line, beside `new.csv` with a missing and a distant input."""
    run("fit", "line.csv", "y = m*x + b", "--save", "line.json")
    (folder / "new.csv").write_text("place,x\nhere,1.0\ngap,\nfar,9.0\n", encoding="utf-8")
    return folder / "line.json"


def test_predict_writes_the_old_columns_and_the_new(run: Run, model: Path) -> None:
    result = run("predict", "line.json", "new.csv", "-o", "out.csv")
    assert "3 rows; 1 without a prediction, 1 outside the measured region" in result.stdout
    header, here, gap, far = Path("out.csv").read_text(encoding="utf-8").splitlines()
    assert header == "place,x,y_predicted,y_lower,y_upper,y_outside"
    judge = educe.load(model).predict({"x": [1.0]}, interval="prediction")
    assert isinstance(judge, educe.uncertainty.prediction.Prediction)
    assert (
        here == f"here,1.0,{float(judge.values[0])!r},{float(judge.lower[0])!r},{float(judge.upper[0])!r},0"
    )
    assert gap == "gap,,,,,"
    assert far.endswith(",1")


def test_predict_prints_csv_where_no_file_is_named(run: Run, model: Path) -> None:
    run("predict", "line.json", "new.csv", "-o", "out.csv")
    result = run("predict", "line.json", "new.csv")
    assert result.stdout == Path("out.csv").read_text(encoding="utf-8")
    assert result.stderr.startswith("educe: 3 rows;")


@pytest.mark.parametrize("method", ["wald", "profile", "bootstrap"])
def test_predict_with_each_method_of_the_band(run: Run, folder: Path, method: str) -> None:
    run("fit", "decay.csv", "y = a*exp(-k*t)", "--save", "decay.json")
    words = (
        "predict",
        "decay.json",
        "decay.csv",
        "-o",
        "out.csv",
        "--kind",
        "confidence",
        "--method",
        method,
    )
    assert json.loads(run(*words, "--json").stdout)["method"] == method
    found = read(folder / "out.csv")
    band = educe.load("decay.json").predict("decay.csv", interval="confidence", method=method)
    assert found["y_lower"] == pytest.approx(band.lower)
    assert found["y_upper"] == pytest.approx(band.upper)
    assert run(*words, "-q").output == ""


def test_predict_kind_and_level(run: Run, model: Path) -> None:
    words = ("predict", "line.json", "new.csv", "-o", "out.csv", "--kind", "confidence", "--interval", "0.5")
    found = json.loads(run(*words, "--json").stdout)
    assert found["n"] == 3
    assert (found["without_prediction"], found["outside"], found["level"]) == (1, 1, 0.5)
    judge = educe.load(model).predict({"x": [1.0]}, interval="confidence", level=0.5)
    assert read("out.csv")["y_lower"][0] == judge.lower[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["predict", "no.json", "new.csv"], "no.json: No such file"),
        (["predict", "line.csv", "new.csv"], "line.csv is not a JSON file"),
        (["predict", "line.json", "decay.csv"], "no column 'x'"),
        (["predict", "line.json", "new.csv", "--json"], "--json needs -o"),
        (["predict", "line.json", "new.csv", "-o", "new.csv"], "new.csv is the input"),
        (["predict", "line.json", "new.csv", "--kind", "predicton"], "Did you mean 'prediction'?"),
        (["predict", "line.json", "new.csv", "--method", "profil"], "Did you mean 'profile'?"),
        (["predict", "line.json", "new.csv", "-q"], "--quiet needs -o"),
        (["predict", "line.json", "new.csv", "--interval", "95"], "between 0 and 1"),
    ],
)
def test_predict_refuses(run: Run, model: Path, words: list[str], sentence: str) -> None:
    assert sentence in refused(run, *words)


def test_certify_counts_digits(run: Run) -> None:
    result = run("certify", "--start", "2", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [one["name"] for one in found["problems"]] == list(datasets.names("nist"))
    keys = {"name", "start", "digits_parameters", "digits_stderr", "digits_rss", "seconds", "signs", "missed"}
    assert set(found["problems"][0]) == keys
    assert found["missed"] == 0


def test_certify_fails_where_digits_are_missed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from educe.certification.certify import NEEDED

    monkeypatch.setitem(NEEDED, "parameters", 12.0)
    result = run("certify", "--start", "2")
    assert result.exit_code == 1
    assert "0 of 27 runs have the digits" in result.stdout
    assert "Missed: Bennett5 from start 2 (parameters)" in result.stdout


def test_laws_are_listed_by_group_and_explained_one_by_one(run: Run) -> None:
    from educe.formula.library import LAWS, names

    text = run("laws").stdout
    assert [law.signature for law in LAWS.values() if law.signature not in text] == []
    assert [law["name"] for law in json.loads(run("laws", "peaks", "--json").stdout)["laws"]] == list(
        names("peaks")
    )
    one = run("laws", "gaussian").stdout
    assert "standard deviation" in one
    assert 'educe fit FILE "y = gaussian(x)"' in one
    assert "Did you mean 'gaussian'?" in refused(run, "laws", "gausian")


def test_laws_are_drawn(run: Run) -> None:
    assert run("laws", "gaussian", "--plot", "one.svg").exit_code == 0
    assert run("laws", "peaks", "--plot", "many.png").exit_code == 0
    assert Path("many.png").read_bytes().startswith(b"\x89PNG")
    assert ".svg, .png, .pdf" in refused(run, "laws", "gaussian", "--plot", "one.gif")


def test_data_are_listed_described_and_written(run: Run) -> None:
    assert [name for name in datasets.names() if name not in run("data").stdout] == []
    assert len(json.loads(run("data", "--json").stdout)["data"]) == len(datasets.names())
    assert "compression ratio" in run("data", "ethanol").stdout
    assert run("data", "ethanol", "-o", "e.csv").stdout == "wrote e.csv: 88 rows\n"
    assert np.array_equal(read("e.csv")["NOx"], datasets.load("ethanol").columns["NOx"])
    assert "Did you mean 'ethanol'?" in refused(run, "data", "ethnol")
    assert "-o needs the NAME" in refused(run, "data", "-o", "e.csv")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(run: Run, shell: str) -> None:
    assert "_EDUCE_COMPLETE" in run("completion", shell).stdout
    assert "not one of" in refused(run, "completion", "csh")


def test_demo_tells_the_story_and_writes_what_it_lists(run: Run, folder: Path) -> None:
    result = run("demo", "story")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) <= 60
    written = {file.name for file in (folder / "story").iterdir()}
    for name in ("sensors", "broken", "ethanol", "puromycin"):
        assert {f"{name}{ending}" for ending in (".csv", ".json", ".svg", ".png", ".html")} <= written
        assert educe.load(folder / "story" / f"{name}.json").converged
    index = (folder / "story" / "README.md").read_text(encoding="utf-8")
    assert [name for name in written if name != "README.md" and f"({name})" not in index] == []
    assert "line.csv is a file" in refused(run, "demo", "line.csv")


@pytest.mark.parametrize("chapter", [sensors, broken_sensors])
def test_the_chapters_of_the_demo_agree_with_the_truth(
    folder: Path, chapter: Callable[[Path], Chapter]
) -> None:
    found = chapter(folder)
    assert set(found.off) == {"a", "b"}
    assert max(map(abs, found.off.values())) < 3.0


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["cer"], "certify"),
        (["fit", "--abs"], "--absolute-sigma"),
        (["laws", "gaussian_2"], "gaussian_2d"),
        (["fit", "line.csv", "gaussian_2"], "gaussian_2d(x, y)"),
        (["fit", "line.csv", "y = gaussian_2"], "y = gaussian_2d(x, y)"),
        (["data", "etha"], "ethanol"),
        (["fit", "line.csv", "y=x", "--sigma", ""], "s"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_the_shell_completes(words: list[str], offered: str) -> None:
    *before, typed = words
    found = ShellComplete(main, {}, "educe", "_EDUCE_COMPLETE").get_completions(before, typed)
    assert offered in [item.value for item in found]


@pytest.mark.usefixtures("folder")
def test_columns_of_a_file_that_is_not_there_are_not_offered() -> None:
    assert (
        ShellComplete(main, {}, "educe", "X").get_completions(["fit", "no.csv", "y=x", "--sigma"], "") == []
    )
