"""`check`: right laws pass, wrong ones are named with their place, and every refusal."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import educe
from educe.comparison.check import check
from educe.comparison.check_axes import rank, scaled
from educe.comparison.check_calibration import flipped_noise, permuted_noise
from educe.comparison.check_noise import NoiseCheck, modelled
from educe.comparison.check_smoothers import smoothers
from educe.comparison.check_units import cells, units_of
from educe.errors import ParameterError, TableError
from educe.fitting.result import Fit

LAW = "y = a*exp(-k*x)"
START = {"a": 2.0, "k": 0.7}


def decay(n: int, seed: int, noise: float = 0.1, more: object = None) -> Fit:
    random = np.random.default_rng(seed)
    x = random.uniform(0.0, 3.0, n)
    y = 2.0 * np.exp(-0.7 * x) + noise * random.standard_normal(n)
    if callable(more):
        y = y + more(x)
    return educe.fit(LAW, {"x": x, "y": y}, start=START)


def bump(x: np.ndarray) -> np.ndarray:
    return 0.3 * np.exp(-0.5 * ((x - 2.1) / 0.12) ** 2)


# --- what is known exactly ----------------------------------------------------------------------


def test_what_the_fit_takes_out_is_the_projection_onto_its_jacobian() -> None:
    fit = decay(30, 1)
    units = units_of(fit)
    J = fit.weighted_jacobian
    H = J @ np.linalg.solve(J.T @ J, J.T)
    e = np.random.default_rng(0).standard_normal((30, 4))
    assert units.through(e) == pytest.approx(e - H @ e, abs=1e-12)
    assert units.left == pytest.approx(1.0 - fit.leverage, abs=1e-9)
    assert units.dof == pytest.approx(fit.dof)
    assert units.through(units.r) == pytest.approx(
        units.r, abs=1e-7
    )  # residuals of a minimum lie in its range


def test_cells_keep_the_covariance_of_their_rows() -> None:
    fit = decay(64, 2)
    rows = units_of(fit)
    cell = cells(np.asarray(fit.rows.columns["x"])[:, None], 16)
    from educe.comparison.check_units import _gathered

    gathered = _gathered(rows, cell)
    A = np.zeros((16, 64))
    A[cell, np.arange(64)] = 0.5  # four rows a cell, A A' = I
    M = np.eye(64) - rows.U @ rows.U.T
    root = gathered.through(np.eye(16))
    assert root @ root.T == pytest.approx(A @ M @ A.T, abs=1e-12)
    assert gathered.r == pytest.approx(A @ rows.r)
    assert gathered.dof == pytest.approx(np.trace(A @ M @ A.T))


def test_cells_are_equally_full_and_near() -> None:
    X = np.random.default_rng(3).uniform(size=(4000, 2))
    cell = cells(X, 1024)
    counts = np.bincount(cell)
    assert (counts.min(), counts.max(), len(counts)) == (3, 4, 1024)
    widths = [np.ptp(X[cell == c], axis=0).max() for c in range(0, 1024, 64)]
    assert max(widths) < 0.12


def test_scores_of_noise_have_variance_one() -> None:
    from educe.comparison.check_calibration import scores_of

    units = units_of(decay(40, 4))
    T = units.through(np.random.default_rng(5).standard_normal((40, 20_000)))
    for smoother in smoothers(units, seed=0):
        variances = scores_of(smoother, units, np.ones(40), T).var(axis=1)
        followed = variances < 1e-9  # by the law itself
        assert variances[~followed] == pytest.approx(1.0, abs=0.06), smoother.name
        assert not followed.all()


def test_permuted_noise_is_the_residuals_dealt_out_anew_with_a_mean_of_their_own() -> None:
    units = units_of(decay(25, 6))
    noise = permuted_noise(units, np.ones(25), 20_000, seed=0)
    eta = units.r / np.sqrt(units.left)
    dealt = np.sort(noise - noise.mean(axis=0), axis=0)
    assert dealt == pytest.approx(np.broadcast_to(np.sort(eta - eta.mean())[:, None], noise.shape))
    assert noise @ noise.T / 20_000 == pytest.approx(eta.var() * np.eye(25), abs=0.07 * eta.var())  # white


def test_flipped_noise_is_every_residual_in_its_row_with_a_sign_by_chance() -> None:
    units = units_of(decay(25, 6))
    noise = flipped_noise(units, np.ones(25), 20_000, seed=0)
    eta = units.r / np.sqrt(units.left)
    assert np.abs(noise) == pytest.approx(np.broadcast_to(np.abs(eta)[:, None], noise.shape))
    assert noise @ noise.T / 20_000 == pytest.approx(np.diag(eta**2), abs=0.05 * float(np.square(eta).max()))
    assert noise.mean(axis=1) == pytest.approx(np.zeros(25), abs=0.05 * float(np.abs(eta).max()))


def test_residuals_change_places_only_where_nothing_hints_at_noise_that_differs() -> None:
    assert NoiseCheck(0.4, "x", 1.0).alike
    assert NoiseCheck(math.nan, "", 1.0).alike
    assert not NoiseCheck(0.2, "x", 1.0).alike
    assert NoiseCheck(0.2, "x", 1.0).constant


def test_a_right_law_is_questioned_less_often_where_residuals_keep_their_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Noise that grows thirtyfold over 20 rows, which are too few to learn its size from."""
    law, peak = "y = a*exp(-(x - m)^2/(2*s^2)) + c", {"a": 2.0, "m": 1.6, "s": 0.4, "c": 0.5}

    def alarms() -> int:
        found = 0
        for number in range(150):
            random = np.random.default_rng((number, 20))
            x = random.uniform(0.0, 3.0, 20)
            size = 0.1 + (x / 3.0) ** 3
            truth = educe.formula.parse(law).evaluate({**peak, "x": x})
            fit = educe.fit(law, {"x": x, "y": truth + 0.1 * size * random.standard_normal(20)}, start=peak)
            found += educe.check(fit, replicates=99, network=False, seed=number).found
        return found

    kept = alarms()
    monkeypatch.setattr("educe.comparison.check.flipped_noise", permuted_noise)
    assert kept <= 0.85 * alarms()


def test_the_size_of_noise_is_found() -> None:
    random = np.random.default_rng(7)
    u = np.linspace(0.0, 1.0, 4000)
    z = np.cos(np.pi * u)
    true = np.exp(0.6 * z)
    size = modelled(np.square(true * random.standard_normal(4000)), (z / np.linalg.norm(z))[:, None])
    assert size / size[0] == pytest.approx(true / true[0], rel=0.08)


def test_ranks_share_ties_and_decades_are_scaled_by_their_logarithm() -> None:
    assert rank(np.array([3.0, 3.0, 1.0])).tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 6])
    even, u = scaled(np.geomspace(0.01, 100.0, 5))
    assert not even
    assert u == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])


# --- what it answers ----------------------------------------------------------------------------


def test_false_alarms_are_as_many_as_stated() -> None:
    """1,000 data sets for each of many laws, sizes and kinds of noise are in docs/check.md."""
    alarms = sum(check(decay(40, 100 + k), replicates=99, network=False, seed=k).found for k in range(200))
    assert 1 <= alarms <= 21  # 10 expected; beyond, one chance in 500 of a right test


def test_heavy_tails_and_growing_noise_raise_no_more_alarms() -> None:
    count = 0
    for k in range(120):
        random = np.random.default_rng(k)
        x = random.uniform(0.0, 3.0, 120)
        y = 2.0 * x + (0.1 + 0.2 * x) * random.standard_t(4, 120)
        count += check(educe.fit("y = a*x + b", {"x": x, "y": y}), replicates=99, network=False, seed=k).found
    assert count <= 15


def test_a_missed_bump_is_found_where_it_is() -> None:
    found = check(decay(400, 8, more=bump), network=False)
    assert found.found
    low, high = found.regions[0].bounds["x"]
    assert 1.8 < low < 2.1 < high < 2.5
    assert found.regions[0].z > 5.0
    assert found.regions[0].certain
    assert 0.1 < found.regions[0].mean < 0.3
    assert f"structure near x = {low:.3g}"[:20] in found.verdict
    assert "above the law" in found.verdict


def test_an_oscillation_is_named_with_its_period() -> None:
    found = check(decay(300, 9, more=lambda x: 0.08 * np.sin(2 * np.pi * x / 0.3)), network=False)
    assert found.leading == "wave"
    assert found.wave is not None
    assert found.wave.axis == "x"
    assert found.wave.period == pytest.approx(0.3, rel=0.03)
    assert "structure: an oscillation along x with a period of 0.3" in found.verdict
    assert f"worth {found.wave.z:.1f} standard deviations" in found.verdict


def test_an_interaction_is_framed_over_two_inputs_and_a_network_explains_it() -> None:
    random = np.random.default_rng(10)
    x, y = random.uniform(-1.0, 1.0, (2, 400))
    z = x + 2.0 * y + 0.5 * x * y + 0.1 * random.standard_normal(400)
    found = check(educe.fit("z = a*x + b*y", {"x": x, "y": y, "z": z}))
    assert found.found
    assert set(found.regions[0].bounds) == {"x", "y"}
    assert found.explained is not None
    assert 0.5 < found.explained.share < 0.9  # the interaction has 0.74 of the variance of what is left
    assert found.map is not None


def test_a_network_predicts_nothing_of_noise() -> None:
    found = check(decay(100, 11))
    assert found.explained is not None
    assert found.explained.share < 0.05
    assert "nothing left" in found.verdict


def test_repeated_rows_judge_the_law_by_their_own_scatter() -> None:
    random = np.random.default_rng(12)
    x = np.repeat(np.arange(6.0), 5)
    y = np.where(x % 2 == 0, 1.0, -1.0) + 0.3 * random.standard_normal(30)
    found = check(educe.fit("y = a*x + b", {"x": x, "y": y}), network=False)
    assert found.p_values["repeats"] <= 0.002
    assert "repeats" not in check(decay(30, 13), network=False).p_values


def test_weights_are_heeded() -> None:
    random = np.random.default_rng(14)
    x = random.uniform(0.0, 3.0, 300)
    s = 0.02 + 0.2 * x
    data = {"x": x, "y": 2.0 * x + s * random.standard_normal(300), "s": s}
    weighted = check(educe.fit("y = a*x + b", data, sigma="s"), network=False)
    plain = check(educe.fit("y = a*x + b", data), network=False)
    assert weighted.noise.constant
    assert not weighted.found
    assert not plain.noise.constant
    assert plain.noise.ratio > 2.0
    assert "weigh the rows" in str(plain)


def test_a_robust_fit_is_not_accused_by_its_outliers() -> None:
    random = np.random.default_rng(15)
    x = random.uniform(0.0, 3.0, 200)
    y = 2.0 * np.exp(-0.7 * x) + 0.05 * random.standard_normal(200)
    y[x > 2.8] += 4.0 * (random.uniform(size=np.sum(x > 2.8)) > 0.7)
    found = check(educe.fit(LAW, {"x": x, "y": y}, start=START, loss="tukey"), network=False)
    assert not found.found
    assert any("robust" in note for note in found.notes)


def test_a_million_rows_are_gathered_and_said_to_be() -> None:
    random = np.random.default_rng(16)
    x = random.uniform(0.0, 10.0, 1_000_000)
    y = np.sin(x) + 0.2 * random.standard_normal(len(x)) + 0.01 * np.exp(-(((x - 5.0) / 0.2) ** 2))
    found = check(educe.fit("y = a*sin(k*x)", {"x": x, "y": y}, start={"a": 1, "k": 1}), network=False)
    assert found.found
    low, high = found.regions[0].bounds["x"]
    assert 4.6 < low < 5.0 < high < 5.4
    assert "1,000,000 rows were gathered into 1,024 cells" in found.notes[0]


def test_a_saved_fit_of_which_only_some_rows_are_kept_is_judged_by_these(tmp_path: Path) -> None:
    alarms = 0
    for k in range(5):
        random = np.random.default_rng(k)
        x = random.uniform(0.0, 3.0, 45_000)
        y = np.sin(x) + 0.1 * random.standard_normal(len(x))
        educe.fit("y = a*sin(k*x)", {"x": x, "y": y}, start={"a": 1, "k": 1}).save(tmp_path / "fit.json")
        saved = educe.load(tmp_path / "fit.json")
        assert isinstance(saved, Fit)
        found = check(saved, network=False, replicates=99)
        alarms += found.found
        assert "of the 45,000 rows are at hand; only these were looked at" in found.notes[0]
    assert alarms <= 2


def test_errors_in_x_are_no_structure() -> None:
    alarms = 0
    for k in range(30):
        random = np.random.default_rng(k)
        x = random.uniform(0.0, 3.0, 150)
        data = {
            "x": x + 0.1 * random.standard_normal(150),
            "y": 2.0 * np.exp(-0.7 * x),
            "s": np.full(150, 0.1),
        }
        data["y"] = data["y"] + 0.05 * random.standard_normal(150)
        fit = educe.fit(LAW, data, start=START, sigma=np.full(150, 0.05), sigma_x={"x": "s"})
        alarms += check(fit, network=False, replicates=99, seed=k).found
    assert alarms <= 5


def test_a_parameter_held_by_its_bound_follows_no_noise() -> None:
    random = np.random.default_rng(17)
    x = np.linspace(0.0, 3.0, 80)
    y = 2.0 * x + 1.0 + 0.1 * random.standard_normal(80)
    held = educe.fit("y = a*x + b", {"x": x, "y": y}, bounds={"b": (0.0, 0.5)})
    assert units_of(held).U.shape[1] == 1
    assert check(held, network=False).found


def test_a_law_without_inputs_is_looked_at_in_the_order_of_the_rows() -> None:
    y = np.linspace(0.0, 1.0, 60) + 0.1 * np.random.default_rng(18).standard_normal(60)
    found = check(educe.fit("y = c", {"y": y}))
    assert found.found
    assert "row" in found.regions[0].bounds
    assert found.explained is None


def test_a_law_that_fits_exactly_leaves_nothing() -> None:
    x = np.linspace(0.0, 1.0, 20)
    found = check(educe.fit("y = a*x", {"x": x, "y": 2.0 * x}))
    assert (found.found, found.exact) == (False, True)
    assert found.plot() is not None


def test_the_same_seed_gives_the_same_answer_and_units_do_not_matter() -> None:
    fit = decay(100, 19, more=bump)
    first, again = (check(fit, network=False, seed=3) for _ in range(2))
    assert first.to_dict() == again.to_dict()
    columns = {"x": 1e6 * fit.rows.columns["x"], "y": 1e-9 * fit.rows.response}
    other = check(educe.fit(LAW, columns, start={"a": 2e-9, "k": 0.7e-6}), network=False, seed=3)
    assert other.p_value == pytest.approx(first.p_value, abs=0.003)
    assert other.regions[0].z == pytest.approx(first.regions[0].z, rel=1e-4)


def test_json_has_words_and_numbers() -> None:
    found = json.loads(json.dumps(check(decay(60, 20), network=False).to_dict(), allow_nan=False))
    assert found["found"] is False
    assert set(found["p_values"]) == {"bump", "trend", "wave", "network"}
    assert found["network"] is None


@pytest.mark.parametrize("more", [None, bump])
def test_the_figure_is_the_same_bytes_every_time(tmp_path: Path, more: object) -> None:
    found = check(decay(60, 21, more=more), network=False)
    for name in ("a.svg", "b.svg"):
        found.plot(tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


# --- what it refuses ----------------------------------------------------------------------------


def test_refusals_say_what_is_allowed() -> None:
    fit = decay(30, 22)
    with pytest.raises(ParameterError, match=r"level must lie between 0 and 1, such as 0.05, not 5"):
        check(fit, level=5.0)
    with pytest.raises(ParameterError, match=r"replicates must be at least 99, not 10"):
        check(fit, replicates=10)
    with pytest.raises(
        ParameterError, match=r"999 replicates cannot tell a level of 0.0001; take 9999 or more"
    ):
        check(fit, level=1e-4)
    with pytest.raises(ParameterError, match=r"a dict is not the result of educe.fit"):
        check({})  # type: ignore[arg-type]
    with pytest.raises(TableError, match=r"has 2 parameters and 7 rows; .* from 8 rows on"):
        check(decay(7, 23))
