"""What the search reads from a formula: roles, inverses, looser laws; judged by numbers put into both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.formula import evaluate, linear_parameters, parse_expression
from educe.search.inversion import solve_effect
from educe.search.rational import RESPONSE, clear, fraction, solved
from educe.search.relaxation import relax
from educe.search.roles import roles_of
from educe.search.rows import canonical
from educe.search.terms import factors_of, product, terms_of, total

ROLES = [
    ("a*exp(-k*t)", "k", "scale", "exp"),
    ("a*exp(-(t - m)^2/(2*s^2))", "m", "location", "exp"),
    ("a*exp(-(t - m)^2/(2*s^2))", "s", "scale", "exp"),
    ("a*sin(w*t + p)", "w", "scale", "periodic"),
    ("a*sin(w*t + p)", "p", "location", "periodic"),
    ("a*sin(w*(t - d))", "d", "location", "turn"),
    ("a*t^p", "p", "power", "power"),
    ("a*b^t", "b", "base", "exp"),
    ("a*heaviside(t - d)", "d", "location", "jump"),
    ("a*t/(K + t)", "K", "location", "function"),
    ("a*t/(2*sqrt(D*t))", "D", "scale", "top"),
]


@pytest.mark.parametrize(("law", "name", "kind", "setting"), ROLES)
def test_roles(law: str, name: str, kind: str, setting: str) -> None:
    (role,) = roles_of(parse_expression(law), [name], ["t"])[name]
    assert (role.kind, role.place.setting) == (kind, setting)


def test_a_modulation_is_known_for_one() -> None:
    found = roles_of(parse_expression("a*sin(w*t + b*sin(v*t))"), ["w", "v"], ["t"])
    assert not found["w"][0].place.nested
    assert found["v"][0].place.nested


EFFECTS = [
    "1/(2*p^2)",
    "-log(p)/q",
    "exp(p)/q",
    "q*sqrt(p)",
    "q - 3/p",
    "p^3",
    "q^p",
    "tanh(p)*q",
    "abs(p) + 1",
]


@pytest.mark.parametrize("text", EFFECTS)
@given(p=st.floats(0.05, 3.0), q=st.floats(0.2, 5.0).filter(lambda q: abs(q - 1) > 0.01))
def test_an_effect_is_solved_for_its_parameter(text: str, p: float, q: float) -> None:
    effect = parse_expression(text)
    size = np.array([evaluate(effect, {"p": p, "q": q})])
    solved = solve_effect(effect, "p", size, {"q": np.array([[q]])}, np.zeros(1))
    assert solved == pytest.approx([p], rel=1e-6)


def test_what_cannot_be_solved_is_not_a_number() -> None:
    assert np.isnan(solve_effect(parse_expression("p + exp(p)"), "p", np.ones(1), {}, np.ones(1))).all()


FORMS = ["a - (b*x - c)/d", "-(a*x/b)^2*exp(-x)/c", "sqrt(a*x)*b", "a*(x - b)^3/(2*c^2)", "-a", "a*b/x/c"]


@pytest.mark.parametrize("text", FORMS)
def test_terms_and_factors_make_the_whole(text: str) -> None:
    node = parse_expression(text)
    values = {"a": 1.3, "b": 0.7, "c": 2.1, "d": 0.4, "x": 1.9}
    for rebuilt in (total(terms_of(node)), product(factors_of(node))):
        assert evaluate(rebuilt, values) == pytest.approx(evaluate(node, values), rel=1e-13)


LOOSER = {
    "a*sin(w*x + p) + c": ("w",),
    "a*exp(-k*x)*cos(w*x + p)": ("k", "w"),
    "a*exp(-k*(x - d)) + c": ("k",),
    "a*(x - b)^2 + c": (),
    "a*(1 + m*cos(v*x + q))*cos(w*x + p)": ("v", "w"),
    "a*cos(x*k + p)^2 + b": ("k",),
    "a*log(b*x) + c": (),
}


@pytest.mark.parametrize("text", LOOSER)
@settings(max_examples=10)
@given(seed=st.integers(0, 10**6))
def test_a_looser_law_holds_the_law(text: str, seed: int) -> None:
    law = parse_expression(text)
    names = tuple(sorted(law.free_names - {"x"}))
    linear = linear_parameters(law, names)
    relaxed = relax(law, [n for n in names if n not in linear], linear, ["x"])
    assert relaxed is not None
    assert relaxed.nonlinear == LOOSER[text]
    rng = np.random.default_rng(seed)
    values = {name: rng.uniform(0.5, 2.0) for name in names} | {"x": rng.uniform(0.5, 3.0, 7)}
    free = {f: evaluate(c, values) for f, c in zip(relaxed.free, relaxed.coefficients, strict=True)}
    assert evaluate(relaxed.expression, values | free) == pytest.approx(evaluate(law, values), rel=1e-10)


@pytest.mark.parametrize("text", ["a*exp(-k*x)", "a*x^p", "a/(1 + (x/c)^h)", "a*x + b"])
def test_a_law_that_cannot_be_loosened_is_left_alone(text: str) -> None:
    law = parse_expression(text)
    names = sorted(law.free_names - {"x"})
    linear = linear_parameters(law, names)
    assert relax(law, [n for n in names if n not in linear], linear, ["x"]) is None


DIVIDED = {
    "(a + b*x)/(1 + c*x + d*x^2)": ("a", "b", "c", "d"),
    "a*(x^2 + b*x)/(x^2 + c*x + d)": ("a", "c", "d"),
    "1/(a + b*log(x) + c*log(x)^3)": ("a", "b", "c"),
    "a + b/(x + c)": ("b", "c"),
}


@pytest.mark.parametrize("text", DIVIDED)
def test_without_its_divisor_a_law_is_solved_exactly(text: str) -> None:
    """Without noise the equation gives the parameters themselves, whatever the weights of its rows."""
    law = parse_expression(text)
    names = tuple(sorted(law.free_names - {"x"}))
    truth = {name: 0.5 + 0.3 * k for k, name in enumerate(names)}
    x = np.linspace(1.5, 6.0, 30)
    y = np.broadcast_to(evaluate(law, {**truth, "x": x}), x.shape)
    above, below = fraction(law)
    assert evaluate(above, {**truth, "x": x}) / evaluate(below, {**truth, "x": x}) == pytest.approx(y)
    cleared = clear(law, names, linear_parameters(law, names))
    if cleared is None:  # a + b/(x + c): a*c is a product, so no further parameter becomes linear
        assert text == "a + b/(x + c)"
        return
    assert cleared.solved == DIVIDED[text]
    draws = {name: np.array([truth[name]]) for name in cleared.drawn}
    found = solved(cleared, canonical({"x": x}, y, None), draws)
    assert {name: values[-1] for name, values in found.items()} == pytest.approx(truth, rel=1e-6)
    assert RESPONSE not in found
