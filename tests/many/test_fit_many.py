"""Very many fits: each is the fit that `educe.fit` finds, and a bad one never stops the others."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from scipy.optimize import minimize
from scipy.special import xlogy
from tests.many.decays import LAW, X, decays, rows

import educe
from educe.errors import FileError, FormulaError, ParameterError, TableError
from educe.many.data_sets import sorted_by
from educe.many.fit_many import fit_many
from educe.many.result import STATUS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def table(y: np.ndarray, order: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return rows whose key is a float."""
    columns = rows(y, order)
    return columns | {"pixel": columns["pixel"].astype(np.float64)}


def test_each_is_the_fit_of_its_own_rows() -> None:
    _, y = decays(40)
    many = fit_many(LAW, {"x": X, "y": y})
    for b in range(40):
        one = educe.fit(LAW, {"x": X, "y": y[b]}, start=dict(zip(many.names, many.theta[b], strict=True)))
        assert many.theta[b] == pytest.approx(one.theta, rel=1e-5)
        assert many.stderr[b] == pytest.approx(one.standard_errors, rel=1e-4)
        assert many.rss[b] == pytest.approx(one.rss, rel=1e-8)
    assert many.converged.all()
    assert (many.dof == 17).all()


def test_rows_in_any_order_grouped_by_a_key() -> None:
    _, y = decays(30)
    whole = fit_many(LAW, {"x": X, "y": y})
    mixed = fit_many(LAW, table(y, np.random.default_rng(0).permutation(30 * len(X))), by="pixel")
    assert mixed.keys["pixel"].tolist() == [3.0 * b for b in range(30)]
    np.testing.assert_allclose(mixed.theta, whole.theta, rtol=1e-5)
    assert mixed.of(6.0)["k"] == pytest.approx(whole.params["k"][2], rel=1e-5)


def test_dead_pixels_and_outliers_stop_nothing() -> None:
    truth, y = decays(300)
    y[::10] = 0.0
    y[5::50] = np.nan
    y[7, 3] = 1e6
    many = fit_many(LAW, {"x": X, "y": y})
    good = np.ones(300, dtype=bool)
    good[::10] = good[5::50] = False
    good[7] = False
    assert (np.abs(many.params["k"] - truth[:, 1]) < 6 * many.errors["k"])[good].all()
    assert many.converged[good].all()
    assert (many.status[5::50] == STATUS.index("fewer points than parameters")).all()
    assert many.left_out == {"missing or infinite value": 6 * len(X)}


def test_bounds_hold_and_are_said() -> None:
    _, y = decays(30)
    many = fit_many(LAW, {"x": X, "y": y}, bounds={"k": (0.0, 1.0)})
    free = fit_many(LAW, {"x": X, "y": y})
    assert many.params["k"].max() <= 1.0
    beyond = free.params["k"] > 1.0
    assert (many.status[beyond] == 1).all()
    assert (many.errors["k"][beyond] == 0.0).all()
    np.testing.assert_allclose(many.theta[~beyond], free.theta[~beyond], rtol=1e-4)
    one = educe.fit(LAW, {"x": X, "y": y[np.argmax(beyond)]}, bounds={"k": (0.0, 1.0)}, start={"k": 0.9})
    assert many.theta[np.argmax(beyond)] == pytest.approx(one.theta, rel=1e-6)


def test_fixed_parameters_and_sigma() -> None:
    _, y = decays(12)
    rows = table(y)
    rows["s"] = np.random.default_rng(1).uniform(0.5, 2.0, len(rows["y"]))
    many = fit_many(LAW, rows, by="pixel", sigma="s", fixed={"c": 1.0})
    assert many.names == ("a", "k")
    here = rows["pixel"] == 6.0
    data = {name: column[here] for name, column in rows.items()}
    one = educe.fit(LAW, data, sigma="s", fixed={"c": 1.0}, start={"k": 1.0})
    assert many.theta[2] == pytest.approx(one.theta, rel=1e-5)
    assert many.stderr[2] == pytest.approx(one.standard_errors, rel=1e-4)


def test_counts_by_their_likelihood() -> None:
    rng = np.random.default_rng(4)
    y = rng.poisson(30 * np.exp(-X) + 1.5, (200, len(X))).astype(float)
    many = fit_many(LAW, {"x": X, "y": y}, loss="poisson")

    def deviance(theta: np.ndarray) -> float:
        f = theta[0] * np.exp(-theta[1] * X) + theta[2]
        return float(2 * (f - y[0] + xlogy(y[0], y[0] / f)).sum()) if (f > 0).all() else 1e9

    judge = minimize(deviance, [30, 1, 1.5], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    assert many.theta[0] == pytest.approx(judge.x, rel=1e-4)
    assert many.rss[0] == pytest.approx(judge.fun, rel=1e-9)
    pulls = (many.params["k"] - 1.0) / many.errors["k"]
    assert abs(pulls.std() - 1.0) < 0.25


def test_a_law_that_is_linear() -> None:
    _, y = decays(10)
    many = fit_many("y = m*x + b", {"x": X, "y": y})
    np.testing.assert_allclose(many.params["m"], np.polyfit(X, y.T, 1)[0], rtol=1e-10)


def test_terms_that_may_change_places_stand_alike_in_all_data_sets() -> None:
    """Searched alone, half of these people have the rates of uptake and loss the other way round."""
    law = "conc = A*(exp(-k*time) - exp(-ka*time))"
    people = educe.datasets.load("theophylline").columns
    many = fit_many(law, people, by="subject")
    assert len(set((many.params["k"] < many.params["ka"]).tolist())) == 1
    assert len(set((many.params["A"] > 0).tolist())) == 1
    for subject, rss in zip(many.keys["subject"], many.rss, strict=True):
        rows = {name: column[people["subject"] == subject] for name, column in people.items()}
        assert rss == pytest.approx(educe.fit(law, rows).rss, rel=1e-6)


def test_more_points_than_a_block() -> None:
    x = np.linspace(0.0, 4.0, 700)
    y = 2.0 * np.exp(-np.array([[0.5], [1.5]]) * x) + 1.0
    np.testing.assert_allclose(fit_many(LAW, {"x": x, "y": y}).params["k"], [0.5, 1.5], rtol=1e-8)


def test_what_many_points_barely_tell_is_solved_by_reflections() -> None:
    """Normal equations of x near 1000 keep no digits of a quadratic; triangles do."""
    x = np.linspace(1000.0, 1000.5, 30)
    y = np.array([[1.0], [2.0]]) + 0.5 * x - 0.25 * x**2
    many = fit_many("y = a + b*x + c*x**2", {"x": x, "y": y})
    np.testing.assert_allclose(many.params["c"], -0.25, rtol=1e-5)


def test_an_interrupted_call_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("educe.many.sources.PART_SETS", 10)
    _, y = decays(40)
    whole = fit_many(LAW, {"x": X, "y": y})

    class Stop(Exception):  # noqa: N818 -- stands for Ctrl-C
        pass

    def stop(done: int, _: int) -> None:
        if done == 20:
            raise Stop

    folder = tmp_path / "checkpoint"
    with pytest.raises(Stop):
        fit_many(LAW, {"x": X, "y": y}, checkpoint=folder, progress=stop)
    assert len(list(folder.glob("*.npz"))) == 2
    (folder / "000000000010.npz").write_bytes(b"cut short")
    with pytest.raises(FileError, match="this checkpoint is of another law"):
        fit_many(LAW, {"x": X, "y": y + 1.0}, checkpoint=folder)
    resumed = fit_many(LAW, {"x": X, "y": y}, checkpoint=folder)
    assert resumed.theta.tobytes() == whole.theta.tobytes()
    assert not folder.exists()


def test_a_folder_that_is_no_checkpoint_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(FileError, match="is not empty and no checkpoint"):
        fit_many(LAW, {"x": X, "y": decays(3)[1]}, checkpoint=tmp_path)
    assert (tmp_path / "mine.txt").exists()


def test_from_parquet_to_parquet(tmp_path: Path) -> None:
    _, y = decays(25)
    parquet.write_table(pa.table(table(y)), tmp_path / "in.parquet")
    many = fit_many(LAW, tmp_path / "in.parquet", by="pixel")
    many.save(tmp_path / "out.parquet")
    found = parquet.read_table(tmp_path / "out.parquet")
    assert found.column_names[:4] == ["pixel", "a", "k", "c"]
    assert found["k"].to_numpy().tolist() == many.params["k"].tolist()


@pytest.mark.parametrize(
    ("data", "options", "error", "words"),
    [
        ({"x": X, "y": X}, {}, TableError, "y should be of shape"),
        ({"x": X[:3], "y": np.ones((4, 20))}, {}, TableError, "x has shape"),
        (X, {}, ParameterError, "data is {name: array"),
        ({"x": X, "z": X}, {}, FormulaError, "y is the left side of"),
        ({"x": X, "y": np.ones((4, 20))}, {"loss": "poison"}, ParameterError, "poisson"),
        ({"x": X, "y": np.ones((4, 20))}, {"start": {"kk": 1.0}}, ParameterError, "kk is not a parameter"),
        ({"x": X, "y": np.ones((4, 20))}, {"absolute_sigma": True}, ParameterError, "give sigma too"),
        ({"x": X, "y": -np.ones((4, 20))}, {"loss": "poisson"}, ParameterError, "below 0"),
        ({"x": X, "y": np.ones((4, 20))}, {"iterations": 0}, ParameterError, "iterations must be at least 1"),
        ({"x": X, "y": X}, {"by": "pixl"}, TableError, "no column 'pixl'"),
        ({"x": X, "y": X}, {"by": 3}, ParameterError, "by is the name"),
    ],
)
def test_what_cannot_be_used_is_refused(
    data: object, options: dict, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        fit_many(LAW, data, **options)


def test_keys_are_sorted_stably() -> None:
    key = np.array([3.0, 1.0, 3.0, 2.0, 1.0])
    order, keys, offsets = sorted_by(key)
    assert order is not None
    assert order.tolist() == [1, 4, 3, 0, 2]
    assert keys.tolist() == [1.0, 2.0, 3.0]
    assert offsets.tolist() == [0, 2, 3, 5]
    big = np.random.default_rng(0).integers(0, 1000, 1_000_001).astype(float)
    found = sorted_by(big)[0]
    assert found is not None
    assert (found == np.argsort(big, kind="stable")).all()


def test_the_summary_is_read_by_people_and_machines() -> None:
    many = fit_many(LAW, {"x": X, "y": decays(20)[1]})
    assert "solved  20 converged" in str(many)
    assert many.to_dict()["converged"] == 20
    assert len(many) == 20
    with pytest.raises(ParameterError, match="no data set with fit = 99"):
        many.of(99)
