"""Without starts, educe reaches the cost that SciPy reaches from the true parameters, or a lower one."""

import warnings

import numpy as np
import pytest
import scipy.optimize

import educe
from educe.formula import parse

N = 120
T = np.linspace(0.05, 10.0, N)
LAWS = {
    "y = a*exp(-k*t)": {"a": 3.0, "k": 0.4},
    "y = a*exp(-k*t) + c": {"a": 3.0, "k": 0.7, "c": 1.0},
    "y = a*exp(-k*t) + b*exp(-l*t)": {"a": 3.0, "k": 0.3, "b": 2.0, "l": 3.0},
    "y = a*(1 - exp(-(t/s)^b))": {"a": 2.0, "s": 3.0, "b": 1.8},
    "y = a*exp(-(t/s)^b)": {"a": 2.0, "s": 2.0, "b": 0.6},
    "y = V*t/(K + t)": {"V": 2.0, "K": 1.3},
    "y = V*t^h/(K^h + t^h)": {"V": 2.0, "K": 4.0, "h": 3.0},
    "y = V*t/(K + t + t^2/I)": {"V": 4.0, "K": 1.0, "I": 5.0},
    "y = L/(1 + exp(-k*(t - m)))": {"L": 5.0, "k": 1.5, "m": 4.0},
    "y = d + (a - d)/(1 + (t/c)^b)": {"d": 5.0, "a": 1.0, "c": 3.0, "b": 4.0},
    "y = a*exp(-b*exp(-k*t))": {"a": 5.0, "b": 6.0, "k": 0.7},
    "y = a*exp(-(t - m)^2/(2*s^2))": {"a": 2.0, "m": 6.0, "s": 0.7},
    "y = a*exp(-(t - m)^2/(2*s^2)) + b*t + c": {"a": 2.0, "m": 6.0, "s": 0.4, "b": 0.1, "c": 1.0},
    "y = a*exp(-((t - m)/s)^2) + b*exp(-((t - n)/u)^2)": {
        "a": 2.0,
        "m": 3.0,
        "s": 0.8,
        "b": 1.2,
        "n": 6.5,
        "u": 1.5,
    },
    "y = a/(1 + ((t - m)/w)^2)": {"a": 2.0, "m": 7.0, "w": 0.3},
    "y = a*sin(w*t + p)": {"a": 1.5, "w": 9.0, "p": 1.0},
    "y = a*sin(w*t + p) + c": {"a": 1.5, "w": 0.9, "p": -2.0, "c": 4.0},
    "y = a*exp(-g*t)*cos(w*t + p)": {"a": 1.5, "g": 0.3, "w": 13.0, "p": 0.5},
    "y = a*sin(v*t) + b*sin(w*t)": {"a": 1.0, "v": 3.0, "b": 0.7, "w": 4.1},
    "y = a*t^b": {"a": 2.0, "b": 1.7},
    "y = a*t^b*exp(-k*t)": {"a": 2.0, "b": 1.7, "k": 0.9},
    "y = a*(exp(-k*t) - exp(-l*t))": {"a": 5.0, "k": 0.3, "l": 2.0},
    "y = a*tanh(t/s) + c": {"a": 2.0, "s": 3.0, "c": 0.5},
    "y = a*log(1 + b*t)": {"a": 2.0, "b": 3.0},
    "y = a*exp(b/(t + c))": {"a": 0.3, "b": 12.0, "c": 4.0},
    "y = (a + b*t)/(1 + c*t + d*t^2)": {"a": 1.0, "b": 2.0, "c": 0.1, "d": 0.2},
    "y = a + b*max(t - m, 0)": {"a": 1.0, "b": 2.0, "m": 4.3},
    "y = a*sqrt(1 + (t/s)^2)": {"a": 0.5, "s": 1.7},
    "y = a/(1 + k*t)": {"a": 3.0, "k": 0.8},
    "y = a*sin(w*t)/t": {"a": 2.0, "w": 2.5},
}


@pytest.mark.parametrize("text", LAWS)
def test_no_start_is_as_good_as_a_good_start(text: str) -> None:
    truth, law = LAWS[text], parse(text)
    exact = np.asarray(law.evaluate({"t": T, **truth}))
    y = exact + 0.03 * exact.std() * np.random.default_rng(len(text)).normal(size=N)

    def curve(t: np.ndarray, *values: float) -> np.ndarray:
        return np.asarray(law.evaluate({"t": t, **dict(zip(truth, values, strict=True))}))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best, _ = scipy.optimize.curve_fit(curve, T, y, p0=list(truth.values()), xtol=1e-12, ftol=1e-12)
    reached = float(((y - curve(T, *best)) ** 2).sum())
    fit = educe.fit(text, {"t": T, "y": y})
    assert fit.rss <= reached * (1.0 + 1e-8)
