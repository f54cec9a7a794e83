"""What a result shows, each number against its own formula in plain NumPy and SciPy."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

import educe
from educe import ParameterError

X = np.linspace(0.0, 4.0, 40)
RNG = np.random.default_rng(11)
S = RNG.uniform(0.05, 0.2, 40)
Y = 3.0 * np.exp(-0.9 * X) + 0.5 + S * RNG.normal(size=40)
LAW = "y = a*exp(-b*x) + c"
START = {"b": 1.0}
P, N = 3, 40

KINDS = {"none": {}, "relative": {"sigma": S}, "absolute": {"sigma": S, "absolute_sigma": True}}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def fit(kind):
    return educe.fit(LAW, {"x": X, "y": Y}, start=START, derive={"tau": "1/b", "top": "a + c"}, **KINDS[kind])


def weights(kind):
    return np.ones(N) if kind == "none" else 1.0 / S


def jacobian(fit):
    a, b, _ = fit.theta
    e = np.exp(-b * X)
    return np.column_stack([e, -a * X * e, np.ones(N)])


def covariance_of(fit, kind):
    J = jacobian(fit) * weights(kind)[:, None]
    scale = 1.0 if kind == "absolute" else fit.rss / (N - P)
    return np.linalg.inv(J.T @ J) * scale


def test_residuals_and_sums(fit, kind):
    a, b, c = fit.theta
    r = Y - a * np.exp(-b * X) - c
    w = weights(kind)
    np.testing.assert_allclose(fit.residuals, r, atol=1e-14)
    np.testing.assert_allclose(fit.fitted, Y - r, rtol=1e-13)
    np.testing.assert_allclose(fit.weighted_residuals, w * r, atol=1e-12)
    np.testing.assert_allclose(fit.weighted_jacobian, jacobian(fit) * w[:, None], rtol=1e-12)
    assert fit.rss == pytest.approx(np.sum((w * r) ** 2), rel=1e-12)
    assert (fit.n, fit.p, fit.dof) == (N, P, N - P)
    assert fit.residual_standard_error == pytest.approx(math.sqrt(fit.rss / (N - P)), rel=1e-14)


def test_r_squared_is_about_the_weighted_mean(fit, kind):
    w2 = weights(kind) ** 2
    mean = np.average(Y, weights=w2)
    r2 = 1.0 - fit.rss / np.sum(w2 * (Y - mean) ** 2)
    assert fit.r_squared == pytest.approx(r2, rel=1e-12)
    assert fit.adjusted_r_squared == pytest.approx(1 - (1 - r2) * (N - 1) / (N - P), rel=1e-12)


def test_criteria_follow_from_the_likelihood(fit, kind):
    r, w = fit.residuals, weights(kind)
    sigma = 1.0 / w if kind == "absolute" else np.sqrt(fit.rss / N) / w
    likelihood = stats.norm.logpdf(r, scale=sigma).sum()
    k = P if kind == "absolute" else P + 1
    assert fit.log_likelihood == pytest.approx(likelihood, rel=1e-12)
    assert fit.aic == pytest.approx(2 * k - 2 * likelihood, rel=1e-12)
    assert fit.bic == pytest.approx(k * math.log(N) - 2 * likelihood, rel=1e-12)
    assert fit.aicc == pytest.approx(fit.aic + 2 * k * (k + 1) / (N - k - 1), rel=1e-12)


def test_chi_square_only_where_sigma_is_known(fit, kind):
    if kind != "absolute":
        assert fit.chi_square is fit.reduced_chi_square is fit.chi_square_p_value is None
        return
    assert fit.chi_square == fit.rss
    assert fit.reduced_chi_square == pytest.approx(fit.rss / (N - P))
    assert fit.chi_square_p_value == pytest.approx(stats.chi2.sf(fit.rss, N - P), rel=1e-10)


def test_covariance_and_correlation(fit, kind):
    judge = covariance_of(fit, kind)
    np.testing.assert_allclose(fit.covariance, judge, rtol=1e-9)
    np.testing.assert_allclose(list(fit.stderr.values()), np.sqrt(judge.diagonal()), rtol=1e-10)
    spread = np.sqrt(judge.diagonal())
    np.testing.assert_allclose(fit.correlation, judge / np.outer(spread, spread), rtol=1e-9)
    J = jacobian(fit) * weights(kind)[:, None]
    assert fit.condition == pytest.approx(np.linalg.cond(J / np.linalg.norm(J, axis=0)), rel=1e-8)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_intervals(fit, kind, level):
    quantile = stats.norm if kind == "absolute" else stats.t(N - P)
    t = quantile.ppf(0.5 + level / 2)
    for name, (lower, upper) in fit.conf_int(level, "wald").items():
        assert lower == pytest.approx(fit.params[name] - t * fit.stderr[name], rel=1e-10)
        assert upper == pytest.approx(fit.params[name] + t * fit.stderr[name], rel=1e-10)


def test_leverage_is_the_diagonal_of_the_hat_matrix(fit, kind):
    Q = np.linalg.qr(jacobian(fit) * weights(kind)[:, None])[0]
    np.testing.assert_allclose(fit.leverage, np.square(Q).sum(axis=1), rtol=1e-9)
    assert fit.leverage.sum() == pytest.approx(P, rel=1e-12)


def test_derived_quantities(fit, kind):
    C = covariance_of(fit, kind)
    a, b, c = fit.theta
    tau, top = fit.derived["tau"], fit.derived["top"]
    assert tau.value == pytest.approx(1 / b, rel=1e-15)
    assert tau.standard_error == pytest.approx(math.sqrt(C[1, 1]) / b**2, rel=1e-9)
    assert top.value == pytest.approx(a + c, rel=1e-15)
    assert top.standard_error == pytest.approx(math.sqrt(C[0, 0] + C[2, 2] + 2 * C[0, 2]), rel=1e-9)
    again = fit.derive_quantity("1/b", level=0.5)
    assert again.upper - again.lower < tau.upper - tau.lower


@pytest.mark.parametrize("interval", ["confidence", "prediction"])
def test_bands_are_those_of_the_delta_method(fit, kind, interval):
    new = np.array([0.5, 1.7, 3.9])
    a, b, c = fit.theta
    e = np.exp(-b * new)
    g = np.column_stack([e, -a * new * e, np.ones(3)])
    variance = np.einsum("ij,jk,ik->i", g, covariance_of(fit, kind), g)
    if interval == "prediction":
        typical = 1.0 if kind == "none" else np.mean(S**2)  # where a new row has no sigma
        variance = variance + typical * (1.0 if kind == "absolute" else fit.rss / (N - P))
    t = (stats.norm if kind == "absolute" else stats.t(N - P)).ppf(0.95)
    band = fit.predict({"x": new}, interval=interval, level=0.9)
    np.testing.assert_allclose(band.values, a * e + c, rtol=1e-13)
    np.testing.assert_allclose(band.stderr, np.sqrt(variance), rtol=1e-9)
    np.testing.assert_allclose(band.upper - band.values, t * np.sqrt(variance), rtol=1e-9)
    np.testing.assert_allclose(band.values - band.lower, t * np.sqrt(variance), rtol=1e-9)
    assert (band.interval, band.level) == (interval, 0.9)


def test_the_trace_is_in_the_solvers_order():
    fit = educe.fit(LAW, {"x": X, "y": Y}, start=START)
    assert set(fit.linear) == {"a", "c"}
    assert fit.solver_names == (*fit.linear, "b")
    last = dict(zip(fit.solver_names, fit.trace[-1].theta, strict=True))
    assert last == pytest.approx(fit.params, rel=1e-6)


def test_the_triangle_is_in_the_laws_order():
    fit = educe.fit(LAW, {"x": X, "y": Y}, start=START)
    J = np.column_stack([jacobian(fit), fit.residuals])
    np.testing.assert_allclose(fit.triangle.T @ fit.triangle, J.T @ J, rtol=1e-10, atol=1e-12)


def test_as_many_parameters_as_rows():
    fit = educe.fit("y = m*x + b", {"x": [1.0, 2.0], "y": [3.0, 5.0]})
    assert fit.theta == pytest.approx([2.0, 1.0], rel=1e-14)
    assert fit.dof == 0
    assert not np.isfinite(list(fit.stderr.values())).any()
    assert str(fit)


def test_a_result_is_frozen():
    fit = educe.fit("y = m*x + b", {"x": X, "y": Y})
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.method = "other"


def test_the_object_for_machines_has_every_agreed_name():
    fit = educe.fit(LAW, {"x": X, "y": Y}, start=START)
    found = fit.to_dict()
    names = (
        "formula n dof rss residual_standard_error parameters covariance r_squared aic bic converged reason"
    )
    assert set(names.split()) <= found.keys()
    assert list(found["parameters"]) == ["a", "b", "c"]
    for name, entry in found["parameters"].items():
        assert entry["value"] == fit.params[name]
        assert (entry["lower"], entry["upper"]) == fit.conf_int()[name]
    assert found["covariance"] == fit.covariance.tolist()


def test_robust_error_bars_are_hubers():
    """Huber (1981), section 7.6: K^2 [sum psi^2/(n - p)] / [mean psi']^2 (J'J)^-1."""
    y = Y.copy()
    y[[3, 20]] += 4.0
    fit = educe.fit(LAW, {"x": X, "y": y}, start=START, loss="huber")
    bend = fit.convention.loss_scale
    u = fit.residuals / bend
    psi, slope = np.clip(u, -1, 1), (np.abs(u) <= 1).astype(float)
    k = 1 + P / N * slope.var() / slope.mean() ** 2
    scale = bend**2 * k**2 * np.square(psi).sum() / (N - P) / slope.mean() ** 2
    J = jacobian(fit)
    np.testing.assert_allclose(fit.covariance, scale * np.linalg.inv(J.T @ J), rtol=1e-8)


REFUSED = [
    (
        lambda f: f.conf_int(method="walt"),
        r"method 'walt' is not one of auto, wald, profile, .*Did you mean 'wald'\?",
    ),
    (lambda f: f.conf_int(level=1.0), "level"),
    (lambda f: f.conf_int(level=95), "level"),
    (lambda f: f.derive_quantity("1/q"), "q in '1/q' is not a parameter of the law"),
    (lambda f: f.derive_quantity("x*b"), "x in 'x.b' is not a parameter"),
    (lambda f: f.predict({"x": X}, interval="confidense"), r"'confidense' is not one of .*'confidence'\?"),
    (lambda f: f.predict({"x": X}, interval="confidence", level=0), "level"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_refusals(number):
    ask, words = REFUSED[number]
    fit = educe.fit("y = m*x + b", {"x": X, "y": Y})
    with pytest.raises(ParameterError, match=words):
        ask(fit)


def test_a_missing_column_is_named_when_predicting():
    fit = educe.fit("y = m*x + b", {"x": X, "y": Y})
    with pytest.raises(educe.TableError, match="'x'"):
        fit.predict({"t": X})


def test_a_wrong_derived_quantity_is_refused():
    fit = educe.fit("y = m*x + b", {"x": X, "y": Y})
    with pytest.raises(educe.FormulaError):
        fit.derive_quantity("1/(")


def test_95_percent_intervals_and_bands_hold_the_truth_95_percent_of_the_time():
    """500 data sets; 95 % within four standard deviations of a binomial count."""
    rng = np.random.default_rng(2024)
    x, at = np.linspace(0, 4, 25), {"x": np.array([1.0])}
    truth = {"a": 3.0, "b": 0.9, "c": 0.5}
    middle = 3 * np.exp(-0.9) + 0.5
    inside = np.zeros(5)
    for _ in range(500):
        y = 3 * np.exp(-0.9 * x) + 0.5 + 0.1 * rng.normal(size=25)
        fit = educe.fit(LAW, {"x": x, "y": y}, start=START)
        intervals = fit.conf_int()
        inside[:3] += [intervals[n][0] <= v <= intervals[n][1] for n, v in truth.items()]
        band = fit.predict(at, interval="confidence")
        inside[3] += band.lower[0] <= middle <= band.upper[0]
        band = fit.predict(at, interval="prediction")
        inside[4] += band.lower[0] <= middle + 0.1 * rng.normal() <= band.upper[0]
    slack = 4 * math.sqrt(500 * 0.95 * 0.05)
    assert (np.abs(inside - 475) <= slack).all(), inside
