"""Profiles: what their ends must satisfy, and what happens where there is no ordinary end."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

import educe
from educe.errors import FitError, ParameterError
from educe.uncertainty.intervals import confidence, multiplier

X = np.linspace(0.2, 6, 14)


def decay(seed=3, noise=0.05, n=14, k=0.7):
    x = np.linspace(0.2, 6, n)
    rng = np.random.default_rng(seed)
    return {"x": x, "y": 3.0 * np.exp(-k * x) + 0.5 + noise * rng.standard_normal(n)}


LAW = "y = a*exp(-k*x) + c"


@pytest.fixture(scope="module")
def fit():
    return educe.fit(LAW, decay(), start={"k": 1.0}, derive={"tau": "1/k"})


def target(fit, level=0.95):
    """Return the sum of squares at the ends of a profile interval."""
    s2 = 1.0 if fit.convention.sigma == "absolute" else fit.rss / fit.dof
    return fit.rss + multiplier(level, fit.interval_dof) ** 2 * s2


def test_a_refit_with_the_parameter_held_at_an_end_has_the_sum_of_squares_that_defines_it(fit):
    for name, (lower, upper) in fit.conf_int(method="profile").items():
        for end in (lower, upper):
            held = educe.fit(
                LAW, decay(), start={n: v for n, v in fit.params.items() if n != name}, fixed={name: end}
            )
            assert held.rss == pytest.approx(target(fit), rel=1e-7)


@pytest.mark.parametrize(
    "problem", ["Misra1a", "MGH09", "MGH17", "Thurber", "Nelson", "Lanczos3", "Bennett5", "ENSO", "Rat43"]
)
def test_the_same_for_nist(problem):
    data = educe.datasets.load(problem)
    columns = dict(data.columns)
    fit = educe.fit(data.law, columns, start=data.starts[1])
    for name in fit.names[:4]:
        profile = fit.profile(name)
        assert not profile.reasons
        places = dict(zip(profile.values.tolist(), profile.theta, strict=True))
        for end in (profile.lower, profile.upper):
            near = min(places, key=lambda value, end=end: abs(value - end))
            start = dict(zip(fit.names, places[near].tolist(), strict=True))
            held = educe.fit(
                data.law, columns, start={n: v for n, v in start.items() if n != name}, fixed={name: end}
            )
            assert held.rss - fit.rss == pytest.approx(target(fit) - fit.rss, rel=2e-4)


@pytest.mark.parametrize("problem", educe.datasets.names("nist"))
def test_every_nist_problem_has_all_its_intervals_from_the_certified_values(problem):
    data = educe.datasets.load(problem)
    fit = educe.fit(data.law, dict(data.columns), start=dict(data.certificate.parameters))
    for name, interval in fit.intervals(method="profile").items():
        assert interval.lower < fit.params[name] < interval.upper
        assert np.isfinite(interval[:2]).all()


def test_against_forty_digits():
    """Misra1a, the profile of b2 by mpmath: b1 eliminated, the root of the sum of squares found in 40 digits."""
    mp = pytest.importorskip("mpmath")
    data = educe.datasets.load("Misra1a")
    fit = educe.fit(data.law, dict(data.columns), start=data.starts[1])
    x, y = ([mp.mpf(repr(float(v))) for v in data.columns[name]] for name in "xy")
    with mp.workdps(40):

        def least(b2):
            phi = [1 - mp.exp(-b2 * v) for v in x]
            b1 = mp.fdot(phi, y) / mp.fdot(phi, phi)
            return mp.fsum((b - b1 * a) ** 2 for a, b in zip(phi, y, strict=True))

        near = [fit.params["b2"] + s * fit.stderr["b2"] for s in (-1, 1)]
        best = mp.findroot(lambda b: mp.diff(least, b), near, solver="anderson", maxsteps=200, verify=False)
        t = mp.mpf(multiplier(0.95, fit.dof))
        level = least(best) * (1 + t**2 / fit.dof)
        way = 4 * fit.stderr["b2"]
        ends = [
            mp.findroot(
                lambda b: least(b) - level, (best, best + s), solver="anderson", maxsteps=200, verify=False
            )
            for s in (-way, way)
        ]
    assert fit.conf_int(method="profile")["b2"] == pytest.approx([float(end) for end in ends], rel=1e-9)


def test_a_linear_law_has_walds_interval_to_the_last_bit():
    data = {"x": X, "y": 2.0 + 3.0 * X + np.sin(9 * X)}
    line = educe.fit("y = a + b*x", data)
    assert line.conf_int(method="profile") == line.conf_int(method="wald")
    profile = line.profile("b")
    assert profile.zeta == pytest.approx((profile.values - line.params["b"]) / line.stderr["b"], abs=1e-12)


def test_the_same_line_written_bent_has_the_same_interval():
    data = {"x": X, "y": 2.0 + 3.0 * X + np.sin(9 * X)}
    line = educe.fit("y = a + b*x", data)
    bent = educe.fit("y = a + exp(q)*x", data, derive={"b": "exp(q)"})
    assert np.exp(bent.profile("q").interval) == pytest.approx(line.conf_int()["b"], rel=1e-7)
    assert bent.profile("b").interval == pytest.approx(line.conf_int()["b"], rel=1e-7)
    assert bent.profile("a").interval == pytest.approx(line.conf_int()["a"], rel=1e-7)


@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.9, 0.99]))
@settings(max_examples=15, deadline=None)
def test_intervals_do_not_depend_on_how_a_parameter_is_written(seed, level):
    data = decay(seed, 0.02)
    by_rate = educe.fit(LAW, data, start={"k": 0.7})
    by_time = educe.fit("y = a*exp(-x/tau) + c", data, start={"tau": 1.4})
    rate, time = by_rate.profile("k", level), by_time.profile("tau", level)
    assert (1 / time.upper, 1 / time.lower) == pytest.approx(rate.interval, rel=1e-6)
    assert by_rate.profile("c", level).interval == pytest.approx(
        by_time.profile("c", level).interval, rel=1e-6
    )


def test_a_derived_quantity_has_the_interval_of_the_parameter_it_stands_for(fit):
    tau = fit.profile("tau")
    rate = fit.profile("k")
    assert (1 / tau.upper, 1 / tau.lower) == pytest.approx(rate.interval, rel=1e-7)
    assert tau.reasons == ()


def test_a_derived_quantity_of_several_parameters_against_a_grid():
    data = decay(5, 0.1)
    fit = educe.fit("y = a*exp(-k*x)", data, start={"k": 0.5}, derive={"area": "a/k"})

    def least(area):
        def cost(k):
            return float(np.sum((data["y"] - area * k * np.exp(-k * X)) ** 2))

        return minimize_scalar(
            cost, bounds=(0.05, 3.0), method="bounded", options={"xatol": 1e-12}
        ).fun - target(fit)

    profile = fit.profile("area")
    middle = profile.estimate
    ends = brentq(least, 0.5 * middle, middle), brentq(least, middle, 2 * middle)
    assert profile.interval == pytest.approx(ends, rel=1e-6)


def test_known_sigma_uses_the_normal_distribution():
    data = decay() | {"s": np.full(14, 0.05)}
    fit = educe.fit(LAW, data, start={"k": 1.0}, sigma="s", absolute_sigma=True)
    profile = fit.profile("k")
    assert profile.multiplier == pytest.approx(1.959964, rel=1e-6)
    held = educe.fit(
        LAW, data, sigma="s", absolute_sigma=True, start={"a": 3, "c": 0.5}, fixed={"k": profile.upper}
    )
    assert held.chi_square - fit.chi_square == pytest.approx(3.841459, rel=1e-6)


def test_ties_and_fixed_parameters_are_kept():
    fit = educe.fit("y = a*exp(-k*x) + c", decay(), start={"k": 1.0}, fixed={"c": 0.5}, ties={"a": "4.2*k"})
    intervals = fit.intervals(method="profile")
    assert list(intervals) == ["a", "k"]
    assert intervals["a"][:2] == pytest.approx([4.2 * end for end in intervals["k"][:2]], rel=1e-7)
    with pytest.raises(ParameterError, match="c is neither a parameter that was fitted"):
        fit.profile("c")


def test_the_curve_holds_its_own_ends_and_lies_on_the_profile(fit):
    profile = fit.profile("k")
    assert np.all(np.diff(profile.values) > 0)
    assert np.all(np.diff(profile.zeta) > 0)
    assert profile.zeta[profile.values == profile.estimate] == [0.0]
    assert np.interp(
        [-profile.multiplier, profile.multiplier], profile.zeta, profile.values
    ) == pytest.approx(profile.interval, rel=1e-6)
    for value, zeta, theta in zip(profile.values, profile.zeta, profile.theta, strict=True):
        at = dict(zip(profile.names, theta, strict=True))
        assert at["k"] == pytest.approx(value, rel=1e-9)
        rss = float(np.sum((decay()["y"] - at["a"] * np.exp(-at["k"] * X) - at["c"]) ** 2))
        assert rss - fit.rss == pytest.approx(zeta**2 * fit.rss / fit.dof, abs=1e-7 * fit.rss)


# --- no ordinary end ----------------------------------------------------------------------------------


def test_a_side_without_an_end_is_open_and_the_reason_says_where_it_levels_off():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    fit = educe.fit("y = a*(1 - exp(-k*x))", {"x": x, "y": [4.9, 5.3, 4.8, 5.2]}, start={"k": 3.0})
    interval = fit.intervals(method="profile")["k"]
    assert interval.upper == math.inf
    assert math.isfinite(interval.lower)
    # however fast it saturates, the law becomes a constant, whose sum of squares is known
    y = np.array([4.9, 5.3, 4.8, 5.2])
    zeta = math.sqrt((np.sum((y - y.mean()) ** 2) - fit.rss) / (fit.rss / fit.dof))
    share = 100 * confidence(zeta, fit.dof)
    assert interval.reason == (
        f"the sum of squares levels off: however large k is, it stays within the {share:.3g} % interval"
    )


def test_an_interval_ends_at_the_bound():
    free = educe.fit(LAW, decay(noise=0.3), start={"k": 1.0})
    wide = free.profile("c").interval
    bound = 0.5 * (wide[0] + free.params["c"])
    bounded = educe.fit(LAW, decay(noise=0.3), start={"k": 1.0}, bounds={"c": (bound, None)})
    interval = bounded.intervals(method="profile")["c"]
    assert interval.lower == bound
    assert interval.upper == pytest.approx(wide[1], rel=1e-6)
    assert interval.reason == f"the interval ends at the lower bound {bound:.6g} of c"


def test_bounds_of_other_parameters_limit_the_profile():
    data = decay(noise=0.3)
    free = educe.fit(LAW, data, start={"k": 1.0})
    bounds = {"c": (free.params["c"] - 0.05, free.params["c"] + 0.05)}
    bounded = educe.fit(LAW, data, start={"k": 1.0}, bounds=bounds)
    narrow, wide = bounded.profile("k").interval, free.profile("k").interval
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    for end in narrow:  # at the end c stands at one of its bounds
        held = [educe.fit(LAW, data, start={"a": 3.0}, fixed={"k": end, "c": c}).rss for c in bounds["c"]]
        assert min(held) == pytest.approx(target(bounded), rel=1e-6)


def test_a_parameter_at_its_bound_has_a_one_sided_interval():
    data = decay()
    fit = educe.fit(LAW, data, start={"k": 1.0}, bounds={"c": (0.6, None)})
    assert fit.params["c"] == 0.6
    intervals = fit.intervals()
    assert {interval.method for interval in intervals.values()} == {"profile"}
    assert intervals["c"].lower == 0.6 < intervals["c"].upper
    held = educe.fit(LAW, data, start={"k": 1.0}, fixed={"c": intervals["c"].upper})
    assert held.rss == pytest.approx(target(fit), rel=1e-6)
    assert fit.warnings[0].startswith(
        "c ended at its lower bound 0.6; standard errors are those of a fit without"
    )


def test_what_the_data_do_not_determine_has_no_ends():
    fit = educe.fit(
        "y = a*b*x + c", {"x": X, "y": 2 * X + np.sin(7 * X)}, start={"a": 1, "b": 1}, search=False
    )
    intervals = fit.intervals(method="profile")
    assert intervals["a"] == (-math.inf, math.inf, "profile", "the data do not determine it")
    assert math.isfinite(intervals["c"].upper)


def test_exact_measurements_have_an_interval_of_no_width():
    fit = educe.fit("y = a*exp(-k*x)", {"x": X, "y": 3.0 * np.exp(-0.5 * X)}, start={"k": 1.0})
    lower, upper, _, reason = fit.intervals(method="profile")["k"]
    assert upper - lower < 1e-12
    assert reason in (
        "the residuals are rounding alone: Wald's interval stands",
        "the law meets the measurements exactly",
    )


def test_a_lower_minimum_met_on_the_way_is_offered():
    x = np.linspace(0, 10, 10)
    data = {"x": x, "y": np.sin(2.0 * x) + 0.3 * np.random.default_rng(0).standard_normal(10)}
    fit = educe.fit("y = a*sin(w*x)", data, start={"w": 0.6, "a": 1.0}, search=False)
    profile = fit.profile("w")
    assert (
        "a lower sum of squares was met where w is above its estimate: the fit is not the best"
        in profile.reasons
    )
    again = educe.fit("y = a*sin(w*x)", data, start=dict(profile.better), search=False)
    assert again.rss < 0.5 * fit.rss
    assert any(warning.startswith("A lower sum of squares was met") for warning in fit.warnings)


def test_a_law_that_ends_ends_the_interval():
    x = np.array([0.5, 1.0, 1.5, 2.0, 2.5])
    y = np.log(x + 0.1) + np.array([0.4, -0.5, 0.3, -0.4, 0.3])
    fit = educe.fit("y = log(x + c)", {"x": x, "y": y}, start={"c": 0.1}, search=False)
    lower, upper, _, _ = fit.intervals(level=0.9999, method="profile")["c"]
    assert -0.5 <= lower < fit.params["c"] < upper


def test_refusals(fit):
    with pytest.raises(
        ParameterError, match="kk is neither a parameter that was fitted nor a derived quantity"
    ):
        fit.profile("kk")
    with pytest.raises(ParameterError, match="level"):
        fit.profile("k", 1.0)
    stopped = educe.fit(LAW, decay(), start={"k": 1.0}, iterations=1, search=False, method="gauss-newton")
    if not stopped.converged:
        with pytest.raises(FitError, match="a profile begins at a minimum"):
            stopped.profile("k")


def test_a_robust_profile_follows_the_loss():
    from educe.least_squares.losses import LOSSES

    rng = np.random.default_rng(0)
    x = np.linspace(0, 6, 40)
    y = 1 + 2 * x + 0.05 * rng.standard_normal(40)
    y[5] += 2
    fit = educe.fit("y = a + b*x", {"x": x, "y": y}, loss="huber")
    loss, bend = LOSSES["huber"], fit.convention.loss_scale

    def cost(a, b):
        return bend**2 * float(np.sum(loss.rho(((y - a - b * x) / bend) ** 2)))

    # the rise at which the interval ends: Ronchetti (1982)
    share = float(loss.psi_prime((y - fit.params["a"] - fit.params["b"] * x) / bend).mean())
    rise = multiplier(0.95, 38) ** 2 * fit.scale * share
    for end in fit.profile("b").interval:
        least = minimize_scalar(
            lambda a, b=end: cost(a, b), bounds=(0, 2), method="bounded", options={"xatol": 1e-12}
        )
        assert least.fun - cost(*fit.params.values()) == pytest.approx(rise, rel=1e-6)
    assert fit.profile("b").interval == pytest.approx(
        fit.conf_int(method="wald")["b"], abs=0.1 * fit.stderr["b"]
    )


def test_functions_have_profiles_too():
    def y(x, a, k):
        return np.array([a * math.exp(-k * float(v)) for v in np.asarray(x, dtype=float)])

    data = decay(noise=0.02, k=0.4)
    data["y"] -= 0.5
    by_values = educe.fit(y, data, start={"a": 2.0, "k": 1.0})
    by_formula = educe.fit("y = a*exp(-k*x)", data, start={"k": 1.0})
    for name in "ak":
        assert by_values.profile(name).interval == pytest.approx(by_formula.profile(name).interval, rel=1e-4)
