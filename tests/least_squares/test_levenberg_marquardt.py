"""The damping rule alone: gain ratios are fed in, the exact sequence of dampings must come out."""

import math

import numpy as np
import pytest

from educe.least_squares.levenberg_marquardt import levenberg_marquardt
from educe.least_squares.point import Point
from educe.least_squares.stopping import EPS, Reason, Stopping

NEVER = {"handover": 0.0}


class Fed:
    """A model of one variable whose triangle never changes, with a cost that obeys the gain ratios fed in."""

    def __init__(self, gains, cost=100.0, p=1):
        self.gains = list(gains)
        self.cost = cost
        self.p = p
        self.promised = []
        self.start = self.at([0.0] * p, cost)

    def at(self, variables, cost):
        # J = I, residuals chosen so that each variable could lower the cost by 1
        R = np.eye(self.p + 1)
        R[:, -1] = 1.0
        return Point(variables, R, cost, variables)

    def __call__(self, variables):
        # where the last accepted point is, is not needed: the triangle is the same everywhere
        gain = self.gains.pop(0)
        last = self.promised.pop(0)
        trial = self.cost - gain * last
        if gain > 0:
            self.cost = trial
        return self.at(variables, trial)


def promised(damping, p=1):
    """Reduction of |1 - d|^2 for the damped step d = 1/(1 + damping), in each of p variables."""
    return p * (1.0 - (damping / (1.0 + damping)) ** 2)


def nielsen(gains, damping=1e-3):
    """The dampings with which each trial is made, by the rule itself."""
    growth, used = 2.0, []
    for gain in gains:
        used.append(damping)
        if gain > 0.0:
            damping *= max(0.1, 1.0 - (2.0 * min(gain, 1.0) - 1.0) ** 3)
            growth = 2.0
        else:
            damping *= growth
            growth *= 2.0
    return used


GAINS = {
    "all perfect": [1.0, 1.0, 1.0, 1.0],
    "better than perfect": [1.7, 30.0, 1.0],
    "half": [0.5, 0.5, 0.5],
    "poor": [0.1, 0.01, 0.2],
    "rejected twice, then good": [-1.0, -3.0, 0.9, 0.9],
    "growth starts again": [-1.0, -1.0, 0.5, -1.0, -1.0, 0.3],
    "no gain is a rejection": [0.0, 1.0],
}


@pytest.mark.parametrize("name", GAINS)
@pytest.mark.parametrize("p", [1, 7])
def test_gain_ratios_give_nielsens_dampings(name, p):
    gains = GAINS[name]
    expected = nielsen(gains)
    fed = Fed(gains, p=p)
    fed.promised = [promised(d, p) for d in expected]
    found = levenberg_marquardt(
        fed, fed.start, magnitude=1.0, stopping=Stopping(iterations=len(gains), **NEVER)
    )
    assert [step.damping for step in found.trace] == pytest.approx(expected, rel=1e-14)
    assert [step.promised for step in found.trace] == pytest.approx(
        [promised(d, p) for d in expected], rel=1e-12
    )
    assert [step.gain_ratio for step in found.trace] == pytest.approx(gains, rel=1e-9, abs=1e-9)
    assert [step.accepted for step in found.trace] == [gain > 0 for gain in gains]
    assert found.reason is Reason.ITERATIONS


def test_a_rejected_trial_leaves_the_point_where_it_was():
    fed = Fed([-1.0, -1.0])
    fed.promised = [promised(d) for d in nielsen([-1.0, -1.0])]
    found = levenberg_marquardt(fed, fed.start, magnitude=1.0, stopping=Stopping(iterations=2, **NEVER))
    assert found.point is fed.start
    assert [step.theta for step in found.trace] == [[pytest.approx(1 / 1.001)], [pytest.approx(1 / 1.002)]]


@pytest.mark.parametrize("cost", [math.inf, math.nan])
def test_a_cost_that_is_not_finite_rejects_the_step(cost):
    start = Fed([]).start
    trials = iter([cost, 99.0])
    found = levenberg_marquardt(
        lambda v: Point(v, start.triangle, next(trials), v),
        start,
        magnitude=1.0,
        stopping=Stopping(iterations=2, **NEVER),
    )
    assert [step.accepted for step in found.trace] == [False, True]
    assert found.point.cost == 99.0


def test_handover_when_a_light_step_promises_little():
    fed = Fed([1.0])
    fed.promised = [promised(1e-3)]
    found = levenberg_marquardt(fed, fed.start, magnitude=1.0, stopping=Stopping(handover=0.011))
    assert (found.reason, len(found.trace)) == (Reason.STEP, 1)
    heavy = Fed([1.0, 1.0])
    heavy.promised = [promised(d) for d in nielsen([1.0, 1.0], damping=0.05)]
    found = levenberg_marquardt(
        heavy, heavy.start, magnitude=1.0, stopping=Stopping(handover=0.011, damping=0.05)
    )
    assert len(found.trace) == 2  # no handover while the damping is heavy


def test_stops_where_nothing_is_promised():
    R = np.array([[1.0, 0.5 * EPS], [0.0, 1.0]])
    point = Point([0.0], R, 1.0, [0.0])
    found = levenberg_marquardt(lambda v: point, point, magnitude=1.0)
    assert (found.reason, found.trace) == (Reason.STEP, [])


def test_stops_when_the_limit_of_steps_is_reached():
    start = Fed([]).start
    found = levenberg_marquardt(
        lambda v: start._replace(cost=start.cost - 0.1 * len(v)),
        start,
        magnitude=1.0,
        stopping=Stopping(iterations=3, handover=0.0),
    )
    assert (found.reason, len(found.trace)) == (Reason.ITERATIONS, 3)


def test_stops_when_no_step_helps_however_short():
    """Only from a very light damping: a heavy one promises so little that ROUNDING is said first."""
    point = Point([0.0], np.array([[1.0, 1.0], [0.0, 0.0]]), 1.0, [0.0])
    found = levenberg_marquardt(
        lambda v: point._replace(cost=2.0), point, magnitude=1e-9, stopping=Stopping(damping=6e-12)
    )
    assert found.reason is Reason.DAMPING
    assert len(found.trace) == 13
    assert found.trace[-1].damping == pytest.approx(6e-12 * 2.0**78)
    assert found.trace[-1].damping * 2.0**13 > 1e16


def test_stops_when_what_is_promised_is_rounding():
    R = np.array([[1.0, 1e-7], [0.0, 1.0]])
    point = Point([0.0], R, 1.0, [0.0])
    found = levenberg_marquardt(lambda v: point._replace(cost=1.0 + 1e-15), point, magnitude=1e-3)
    assert (found.reason, len(found.trace)) == (Reason.ROUNDING, 1)


def test_stops_where_no_step_exists():
    """Only undamped: any damping gives an idle parameter a step of zero."""
    R = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    point = Point([0.0, 0.0], R, 3.0, [0.0, 0.0])
    found = levenberg_marquardt(lambda v: point, point, magnitude=1.0, stopping=Stopping(damping=0.0))
    assert (found.reason, found.trace) == (Reason.SINGULAR, [])


@pytest.mark.parametrize("p", [2, 8])
def test_an_idle_parameter_stays_and_the_others_descend(p):
    """cost = 10 + (v0 - 3)^2 with p - 1 parameters without effect."""

    def evaluate(v):
        R = np.zeros((p + 1, p + 1))
        R[0, 0], R[0, p], R[p, p] = 1.0, 3.0 - v[0], math.sqrt(10.0)
        return Point(v, R, 10.0 + (3.0 - v[0]) ** 2, v)

    found = levenberg_marquardt(evaluate, evaluate([0.0] * p), magnitude=1.0, stopping=Stopping(handover=0.0))
    assert found.point.variables == pytest.approx([3.0] + [0.0] * (p - 1), abs=1e-6)


@pytest.mark.parametrize(("memory", "expected"), [(1.0, 100.0), (0.0, 1.0), (0.25, 25.0)])
def test_the_scale_remembers_the_largest_column_met(memory, expected):
    """J = 10 at the start and 1 after: the second step is damped with the scale 100, or with 1."""

    def at(v, slope, cost):
        return Point(v, np.array([[slope, 1.0], [0.0, 1.0]]), cost, v)

    found = levenberg_marquardt(
        lambda v: at(v, 1.0, 1.0),
        at([0.0], 10.0, 2.0),
        magnitude=1.0,
        stopping=Stopping(iterations=2, damping=1.0, memory=memory, handover=0.0),
    )
    first, second = found.trace
    delta = second.theta[0] - first.theta[0]
    assert delta == pytest.approx(1.0 / (1.0 + second.damping * expected), rel=1e-12)
