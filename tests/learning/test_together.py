"""Several targets by one network: each with its own error and intervals, saved, drawn, told."""

import json

import numpy as np
import pytest

import educe
from educe.engines.network_rows import RIDGE, NetworkRows
from educe.errors import FileError, ParameterError, TableError
from educe.learning.learn import learn
from educe.learning.regressor import NetworkRegressor
from educe.learning.saved import load
from educe.network.architecture import Architecture
from educe.network.forward import forward
from educe.network.initialise import initialise


def measured(n=200, seed=0):
    random = np.random.default_rng(seed)
    x, y = random.uniform(-3, 3, (2, n))
    z = 2 * np.sin(x) + 0.5 * np.cos(y) + 0.1 * random.normal(size=n)
    return {"x": x, "y": y, "z": z, "w": 1e4 * x * y + 300.0 * random.normal(size=n)}


@pytest.fixture(scope="module")
def both():
    return learn(measured(), ["z", "w"], hidden=8, penalty=1e-4, starts=4)


def test_each_target_is_learned_to_its_own_noise(both):
    assert both.layers == (2, 8, 2)
    assert both.parameters_count == 2 * 8 + 8 + 8 * 2 + 2
    assert both.inputs == ("x", "y")
    assert both.train_rmse["z"] < 0.15
    assert both.train_rmse["w"] < 600.0
    assert both.validation_rmse["z"] == both["z"].validation_rmse


def test_the_hidden_layers_are_shared(both):
    (W, b), _ = both["z"].scaled.layers
    (V, c), _ = both["w"].scaled.layers
    assert np.array_equal(W, V)
    assert np.array_equal(b, c)


def test_predictions_are_columns_each_with_its_interval(both):
    new = measured(1000, seed=1)
    values = both.predict(new)
    assert values.shape == (1000, 2)
    assert np.array_equal(values[:, 1], both["w"].predict(new))
    band = both.predict(new, interval="prediction", level=0.9)
    assert band.lower.shape == band.upper.shape == band.stderr.shape == (1000, 2)
    assert band.outside.shape == (1000,)
    held = [np.mean((band.lower[:, k] <= new[t]) & (new[t] <= band.upper[:, k])) for k, t in enumerate("zw")]
    assert min(held) > 0.84


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "l-bfgs", "epochs": 60},
        {"optimizer": "adam", "epochs": 40, "batch": 32},
        {"optimizer": "adam", "epochs": 40, "engine": "jax"},
        {"loss": "mae", "epochs": 60},
        {"output": "sigmoid", "penalty": 1e-5, "starts": 2},
    ],
    ids=str,
)
def test_every_way_of_training_takes_several(options):
    if options.get("engine") == "jax":
        pytest.importorskip("jax")
    net = learn(measured(), ["z", "w"], hidden=6, **options)
    spread = {name: measured()[name].std() for name in ("z", "w")}
    assert all(net.train_rmse[name] < spread[name] for name in spread)


def test_one_name_in_a_list_is_still_together():
    net = learn(measured(60), ["z"], inputs=["x", "y"], hidden=2, penalty=0.1, starts=2)
    alone = learn(measured(60), "z", inputs=["x", "y"], hidden=2, penalty=0.1, starts=2)
    assert isinstance(net, educe.LearnedTogether)
    assert net.predict(measured(5)).shape == (5, 1)
    assert np.array_equal(net["z"].scaled.theta, alone.scaled.theta)


def test_saved_and_loaded_to_the_same_bytes(both, tmp_path):
    both.save(tmp_path / "a.json")
    again = load(tmp_path / "a.json")
    again.save(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert np.array_equal(again.predict(measured(9)), both.predict(measured(9)))
    assert str(again) == str(both)
    assert isinstance(educe.load(tmp_path / "a.json"), educe.LearnedTogether)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.__setitem__("each", []),
        lambda s: s.__setitem__("each", [1]),
        lambda s: s["each"][1]["summary"].__setitem__("target", "z"),
        lambda s: s["each"][1]["summary"].__setitem__("inputs", ["x", "q"]),
        lambda s: s["each"][1]["theta"].pop(),
        lambda s: s["each"][1]["theta"].__setitem__(0, 0.5),
        lambda s: s["each"][1]["scales"]["centre"].__setitem__(0, 0.5),
        lambda s: s["each"][1].__setitem__("link", "exp"),
        lambda s: s.pop("each"),
    ],
)
def test_damaged_files_are_refused(both, tmp_path, change):
    both.save(tmp_path / "a.json")
    saved = json.loads((tmp_path / "a.json").read_text())
    change(saved)
    (tmp_path / "a.json").write_text(json.dumps(saved))
    with pytest.raises(FileError, match="damaged"):
        load(tmp_path / "a.json")


def test_text_and_json_say_both(both):
    words = str(both)
    assert "z, w learned from x, y" in words
    assert "2-8-2, 42 parameters" in words
    assert words.count("held-out RMSE") == 2
    assert "of all targets, in the unit of z" in words
    found = json.loads(json.dumps(both.to_dict(), allow_nan=False))
    assert found["target"] == ["z", "w"]
    assert found["train_rmse"] == both.train_rmse
    assert found["targets"]["w"]["coverage"].keys() == {"0.8", "0.95"}
    assert found["layers"] == [2, 8, 2]


def test_the_figure_has_a_part_for_each(both):
    titles = [part.get_suptitle() for part in both.plot().subfigs]
    assert titles == ["z learned from x, y by a 2-8-2 network", "w learned from x, y by a 2-8-2 network"]


def test_the_notebook_block_has_a_row_for_each(both):
    block = both._repr_html_()
    assert block.count("<tr>") == 3
    assert "z, w</b> learned from x, y" in block


def test_refusals(both):
    with pytest.raises(ParameterError, match="named twice"):
        learn(measured(20), ["z", "z"])
    with pytest.raises(ParameterError, match="a target; it cannot be an input"):
        learn(measured(20), ["z", "w"], inputs=["x", "w"])
    with pytest.raises(ParameterError, match="no target"):
        learn(measured(20), [])
    with pytest.raises(TableError, match="w is 0 in every row"):
        learn(measured(20) | {"w": np.zeros(20)}, ["z", "w"])
    with pytest.raises(ParameterError, match="huber loss bends at one residual"):
        learn(measured(20), ["z", "w"], loss="huber")
    with pytest.raises(ParameterError, match="its targets are z, w"):
        both["zz"]


def test_the_last_layer_of_several_outputs_is_least_squares():
    """The solved rows of the last layer leave a gradient of zero with respect to themselves."""
    random = np.random.default_rng(2)
    architecture = Architecture((2, 3, 2))
    x, y = random.normal(size=(2, 50)), random.normal(size=(2, 50))
    rows = NetworkRows(architecture, x, y, random.uniform(0.5, 2.0, 50), np.array([0.3]))
    alpha = initialise(architecture, 1)[:, : rows.searched]
    cost, solved = rows.evaluate(alpha, np.array([0]))

    def total(c):
        theta = np.concatenate((alpha[0], c))
        r = y - forward(architecture, theta, x)
        slight = RIDGE * rows.weights.sum() * np.square(c).sum()
        return (r * r) @ rows.weights, 0.3 * np.square(theta[architecture.is_weight]).sum() + slight

    assert cost[0] == pytest.approx(sum(total(solved[0])[0]) + total(solved[0])[1], rel=1e-12)
    for k in range(len(solved[0])):
        e = 1e-4 * np.eye(len(solved[0]))[k]
        up, down = (sum(total(solved[0] + s * e)[0]) + total(solved[0] + s * e)[1] for s in (1, -1))
        assert (up - down) / 2e-4 == pytest.approx(0.0, abs=1e-6)


def test_the_gradient_of_several_outputs_agrees_with_differences():
    random = np.random.default_rng(3)
    architecture = Architecture((2, 3, 2))
    x, y = random.normal(size=(2, 40)), random.normal(size=(2, 40))
    rows = NetworkRows(architecture, x, y, np.ones(40), np.array([0.1]))
    alpha, which = initialise(architecture, 4)[:, : rows.searched], np.array([0])
    _, solved = rows.evaluate(alpha, which)
    _, g = rows.linearise(alpha, solved, which, near=np.array([True]), turn=0)
    for k in range(rows.searched):
        e = 1e-5 * np.eye(rows.searched)[k]
        slope = (rows.evaluate(alpha + e, which)[0] - rows.evaluate(alpha - e, which)[0])[0] / 2e-5
        assert -2.0 * g[0, k] == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_the_regressor_takes_columns():
    data = measured()
    X, Y = np.column_stack((data["x"], data["y"])), np.column_stack((data["z"], data["w"]))
    net = NetworkRegressor(hidden=(8,), penalty=1e-4, starts=3).fit(X, Y)
    assert net.predict(X).shape == (200, 2)
    assert net.score(X, Y) > 0.95
    assert net.n_outputs_ == 2
    lower, upper = net.predict_interval(X)
    assert (lower <= upper).all()
    assert isinstance(net.learned_, educe.LearnedTogether)
