"""Errors in x: agreement with odrpack and with published values, and what a wrong use gets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import educe
from educe.engines.in_memory import InMemory

odrpack = pytest.importorskip("odrpack")

# Pearson (1901) with the weights of York (1966)
X = [0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4]
Y = [5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5]
WX = np.array([1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1])
WY = np.array([1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500.0])


def noisy(law: Any, n: int, low: float, high: float, sx: float, sy: float, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = np.linspace(low, high, n)
    return {
        "x": x + rng.normal(0.0, sx, n),
        "y": law(x) + rng.normal(0.0, sy, n),
        "sx": sx * rng.uniform(0.5, 1.5, n),
        "sy": sy * rng.uniform(0.5, 1.5, n),
    }


def judged(f: Any, data: dict[str, Any], start: Any, jac_x: Any, jac_beta: Any) -> Any:
    return odrpack.odr_fit(
        f,
        data["x"],
        data["y"],
        np.array(start, dtype=float),
        weight_x=data["sx"] ** -2,
        weight_y=data["sy"] ** -2,
        jac_x=jac_x,
        jac_beta=jac_beta,
        sstol=1e-16,
        partol=1e-16,
        maxit=2000,
    )


def test_a_line_has_the_published_values_of_york() -> None:
    data = {"x": X, "y": Y, "sx": WX**-0.5, "sy": WY**-0.5}
    fit = educe.fit("y = m*x + b", data, sigma="sy", sigma_x="sx")
    assert fit.params["m"] == pytest.approx(-0.480533407, abs=6e-10)  # Reed (1992), table II
    assert fit.params["b"] == pytest.approx(5.47991022, abs=6e-9)
    assert fit.rss == pytest.approx(11.8663532, abs=6e-8)


def test_the_example_of_the_odrpack_guide() -> None:
    """Boggs, Byrd, Rogers and Schnabel (1992), section 1.B.i: two inputs at 0 and one at 100 are exact."""
    x = np.array([0, 0, 5, 7, 7.5, 10, 16, 26, 30, 34, 34.5, 100])
    y = np.array([1265, 1263.6, 1258, 1254, 1253, 1249.8, 1237, 1218, 1220.6, 1213.8, 1215.5, 1212.0])
    sx = np.array([0.0, 0.0, *np.ones(9), 0.0])
    start = {"b1": 1500, "b2": -50, "b3": -0.1}
    fit = educe.fit("y = b1 + b2*(exp(b3*x) - 1)^2", {"x": x, "y": y}, sigma=1.0, sigma_x=sx, start=start)
    published = (1264.65481, -54.0183838, -0.0878498512), (1.03492722, 1.58399653, 0.00633221829)
    for found, known in zip((fit.theta, fit.standard_errors), published, strict=True):
        assert found == pytest.approx(known, rel=5e-7)
    assert not fit.shifts["x"][[0, 1, 11]].any()


LAWS: dict[str, Any] = {
    "exponential": (
        "y = a*exp(-k*x) + c",
        lambda x, b: b[0] * np.exp(-b[1] * x) + b[2],
        lambda x, b: -b[0] * b[1] * np.exp(-b[1] * x),
        lambda x, b: np.array([np.exp(-b[1] * x), -b[0] * x * np.exp(-b[1] * x), np.ones_like(x)]),
        (3.0, 0.8, 0.5),
        (0.0, 5.0, 0.1, 0.05),
    ),
    "michaelis": (
        "y = a*x/(k + x)",
        lambda x, b: b[0] * x / (b[1] + x),
        lambda x, b: b[0] * b[1] / (b[1] + x) ** 2,
        lambda x, b: np.array([x / (b[1] + x), -b[0] * x / (b[1] + x) ** 2]),
        (2.0, 1.5),
        (0.3, 8.0, 0.08, 0.03),
    ),
    "sine": (
        "y = a*sin(w*x + p)",
        lambda x, b: b[0] * np.sin(b[1] * x + b[2]),
        lambda x, b: b[0] * b[1] * np.cos(b[1] * x + b[2]),
        lambda x, b: np.array(
            [np.sin(b[1] * x + b[2]), b[0] * x * np.cos(b[1] * x + b[2]), b[0] * np.cos(b[1] * x + b[2])]
        ),
        (1.0, 1.3, 0.4),
        (0.0, 6.0, 0.05, 0.08),
    ),
    "quadratic": (
        "y = a*x^2 + b*x + c",
        lambda x, b: b[0] * x**2 + b[1] * x + b[2],
        lambda x, b: 2 * b[0] * x + b[1],
        lambda x, b: np.array([x**2, x, np.ones_like(x)]),
        (0.4, -1.0, 2.0),
        (-2.0, 4.0, 0.1, 0.1),
    ),
}


@pytest.mark.parametrize("name", LAWS)
def test_parameters_errors_and_shifts_agree_with_odrpack(name: str) -> None:
    text, f, jac_x, jac_beta, true, (low, high, sx, sy) = LAWS[name]
    data = noisy(lambda x: f(x, true), 40, low, high, sx, sy)
    judge = judged(f, data, true, jac_x, jac_beta)
    names = educe.fit(text, data, sigma="sy", search_seconds=1.0).names
    fit = educe.fit(text, data, sigma="sy", sigma_x="sx", start=dict(zip(names, true, strict=True)))
    assert fit.converged
    assert fit.rss <= judge.sum_square * (1 + 1e-12)
    assert fit.theta == pytest.approx(judge.beta, rel=1e-8)
    assert fit.standard_errors == pytest.approx(judge.sd_beta, rel=3e-8)
    assert fit.shifts["x"] == pytest.approx(judge.delta, abs=1e-6)
    fixed = educe.fit(text, data, sigma="sy", sigma_x="sx", absolute_sigma=True)
    assert fixed.standard_errors == pytest.approx(fit.standard_errors / fit.residual_standard_error, rel=1e-9)


def test_no_start_is_needed() -> None:
    data = noisy(lambda x: np.sin(1.3 * x), 40, 0.0, 9.0, 0.1, 0.05)
    fit = educe.fit("y = a*sin(w*x + p)", data, sigma="sy", sigma_x="sx")
    assert fit.search is not None
    assert abs(fit.params["w"]) == pytest.approx(1.3, abs=5 * fit.stderr["w"])


def test_the_gradient_vanishes_at_the_minimum_and_rows_match_differences() -> None:
    data = noisy(lambda x: 3 * np.exp(-0.8 * x), 30, 0.0, 4.0, 0.2, 0.05)
    fit = educe.fit("y = a*exp(-k*x)", data, sigma="sy", sigma_x="sx")
    J, r = fit.weighted_jacobian, fit.weighted_residuals
    assert np.abs(J.T @ r).max() < 1e-8 * np.abs(J).sum()
    gradient = []
    for k in range(2):
        ends = []
        for sign in (1, -1):
            theta = dict(zip(fit.names, fit.theta + sign * 1e-5 * np.eye(2)[k] + 1e-2, strict=True))
            ends.append(fit.problem.triangle([theta[name] for name in fit.solver_names])[1])
        gradient.append((ends[0] - ends[1]) / 2e-5)
    place = dict(zip(fit.names, fit.theta + 1e-2, strict=True))
    theta = [place[name] for name in fit.solver_names]
    (_, block), *_ = fit.problem.blocks(theta)
    order = [fit.solver_names.index(name) for name in fit.names]
    assert (-2 * block[:, :-1].T @ block[:, -1])[order] == pytest.approx(gradient, rel=1e-6)


def test_two_noisy_inputs_of_three_agree_with_the_whole_problem() -> None:
    from scipy.optimize import least_squares

    rng = np.random.default_rng(5)
    u, v, w = rng.uniform(0.5, 3.0, (3, 25))
    y = 2.0 * u**1.5 / v + 0.3 * w + rng.normal(0.0, 0.05, 25)
    data = {"u": u + rng.normal(0, 0.05, 25), "v": v + rng.normal(0, 0.1, 25), "w": w, "y": y}
    fit = educe.fit("y = a*u^n/v + c*w", data, sigma=0.05, sigma_x={"u": 0.05, "v": 0.1})

    def residuals(z: Any) -> Any:
        (a, n, c), d = z[:3], z[3:].reshape(2, 25)
        f = a * (data["u"] + d[0]) ** n / (data["v"] + d[1]) + c * w
        return np.concatenate([(y - f) / 0.05, d[0] / 0.05, d[1] / 0.1])

    judge = least_squares(residuals, [2.0, 1.5, 0.3, *np.zeros(50)], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert fit.theta == pytest.approx(judge.x[:3], rel=1e-6)
    assert fit.rss == pytest.approx(2 * judge.cost, rel=1e-9)
    covariance = np.linalg.inv(judge.jac.T @ judge.jac)[:3, :3] * fit.rss / fit.dof
    assert fit.covariance == pytest.approx(covariance, rel=1e-4)
    assert set(fit.shifts) == {"u", "v"}


def test_errors_of_zero_change_nothing() -> None:
    data = noisy(lambda x: 3 * np.exp(-0.8 * x), 30, 0.0, 4.0, 0.1, 0.05)
    exact = educe.fit("y = a*exp(-k*x)", data, sigma="sy")
    fit = educe.fit("y = a*exp(-k*x)", data, sigma="sy", sigma_x=0.0)
    assert fit.theta == pytest.approx(exact.theta, rel=1e-10)
    assert fit.residuals == pytest.approx(exact.residuals, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.integers(0, 5))
def test_units_do_not_matter(of_x: float, of_y: float, seed: int) -> None:
    data = noisy(lambda x: 3 * x / (1 + x), 20, 0.3, 5.0, 0.1, 0.05, seed)
    scaled = {"x": data["x"] * of_x, "y": data["y"] * of_y, "sx": data["sx"] * of_x, "sy": data["sy"] * of_y}
    one = educe.fit("y = a*x/(k + x)", data, sigma="sy", sigma_x="sx", start={"k": 1.0})
    two = educe.fit("y = a*x/(k + x)", scaled, sigma="sy", sigma_x="sx", start={"k": of_x})
    assert two.params["a"] == pytest.approx(one.params["a"] * of_y, rel=1e-7)
    assert two.params["k"] == pytest.approx(one.params["k"] * of_x, rel=1e-7)
    assert two.rss == pytest.approx(one.rss, rel=1e-8)


def test_the_slope_of_a_noisy_x_is_no_longer_too_small() -> None:
    slopes = {"plain": [], "both": []}
    for seed in range(60):
        data = noisy(lambda x: 2.0 * x, 50, 0.0, 2.0, 0.4, 0.1, seed)
        data["sx"], data["sy"] = np.full(50, 0.4), np.full(50, 0.1)
        slopes["plain"].append(educe.fit("y = m*x + b", data, sigma="sy").params["m"])
        slopes["both"].append(educe.fit("y = m*x + b", data, sigma="sy", sigma_x="sx").params["m"])
    assert np.mean(slopes["plain"]) < 1.5
    assert np.mean(slopes["both"]) == pytest.approx(2.0, abs=4 * np.std(slopes["both"]) / math.sqrt(60))


def test_a_robust_loss_bends_at_distances() -> None:
    data = noisy(lambda x: 3 * np.exp(-0.8 * x), 40, 0.0, 4.0, 0.05, 0.05)
    data["y"][7] += 5.0
    plain = educe.fit("y = a*exp(-k*x)", data, sigma="sy", sigma_x="sx")
    robust = educe.fit("y = a*exp(-k*x)", data, sigma="sy", sigma_x="sx", loss="tukey")
    assert abs(robust.params["k"] - 0.8) < 0.1 < abs(plain.params["k"] - 0.8)


def test_fixed_tied_bounded_and_blocks() -> None:
    data = noisy(lambda x: 3 * np.exp(-0.8 * x) + 0.3, 60, 0.0, 4.0, 0.05, 0.05)
    fit = educe.fit(
        "y = a*exp(-k*x) + c",
        data,
        sigma="sy",
        sigma_x="sx",
        ties={"c": "a/10"},
        bounds={"k": (0.0, 0.7)},
    )
    assert fit.params["k"] == 0.7
    assert fit.params["c"] == fit.params["a"] / 10
    columns = [fit.rows.columns[name] for name in fit.plan.model.variables]
    parts = [InMemory(fit.plan.model, [c[rows] for c in columns]) for rows in (slice(0, 17), slice(17, None))]
    theta = [fit.params[name] for name in fit.solver_names]
    alone = np.concatenate([part.residuals(theta) for part in parts])
    assert alone == pytest.approx(InMemory(fit.plan.model, columns).residuals(theta), rel=1e-12)


def test_the_result_is_saved_predicts_and_says_what_was_done(tmp_path: Any) -> None:
    data = noisy(lambda x: 3 * np.exp(-0.8 * x), 30, 0.0, 4.0, 0.1, 0.05)
    fit = educe.fit("y = a*exp(-k*x)", data, sigma="sy", sigma_x="sx")
    fit.save(tmp_path / "fit.json")
    again = educe.load(tmp_path / "fit.json")
    assert again.to_dict() == fit.to_dict()
    assert again.to_dict()["errors_in"] == ["x"]
    assert np.array_equal(again.shifts["x"], fit.shifts["x"])
    a, k = fit.params["a"], fit.params["k"]
    assert fit.predict({"x": [1.0, 2.0]}) == pytest.approx(a * np.exp(-k * np.array([1.0, 2.0])))
    assert fit.fitted == pytest.approx(a * np.exp(-k * (fit.rows.columns["x"] + fit.shifts["x"])))
    assert "Errors in x were taken into account" in str(fit)
    assert "R²" not in str(fit)
    distance = np.hypot((data["y"] - fit.fitted) / data["sy"], fit.shifts["x"] / data["sx"])
    assert np.abs(fit.weighted_residuals) == pytest.approx(distance, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sigma_x": "sx"}, "give sigma too"),
        ({"sigma": "sy", "sigma_x": {"z": "sx"}}, "z is not an input of the law; its inputs are x"),
        ({"sigma": "sy", "sigma_x": -0.1}, "must not be below 0"),
        ({"sigma": "sy", "sigma_x": [0.1, 0.2]}, "has shape"),
        ({"sigma": "sy", "sigma_x": "sz"}, "has no column 'sz'"),
        ({"sigma": "sy", "sigma_x": object()}, "must be a column's name"),
    ],
)
def test_wrong_use_is_refused_in_one_sentence(given: dict[str, Any], words: str) -> None:
    data = noisy(lambda x: x, 10, 0.0, 1.0, 0.1, 0.1)
    with pytest.raises(educe.EduceError, match=words):
        educe.fit("y = m*x + b", data, **given)


def test_two_inputs_need_to_be_told_apart_and_functions_are_refused() -> None:
    data = {"x": np.arange(9.0), "t": np.arange(9.0) ** 2, "y": np.arange(9.0)}
    with pytest.raises(educe.ParameterError, match="say which sigma_x belongs to"):
        educe.fit("y = a*x + b*t", data, sigma=0.1, sigma_x=0.1)

    def y(x: Any, m: float) -> Any:
        return np.array([m * value for value in x])

    with pytest.raises(educe.FormulaError, match="could not be read as a formula"):
        educe.fit(y, data, sigma=0.1, sigma_x=0.1)
