"""Learning from measurements: the figures promised, every option, refusals, saved files."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from educe.errors import FileError, FitError, FormulaError, ParameterError, TableError
from educe.learning.learn import learn
from educe.learning.saved import from_saved, load, to_saved
from educe.learning.training import neighbour_noise
from educe.uncertainty.prediction import Prediction


def surface(seed=0, n=500, noise=0.05):
    random = np.random.default_rng(seed)
    x, y = random.uniform(-3, 3, (2, n))
    z = 2 * np.sin(x) + 0.5 * np.cos(y)
    return {"x": x, "y": y, "z": z + noise * z.std() * random.normal(size=n)}


@pytest.fixture(scope="module")
def net():
    return learn(surface(n=200), "z", hidden=3, activation="sigmoid", penalty=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_the_texts_network_reaches_the_best_known_error(seed):
    data = surface(seed)
    net = learn(data, "z", hidden=3, activation="sigmoid", seed=seed, starts=12, penalty=1e-6)
    assert net.train_rmse**2 / data["z"].var() < 1.15 * 0.0028
    assert net.layers == (2, 3, 1)


def test_eight_hidden_nodes_reach_the_noise_floor():
    data = surface(3)
    net = learn(data, "z", hidden=8, budget=2.0)
    noise = data["z"] - 2 * np.sin(data["x"]) - 0.5 * np.cos(data["y"])
    assert net.train_rmse**2 <= 1.03 * np.mean(noise**2)


def test_no_options_at_all():
    data = surface(1, n=150)
    net = learn(data, "z", budget=1.0)
    assert net.validation_rmse < 1.5 * 0.05 * data["z"].std()
    assert len({t.hidden for t in net.tried}) >= 3
    assert "<- chosen" in str(net)
    assert net.inputs == ("x", "y")


@pytest.mark.parametrize("output", ["identity", "sigmoid", "tanh", "sin", "softplus", "relu", "gelu"])
def test_what_is_shown_is_what_is_computed(output):
    data = {"x": np.linspace(1e5, 1e5 + 10, 80)}
    data["z"] = 1e3 + 50 * np.sin(data["x"] - 1e5)
    net = learn(data, "z", hidden=4, output=output, penalty=1e-6, starts=6)
    shown = net.network(np.array(data["x"])[:, None])
    assert shown == pytest.approx(net.predict(data), abs=1e-6 * 50)
    assert net.train_rmse < 10.0


def test_the_texts_gradient_descent_runs_as_written():
    net = learn(
        surface(n=200), "z", hidden=3, activation="sigmoid", output="sigmoid", optimizer="gradient-descent",
        epochs=400, rate=2.0, seed=1,
    )  # fmt: skip
    assert net.history[-1] < net.history[0]
    assert (net.layers, net.parameters_count, net.epochs) == ((2, 3, 1), 13, 400)
    assert net.engine == "numpy"


@pytest.mark.parametrize("optimizer", ["l-bfgs", "momentum", "nesterov", "adam", "adamw"])
def test_every_optimizer_learns(optimizer):
    data = surface(n=300)
    net = learn(data, "z", hidden=8, optimizer=optimizer, epochs=2000, seed=2)
    assert net.validation_rmse < 0.5 * data["z"].std()
    assert net.optimizer == optimizer


def test_robust_losses_resist_outliers():
    data = surface(4, n=300)
    clean = 2 * np.sin(data["x"]) + 0.5 * np.cos(data["y"])
    data["z"][::15] += 20.0
    errors = {}
    for loss in ("huber", "mae"):
        net = learn(data, "z", hidden=6, loss=loss, seed=1)
        errors[loss] = np.sqrt(np.mean((net.predict(data) - clean) ** 2))
    squares = learn(data, "z", hidden=6, penalty=0.1, seed=1)
    worst = np.sqrt(np.mean((squares.predict(data) - clean) ** 2))
    assert max(errors.values()) < 0.5 * worst


def test_poisson_predicts_counts():
    random = np.random.default_rng(0)
    x = random.uniform(-2, 2, 600)
    rate = np.exp(1 + np.sin(2 * x))
    net = learn({"x": x, "k": random.poisson(rate).astype(float)}, "k", hidden=5, loss="poisson")
    assert np.sqrt(np.mean((net.predict({"x": x}) - rate) ** 2)) < 0.6
    assert (net.predict({"x": x}) > 0).all()


def test_error_bars_weigh():
    x = np.linspace(0, 1, 60)
    bad = np.arange(60) % 2 == 0
    data = {"x": x, "y": np.where(bad, 5.0, 0.0) + x, "s": np.where(bad, 1e3, 0.1)}
    net = learn(data, "y", sigma="s", hidden=())
    assert net.inputs == ("x",)
    assert net.predict({"x": [0.5]})[0] == pytest.approx(0.5, abs=0.05)


def test_intervals_hold_what_they_promise():
    train, test = surface(5, n=300), surface(6, n=2000)
    net = learn(train, "z", hidden=6, penalty=0.01)
    noise = 0.05 * np.std(2 * np.sin(test["x"]) + 0.5 * np.cos(test["y"]))
    for level in (0.8, 0.95):
        found = net.predict(test, interval="prediction", level=level)
        assert isinstance(found, Prediction)
        held = np.mean((found.lower <= test["z"]) & (test["z"] <= found.upper))
        assert level - 0.05 < held < level + 0.05
        assert net.coverage[level] == pytest.approx(level, abs=0.03)
    assert np.median(found.upper - found.lower) < 6 * noise


def test_predictions_outside_the_measured_region_are_flagged(net):
    new = {"x": [0.0, 4.0, 2.99, np.nan], "y": [0.0, 0.0, 8.0, 0.0]}
    found = net.predict(new, interval="prediction")
    assert found.outside.tolist()[:3] == [False, True, True]
    assert np.isnan([found.values[3], found.lower[3], found.upper[3]]).all()


def test_same_seed_same_numbers_whatever_the_order_of_rows():
    data = surface(7, n=120)
    order = np.random.default_rng(0).permutation(120)
    a = learn(data, "z", budget=0.2, seed=4)
    b = learn({k: v[order] for k, v in data.items()}, "z", budget=0.2, seed=4)
    assert np.array_equal(a.scaled.theta, b.scaled.theta)
    assert a.validation_rmse == b.validation_rmse


def test_copies_of_rows_do_not_leak():
    random = np.random.default_rng(0)
    x, z = random.normal(size=40), random.normal(size=40)  # nothing to learn
    # as much penalty as leaves one minimum: of several, rounding alone decides which one is found
    once = learn({"x": x, "z": z}, "z", hidden=8, penalty=0.1)
    thrice = learn({"x": np.tile(x, 3), "z": np.tile(z, 3)}, "z", hidden=8, penalty=0.3)
    assert thrice.validation_rmse == pytest.approx(once.validation_rmse, rel=1e-6)


def test_the_local_minima_are_counted_and_drawn(net):
    assert 1 <= net.reached <= len(net.starts) == 24
    assert f"{net.reached} of 24 starts" in str(net)
    assert "#" in str(net)


def test_saved_and_loaded_to_the_same_bytes(net, tmp_path):
    net.save(tmp_path / "a.json")
    again = load(tmp_path / "a.json")
    again.save(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    data = surface(9, n=50)
    a, b = net.predict(data, interval="prediction"), again.predict(data, interval="prediction")
    assert np.array_equal(a.lower, b.lower)
    assert str(net) == str(again)


def test_the_object_of_json(net):
    found = json.loads(json.dumps(net.to_dict(), allow_nan=False))
    wanted = {
        "inputs", "target", "layers", "parameters_count", "train_rmse", "validation_rmse", "epochs", "optimizer",
        "reason", "seconds",
    }  # fmt: skip
    assert wanted <= set(found)
    assert found["layers"] == [2, 3, 1]


def damaged(change):
    def make(saved):
        copy = json.loads(json.dumps(saved))
        change(copy)
        return copy

    return make


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["theta"].pop(),
        lambda s: s["theta"].__setitem__(0, "1"),
        lambda s: s["theta"].__setitem__(0, None),
        lambda s: s.pop("scales"),
        lambda s: s.__setitem__("members", [[1.0]]),
        lambda s: s["held_out"]["fold"].__setitem__(0, 99),
        lambda s: s["summary"].__setitem__("activation", "__import__('os')"),
        lambda s: s["summary"].__setitem__("layers", [10**9, 10**9, 1]),
        lambda s: s["summary"].__setitem__("layers", [2, -3, 1]),
        lambda s: s["summary"].__setitem__("inputs", ["x"]),
        lambda s: s.__setitem__("link", "eval"),
        lambda s: s["region"].__setitem__("reach", True),
        lambda s: s.__setitem__("summary", []),
    ],
)
def test_damaged_and_hostile_files_are_refused(net, change):
    saved = json.loads(json.dumps(to_saved(net)))
    from_saved(saved)
    change(saved)
    with pytest.raises(FileError):
        from_saved(saved)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.json").write_text('{"format": "educe fit", "version": 1}')
    with pytest.raises(FileError, match="not a network"):
        load(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"activation": "sigmod"}, ParameterError, "Did you mean 'sigmoid'"),
        ({"optimizer": "adm"}, ParameterError, "Did you mean 'adam"),
        ({"loss": "msee"}, ParameterError, "Did you mean 'mse'"),
        ({"engine": "torch"}, ParameterError, "there are auto, numpy, jax"),
        ({"hidden": (3, 0)}, ParameterError, "widths of at least 1"),
        ({"hidden": (100_000,), "optimizer": "levenberg-marquardt"}, ParameterError, "What would fit"),
        ({"penalty": -1.0}, ParameterError, "penalty must be above 0"),
        ({"folds": 1}, ParameterError, "folds must be a whole number of at least 2"),
        ({"starts": 0}, ParameterError, "starts must be a whole number of at least 1"),
        ({"seed": -1}, ParameterError, "seed"),
        ({"optimizer": "levenberg-marquardt", "loss": "mae"}, ParameterError, "sums of squares"),
        ({"loss": "poisson", "output": "sigmoid"}, ParameterError, "needs the output 'identity'"),
        ({"loss": "poisson"}, TableError, "needs counts"),
        (
            {"rate": 0.1},
            ParameterError,
            "rate 0.1 is for gradient-descent, .*chosen by itself does not use it",
        ),
        ({"batch": 16, "optimizer": "l-bfgs"}, ParameterError, "l-bfgs does not use it"),
        ({"schedule": "cosine", "optimizer": "levenberg-marquardt"}, ParameterError, "does not use it"),
        ({"engine": "jax", "hidden": 3}, ParameterError, "engine 'jax' is for"),
        ({"precision": "float32"}, ParameterError, "precision 'float32' is for"),
        (
            {"precision": "float32", "engine": "numpy", "optimizer": "adam"},
            ParameterError,
            "numpy trains in float64",
        ),
        ({"bend": 1.0}, ParameterError, "bend is of the huber loss"),
        ({"penalty": math.nan}, ParameterError, "penalty must be a number"),
        ({"budget": "long"}, ParameterError, "budget must be a number above 0, not 'long'"),
        ({"starts": 2.5}, ParameterError, "starts must be a whole number"),
        ({"hidden": "big"}, ParameterError, "hidden must be widths, whole numbers"),
        ({"hidden": (3.5,)}, ParameterError, "hidden must be widths, whole numbers"),
        ({"validation": 1.0}, ParameterError, "above 0 and below 1"),
        ({"where": "x >"}, FormulaError, "condition|formula|end"),
        ({"where": 3}, ParameterError, "where is a condition as text"),
        ({"inputs": ["x", "x"]}, ParameterError, "x is named twice among the inputs"),
        ({"inputs": ["x", "z"]}, ParameterError, "z is the target"),
        ({"inputs": ["q"]}, TableError, "no column 'q'"),
        ({"inputs": []}, TableError, "no column of numbers beside z"),
        ({"sigma": "x"}, TableError, "sigma must be above 0"),
        ({"initialisation": "he"}, ParameterError, "Did you mean 'he-normal'|there are"),
    ],
)
def test_refusals_of_options(options, error, words):
    with pytest.raises(error, match=words):
        learn(surface(n=30), "z", **options)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"x": [1.0, 2.0], "z": [3.0, 3.0]}, "z is 3 in every row"),
        ({"x": [1.0], "z": [3.0]}, "1 usable row"),
        ({"x": [1.0, 2.0], "zz": [3.0, 4.0]}, "no column 'z'"),
        ({"x": [1.0, 2.0], "z": ["a", "b"]}, "z"),
        (
            {"x": [1.0, 2.0, 3.0], "z": [0.0, 1e200, 2e200]},
            "values up to 2e\\+200, whose square no number can hold",
        ),
        ({"x": [1.0, 2.0, 3.0], "z": [0.0, 1e-200, 2e-200]}, "a spread of 2e-200, whose square"),
        ({"x": [1.0, 2e200, 3.0], "z": [0.0, 1.0, 2.0]}, "x has values up to 2e\\+200"),
    ],
)
def test_refusals_of_data(data, words):
    with pytest.raises(TableError, match=words):
        learn(data, "z")


def test_large_units_are_carried_exactly():
    """Targets of 1e120, as powers of two, give the same network."""
    data = surface(n=60)
    scale = 2.0**400
    a = learn(data, "z", hidden=3, penalty=1e-3, starts=3)
    b = learn({**data, "z": data["z"] * scale}, "z", hidden=3, penalty=1e-3, starts=3)
    assert np.array_equal(a.scaled.theta, b.scaled.theta)
    assert b.validation_rmse == pytest.approx(scale * a.validation_rmse, rel=1e-12)
    assert b.predict(data) == pytest.approx(scale * a.predict(data), rel=1e-12)


def test_conditions_on_rows_and_a_share_held_out():
    data = surface(n=120)
    net = learn(data, "z", hidden=3, penalty=1e-3, starts=3, where="x > 0", validation=0.25)
    kept = int((data["x"] > 0).sum())
    assert (net.n, dict(net.left_out)) == (kept, {"condition x > 0 not met": 120 - kept})
    assert len(net.members) in (1,)
    assert len(net.checked.y) == round(0.25 * kept)
    large = learn(data, "z", hidden=3, optimizer="adam", epochs=30, validation=0.25)
    assert len(large.checked.y) == 30


def test_a_loss_that_is_no_number_is_said(monkeypatch):
    from educe.learning import large

    monkeypatch.setattr(large.NetworkGradient, "mean_loss", lambda self, theta: math.nan)
    with pytest.raises(FitError, match="the loss is not a number"):
        learn(surface(n=30), "z", hidden=2, optimizer="adam", epochs=3)


def test_a_small_network_is_printed_with_the_symbols_of_the_text():
    net = learn(
        surface(n=100), "z", hidden=3, activation="sigmoid", output="sigmoid", optimizer="gradient-descent",
        epochs=20,
    )  # fmt: skip
    words = str(net)
    assert "sigmoid(W_1^T sigmoid(W_0 x + b_0) + b_1)" in words
    for name, value in net.network.named.items():
        assert f"{name} = {value:.5g}" in words
    assert {f"omega_{k}" for k in range(9)} | {f"b_{k}" for k in range(4)} == set(net.network.named)
    low, high = net.network.shift, net.network.shift + net.network.scale
    z = surface(n=100)["z"]
    assert low < z.min() < z.max() < high  # the target was laid into (0, 1) by itself


def test_what_is_said_to_be_chosen_is_what_was_trained():
    net = learn(surface(n=150), "z", budget=0.5)
    line = next(line for line in str(net).splitlines() if "<- chosen" in line)
    assert f"with penalty {net.penalty:.3g}" in line
    assert any(t.hidden == net.layers[1:-1] or t.networks > 1 for t in net.tried)


def test_the_notebook_block_escapes_and_tells(net):
    block = replace(net, target="<script>")._repr_html_()
    assert "<script>" not in block
    assert "&lt;script&gt;" in block
    assert "of rows not seen" in block


def test_refusals_of_predictions(net):
    with pytest.raises(ParameterError, match="'prediction' is"):
        net.predict(surface(n=5), interval="confidence")
    with pytest.raises(ParameterError, match="between 0 and 1"):
        net.predict(surface(n=5), interval="prediction", level=95)
    with pytest.raises(TableError, match="no column"):
        net.predict({"x": [1.0]})
    with pytest.raises(TableError, match="2 columns"):
        net.predict(np.ones((3, 3)))


def test_warnings_name_what_is_wrong():
    random = np.random.default_rng(0)
    few = {"x": random.normal(size=8), "c": np.ones(8), "z": random.normal(size=8)}
    words = " ".join(learn(few, "z", hidden=5, penalty=1e-6).warnings)
    assert "only the penalty keeps" in words
    assert "Column c is constant" in words
    assert "too few rows to measure" in words


def test_missing_values_are_counted():
    data = surface(n=40)
    data["x"][3] = math.nan
    net = learn(data, "z", hidden=2, penalty=0.1)
    assert (net.n, dict(net.left_out)) == (39, {"missing or infinite value": 1})


def test_the_noise_of_neighbours():
    random = np.random.default_rng(0)
    x = random.uniform(size=(1, 5000))
    assert neighbour_noise(x, np.sin(x[0]) + 0.1 * random.normal(size=5000)) == pytest.approx(0.1, rel=0.05)


def test_compiled_training_is_the_plain_one():
    pytest.importorskip("jax")
    options = {"hidden": 4, "optimizer": "adam", "epochs": 60, "batch": 32, "seed": 1}
    plain = learn(surface(n=200), "z", engine="numpy", **options)
    compiled = learn(surface(n=200), "z", engine="jax", **options)
    assert compiled.engine == "jax"
    assert compiled.scaled.theta == pytest.approx(plain.scaled.theta, rel=1e-8)


def test_single_precision_is_close():
    pytest.importorskip("jax")
    options = {"hidden": 4, "optimizer": "adam", "epochs": 60, "batch": 32, "seed": 1}
    double = learn(surface(n=200), "z", engine="jax", **options)
    single = learn(surface(n=200), "z", engine="jax", precision="float32", **options)
    assert single.train_rmse == pytest.approx(double.train_rmse, rel=1e-3)


def test_more_parameters_than_squares_can_carry_take_first_order_methods():
    net = learn(surface(n=150), "z", hidden=(24, 24), epochs=60)
    assert net.optimizer == "l-bfgs"
    assert net.parameters_count > 500


def test_an_exploding_step_is_told():
    net = learn(surface(n=100), "z", hidden=3, optimizer="gradient-descent", rate=1e4, epochs=200)
    assert "of the step" in net.notes[0]
    assert net.validation_rmse < 2 * surface(n=100)["z"].std()


def test_times_of_new_rows_count_from_the_first_that_was_learned_from():
    start, hours = np.datetime64("2024-05-01T00:00:00"), np.arange(48)
    data = {"t": start + 3600 * hours.astype("timedelta64[s]"), "z": np.sin(hours / 8.0)}
    learned = learn(data, "z", hidden=4, penalty=1e-6, starts=4)
    assert learned.units == {"t": "s since 2024-05-01 00:00:00", "z": ""}
    later = {name: column[10:] for name, column in data.items()}
    assert learned.predict(later) == pytest.approx(learned.predict(data)[10:], abs=1e-12)
    again = from_saved(to_saved(learned))
    assert again.predict(later) == pytest.approx(learned.predict(later))
    assert "t in s since 2024-05-01 00:00:00" in learned.export("python")
