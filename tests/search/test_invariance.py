"""The answer depends on the law and the measurements, not on their order, their units or the clock."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.formula import parse
from educe.search import Found, search

LAWS = {
    "y = a*exp(-(x - m)^2/(2*s^2)) + c": {"a": "y", "m": "x", "s": "x", "c": "y"},
    "y = a*exp(-k*x)*sin(w*x + p)": {"a": "y", "k": "1/x", "w": "1/x", "p": ""},
    "y = V*x/(K + x) + c": {"V": "y", "K": "x", "c": "y"},
    "y = a/(1 + (x/c)^h)": {"a": "y", "c": "x", "h": ""},
}
TRUTH = {"a": 2.0, "m": 4.0, "s": 0.8, "c": 0.5, "k": 0.2, "w": 3.0, "p": 0.4, "V": 3.0, "K": 1.5, "h": 2.0}


def measured(text: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = np.sort(rng.uniform(0.1, 9.0, 60))
    law = parse(text)
    y = law.evaluate({"x": x, **{name: TRUTH[name] for name in LAWS[text]}})
    return x, y + 0.02 * rng.standard_normal(60)


def searched(text: str, x: np.ndarray, y: np.ndarray, **options: object) -> Found:
    return search(parse(text).expression, y, {"x": x}, tuple(LAWS[text]), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", LAWS)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_of_rows_does_not_matter(text: str, seed: int) -> None:
    x, y = measured(text)
    order = np.random.default_rng(seed).permutation(len(x))
    first, second = searched(text, x, y), searched(text, x[order], y[order])
    assert first.starts[0].theta == second.starts[0].theta  # to the last bit
    assert first.rounds == second.rounds


@pytest.mark.parametrize("text", LAWS)
@settings(max_examples=6, deadline=None)
@given(x_unit=st.integers(-12, 12), y_unit=st.integers(-12, 12))
def test_units_do_not_matter(text: str, x_unit: int, y_unit: int) -> None:
    x, y = measured(text)
    ux, uy = 10.0**x_unit, 10.0**y_unit
    usual, scaled = searched(text, x, y).starts[0], searched(text, ux * x, uy * y).starts[0]
    units = {"x": ux, "1/x": 1 / ux, "y": uy, "": 1.0}
    expected = {name: usual.theta[name] * units[unit] for name, unit in LAWS[text].items()}
    assert scaled.theta == pytest.approx(expected, rel=1e-5)
    assert scaled.cost == pytest.approx(usual.cost * uy**2, rel=1e-8)


@pytest.mark.parametrize("text", LAWS)
def test_one_seed_gives_one_answer(text: str) -> None:
    x, y = measured(text)
    first, second = (searched(text, x, y, seed=3) for _ in range(2))
    assert first.starts[0].theta == second.starts[0].theta
    assert (first.samples, first.rounds, first.agreed) == (second.samples, second.rounds, second.agreed)


@pytest.mark.parametrize("text", LAWS)
def test_truth_is_recovered(text: str) -> None:
    found = searched(text, *measured(text))
    assert found.settled
    assert found.starts[0].theta == pytest.approx({name: TRUTH[name] for name in LAWS[text]}, rel=0.1)


def test_weights_of_equal_size_change_the_cost_alone() -> None:
    text = "y = V*x/(K + x) + c"
    x, y = measured(text)
    plain, weighted = searched(text, x, y), searched(text, x, y, weights=np.full(len(x), 50.0))
    assert weighted.starts[0].theta == pytest.approx(plain.starts[0].theta, rel=1e-6)
    assert weighted.starts[0].cost == pytest.approx(2500 * plain.starts[0].cost, rel=1e-8)


def test_rows_of_no_weight_count_for_nothing() -> None:
    text = "y = V*x/(K + x) + c"
    x, y = measured(text)
    spoiled = y.copy()
    spoiled[::7] = 1e3
    weights = np.ones(len(x))
    weights[::7] = 0.0
    kept = weights > 0
    with_all = searched(text, x, spoiled, weights=weights).starts[0]
    without = searched(text, x[kept], y[kept]).starts[0]
    assert with_all.theta == pytest.approx(without.theta, rel=1e-5)
