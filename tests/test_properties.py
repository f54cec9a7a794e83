"""Laws that every fit obeys: units, order of rows, repetition, threads."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import educe

X = np.linspace(0.05, 4.0, 50)
Y = 3.0 * np.exp(-0.9 * X) + 0.5 + 0.05 * np.random.default_rng(3).normal(size=50)
PEAK = 2.0 * np.exp(-((X - 2.0) ** 2) / 0.5) + 0.3 + 0.02 * np.random.default_rng(4).normal(size=50)
LAW = "y = a*exp(-b*x) + c"
POWERS = st.integers(-12, 12)

# how each law's parameters scale with the units of x and y: powers of (x, y)
LAWS = {
    LAW: ({"b": 1.0}, {"a": (0, 1), "b": (-1, 0), "c": (0, 1)}),
    "y = a*x/(k + x)": ({"k": 1.0}, {"a": (0, 1), "k": (1, 0)}),
    "y = a*x**2 + b*x + c": ({}, {"a": (-2, 1), "b": (-1, 1), "c": (0, 1)}),
    "p = a*exp(-(x - m)**2/(2*s**2)) + c": (
        {"m": 2.2, "s": 0.7},
        {"a": (0, 1), "m": (1, 0), "s": (1, 0), "c": (0, 1)},
    ),
}


@pytest.mark.parametrize("law", LAWS)
@given(p=POWERS, q=POWERS)
@settings(max_examples=15, deadline=None)
def test_other_units_give_the_same_fit(law, p, q):
    start, powers = LAWS[law]
    u, v = 10.0**p, 10.0**q
    one = educe.fit(law, {"x": X, "y": Y, "p": PEAK}, start=start)
    scaled = {name: value * u ** powers[name][0] * v ** powers[name][1] for name, value in start.items()}
    two = educe.fit(law, {"x": u * X, "y": v * Y, "p": v * PEAK}, start=scaled)
    assert two.converged
    for name, (i, j) in powers.items():
        unit = u**i * v**j
        assert two.params[name] == pytest.approx(unit * one.params[name], rel=1e-9)
        assert two.stderr[name] == pytest.approx(unit * one.stderr[name], rel=1e-7)
    assert two.rss == pytest.approx(v * v * one.rss, rel=1e-10)
    assert two.r_squared == pytest.approx(one.r_squared, rel=1e-9)


@pytest.mark.parametrize(
    "options", [{}, {"bounds": {"b": (0.0, 5.0)}}, {"loss": "huber"}], ids=["plain", "bounds", "loss"]
)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_does_not_matter(options, seed):
    order = np.random.default_rng(seed).permutation(50)
    one = educe.fit(LAW, {"x": X, "y": Y}, start={"b": 1.0}, **options)
    two = educe.fit(LAW, {"x": X[order], "y": Y[order]}, start={"b": 1.0}, **options)
    tolerance = 1e-7 if "loss" in options else 1e-12
    np.testing.assert_allclose(two.theta, one.theta, rtol=tolerance)
    np.testing.assert_allclose(two.residuals, one.residuals[order], atol=tolerance * np.abs(Y).max())


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_a_row_twice_is_a_row_of_twice_the_weight(seed):
    rng = np.random.default_rng(seed)
    twice = rng.random(50) < 0.3
    x, y = np.concatenate([X, X[twice]]), np.concatenate([Y, Y[twice]])
    sigma = np.where(twice, 0.5**0.5, 1.0)
    one = educe.fit(LAW, {"x": x, "y": y}, start={"b": 1.0})
    two = educe.fit(LAW, {"x": X, "y": Y}, start={"b": 1.0}, sigma=sigma)
    np.testing.assert_allclose(two.theta, one.theta, rtol=1e-11)
    assert two.rss == pytest.approx(one.rss, rel=1e-11)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_exact_measurements_give_back_the_truth(seed):
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(0.2, 5.0, 3)
    fit = educe.fit(LAW, {"x": X, "y": a * np.exp(-b * X) + c}, start={"b": 1.0})
    np.testing.assert_allclose(fit.theta, [a, b, c], rtol=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_start_of_an_eliminated_parameter_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    one = educe.fit(LAW, {"x": X, "y": Y}, start={"b": 1.0})
    two = educe.fit(LAW, {"x": X, "y": Y}, start={"b": 1.0, "a": rng.normal(), "c": 1e9 * rng.normal()})
    assert one.theta.tobytes() == two.theta.tobytes()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_residuals_are_orthogonal_to_the_law(seed):
    rng = np.random.default_rng(seed)
    y = Y + rng.normal(size=50) * rng.choice([0.01, 0.1, 1.0])
    fit = educe.fit(LAW, {"x": X, "y": y}, start={"b": 1.0})
    assume(fit.converged and not fit.undetermined)
    J, r = fit.weighted_jacobian, fit.weighted_residuals
    slack = 1e-10 * max(1.0, np.linalg.norm(y) / np.linalg.norm(r))
    assert np.abs(J.T @ r / (np.linalg.norm(J, axis=0) * np.linalg.norm(r))).max() < slack


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_freeing_a_parameter_never_fits_worse(seed):
    value = np.random.default_rng(seed).uniform(-1.0, 2.0)
    free = educe.fit(LAW, {"x": X, "y": Y}, start={"b": 1.0})
    held = educe.fit(LAW, {"x": X, "y": Y}, start={"b": 1.0}, fixed={"c": value})
    assert free.rss <= held.rss * (1 + 1e-12)


def bits(fit):
    return fit.theta.tobytes() + fit.covariance.tobytes() + fit.triangle.tobytes()


@pytest.mark.parametrize(
    "options", [{}, {"loss": "tukey"}, {"bounds": {"b": (1.0, 5.0)}}], ids=["plain", "loss", "bounds"]
)
def test_twenty_fits_give_the_same_bits(options):
    found = {
        bits(educe.fit(LAW, {"x": X.copy(), "y": Y.copy()}, start={"b": 1.5}, **options)) for _ in range(20)
    }
    assert len(found) == 1


PROGRAM = """
import numpy as np, educe
x = np.linspace(0, 4, 20_000)
y = 3*np.exp(-0.9*x) + 0.5 + 0.2*np.sin(2.5*x) + 0.05*np.cos(1e4*x)
laws = {"y = a*exp(-b*x) + c": {"b": 1.0}, "y = a*exp(-b*x) + c*sin(d*x) + e*x + g": {"b": 1.0, "d": 2.4}}
for law, start in laws.items():
    fit = educe.fit(law, {"x": x, "y": y}, start=start)
    print(fit.theta.tobytes().hex(), fit.covariance.tobytes().hex())
"""


def test_the_same_bits_on_one_thread_and_two():
    def printed(threads):
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads}
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True
        )
        return ran.stdout

    one = printed("1")
    assert len(one.split()) == 4
    assert one == printed("2")
