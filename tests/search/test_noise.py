"""White noise passes, structure does not; the judge is the rate of false alarms."""

import numpy as np
import pytest

from educe.search.noise import FEWEST, LEVEL, inspect

SHAPES = {
    "a trend": lambda x: x - 0.5,
    "a bump": lambda x: np.exp(-(((x - 0.3) / 0.05) ** 2)),
    "a fast wave": lambda x: np.sin(2 * np.pi * 41 * x),
    "a step": lambda x: np.where(x > 0.6, 0.5, -0.5),
}


def alarms(make: object, n: int, tries: int = 400) -> float:
    rng = np.random.default_rng(4)
    x = np.linspace(0.0, 1.0, n)
    return float(np.mean([not inspect(make(rng, x), {"x": x}).noise for _ in range(tries)]))  # type: ignore[operator]


@pytest.mark.parametrize("n", [20, 100, 1000])
def test_white_noise_is_seldom_called_structured(n: int) -> None:
    assert alarms(lambda rng, x: rng.standard_normal(n), n) <= 3 * LEVEL


def test_noise_that_grows_with_the_signal_is_noise() -> None:
    assert alarms(lambda rng, x: np.exp(4 * x) * rng.standard_normal(200), 200) <= 4 * LEVEL


def test_replicates_do_not_feign_a_pattern() -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(np.arange(20.0), 6)
    r = np.sort(rng.standard_normal((20, 6)), axis=1).ravel()  # sorted within each x
    assert inspect(r, {"x": x}).noise


@pytest.mark.parametrize("name", SHAPES)
def test_structure_as_large_as_the_noise_is_seen(name: str) -> None:
    assert alarms(lambda rng, x: SHAPES[name](x) * 1.5 + 0.3 * rng.standard_normal(200), 200, 50) >= 0.95


def test_structure_in_the_plane_is_seen() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.random((2, 400))
    r = np.sin(12 * (x + y)) + 0.3 * rng.standard_normal(400)
    assert not inspect(r, {"x": x, "y": y}).noise
    assert inspect(rng.permutation(r), {"x": x, "y": y}).noise


def test_a_few_large_residuals_count_where_the_law_explains_little() -> None:
    r = np.random.default_rng(2).standard_normal(80)
    r[[7, 30, 61]] = 40.0, -35.0, 50.0
    x = np.arange(80.0)
    assert inspect(r, {"x": x}).noise
    assert not inspect(r, {"x": x}, little=True).noise


def test_too_few_rows_are_not_judged() -> None:
    found = inspect(np.arange(FEWEST - 1.0), {"x": np.arange(FEWEST - 1.0)})
    assert found.noise
    assert "too few" in found.sentence
