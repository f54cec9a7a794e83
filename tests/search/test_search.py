"""What the search promises beside the minimum: bounds, time, large tables, words."""

import time

import numpy as np
import pytest

from educe.formula import parse
from educe.search import search

X = np.linspace(0.0, 5.0, 80)


def noise(scale: float, n: int = 80, seed: int = 1) -> np.ndarray:
    return scale * np.random.default_rng(seed).standard_normal(n)


def test_a_linear_law_has_one_minimum() -> None:
    y = 2 * X + 1 + noise(0.1)
    found = search(parse("m*x + b").expression, y, {"x": X}, ("m", "b"))
    m, b = np.polyfit(X, y, 1)
    assert found.starts[0].theta == pytest.approx({"m": m, "b": b}, rel=1e-10)
    assert found.settled
    assert found.rounds == 1
    assert "linear" in found.reasons[0]


def test_bounds_are_kept_and_felt() -> None:
    y = 2 * np.exp(-0.9 * X) + noise(0.01)
    law, names = parse("a*exp(-k*x)").expression, ("a", "k")
    bounds = {"a": (0.0, 1.5), "k": (0.0, np.inf)}
    theta = search(law, y, {"x": X}, names, bounds=bounds).starts[0].theta
    rates = np.linspace(0.0, 3.0, 3001)
    best = rates[np.argmin([((y - 1.5 * np.exp(-k * X)) ** 2).sum() for k in rates])]
    assert theta["a"] == 1.5
    assert theta["k"] == pytest.approx(best, abs=1e-3)


def test_bounds_choose_among_equal_answers() -> None:
    y = 2 * np.exp(-(((X - 2.0) / 0.5) ** 2)) + noise(0.01)
    law, names = parse("a*exp(-((x - m)/s)^2)").expression, ("a", "m", "s")
    assert search(law, y, {"x": X}, names).starts[0].theta["s"] == pytest.approx(0.5, rel=0.02)
    bounded = search(law, y, {"x": X}, names, bounds={"s": (-2.0, -0.01)})
    assert bounded.starts[0].theta["s"] == pytest.approx(-0.5, rel=0.02)


def test_a_large_table_is_searched_on_a_sample_with_the_frequencies_of_all_rows() -> None:
    n = 200_000
    x = np.linspace(0.0, 1.0, n)
    y = 1.5 * np.sin(2 * np.pi * 30_000.0 * x + 0.3) + noise(0.2, n)
    began = time.process_time()
    found = search(parse("a*sin(2*pi*f*x + p)").expression, y, {"x": x}, ("a", "f", "p"))
    assert found.starts[0].theta["f"] == pytest.approx(30_000.0, rel=1e-5)
    assert time.process_time() - began < 30.0


def test_time_is_bounded_and_progress_is_told() -> None:
    rng = np.random.default_rng(0)
    y = rng.standard_normal(400)
    x = np.linspace(0, 1, 400)
    text = " + ".join(f"a{k}*exp(-((x - m{k})/s{k})^2)" for k in range(8))
    names = tuple(f"{stem}{k}" for k in range(8) for stem in "ams")
    seen: list[tuple[int, float, float]] = []
    began = time.perf_counter()
    found = search(
        parse(text).expression, y, {"x": x}, names, seconds=0.5, progress=lambda *at: seen.append(at)
    )
    assert time.perf_counter() - began < 30.0
    assert [number for number, _, _ in seen] == list(range(1, found.rounds + 1))
    assert found.warnings
    assert not found.settled


def test_other_minima_are_listed_by_cost() -> None:
    y = np.sin(4 * X) + noise(0.1)
    found = search(parse("a*sin(w*x + p)").expression, y, {"x": X}, ("a", "w", "p"))
    costs = [start.cost for start in found.starts]
    assert costs == sorted(costs)
    assert len(costs) > 1
    assert found.agreed == found.starts[0].found_from >= 2


def test_a_law_that_is_nowhere_finite_is_said_to_be() -> None:
    found = search(parse("a*log(-x^2 - k^2)").expression, X + 1, {"x": X + 1}, ("a", "k"))
    assert found.starts == ()
    assert not found.settled
    assert "finite" in found.warnings[0]


def test_the_lowest_of_all_aliases_is_given() -> None:
    x = np.arange(120.0)
    y = 2 * np.sin(0.7 * x + 0.5) + noise(0.1, 120)
    theta = search(parse("a*sin(w*x + p)").expression, y, {"x": x}, ("a", "w", "p")).starts[0].theta
    assert theta == pytest.approx({"a": 2.0, "w": 0.7, "p": 0.5}, rel=0.05)


POOR = {
    "one row": (np.array([1.0]), np.array([2.0])),
    "three rows": (np.arange(1.0, 4.0), np.array([1.0, 0.5, 0.2])),
    "a response of zeros": (X + 1, np.zeros(80)),
    "a constant response": (X + 1, np.full(80, 3.0)),
    "a constant input": (np.ones(80), X),
    "numbers near the largest": (X * 1e150 + 1e150, X * 1e140),
    "numbers near the smallest": (X * 1e-150 + 1e-150, X * 1e-140),
    "one row far away": (np.append(X + 1, 1e12), np.append(X, 5.0)),
}


@pytest.mark.parametrize("name", POOR)
@pytest.mark.parametrize(
    "text", ["a*x + b", "a*exp(-b*x)", "a*sin(b*x + c)", "a/(x - b)", "a*heaviside(x - b)"]
)
def test_poor_data_end_in_an_answer_or_a_warning(text: str, name: str) -> None:
    x, y = POOR[name]
    names = tuple(sorted(parse(text).expression.free_names - {"x"}))
    found = search(parse(text).expression, y, {"x": x}, names, seconds=0.05)
    assert found.starts or found.warnings
    assert all(np.isfinite(start.cost) for start in found.starts)
