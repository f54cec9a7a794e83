"""Networks for files larger than memory: the same from any order of the rows, as good as from rows in memory."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import ipc, parquet

import educe
from educe.cli.program import main
from educe.descent.training import State
from educe.errors import FileError, ParameterError, TableError
from educe.learning import laid_out, large, passes, streaming
from educe.learning.conformal import HeldOut
from educe.learning.learn import learn
from educe.network.initialise import initialise
from educe.table import scattered
from educe.table.memory import bytes_of

GOOD = {"hidden": 6, "optimizer": "adam", "schedule": "cosine", "epochs": 4, "batch": 64, "engine": "numpy"}
NOISE = 0.1


def surface(x, y):
    return 2 * np.sin(x) + 0.5 * np.cos(y)


def sensors(n: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-3, 3, (2, n))
    return {"x": x, "y": y, "z": surface(x, y) + NOISE * rng.standard_normal(n)}


def written(path, data, group: int = 1000):
    parquet.write_table(pa.table(data), path, row_group_size=group)
    return path


def as_csv(path, data):
    rows = zip(*data.values(), strict=True)
    path.write_text("\n".join([",".join(data), *(",".join(repr(float(v)) for v in row) for row in rows)]))
    return path


def train(path, **more):
    return learn(path, "z", **({"memory": "2GB"} | GOOD | more))


def bits(net) -> str:
    return net.scaled.theta.tobytes().hex()


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(scattered, "PART", 500)


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "sensors.parquet", sensors(4000))


@pytest.mark.parametrize("kind", ["arrow", "csv", "folder", "x", "z", "shuffled"])
def test_the_network_does_not_depend_on_the_kind_of_file_nor_on_the_order_of_its_rows(
    tmp_path, small_parts, kind
):
    data = sensors(3000)
    whole = train(written(tmp_path / "sensors.parquet", data))
    if kind == "arrow":
        path = tmp_path / "sensors.arrow"
        with ipc.new_file(path, pa.table(data).schema) as out:
            out.write_table(pa.table(data), max_chunksize=700)
    elif kind == "csv":
        path = as_csv(tmp_path / "sensors.csv", data)
    elif kind == "folder":
        path = tmp_path / "sensors"
        path.mkdir()
        for k in range(3):
            part = {name: column[k * 1000 : (k + 1) * 1000] for name, column in data.items()}
            written(path / f"part{k}.parquet", part)
    else:
        order = np.random.default_rng(1).permutation(3000) if kind == "shuffled" else np.argsort(data[kind])
        path = written(tmp_path / "other.parquet", {k: v[order] for k, v in data.items()}, 100)
    other = train(path)
    assert bits(other) == bits(whole)
    assert other.validation_rmse == whole.validation_rmse
    assert other.history == whole.history


@pytest.mark.parametrize("by", ["x", "z"])
def test_a_sorted_file_is_learned_as_well_as_its_rows_in_memory(tmp_path, small_parts, by):
    data = sensors(8000)
    order = np.argsort(data[by])
    path = written(tmp_path / "sorted.parquet", {name: v[order] for name, v in data.items()})
    new = sensors(20_000, seed=9)
    streamed = learn(path, "z", hidden=8, penalty=1e-4, starts=8, epochs=8, memory="2GB")
    whole = learn(data, "z", hidden=8, penalty=1e-4, starts=8, folds=2)
    errors = [np.sqrt(np.mean((net.predict(new) - new["z"]) ** 2)) for net in (streamed, whole)]
    assert errors[0] == pytest.approx(errors[1], rel=0.01)
    assert streamed.validation_rmse == pytest.approx(NOISE, rel=0.08)  # two standard errors of so few rows
    assert streamed.coverage[0.95] == pytest.approx(0.95, abs=0.03)


def test_no_options_choose_a_network_on_a_sample_and_the_passes_make_it_no_worse(tmp_path, small_parts):
    net = learn(written(tmp_path / "s.parquet", sensors(6000)), "z", memory="2GB", budget=3.0, epochs=3)
    assert len(net.tried) > 2
    assert net.optimizer == "adam"
    assert net.validation_rmse < 1.1 * NOISE
    assert "led on a sample of" in str(net)


def test_rows_held_out_are_never_trained_on_and_all_others_are(tmp_path, small_parts, monkeypatch, file):
    seen, held = [], []
    real = passes.Parts.at

    def at(self, k):
        x, t, w = real(self, k)
        seen.append(np.concatenate((x, t)).T)
        held[:] = [np.concatenate(self.scaled(self.held_out())[:2]).T]
        return x, t, w

    monkeypatch.setattr(passes.Parts, "at", at)
    net = train(file, epochs=5)
    rows, counts = np.unique(np.concatenate(seen[1:]), axis=0, return_counts=True)
    inside = {row.tobytes() for row in rows}
    assert not inside & {row.tobytes() for row in held[0]}
    assert len(rows) + len(held[0]) == net.n == 4000
    assert counts.max() == 5
    assert counts.mean() > 4.3  # the parts are cut to the size of the smallest


def test_the_text_says_how_many_rows_were_read_and_how_often(small_parts, file):
    text = str(train(file))
    assert "4,000 rows were read from the file" in text
    assert "in 4 passes" in text
    assert "were held out" in text


def test_copies_of_a_row_are_one_row_with_their_weight(tmp_path, small_parts):
    data = sensors(1500)
    twice = {name: np.concatenate((column, column)) for name, column in data.items()}
    net = train(written(tmp_path / "twice.parquet", twice))
    once = train(written(tmp_path / "once.parquet", data))
    assert net.n == once.n == 1500
    assert net.validation_rmse == pytest.approx(once.validation_rmse, rel=0.02)


def test_incomplete_rows_are_left_out_and_counted(tmp_path, small_parts):
    data = sensors(4000)
    data["z"][[3, 900, 2500]] = np.nan
    data["x"][7] = np.inf
    net = train(written(tmp_path / "s.parquet", data), where="y > 0")
    left = int(np.sum(data["y"] <= 0))
    assert net.left_out["condition y > 0 not met"] == left
    assert sum(net.left_out.values()) + net.n == 4000
    assert np.isfinite(net.validation_rmse)


def test_a_stretch_without_a_usable_row_is_no_obstacle(tmp_path, small_parts):
    data = sensors(4000)
    data["z"][:1000] = np.nan
    net = train(written(tmp_path / "s.parquet", data, 500))
    assert net.n == 3000


def test_sigma_weighs_the_rows(tmp_path, small_parts):
    rng = np.random.default_rng(3)
    data = sensors(6000) | {"s": np.where(rng.uniform(size=6000) < 0.5, 0.1, 5.0)}
    data["z"] = surface(data["x"], data["y"]) + data["s"] * rng.standard_normal(6000)
    path = written(tmp_path / "s.parquet", data)
    new = sensors(2000, seed=5)
    truth = surface(new["x"], new["y"])

    def error(net):
        return np.sqrt(np.mean((net.predict(new) - truth) ** 2))

    asked = {"inputs": ["x", "y"], "hidden": 8, "penalty": 1e-3, "starts": 4, "epochs": 3, "memory": "2GB"}
    weighed, plain = learn(path, "z", sigma="s", **asked), learn(path, "z", **asked)
    assert error(weighed) < 0.5 * error(plain)


def test_several_targets_are_learned_by_one_network(tmp_path, small_parts):
    data = sensors(3000)
    data["w"] = data["x"] ** 2
    net = learn(written(tmp_path / "s.parquet", data), ["z", "w"], memory="2GB", **(GOOD | {"epochs": 30}))
    assert net.targets == ("z", "w")
    assert net.layers == (2, 6, 2)
    assert [one.n for one in net.each] == [3000, 3000]
    assert net.each[1].validation_rmse < 0.5


@pytest.mark.parametrize(
    ("loss", "more"), [("huber", {}), ("mae", {}), ("poisson", {}), ("mse", {"output": "sigmoid"})]
)
def test_every_loss_and_output(tmp_path, small_parts, loss, more):
    data = sensors(3000)
    if loss == "poisson":
        data["z"] = np.random.default_rng(0).poisson(np.exp(data["x"] / 2)).astype(float)
    net = train(written(tmp_path / "s.parquet", data), loss=loss, epochs=20, **more)
    assert net.validation_rmse < 0.75 * data["z"].std()
    assert (net.bend is not None) == (loss == "huber")


def test_the_share_held_out_can_be_given(small_parts, file):
    net = train(file, validation=0.4)
    assert "1,6" in net.notes[0] or "1,5" in net.notes[0]  # 1600 of 4000, more or less
    assert len(net.held_out.sizes) == pytest.approx(1600, abs=150)


def test_a_network_of_no_hidden_layer_is_the_linear_law(tmp_path, small_parts):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 4000))
    net = learn(
        written(tmp_path / "s.parquet", {"x": x, "y": y, "z": 3 * x - y + 2}),
        "z",
        hidden=(),
        memory="2GB",
        penalty=0.0,
    )
    assert net.predict({"x": [1.0], "y": [1.0]})[0] == pytest.approx(4.0, abs=1e-6)


@pytest.mark.parametrize("stop", [2, 9, 17])
def test_a_resumed_training_ends_with_the_same_bits(tmp_path, small_parts, monkeypatch, file, stop):
    monkeypatch.setattr(large, "SAVED_EVERY", -1.0)
    whole, looks = train(file), 0

    def press(stand):
        nonlocal looks
        looks += stand.unseen is not None
        if looks == stop:
            raise KeyboardInterrupt

    kept = tmp_path / "c.json"
    broken = train(file, checkpoint=kept, watch=press)
    assert ("stopped by the user" in broken.reason) == (looks == stop)
    assert np.isfinite(broken.validation_rmse)
    resumed = train(file, checkpoint=kept, resume=True)
    assert bits(resumed) == bits(whole)
    assert resumed.history == whole.history


def test_a_training_killed_at_any_moment_is_taken_up(tmp_path, small_parts):
    file = written(tmp_path / "s.parquet", sensors(4000))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_streaming as t\n"
        "t.large.SAVED_EVERY = -1.0; t.scattered.PART = 500\n"
        "print(t.bits(t.train(sys.argv[2], epochs=40, checkpoint=sys.argv[3], resume=True)))"
    )
    kept = tmp_path / "c.json"
    command = [sys.executable, "-c", program, os.path.dirname(__file__), str(file), str(kept)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not kept.exists() and child.poll() is None:
        time.sleep(0.005)
    time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert found == bits(train(file, epochs=40))


def test_a_checkpoint_of_other_rows_is_refused(tmp_path, small_parts, monkeypatch, file):
    monkeypatch.setattr(large, "SAVED_EVERY", -1.0)
    kept = tmp_path / "c.json"
    train(file, checkpoint=kept)
    other = written(tmp_path / "other.parquet", sensors(4000, seed=1))
    with pytest.raises(FileError, match="another network"):
        train(other, checkpoint=kept, resume=True)


def test_ctrl_c_on_the_way_to_the_passes_keeps_what_was_reached(tmp_path, small_parts, file):
    def press(stand):
        if stand.stage.startswith("training") and stand.epoch > 3:
            raise KeyboardInterrupt

    net = learn(file, "z", hidden=4, memory="2GB", watch=press)
    assert "stopped by the user" in net.reason
    assert net.epochs == 0
    assert net.validation_rmse < 1.5


def test_progress_tells_pass_loss_and_time(small_parts, file):
    said = []
    train(file, watch=lambda stand: said.append(str(stand)))
    assert said[0].startswith("reading the rows, 0 %")
    assert "laying out the rows by chance, 50 %" in said
    assert any(line.startswith("pass 2 of 4, ") and "s left" in line and "loss" in line for line in said)


def test_an_exploding_step_is_halved(small_parts, file):
    net = train(file, optimizer="gradient-descent", rate=1e4, epochs=2)
    assert any("of the step" in note for note in net.notes)
    assert np.isfinite(net.validation_rmse)


def test_the_start_is_kept_where_the_passes_make_it_worse(small_parts, file, monkeypatch):
    def better(epoch, theta, memory, factor, best, _):
        return State(epoch, theta, memory, factor, best, -1.0)

    monkeypatch.setattr(streaming, "State", better)
    net = train(file)
    (start,) = initialise(net.scaled.architecture, np.random.default_rng((0, 0)))
    assert np.array_equal(net.scaled.theta, start)


def test_a_small_budget_is_refused_with_the_least_that_is_enough(tmp_path, file):
    with pytest.raises(ParameterError, match=r"needs [0-9]+ MB; memory is limited to 5 MB") as refused:
        train(file, memory="5MB")
    least = str(refused.value).split("Give ")[1].split(",")[0]
    assert np.isfinite(train(file, memory=least).validation_rmse)
    with pytest.raises(ParameterError, match="needs"):
        train(file, memory=bytes_of(least) - 1e6)


def test_a_network_too_large_for_the_memory_is_refused(file, monkeypatch):
    with pytest.raises(ParameterError, match=r"needs [0-9]{4,} MB; .* a smaller network"):
        train(file, hidden=(3000, 3000), memory="1GB")
    monkeypatch.setattr(laid_out, "available", lambda: 1e7)
    with pytest.raises(ParameterError, match="10 MB are free"):
        train(file.parent, memory=None)


@pytest.mark.parametrize("option", [{"optimizer": "l-bfgs"}, {"optimizer": "levenberg-marquardt"}])
def test_what_needs_all_rows_is_refused(file, option):
    with pytest.raises(ParameterError, match="needs all rows in memory"):
        learn(file, "z", hidden=3, memory="2GB", **option)


def test_options_that_would_be_idle_are_refused(file):
    with pytest.raises(ParameterError, match="does not use it"):
        learn(file, "z", hidden=3, memory="2GB", batch=10)
    with pytest.raises(ParameterError, match="batch must have between"):
        train(file, batch=10**6)
    with pytest.raises(ParameterError, match="give data as a path"):
        train(sensors(100))
    with pytest.raises(ParameterError, match="is a size such as"):
        train(file, memory="much")


def test_data_that_cannot_be_learned_from_are_refused(tmp_path):
    data = sensors(200) | {"t": np.array(["a", "b"] * 100), "one": np.ones(200)}
    path = written(tmp_path / "s.parquet", data)
    with pytest.raises(TableError, match="'a'"):
        learn(path, "t", memory="2GB", hidden=2)
    with pytest.raises(TableError, match="one is 1 in every row"):
        learn(path, "one", memory="2GB", hidden=2)
    with pytest.raises(TableError, match="no column 'q'"):
        learn(path, "q", memory="2GB", hidden=2)
    with pytest.raises(TableError, match="poisson loss needs counts"):
        learn(path, "z", inputs=["x", "y"], memory="2GB", hidden=2, loss="poisson")
    with pytest.raises(TableError, match="sigma must be above 0"):
        learn(path, "z", inputs=["y"], sigma="x", memory="2GB", hidden=2)
    with pytest.raises(TableError, match="too few"):
        learn(path, "z", where="x > 2.99", memory="2GB", hidden=2)
    with pytest.raises(TableError, match="too few"):
        learn(path, "z", where="x > 100", memory="2GB", hidden=2)
    huge = written(tmp_path / "huge.parquet", {"x": data["x"], "z": 1e200 * data["z"]})
    with pytest.raises(TableError, match="whose square no number can hold"):
        learn(huge, "z", memory="2GB", hidden=2)
    with pytest.raises(FileError):
        learn(tmp_path / "none.parquet", "z", memory="2GB")


def test_a_constant_column_is_warned_of_and_text_beside_is_no_input(tmp_path, small_parts):
    data = sensors(2000) | {"t": np.array(["a", "b"] * 1000), "one": np.ones(2000)}
    net = train(written(tmp_path / "s.parquet", data))
    assert net.inputs == ("x", "y", "one")
    assert any("one is constant" in warning for warning in net.warnings)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, small_parts, file):
    def append(stand):
        if stand.stage.startswith("reading"):
            os.utime(file, ns=(1, 1))

    with pytest.raises(FileError, match="was changed while it was read"):
        train(file, watch=append)


def test_a_large_file_is_read_a_part_at_a_time_by_itself(monkeypatch, small_parts, file):
    monkeypatch.setattr("educe.learning.learn.is_large", lambda _: True)
    assert "laid out by chance" in str(learn(file, "z", **GOOD))


def test_units_of_the_headers_are_kept(tmp_path, small_parts):
    data = sensors(1000)
    path = written(tmp_path / "s.parquet", {"x [m]": data["x"], "y": data["y"], "z": data["z"]})
    net = train(path)
    assert net.inputs == ("x", "y")
    assert net.units == {"x": "m", "y": "", "z": ""}


def test_the_region_is_that_of_all_rows(small_parts, file, tmp_path):
    data = sensors(4000)
    net = train(file)
    assert net.region.low == pytest.approx([data["x"].min(), data["y"].min()])
    assert net.region.high == pytest.approx([data["x"].max(), data["y"].max()])


def test_what_was_learned_is_saved_and_drawn_like_any_other(small_parts, file, tmp_path):
    net = train(file)
    net.save(tmp_path / "n.json")
    again = educe.load(tmp_path / "n.json")
    assert str(again) == str(net)
    assert np.array_equal(again.predict(sensors(50)), net.predict(sensors(50)))
    net.plot(tmp_path / "n.svg")
    net.report(tmp_path / "n.html")
    assert (tmp_path / "n.html").stat().st_size > 10_000


def test_memory_stays_within_the_budget(tmp_path):
    path = written(tmp_path / "s.parquet", sensors(2_500_000), 1 << 20)
    code = (
        "import sys, educe, educe.learning.streaming, pyarrow.parquet, scipy.spatial, threadpoolctl\n"
        "def peak():  # ru_maxrss would begin at the parent's\n"
        "    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "before = peak()\n"
        "net = educe.learn(sys.argv[1], 'z', hidden=4, starts=4, budget=1, epochs=1, memory='450MB')\n"
        "print((peak() - before) / 1e3, net.n)"
    )
    command = [sys.executable, "-c", code, str(path)]
    grown, n = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(n) == 2_500_000
    assert float(grown) < 450


def test_intervals_of_one_network_are_the_quantiles_of_its_errors():
    rng = np.random.default_rng(0)
    f = rng.normal(size=300)
    for k in (50, 777):
        held = HeldOut(np.zeros(k, dtype=np.intp), np.abs(rng.normal(size=k)))
        for level in (0.5, 0.8, 0.95):
            one, twice = held.limits(f[None], level), held.limits(np.stack((f, f)), level)
            assert np.array_equal(one, twice)


def test_the_command_learns_and_predicts_a_part_at_a_time(tmp_path, small_parts, file):
    run, net, out = CliRunner(), tmp_path / "n.json", tmp_path / "p.parquet"
    asked = ["--hidden", "6", "--optimizer", "adam", "--engine", "numpy", "--epochs", "20", "--json"]
    learned = run.invoke(
        main,
        ["learn", str(file), "z", "--memory", "2GB", "--save", str(net), *asked],
        catch_exceptions=False,
    )
    assert learned.exit_code == 0
    found = json.loads(learned.stdout)
    assert found["n"] == 4000
    assert found["epochs"] == 20
    done = run.invoke(main, ["predict", str(net), str(file), "-o", str(out), "--memory", "2GB", "--json"])
    assert json.loads(done.stdout)["n"] == 4000
    table = parquet.read_table(out).to_pydict()
    whole = educe.load(net).predict(sensors(4000), interval="prediction")
    for name, column in (("predicted", whole.values), ("lower", whole.lower), ("upper", whole.upper)):
        assert np.array_equal(table[f"z_{name}"], column)
    inside = (whole.lower <= table["z"]) & (table["z"] <= whole.upper)
    assert inside.mean() == pytest.approx(0.95, abs=0.02)
    little = run.invoke(main, ["learn", str(file), "z", "--memory", "5MB", *asked])
    assert little.exit_code == 2
    assert "needs" in little.stderr


def test_the_compiled_engine_takes_the_same_steps(small_parts, file):
    pytest.importorskip("jax")
    compiled, plain = (train(file, engine=engine) for engine in ("jax", "numpy"))
    assert compiled.engine == "jax"
    assert compiled.scaled.theta == pytest.approx(plain.scaled.theta, rel=1e-7, abs=1e-9)
    assert bits(train(file, engine="jax")) == bits(compiled)


def test_the_best_of_several_starts_is_kept(small_parts, file):
    nets = [train(file, starts=k) for k in (1, 3)]
    assert len(nets[1].starts) == 3
    assert nets[1].starts[0] == nets[0].starts[0]
    assert nets[1].validation_rmse <= nets[0].validation_rmse
