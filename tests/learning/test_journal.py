"""Trainings by Levenberg-Marquardt that are watched, interrupted, killed and taken up again."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from educe.descent.side_by_side import descend
from educe.descent.stopping import Reason
from educe.engines.network_rows import NetworkRows
from educe.errors import FileError
from educe.learning import journal
from educe.learning.learn import learn
from educe.learning.polishing import polish
from educe.network.architecture import Architecture
from educe.network.initialise import initialise


def data(n=120):
    random = np.random.default_rng(0)
    x, y = random.uniform(-3, 3, (2, n))
    return {"x": x, "y": y, "z": 2 * np.sin(x) + 0.5 * np.cos(y) + 0.1 * random.normal(size=n)}


def train(**more):
    return learn(data(), "z", **({"budget": 0.8, "seed": 3} | more))


@pytest.fixture
def every_step(monkeypatch):
    monkeypatch.setattr(journal, "EVERY", -1.0)
    monkeypatch.setattr(journal, "SHARE", 1e9)


@pytest.fixture(scope="module")
def whole():
    return train()


def pressing(at):
    """Return a watcher that presses Ctrl-C at look number `at`, and the looks it had."""
    looks = []

    def watch(stand):
        looks.append(stand)
        if len(looks) == at:
            raise KeyboardInterrupt

    return watch, looks


@pytest.fixture(scope="module")
def looks():
    watch, looks = pressing(-1)
    train(watch=watch)
    return looks


def test_what_is_told_names_the_stage_the_loss_and_the_time_left(looks):
    stages = list(dict.fromkeys(stand.stage.split(",")[0] for stand in looks))
    assert stages[:2] == ["choosing a network", "measuring its error"]
    assert stages[2] in {f"training {count} starts" for count in range(1, 25)}
    assert all(stand.loss > 0.0 for stand in looks)
    assert any(stand.left is not None for stand in looks)
    assert looks[-1].epoch <= looks[-1].epochs
    assert "at most" in str(looks[-1])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.93, 0.99])
def test_a_resumed_training_ends_with_the_same_bits(tmp_path, every_step, whole, looks, share):
    at = int(share * len(looks))
    watch, _ = pressing(at)
    file = tmp_path / "c.json"
    stopped = train(checkpoint=file, watch=watch)
    assert stopped.reason == Reason.INTERRUPTED.value
    assert np.isfinite(stopped.validation_rmse)
    resumed = train(checkpoint=file, resume=True)
    assert np.array_equal(whole.scaled.theta, resumed.scaled.theta)
    assert np.array_equal(whole.members, resumed.members)
    assert (whole.starts, whole.epochs, whole.reason) == (resumed.starts, resumed.epochs, resumed.reason)


def test_what_was_done_is_not_done_again(tmp_path, every_step, looks):
    watch, _ = pressing(len(looks) - 2)
    file = tmp_path / "c.json"
    train(checkpoint=file, watch=watch)
    watch, again = pressing(-1)
    train(checkpoint=file, resume=True, watch=watch)
    assert len(again) < 0.1 * len(looks)


def test_a_process_killed_in_the_middle_is_taken_up_to_the_same_bits(tmp_path, whole):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_journal as t\n"
        "t.journal.EVERY = -1.0; t.journal.SHARE = 1e9\n"
        "net = t.train(checkpoint=sys.argv[2], resume=True)\n"
        "print(net.scaled.theta.tobytes().hex())"
    )
    file = tmp_path / "c.json"
    command = [sys.executable, "-c", program, os.path.dirname(__file__), str(file)]
    for pause in (0.1, 0.3, 0.6):  # three lives, each cut short
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        while not file.exists() and child.poll() is None:
            time.sleep(0.005)
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        json.loads(file.read_text())  # whole, whenever it was cut
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert found == whole.scaled.theta.tobytes().hex()


@pytest.mark.parametrize("change", [{"seed": 4}, {"budget": 0.2}, {"activation": "sin"}, {"hidden": 3}])
def test_a_checkpoint_of_another_training_is_refused(tmp_path, every_step, change):
    file = tmp_path / "c.json"
    watch, _ = pressing(60)
    train(checkpoint=file, watch=watch)
    with pytest.raises(FileError, match="another network, other options or other data"):
        train(**({"checkpoint": file, "resume": True} | change))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("descents"),
        lambda c: c.__setitem__("descents", 3),
        lambda c: c["descents"][0].__setitem__("ends", [1]),
        lambda c: c["descents"][0]["ends"][0].__setitem__("kind", "object"),
        lambda c: c["descents"][0]["ends"][0].__setitem__("data", "####"),
        lambda c: c["descents"][0]["ends"][0].__setitem__("shape", [10**12]),
        lambda c: c["descents"][0]["ends"].pop(),
        lambda c: c["descents"][0].__setitem__("start", "0123456789abcdef"),
        lambda c: c.__setitem__("current", [1]),
        lambda c: c["current"]["standing"].pop(),
        lambda c: c["current"]["standing"][4].__setitem__("shape", [1]),
        lambda c: c["current"].__setitem__("standing", {}),
    ],
)
def test_a_damaged_checkpoint_is_refused(tmp_path, every_step, change):
    file = tmp_path / "c.json"
    watch, _ = pressing(60)
    train(checkpoint=file, watch=watch)
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(FileError):
        train(checkpoint=file, resume=True)


def test_ctrl_c_after_one_step_still_leaves_a_network():
    net = train(watch=pressing(1)[0], hidden=3)
    assert net.layers == (2, 3, 1)
    assert net.reason == Reason.INTERRUPTED.value
    assert np.isfinite(net.predict(data())).all()


def test_ctrl_c_in_the_choice_keeps_the_best_candidate():
    net = train(watch=pressing(20)[0])
    assert net.reason == Reason.INTERRUPTED.value
    assert {t.hidden for t in net.tried} == {()}


def test_ctrl_c_in_the_training_keeps_the_best_so_far(whole, looks):
    total = len(looks)
    early, late = (train(watch=pressing(at)[0]) for at in (int(0.8 * total), total - 1))
    assert late.train_rmse <= early.train_rmse * 1.01
    assert late.train_rmse == pytest.approx(whole.train_rmse, rel=0.05)


def test_a_descent_and_its_last_steps_go_on_where_they_stood():
    d = data()
    x = np.stack((d["x"], d["y"]))
    architecture = Architecture((2, 4, 1))
    rows = NetworkRows(architecture, x, d["z"], np.ones(120), np.full(3, 1e-3))
    begin = initialise(architecture, 0, starts=3)[:, : rows.searched]
    kept = []
    ends = descend(rows, begin, iterations=40, look=lambda k, standing: kept.append(standing))
    for standing in (kept[0], kept[7], kept[-1]):
        again = descend(rows, begin, iterations=40, since=standing)
        assert all(np.array_equal(a, b) for a, b in zip(ends, again, strict=True))
    theta = initialise(architecture, 1)[0]
    steps = []
    triple = (x, d["z"][None], np.ones(120))
    end = polish(architecture, theta, triple, 1e-3, look=lambda standing, cost: steps.append(standing))
    for standing in (steps[0], steps[4], steps[-1]):
        again = polish(architecture, theta, triple, 1e-3, since=standing)
        assert np.array_equal(end.theta, again.theta)
        assert end.iterations == again.iterations
