"""Simulated measurements: right law, right noise, right counts, the same bits for the same seed."""

import math

import numpy as np
import pytest

from educe.errors import EduceError, FormulaError, ParameterError
from educe.simulation import simulate

SENSORS = "z = a*sin(x) + b*cos(y)"
SQUARE = {"x": (-3.0, 3.0), "y": (-2.0, 1.0)}
TRUTH = {"a": 2.0, "b": 0.5}


def sensors(
    n: int = 1000, *, seed: int = 7, noise: float | str = 0.0, outliers: float = 0.0, missing: float = 0.0
):  # type: ignore[no-untyped-def]
    return simulate(
        SENSORS, n, ranges=SQUARE, values=TRUTH, seed=seed, noise=noise, outliers=outliers, missing=missing
    )


def test_without_noise_the_response_is_the_law() -> None:
    c = sensors().columns
    assert list(c) == ["x", "y", "z"]
    assert np.allclose(c["z"], 2.0 * np.sin(c["x"]) + 0.5 * np.cos(c["y"]), rtol=1e-14, atol=1e-15)
    assert -3.0 <= c["x"].min() < -2.9
    assert 0.9 < c["y"].max() <= 1.0


def test_noise_has_the_standard_deviation_asked_for() -> None:
    exact, noisy = sensors(40_000).columns, sensors(40_000, noise=0.3).columns
    assert np.array_equal(exact["x"], noisy["x"])
    assert (noisy["z"] - exact["z"]).std() == pytest.approx(0.3, rel=0.02)


def test_noise_as_a_share_is_of_the_spread() -> None:
    made = sensors(noise="5%")
    assert made.noise == pytest.approx(0.05 * sensors().columns["z"].std(), rel=1e-12)


def test_a_seed_gives_the_same_bits_and_another_seed_others() -> None:
    once, again, other = (
        sensors(seed=s, noise=0.1, outliers=0.1, missing=0.1).columns["z"] for s in (7, 7, 8)
    )
    assert once.tobytes() == again.tobytes() != other.tobytes()


def test_outlying_and_missing_readings_are_as_many_as_asked_for() -> None:
    made = sensors(noise=0.1, outliers=0.02, missing=0.01)
    off = np.abs(made.columns["z"] - sensors().columns["z"])
    assert (made.outliers, made.missing) == (20, 10)
    assert np.isnan(made.columns["z"]).sum() == 10
    assert 5 <= (off > 0.4).sum() <= 20


def test_a_grid_has_equal_steps_and_at_least_n_points() -> None:
    made = simulate(SENSORS, 10, ranges=SQUARE, values=TRUTH, grid=True).columns
    assert len(made["z"]) == 16
    assert sorted(set(made["x"].tolist())) == [-3.0, -1.0, 1.0, 3.0]
    assert len(simulate("y = x", 7, ranges={"x": (0, 1)}, grid=True).columns["x"]) == 7
    assert len(simulate("y = x*u*v", 27, ranges=dict.fromkeys("xuv", (0, 1)), grid=True).columns["x"]) == 27


def test_a_named_law_brings_its_ranges_and_values_whatever_its_input_is_called() -> None:
    made = simulate("T = exponential_decay(hours)", 9, values={"tau": 3.0})
    assert list(made.columns) == ["hours", "T"]
    assert made.values == {"a": 2.0, "tau": 3.0}


def test_a_law_written_out_is_not_taken_for_a_named_one() -> None:
    with pytest.raises(ParameterError, match=r"a, .*tau.* neither a range nor a value"):
        simulate("T = a*exp(-t/tau)", 9)


def test_numbers_in_the_law_need_no_values_and_no_left_side_is_y() -> None:
    assert list(simulate("2*sin(x)", 3, ranges={"x": (0, 1)}).columns) == ["x", "y"]


def test_a_law_without_inputs_gives_its_constant() -> None:
    assert simulate("y = c", 3, values={"c": 2.0}).columns["y"].tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("law", "ranges", "values", "words"),
    [
        ("y = a*x", {}, {"a": 1.0}, r"x of y = a\*x has neither a range nor a value"),
        ("y = a*x", {"x": (0, 1), "q": (0, 1)}, {"a": 1.0}, "q does not occur"),
        ("y = a*x", {"x": (0, 1)}, {"a": 1.0, "x": 2.0}, "both a range and a value"),
        ("y = a*x", {"x": (1, 0)}, {"a": 1.0}, "low < high"),
        ("y = a*x", {"x": (0, math.inf)}, {"a": 1.0}, "finite"),
        ("y = a*x", {"x": (0, 1)}, {"a": math.nan}, "finite"),
        ("log(y) = a*x", {"x": (0, 1)}, {"a": 1.0}, "left side"),
        ("x = a*x", {"x": (0, 1)}, {"a": 1.0}, "both measured and an input"),
    ],
)
def test_names_that_do_not_fit_the_law_are_refused(
    law: str, ranges: dict[str, tuple[float, float]], values: dict[str, float], words: str
) -> None:
    with pytest.raises(EduceError, match=words):
        simulate(law, 5, ranges=ranges, values=values)


def test_a_law_that_is_not_finite_is_refused_with_the_place() -> None:
    with pytest.raises(FormulaError, match="not finite in 1 of 3 rows, first where x = 0"):
        simulate("y = 1/x", 3, ranges={"x": (0, 1)}, grid=True)


@pytest.mark.parametrize("noise", ["-1", "lots", math.nan, "inf", "5%%"])
def test_noise_that_cannot_be_is_refused(noise: float | str) -> None:
    with pytest.raises(ParameterError, match="noise"):
        sensors(noise=noise)


@pytest.mark.parametrize("n", [0, -1, 10**12])
def test_numbers_of_rows_that_cannot_be_are_refused(n: int) -> None:
    with pytest.raises(ParameterError, match="number of rows"):
        sensors(n)


@pytest.mark.parametrize("share", [-0.1, 1.0, math.nan])
def test_shares_that_cannot_be_are_refused(share: float) -> None:
    with pytest.raises(ParameterError, match="share"):
        sensors(missing=share)
    with pytest.raises(ParameterError, match="share"):
        sensors(outliers=share)
