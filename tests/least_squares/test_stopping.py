"""One route through the whole solver for each reason to stop."""

import math

import numpy as np
import pytest

from educe.engines.in_memory import InMemory
from educe.engines.model import formula_model
from educe.formula import parse
from educe.least_squares.bounds import Box
from educe.least_squares.solve import solve, undamped
from educe.least_squares.stopping import Reason, Stopping

X = np.linspace(0.0, 3.0, 40)
NOISE = 0.02 * np.cos(40.0 * X)
DECAY = 2.0 * np.exp(-1.3 * X) + 0.5 + NOISE


def problem(text, x=X, y=DECAY, *, eliminate=True):
    law = parse(text)
    names = law.roles(("x", "y")).parameters
    model = formula_model(
        law.response, law.expression, names, eliminate=frozenset(names if eliminate else ())
    )
    data = {"x": x, "y": y}
    return InMemory(model, [data[name] for name in model.variables])


def reached(text, theta, **options):
    x, y = options.pop("x", X), options.pop("y", DECAY)
    eliminate = options.pop("eliminate", True)
    with np.errstate(all="ignore"):
        return solve(problem(text, x, y, eliminate=eliminate), theta, **options)


def test_linear():
    found = reached("y = m*x + b", [1.0, 1.0])
    assert found.reason is Reason.LINEAR
    assert found.theta == pytest.approx(np.polyfit(X, DECAY, 1).tolist(), rel=1e-12)


def test_step():
    assert reached("y = a*exp(-b*x) + c", [1.0, 1.0, 1.0]).reason is Reason.STEP


def test_stagnation():
    """exp(b*1e7) rounds the law itself to 1e-9, so steps never fall to 8 eps."""
    rng = np.random.default_rng(0)
    x = np.linspace(1.0, 2.0, 60)
    rough = 1.0 + 1e-3 * rng.normal(size=60)
    found = reached("y = (a*x + 1e9) - 1e9 + sin(b)", [1.0, 0.3], x=x, y=x * rough, eliminate=False)
    assert found.reason in (Reason.STAGNATION, Reason.STEP, Reason.VALLEY)
    assert found.reason.converged


def test_bound():
    box = Box(np.array([-np.inf, 1.5, -np.inf]), np.array([np.inf, 9.0, np.inf]))
    found = reached("y = a*exp(-b*x) + c", [1.0, 2.0, 1.0], box=box, eliminate=False)
    assert found.reason is Reason.BOUND
    assert found.theta[1] == 1.5


def test_valley():
    found = reached("y = a*exp(-b*x)*c + d", [1.0, 1.0, 1.0, 1.0])
    assert found.reason is Reason.VALLEY


def test_iterations():
    found = reached("y = a*exp(-b*x) + c", [1.0, 1.0, 1.0], stopping=Stopping(iterations=1, handover=0.0))
    assert found.reason in (Reason.ITERATIONS, Reason.STEP)
    classic = undamped(problem("y = a*exp(-b*x) + c"), [0.4, 1.8, 1.0], iterations=1)
    assert classic.reason is Reason.ITERATIONS


def test_not_finite():
    found = reached("y = a*exp(b*x)", [1.0, 1e4])
    assert found.reason is Reason.NOT_FINITE
    assert reached("y = a*log(b*x - 1)", [1.0, 1.0], eliminate=False).reason is Reason.NOT_FINITE


def test_singular():
    with np.errstate(all="ignore"):
        found = undamped(problem("y = a*b*x", eliminate=False), [1.0, 1.0])
    assert found.reason is Reason.SINGULAR


def test_diverged():
    with np.errstate(all="ignore"):
        found = undamped(problem("y = exp(b*x)", eliminate=False), [-30.0])
    assert found.reason is Reason.DIVERGED


def test_rounding():
    """A kink at the minimum: the derivative promises more than there is."""
    found = reached("y = abs(a - 1) + 1", [3.0], y=np.full(40, 0.5), eliminate=False)
    assert not found.reason.converged
    assert found.reason in (Reason.ROUNDING, Reason.DAMPING)
    assert found.theta[0] == pytest.approx(1.0, abs=1e-6)


def test_every_reason_says_whether_it_is_a_minimum():
    converged = {reason for reason in Reason if reason.converged}
    minima = {Reason.LINEAR, Reason.STEP, Reason.OFFSET, Reason.STAGNATION, Reason.VALLEY, Reason.BOUND}
    assert converged == minima
    for reason in Reason:
        words = reason.value.startswith(("converged", "the law is linear"))
        assert words == reason.converged


def test_the_solution_counts_its_passes_over_the_data():
    law = problem("y = a*exp(-b*x) + c", eliminate=False)
    calls = []
    whole, rows = law.triangle, law.rows
    law.triangle = lambda theta: calls.append(theta) or whole(theta)
    law.rows = lambda theta: calls.append(theta) or rows(theta)
    found = solve(law, [1.0, 1.0, 1.0])
    assert abs(found.evaluations - len(calls)) <= 1
    assert math.isclose(found.cost, law.triangle(found.theta)[1], rel_tol=1e-12)
