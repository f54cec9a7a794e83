"""Long trainings: checkpoints that survive a kill, resuming to the same bits, Ctrl-C, files of other trainings."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from educe.errors import FileError
from educe.learning import large
from educe.learning.learn import learn


def data():
    random = np.random.default_rng(0)
    x, y = random.uniform(-3, 3, (2, 120))
    return {"x": x, "y": y, "z": 2 * np.sin(x) + 0.5 * np.cos(y) + 0.1 * random.normal(size=120)}


def train(**more):
    options = {"hidden": 5, "optimizer": "adam", "epochs": 400, "batch": 16, "starts": 2, "seed": 3} | more
    return learn(data(), "z", **options)


@pytest.fixture
def every_check(monkeypatch):
    monkeypatch.setattr(large, "SAVED_EVERY", -1.0)


@pytest.mark.parametrize("optimizer", ["adam", "l-bfgs"])
@pytest.mark.parametrize("stop", [3, 30, 60])
def test_a_resumed_training_ends_with_the_same_bits(tmp_path, every_check, optimizer, stop):
    batch = 16 if optimizer == "adam" else None
    whole = train(optimizer=optimizer, batch=batch)
    looks = 0

    def press(state):
        nonlocal looks
        looks += 1
        if looks == stop:
            raise KeyboardInterrupt

    file = tmp_path / "c.json"
    broken = train(optimizer=optimizer, batch=batch, checkpoint=file, watch=press)
    resumed = train(optimizer=optimizer, batch=batch, checkpoint=file, resume=True)
    assert np.array_equal(whole.scaled.theta, resumed.scaled.theta)
    assert whole.history == resumed.history
    if looks == stop:
        assert "stopped by the user" in broken.reason


def test_a_training_killed_at_any_moment_is_taken_up(tmp_path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_checkpoints as t\n"
        "t.large.SAVED_EVERY = -1.0\n"
        "net = t.train(epochs=1500, checkpoint=sys.argv[2], resume=True)\n"
        "print(net.scaled.theta.tobytes().hex())"
    )
    file = tmp_path / "c.json"
    command = [sys.executable, "-c", program, os.path.dirname(__file__), str(file)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    while not file.exists() and child.poll() is None:
        time.sleep(0.005)
    time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert found == train(epochs=1500).scaled.theta.tobytes().hex()


@pytest.mark.parametrize("change", [{"hidden": 6}, {"seed": 4}, {"rate": 0.5}])
def test_a_checkpoint_of_another_training_is_refused(tmp_path, every_check, change):
    file = tmp_path / "c.json"
    train(checkpoint=file, epochs=40)
    with pytest.raises(FileError, match="another network"):
        train(**({"checkpoint": file, "epochs": 40, "resume": True} | change))


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"format": "educe training", "version": 1, "training": "x"}']
)
def test_what_is_no_checkpoint_is_refused(tmp_path, text):
    file = tmp_path / "c.json"
    file.write_text(text)
    with pytest.raises(FileError):
        train(checkpoint=file, resume=True)


def test_ctrl_c_during_the_choice_keeps_the_best(monkeypatch):
    from educe.learning import choosing

    calls = 0
    real = choosing.cross_validate

    def press(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(choosing, "cross_validate", press)
    net = learn(data(), "z")
    assert {t.hidden for t in net.tried} == {(), (2,)}


def test_ctrl_c_before_the_first_check_is_no_explosion(monkeypatch):
    """A compiled training spends its first seconds on compiling; nothing is known of the loss by then."""

    def run(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("educe.engines.network_gradient.NetworkGradient.__call__", run)
    with pytest.raises(KeyboardInterrupt):
        train(engine="numpy")
