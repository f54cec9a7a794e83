"""`educe learn`, and `educe predict` with what it saved: what they print and write, and every refusal."""

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from tests.cli.conftest import Run

import educe
from educe.cli.learn import command
from educe.descent.stopping import Reason
from educe.learning.learn import learn
from educe.learning.saved import load
from educe.table import write

WORDS = ("learn", "wave.csv", "z", "--hidden", "2", "--penalty", "1e-4", "--starts", "3")
DESCENT = ("learn", "wave.csv", "z", "--hidden", "4", "--optimizer", "adam", "--epochs", "60")
KEYS = [
    "inputs",
    "target",
    "layers",
    "parameters_count",
    "train_rmse",
    "validation_rmse",
    "epochs",
    "optimizer",
]
KEYS += ["reason", "seconds"]


@pytest.fixture(autouse=True)
def wave(folder: Path) -> dict[str, np.ndarray]:
    x, y = np.random.default_rng(1).uniform(-2.0, 2.0, (2, 80))
    data = {"x": x, "y": y, "z": np.sin(x) + 0.3 * y, "s": np.where(x > 0, 0.1, 0.2)}
    write(folder / "wave.csv", data)
    return data


def test_no_options_choose_and_say_what_was_tried(run: Run) -> None:
    result = run("learn", "wave.csv", "z", "--inputs", "x,y", "--budget", "0.2")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "z learned from x, y" in result.stdout
    assert "<- chosen" in result.stdout


def test_json_is_one_object_with_the_numbers_of_the_python_side(run: Run) -> None:
    found = json.loads(run(*WORDS, "--inputs", "x,y", "--json").stdout)
    judge = learn("wave.csv", "z", inputs=["x", "y"], hidden=2, penalty=1e-4, starts=3).to_dict()
    assert [key for key in KEYS if key not in found] == []
    assert found.pop("seconds") > 0.0
    del judge["seconds"]
    assert found == judge
    assert (found["layers"], found["parameters_count"]) == ([2, 2, 1], 9)


def test_every_option_reaches_the_training(run: Run) -> None:
    words = ("learn", "wave.csv", "z", "--inputs", "x , y", "--hidden", "3,2", "--activation", "sigmoid")
    words += ("--output", "sigmoid", "--loss", "huber", "--bend", "0.5", "--sigma", "s", "--penalty", "0.01")
    words += (
        "--optimizer",
        "momentum",
        "--initialisation",
        "glorot-uniform",
        "--starts",
        "2",
        "--epochs",
        "40",
    )
    words += ("--batch", "16", "--rate", "0.05", "--schedule", "cosine", "--folds", "4", "--budget", "1")
    words += ("--seed", "3", "--engine", "numpy", "--precision", "float64", "--json")
    found = json.loads(run(*words).stdout)
    judge = learn(
        "wave.csv", "z", inputs=["x", "y"], hidden=(3, 2), activation="sigmoid", output="sigmoid", loss="huber",
        bend=0.5, sigma="s", penalty=0.01, optimizer="momentum", initialisation="glorot-uniform", starts=2,
        epochs=40, batch=16, rate=0.05, schedule="cosine", folds=4, budget=1.0, seed=3, engine="numpy",
    ).to_dict()  # fmt: skip
    del found["seconds"], judge["seconds"]
    assert found == judge


def test_a_linear_law_has_no_hidden_layer(run: Run) -> None:
    found = json.loads(run("learn", "wave.csv", "z", "--inputs", "x,y", "--hidden", "none", "--json").stdout)
    assert found["layers"] == [2, 1]


def test_quiet_prints_nothing(run: Run) -> None:
    result = run(*WORDS, "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_saved_network_predicts_as_in_python(run: Run, folder: Path) -> None:
    result = run(*WORDS, "--inputs", "x,y", "--save", "net.json", "--plot", "net.svg")
    assert result.stdout.endswith("wrote net.json\nwrote net.svg\n")
    assert (folder / "net.svg").read_bytes().startswith(b"<?xml")
    assert not (folder / "net.json.checkpoint").exists()
    write(folder / "new.csv", {"y": np.array([0.0, 1.0, np.nan]), "x": np.array([0.5, 9.0, 1.0])})
    told = json.loads(
        run("predict", "net.json", "new.csv", "-o", "out.csv", "--interval", "0.8", "--json").stdout
    )
    assert told["columns"] == ["z_predicted", "z_lower", "z_upper", "z_outside"]
    assert (told["n"], told["without_prediction"], told["outside"]) == (3, 1, 1)
    net = educe.load("net.json")
    judge = net.predict({"x": [0.5, 9.0], "y": [0.0, 1.0]}, interval="prediction", level=0.8)
    lines = [line.split(",") for line in (folder / "out.csv").read_text().splitlines()]
    assert lines[0][-4:] == ["z_predicted", "z_lower", "z_upper", "z_outside"]
    found = np.array([line[-4:] for line in lines[1:3]], dtype=float)
    expected = np.column_stack((judge.values, judge.lower, judge.upper, judge.outside))
    assert found == pytest.approx(expected, rel=1e-12)
    assert lines[3][-4:-1] == ["", "", ""]


def test_load_tells_fits_from_networks(run: Run) -> None:
    run("fit", "line.csv", "y = m*x + b", "--save", "fit.json", "--quiet")
    run(*WORDS, "--save", "net.json", "--quiet")
    assert isinstance(educe.load("fit.json"), educe.Fit)
    net = educe.load("net.json")
    assert isinstance(net, educe.Learned)
    assert net.scaled.theta.tolist() == load("net.json").scaled.theta.tolist()
    Path("other.json").write_text('{"format": "recipe"}')
    with pytest.raises(educe.FileError, match=r"other.json is neither a fit nor a network that educe saved"):
        educe.load("other.json")


def test_a_finished_training_leaves_a_checkpoint_only_where_one_was_named(run: Run, folder: Path) -> None:
    assert run(*DESCENT, "--save", "net.json", "--quiet").exit_code == 0
    assert not (folder / "net.json.checkpoint").exists()
    assert run(*DESCENT, "--checkpoint", "kept", "--quiet").exit_code == 0
    assert (folder / "kept").exists()
    again = run(*DESCENT, "--checkpoint", "kept", "--resume", "--save", "again.json", "--quiet")
    assert (again.exit_code, again.stderr) == (0, "")
    assert (folder / "again.json").read_bytes() == (folder / "net.json").read_bytes()


def test_resume_without_a_checkpoint_begins_and_says_so(run: Run) -> None:
    result = run(*DESCENT, "--save", "net.json", "--resume", "--quiet")
    assert result.exit_code == 0
    assert "there is no checkpoint net.json.checkpoint; the training begins at its start" in result.stderr


EPOCHS = ("--hidden", "6", "--optimizer", "gradient-descent", "--rate", "0.01", "--epochs", "4000000")
SQUARES = ("--hidden", "16,16", "--penalty", "1e-9", "--starts", "400", "--inputs", "x,y")


@pytest.mark.parametrize("how", [(*EPOCHS, "--engine", "numpy"), SQUARES], ids=["by-epochs", "by-squares"])
def test_ctrl_c_keeps_the_best_so_far(folder: Path, how: tuple[str, ...]) -> None:
    words = ("learn", "wave.csv", "z", *how, "--save", "net.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "educe", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    until = time.monotonic() + 60.0
    while (
        not (folder / "net.json.checkpoint").exists() and process.poll() is None and time.monotonic() < until
    ):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err == (
        "educe: interrupted; the best network so far was kept; net.json.checkpoint lets --resume go on.\n"
    )
    assert "stopped by the user" in out
    net = educe.load("net.json")
    assert isinstance(net, educe.Learned)
    assert np.isfinite(net.predict({"x": [0.0], "y": [0.0], "s": [0.1]})).all()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("learn", "wave.csv", "zz"), "no column 'zz'"),
        (("learn", "wave.csv", "z", "--inputs", "x,yy"), "no column 'yy'"),
        (("learn", "wave.csv", "z", "--inputs", "z"), "z is the target"),
        (("learn", "missing.csv", "z"), "missing.csv"),
        (("learn", "wave.csv", "z", "--hidden", "3;4"), "write --hidden 16,16, or none"),
        (("learn", "wave.csv", "z", "--hidden", "0"), "hidden must be widths of at least 1"),
        (("learn", "wave.csv", "z", "--activation", "sigmod"), "Did you mean 'sigmoid'?"),
        (("learn", "wave.csv", "z", "--optimizer", "adm"), "Did you mean 'adam'?"),
        (("learn", "wave.csv", "z", "--loss", "mes"), "Did you mean 'mse'?"),
        (("learn", "wave.csv", "z", "--seed", "-1"), "seed must be a whole number"),
        (("learn", "wave.csv", "z", "--epochs", "0"), "epochs must be a whole number of at least 1"),
        (("learn", "wave.csv", "z", "--resume"), "--resume needs the checkpoint"),
        (("learn", "wave.csv", "z", "--save", "wave.csv"), "is the input"),
        (("learn", "wave.csv", "z", "--plot", "p.gif"), "a figure is written as"),
        (("learn", "wave.csv", "z", "--save", "no/net.json"), "there is no folder"),
        (("learn", "wave.csv", "z", "--epoch", "3"), "--epochs"),
    ],
)
def test_wrong_use_is_one_sentence_and_nothing_written(
    run: Run, folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    before = sorted(folder.iterdir())
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("educe: ")
    assert result.stderr.count("\n") == 1
    assert sentence in result.stderr
    assert sorted(folder.iterdir()) == before


def test_a_network_has_no_confidence_band(run: Run) -> None:
    run(*WORDS, "--inputs", "x,y", "--save", "net.json", "--quiet")
    result = run("predict", "net.json", "wave.csv", "--kind", "confidence")
    assert result.exit_code == 2
    assert "'confidence' is not offered for a network" in result.stderr
    result = run("predict", "net.json", "wave.csv", "--method", "profile")
    assert result.exit_code == 2
    assert "--method profile is for the band of a law" in result.stderr


def test_a_training_that_fails_is_not_reached(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise educe.FitError("the loss is not a number.")

    monkeypatch.setattr("educe.learning.learn.learn", fails)
    result = run(*WORDS, "--save", "net.json")
    assert (result.exit_code, result.stderr) == (1, "educe: the loss is not a number.\n")
    assert not Path("net.json").exists()


@pytest.mark.parametrize(("reason", "status"), [("EXPLODED", 1), ("EPOCHS", 0), ("FLAT", 0)])
def test_the_status_tells_how_the_training_ended(
    run: Run, monkeypatch: pytest.MonkeyPatch, reason: str, status: int
) -> None:
    net = replace(learn("wave.csv", "z", hidden=1, starts=1), reason=Reason[reason].value)
    monkeypatch.setattr("educe.learning.learn.learn", lambda *_, **__: net)
    assert run(*WORDS).exit_code == status


def test_without_jax_the_compiled_engine_is_refused_in_words(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run(*DESCENT, "--engine", "jax")
    assert result.exit_code == 2
    assert "pip install 'educe[compiled]'" in result.stderr


def test_the_bar_shows_the_loss_and_the_time_left() -> None:
    said: list[str] = []
    learn("wave.csv", "z", hidden=4, optimizer="adam", epochs=60, watch=lambda stand: said.append(str(stand)))
    assert said[0].startswith("epoch 1/60, loss ")
    assert "not seen" in said[0]
    assert said[-1].endswith(", at most 0 s left")


def test_defaults_are_those_of_python() -> None:
    python = {name: p.default for name, p in inspect.signature(learn).parameters.items()}
    given = click.Context(command)
    command.parse_args(given, ["wave.csv", "z"])
    shared = [name for name in given.params if name in python and name != "target"]
    assert len(shared) > 20
    assert {name: given.params[name] for name in shared} == {name: python[name] for name in shared}


def test_a_network_is_explained(run: Run, folder: Path) -> None:
    words = ("learn", "line.csv", "y", "--inputs", "x", "--hidden", "2", "--starts", "2", "--penalty", "0.01")
    said = run(*words, "--report", "line.html", "--save", "line.json", "--quiet")
    assert said.exit_code == 0
    page = (folder / "line.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "One measured row, forward and back" in page
    assert run("explain", "line.json", "-o", "again.html").output == "wrote again.html\n"
    assert (folder / "again.html").stat().st_size > 100_000


def test_several_targets_are_explained_on_one_page(run: Run, folder: Path) -> None:
    words = (
        "learn",
        "wave.csv",
        "z,s",
        "--inputs",
        "x,y",
        "--hidden",
        "2",
        "--starts",
        "1",
        "--penalty",
        "0.01",
    )
    said = run(*words, "--report", "both.html")
    assert said.exit_code == 0
    assert "wrote both.html" in said.output
    page = (folder / "both.html").read_text(encoding="utf-8")
    assert "<title>z, s from x, y" in page
    assert "What was learned of s" in page
