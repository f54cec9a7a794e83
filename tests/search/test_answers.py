"""One of all equal answers is given; what is wrong with a minimum is said."""

import numpy as np
import pytest

from educe.formula import parse
from educe.search.agreement import Symmetries
from educe.search.flaws import flaws
from educe.search.problem import Problem
from educe.search.rows import canonical
from educe.search.search import search

X = np.linspace(0.5, 6.0, 60)


def problem(
    text: str, names: tuple[str, ...], bounds: dict[str, tuple[float, float]] | None = None
) -> Problem:
    return Problem(parse(text).expression, names, canonical({"x": X}, np.sin(X), None), bounds or {})


EQUAL = [
    (
        "a*sin(w*x + p)",
        {"a": -2.0, "w": -3.0, "p": 1.0},
        {"a": 2.0, "w": 3.0, "p": -1.0},
    ),
    (
        "a*exp(-((x - m)/s)^2) + b*exp(-((x - n)/t)^2)",
        {"a": 1.0, "m": 4.0, "s": -0.5, "b": 2.0, "n": 1.0, "t": 0.3},
        {"a": 2.0, "m": 1.0, "s": 0.3, "b": 1.0, "n": 4.0, "t": 0.5},
    ),
    (
        "a*cos(2*pi*x/P) + b*cos(2*pi*x/Q)",
        {"a": 1.0, "P": 0.5, "b": 2.0, "Q": 3.0},
        {"a": 2.0, "P": 3.0, "b": 1.0, "Q": 0.5},
    ),
    ("a*sin(w*(x - s))", {"a": -1.0, "w": 2.0, "s": -9.0}, {"a": 1.0, "w": 2.0, "s": -9.0 + 3.5 * np.pi}),
    ("a*cos(2*pi*(x + s)/P)", {"a": 1.0, "s": 700.3, "P": 2.0}, {"a": 1.0, "s": -1.7, "P": 2.0}),
    ("a*sin(w*x + p)", {"a": 1.0, "w": 2.0, "p": 9.0}, {"a": 1.0, "w": 2.0, "p": 9.0 - 2 * np.pi}),
]


@pytest.mark.parametrize(("text", "given", "wanted"), EQUAL)
def test_of_equal_answers_one_is_given(text: str, given: dict[str, float], wanted: dict[str, float]) -> None:
    law, prepared = parse(text), problem(text, tuple(given))
    answer = Symmetries(prepared, given).canonical(given)
    assert answer == pytest.approx(wanted)
    assert law.evaluate({"x": X, **answer}) == pytest.approx(law.evaluate({"x": X, **given}))


def test_symmetries_are_put_into_words() -> None:
    text = "a*exp(-k*x) + b*exp(-l*x)"
    theta = {"a": 1.0, "k": 0.5, "b": 2.0, "l": 3.0}
    sentences = Symmetries(problem(text, tuple(theta)), theta).sentences()
    assert sentences == ("k and a may be exchanged for l and b.",)


def test_a_large_value_is_no_phase() -> None:
    """1e9 + 2 pi is 1e9 to nine digits: the law seems the same, but that is no symmetry."""
    x = X * 1e9
    prepared = Problem(
        parse("V*x/(K + x)").expression, ("V", "K"), canonical({"x": x}, x / (1e9 + x), None), {}
    )
    assert Symmetries(prepared, {"V": 1.0, "K": 1e9}).canonical({"V": 1.0, "K": 1e9})["K"] == 1e9


def test_answers_stay_in_their_bounds() -> None:
    text, theta = "a*exp(-((x - m)/s)^2)", {"a": 1.0, "m": 4.0, "s": -0.5}
    prepared = problem(text, tuple(theta), {"s": (-2.0, -0.1)})
    assert Symmetries(prepared, theta).canonical(theta)["s"] == -0.5


def test_a_pole_between_two_measurements_is_told() -> None:
    prepared = problem("a/(x - b) + c", ("a", "b", "c"))
    between = 0.6 * X[20] + 0.4 * X[21]
    (told,) = flaws(prepared, {"a": 1e-4, "b": between, "c": 0.0})
    assert "pole" in told
    assert flaws(prepared, {"a": 1.0, "b": -1.0, "c": 0.0}) == ()


def test_parameters_that_run_away_are_told() -> None:
    prepared = problem("a*exp(-b*x) + c", ("a", "b", "c"))
    assert flaws(prepared, {"a": 1.0, "b": 1.0, "c": 0.0}) == ()
    assert "cannot be told apart" in flaws(prepared, {"a": 1e7, "b": 1e-7, "c": -1e7})[0]
    assert "does not depend on b" in flaws(prepared, {"a": 0.0, "b": 1.0, "c": 0.0})[0]


def test_the_best_regular_minimum_stands_beside_a_pole() -> None:
    """Two rows far off the curve are met best by a pole of their own."""
    rng = np.random.default_rng(3)
    y = 2 / (X + 1) + 0.01 * rng.standard_normal(60)
    y[30], y[31] = 60.0, -60.0
    found = search(parse("a/(x - b) + c").expression, y, {"x": X}, ("a", "b", "c"))
    assert "pole" in found.starts[0].flaws[0]
    assert found.regular is not None
    assert found.regular.cost > found.starts[0].cost
    assert any("pole" in warning and "regular minimum" in warning for warning in found.warnings)


def test_a_term_too_small_to_be_seen_does_not_feign_a_symmetry() -> None:
    theta = {"a": 1.0, "p": -0.5, "b": 1e60, "q": -100.0}
    text = "a*x^(-p) + b*x^q"
    answer = Symmetries(problem(text, tuple(theta)), theta).canonical(theta)
    law = parse(text)
    assert law.evaluate({"x": X, **answer}) == pytest.approx(law.evaluate({"x": X, **theta}), rel=1e-9)


def test_a_minimum_with_a_flaw_is_not_settled() -> None:
    y = np.where(np.sin(3 * X) > 0, 1.0, -1.0) + 0.1 * np.random.default_rng(0).standard_normal(60)
    found = search(parse("a*sign(sin(w*x + p))").expression, y, {"x": X}, ("a", "w", "p"), seconds=0.5)
    assert "does not depend on w, p" in found.starts[0].flaws[0]
    assert not found.settled


@pytest.mark.parametrize("seed", range(3))
def test_a_place_within_an_oscillation_is_given_in_its_first_turn(seed: int) -> None:
    """Also where it sets the amplitude, so that no other turn is quite the same."""
    for text in ("a*sin(w*(x - s))", "a*exp(-g*(x - s))*sin(w*(x - s))"):
        law = parse(text)
        truth = {"a": 1.5, "g": 0.2, "w": 5.0, "s": 1.0}
        names = tuple(name for name in truth if name in law.names)
        noise = 0.03 * np.random.default_rng(seed).normal(size=60)
        response = np.asarray(law.evaluate({"x": X, **truth})) + noise
        found = search(law.expression, response, {"x": X}, names, seed=seed)
        assert found.settled
        assert abs(found.starts[0].theta["s"]) < 20.0
        assert 1e-2 < abs(found.starts[0].theta["a"]) < 1e2
