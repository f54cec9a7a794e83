"""Outliers: found where they were put, not where there are none, and left out only by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import educe


def decay(seed: int, n: int = 60, **far: float) -> dict[str, Any]:
    x = np.linspace(0.0, 5.0, n)
    y = 3.0 * np.exp(-0.7 * x) + np.random.default_rng(seed).normal(0.0, 0.05, n)
    for row, size in far.items():
        y[int(row.removeprefix("row"))] += size
    return {"x": x, "y": y}


LAW = "y = a*exp(-k*x)"


def test_one_far_row_is_the_largest_deleted_residual() -> None:
    fit = educe.fit(LAW, decay(0, row7=0.6))
    found = fit.outliers()
    assert found.places == (7,)
    assert found.found[0].number == 8
    less = educe.fit(LAW, {k: np.delete(v, 7) for k, v in decay(0, row7=0.6).items()})
    assert found.found[0].t == pytest.approx(fit.influence.external[7], rel=0.02)
    assert found.found[0].residual == pytest.approx(
        decay(0, row7=0.6)["y"][7] - less.predict({"x": [fit.rows.columns["x"][7]]})[0], rel=1e-6
    )


def test_rows_that_hide_one_another_are_all_found() -> None:
    far = {f"row{k}": 0.9 for k in range(20, 32)}
    data = decay(1, **far)
    fit = educe.fit(LAW, data)
    assert np.abs(fit.influence.external).max() < 3.5  # none stands out
    assert set(fit.outliers().places) == set(range(20, 32))


def test_known_and_relative_sigma_are_honoured() -> None:
    data = {**decay(2), "s": np.full(60, 0.05)}
    data["y"][9] += 0.35
    assert educe.fit(LAW, data, sigma="s", absolute_sigma=True).outliers().places == (9,)
    data["s"][9] = 1.0  # a reading that is allowed to be far off is no outlier
    assert educe.fit(LAW, data, sigma="s", absolute_sigma=True).outliers().places == ()


def test_right_fits_have_an_outlier_in_about_one_of_twenty() -> None:
    x = np.linspace(0.0, 5.0, 40)
    rng = np.random.default_rng(8)
    alarms = [
        bool(educe.fit("y = m*x + b", {"x": x, "y": x + rng.normal(0.0, 0.1, 40)}).outliers().found)
        for _ in range(200)
    ]
    assert sum(alarms) <= 20  # 10 expected; more than 20 once in 2,000 runs


def test_a_fit_without_them_is_a_fit_of_the_others_and_says_so(tmp_path: Any) -> None:
    data = decay(21, row7=0.6, row30=-0.5)
    data["y"][2] = np.nan
    fit = educe.fit(LAW, data)
    found = fit.outliers()
    less = fit.without(found)
    kept = np.setdiff1d(np.arange(60), [2, 7, 30])
    judge = educe.fit(LAW, {name: column[kept] for name, column in data.items()})
    assert less.theta == pytest.approx(judge.theta, rel=1e-9)
    assert less.standard_errors == pytest.approx(judge.standard_errors, rel=1e-9)
    assert (less.n, less.left_out["outlier"]) == (57, 2)
    assert sorted(one.number for one in found.found) == [8, 31]
    assert "2 rows were left out as outliers: rows 8, 31" in less.warnings[0]
    assert [less.rows.number(k) for k in (1, 2, 6, 28)] == [2, 4, 9, 32]
    less.save(tmp_path / "less.json")
    again = educe.load(tmp_path / "less.json")
    assert again.to_dict() == less.to_dict()
    assert again.warnings[0] == less.warnings[0]
    assert fit.n == 59  # the fit itself is as it was


def test_nothing_found_changes_nothing() -> None:
    fit = educe.fit(LAW, decay(4))
    assert fit.without(fit.outliers()) is fit


def test_rows_of_several_sets_are_named_with_their_set() -> None:
    data = {"cold": decay(15), "hot": decay(16, row11=0.7)}
    fit = educe.fit(LAW, data, shared=["k"])
    (one,) = fit.outliers().found
    assert (one.data_set, one.number) == ("hot", 12)
    less = fit.without(fit.outliers())
    assert less.sets is not None
    assert less.sets.used == (60, 59)
    assert "row 12 of hot" in less.warnings[0]


def test_errors_in_x_and_bounds_are_kept() -> None:
    data = decay(17, row9=0.9)
    fit = educe.fit(LAW, data, sigma=0.05, sigma_x=0.02, bounds={"k": (0.0, 5.0)})
    assert fit.outliers().places == (9,)
    less = fit.without(fit.outliers())
    assert less.converged
    assert less.convention.noisy_inputs == ("x",)


def test_few_rows_and_wrong_use() -> None:
    assert educe.fit("y = m*x + b", {"x": [0.0, 1, 2, 3], "y": [0.0, 1, 2, 9]}).outliers().found == ()
    fit, other = educe.fit(LAW, decay(21, row7=0.6)), educe.fit(LAW, decay(21, n=30))
    with pytest.raises(educe.ParameterError, match=r"between 0 and 1, such as 0\.05, not 5"):
        fit.outliers(5.0)
    with pytest.raises(educe.ParameterError, match="found in another fit"):
        other.without(fit.outliers())
