"""Which interval a fit shows, what it says of it, error bars by the sandwich, curvatures and bands."""

import json
import math

import numpy as np
import pytest

import educe
from educe.errors import ParameterError
from educe.fitting.bending import foretold_shifts
from educe.formula import evaluate, gradient
from educe.uncertainty.curvature import curvature

CONC = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.1], 2)
RATE = np.array([76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200.0])
LAW = "rate = Vm*conc/(K + conc)"
DATA = {"conc": CONC, "rate": RATE}
START = {"Vm": 200.0, "K": 0.1}


@pytest.fixture(scope="module")
def fit():
    return educe.fit(LAW, DATA, start=START)


# --- what is shown --------------------------------------------------------------------------------


def test_wald_where_it_is_safe_and_the_profile_where_it_is_not(fit):
    shown, wald, profile = fit.intervals(), fit.intervals(method="wald"), fit.intervals(method="profile")
    assert shown["Vm"] == wald["Vm"]  # 7 % of the half width off
    assert shown["K"] == profile["K"]  # 19 %
    assert fit.warnings[0] == (
        "The symmetric (Wald) interval of K is not safe: its ends are off by up to 19 % of the half width. The profile "
        "interval is given instead."
    )
    assert fit.conf_int() == {name: interval[:2] for name, interval in shown.items()}


def test_a_fit_shows_the_method_it_was_asked_for():
    for method in ("wald", "profile", "bootstrap", "jackknife"):
        fit = educe.fit(LAW, DATA, start=START, intervals=method)
        assert {interval.method for interval in fit.intervals().values()} == {method}
        assert f"({method}: " in str(fit).lower().replace("\n  ", " ")
        assert {p["interval"] for p in fit.to_dict()["parameters"].values()} == {method}
        assert not any("Wald" in warning for warning in fit.warnings)


def test_a_straight_law_is_not_profiled(monkeypatch):
    from educe.fitting.profiling import Profiling

    line = educe.fit("y = a + b*x", {"x": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 2.2, 2.9, 4.1]})
    monkeypatch.setattr(Profiling, "parameter", lambda *a, **k: pytest.fail("profiled"))
    assert {interval.method for interval in line.intervals().values()} == {"wald"}


def test_making_a_fit_computes_no_interval():
    fit = educe.fit(LAW, DATA, start=START)
    _ = fit.params, fit.stderr, fit.rss, fit.converged
    assert "_chosen" not in fit.__dict__


def test_many_rows_are_judged_by_curvature_alone():
    rng = np.random.default_rng(0)
    x = rng.uniform(0.02, 1.1, 40_000)
    few = educe.fit(
        LAW, {"conc": x, "rate": 212 * x / (0.06 + x) + 10 * rng.standard_normal(40_000)}, start=START
    )
    assert {interval.method for interval in few.intervals().values()} == {"wald"}
    assert not few.warnings
    noisy = {"conc": x, "rate": 212 * x / (0.06 + x) + 40_000 * rng.standard_normal(40_000)}
    lost = educe.fit(LAW, noisy, start=START, bounds={"K": (1e-3, 10)}, search=False)
    if lost.converged and 1e-3 < lost.params["K"] < 10:
        assert any("may not be safe" in warning for warning in lost.warnings)


@pytest.mark.parametrize("problem", ["Misra1a", "Rat42", "Rat43", "BoxBOD", "MGH09", "Chwirut2", "Gauss1"])
def test_shifts_foretold_tell_safe_from_unsafe(problem):
    data = educe.datasets.load(problem)
    fit = educe.fit(data.law, dict(data.columns), start=data.starts[1])
    wald, profile = fit.intervals(method="wald"), fit.intervals(method="profile")
    for name, foretold in foretold_shifts(fit, 0.95).items():
        half = 0.5 * (wald[name].upper - wald[name].lower)
        off = (
            max(abs(profile[name].lower - wald[name].lower), abs(profile[name].upper - wald[name].upper))
            / half
        )
        if off > 0.3:
            assert foretold > 0.1  # named
        if off < 0.02:
            assert foretold < 0.1


def test_json_and_file_say_the_method(fit, tmp_path):
    shown = json.loads(json.dumps(fit.to_dict()))["parameters"]
    assert shown["Vm"]["interval"] == "wald"
    assert shown["K"]["interval"] == "profile"
    bounded = educe.fit(
        LAW, DATA, start=START, bounds={"K": (0.07, None)}, intervals="profile", errors="sandwich"
    )
    assert (
        bounded.to_dict()["parameters"]["K"]["interval_reason"]
        == "the interval ends at the lower bound 0.07 of K"
    )
    bounded.save(tmp_path / "fit.json")
    back = educe.load(tmp_path / "fit.json")
    assert back.convention == bounded.convention
    assert back.intervals() == bounded.intervals()
    assert np.array_equal(back.covariance, bounded.covariance)


def test_an_open_end_is_shown_as_open():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    fit = educe.fit("y = a*(1 - exp(-k*x))", {"x": x, "y": [4.9, 5.3, 4.8, 5.2]}, start={"k": 3.0})
    assert fit.to_dict()["parameters"]["k"]["upper"] is None
    assert any(line.startswith("k ") and " open " in line for line in str(fit).splitlines())
    assert any(
        w.startswith("The interval of k is one-sided: the sum of squares levels off") for w in fit.warnings
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"intervals": "profil"}, r"intervals 'profil' is not one of auto, .* Did you mean 'profile'\?"),
        (
            {"errors": "sandwhich"},
            r"errors 'sandwhich' is not one of model, sandwich\. Did you mean 'sandwich'\?",
        ),
        ({"errors": "sandwich", "loss": "tukey"}, "needs a loss that is convex, and tukey is not"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(ParameterError, match=words):
        educe.fit(LAW, DATA, start=START, **options)


@pytest.mark.parametrize("method", [3, "Wald"])
def test_no_other_method(fit, method):
    with pytest.raises(ParameterError, match="is not one of auto, wald, profile, bootstrap, jackknife"):
        fit.conf_int(method=method)


def test_a_fit_that_stopped_shows_wald_whatever_was_asked():
    stopped = educe.fit(
        LAW, DATA, start={"Vm": 1.0, "K": 30.0}, iterations=1, search=False, intervals="profile"
    )
    if not stopped.converged:
        assert {interval.method for interval in stopped.intervals().values()} == {"wald"}
        assert str(stopped)


# --- sandwich -------------------------------------------------------------------------------------


def hc3(J, r):
    bread = np.linalg.inv(J.T @ J)
    h = np.einsum("ij,jk,ik->i", J, bread, J)
    return bread @ (J.T * (r / (1 - h)) ** 2) @ J @ bread


@pytest.mark.parametrize("weights", [{}, {"sigma": "s"}, {"sigma": "s", "absolute_sigma": True}])
def test_sandwich_covariance_by_its_formula(weights):
    data = {**DATA, "s": 5.0 + 0.05 * RATE}
    fit = educe.fit(LAW, data, start=START, errors="sandwich", **weights)
    expected = hc3(fit.weighted_jacobian, fit.weighted_residuals)
    assert fit.covariance == pytest.approx(expected, rel=1e-9)
    assert list(fit.stderr.values()) == pytest.approx(np.sqrt(np.diag(expected)), rel=1e-9)
    assert fit.correlation[0, 1] == pytest.approx(
        expected[0, 1] / math.sqrt(expected[0, 0] * expected[1, 1]), rel=1e-9
    )
    assert fit.interval_dof == 10
    slope = np.array([0.3 / (fit.params["K"] + 0.3), -fit.params["Vm"] * 0.3 / (fit.params["K"] + 0.3) ** 2])
    band = fit.predict({"conc": [0.3]}, interval="confidence")
    assert band.stderr[0] == pytest.approx(math.sqrt(slope @ expected @ slope), rel=1e-9)


def test_sandwich_covers_where_the_scatter_grows():
    x = np.linspace(0.0, 1.0, 60)
    rng = np.random.default_rng(8)
    held = {"model": 0, "sandwich": 0}
    for _ in range(400):
        y = 1 + 2 * x + 3 * x**3 * rng.standard_normal(60)
        for errors in held:
            lower, upper = educe.fit("y = a + b*x", {"x": x, "y": y}, errors=errors).conf_int()["b"]
            held[errors] += lower <= 2 <= upper
    assert held["model"] < 0.90 * 400 < 0.92 * 400 < held["sandwich"]


def test_sandwich_of_a_huber_fit_on_good_rows_is_that_of_least_squares():
    plain = educe.fit(LAW, DATA, start=START, errors="sandwich")
    robust = educe.fit(LAW, DATA, start=START, errors="sandwich", loss="huber", loss_scale=1e3)
    assert robust.covariance == pytest.approx(plain.covariance, rel=1e-6)


def test_profiles_begin_with_the_slope_of_the_sandwich():
    fit = educe.fit(LAW, DATA, start=START, errors="sandwich")
    profile = fit.profile("K", level=1e-4)
    half = 0.5 * (profile.upper - profile.lower)
    # the sum of squares is bent by the residuals too, which J'J leaves out
    assert half == pytest.approx(profile.multiplier * fit.stderr["K"], rel=0.08)
    plain = educe.fit(LAW, DATA, start=START)
    of_model = plain.profile("K", level=1e-4)
    ratio = half / (0.5 * (of_model.upper - of_model.lower))
    assert ratio == pytest.approx(fit.stderr["K"] / plain.stderr["K"], rel=1e-3)


def test_sandwich_does_not_exist_where_a_parameter_is_not_determined():
    x = np.linspace(0, 1, 8)
    fit = educe.fit(
        "y = a*b*x",
        {"x": x, "y": x + 0.1 * np.sin(9 * x)},
        start={"a": 1, "b": 1},
        search=False,
        errors="sandwich",
    )
    assert all(math.isinf(error) for error in fit.stderr.values())


# --- curvature ------------------------------------------------------------------------------------


def test_curvature_by_exact_second_derivatives(fit):
    expression = fit.law.expression
    values = {"conc": CONC, **fit.params}
    names = list(fit.names)
    first = gradient(expression, names)
    J = np.column_stack([np.broadcast_to(evaluate(g, values), CONC.shape) for g in first])
    H = np.zeros((12, 2, 2))
    for i, g in enumerate(first):
        for j, second in enumerate(gradient(g, names)):
            H[:, i, j] = np.broadcast_to(evaluate(second, values), CONC.shape)
    Q, R = np.linalg.qr(J)
    L = np.linalg.inv(R)
    exact = curvature(Q, np.einsum("nij,ia,jb->nab", H, L, L), fit.scale, fit.dof)
    assert fit.curvature.intrinsic == pytest.approx(exact.intrinsic, rel=1e-5)
    assert fit.curvature.parameter_effects == pytest.approx(exact.parameter_effects, rel=1e-5)
    assert fit.curvature.acceptable


def test_a_line_has_no_curvature():
    line = educe.fit("y = a + b*x", {"x": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 2.2, 2.9, 4.1]})
    assert line.curvature.intrinsic < 1e-9
    assert line.curvature.parameter_effects < 1e-9


def test_another_way_to_write_the_law_changes_parameter_effects_alone(fit):
    other = educe.fit("rate = conc/(p + q*conc)", DATA, start={"p": 3e-4, "q": 5e-3})
    assert other.curvature.intrinsic == pytest.approx(fit.curvature.intrinsic, rel=1e-5)
    assert other.curvature.parameter_effects != pytest.approx(fit.curvature.parameter_effects, rel=0.05)


# --- bands ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", ["confidence", "prediction"])
def test_profile_bands_of_a_straight_law_are_walds(interval):
    line = educe.fit("rate = a + b*conc", DATA)
    at = {"conc": np.linspace(0, 2, 5)}
    wald = line.predict(at, interval=interval)
    profile = line.predict(at, interval=interval, method="profile")
    assert np.array_equal(profile.lower, wald.lower)
    assert np.array_equal(profile.upper, wald.upper)
    bent = educe.fit("rate = a + exp(q)*conc", DATA, start={"q": 4.0})
    found = bent.predict(at, interval=interval, method="profile")
    assert found.lower == pytest.approx(wald.lower, rel=1e-7)
    assert found.upper == pytest.approx(wald.upper, rel=1e-7)


def test_a_new_measurement_at_the_end_of_its_band_raises_the_sum_of_squares_by_t_squared(fit):
    from educe.uncertainty.intervals import multiplier

    band = fit.predict({"conc": [0.3]}, interval="prediction", method="profile")
    for end in (band.lower[0], band.upper[0]):
        more = educe.fit(LAW, {"conc": np.append(CONC, 0.3), "rate": np.append(RATE, end)}, start=START)
        assert more.rss - fit.rss == pytest.approx(multiplier(0.95, 10) ** 2 * fit.scale, rel=1e-6)


@pytest.mark.parametrize("interval", ["confidence", "prediction"])
def test_bootstrap_bands_are_near_the_others(fit, interval):
    at = {"conc": [0.05, 0.3, 1.0]}
    boot = fit.predict(at, interval=interval, method="bootstrap")
    profile = fit.predict(at, interval=interval, method="profile")
    width = profile.upper - profile.lower
    assert boot.upper - boot.lower == pytest.approx(width, rel=0.25)
    assert boot.lower == pytest.approx(profile.lower, abs=0.2 * width.max())


def test_bands_of_rows_with_gaps_are_gaps(fit):
    band = fit.predict({"conc": [0.1, math.nan]}, interval="confidence", method="profile")
    assert np.isfinite(band.lower).tolist() == [True, False]


def test_no_other_band(fit):
    with pytest.raises(ParameterError, match=r"method 'walt' is not one of wald, profile, bootstrap"):
        fit.predict({"conc": [0.1]}, interval="confidence", method="walt")
