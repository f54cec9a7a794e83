"""curve_fit against SciPy's, certified values and its own fallback; SciPy's tests of it are in test_scipy_suite."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, OptimizeWarning

from educe import datasets
from educe.fitting import curve_fit as module
from educe.fitting.curve_fit import curve_fit

RNG = np.random.default_rng(7)
X = np.linspace(0.0, 4.0, 50)


def decay(x: Any, a: Any, b: Any, c: Any) -> Any:
    return a * np.exp(-b * x) + c


def closed(x: Any, a: Any, b: Any, c: Any) -> Any:
    """Return the same as decay, in a way that cannot be traced."""
    return np.array([a * np.exp(-b * float(v)) + c for v in np.atleast_1d(x)])


Y = decay(X, 2.5, 1.3, 0.5) + 0.05 * RNG.normal(size=50)
TIGHT = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record whether a fit went by the formula or by the function's values."""
    taken: list[str] = []
    for name in ("formula_problem", "opaque_problem"):
        original = getattr(module, name)

        def recorded(*given: Any, _name: str = name, _original: Callable[..., Any] = original) -> Any:
            taken.append(_name.removesuffix("_problem"))
            return _original(*given)

        monkeypatch.setattr(module, name, recorded)
    return taken


def test_takes_every_argument_of_scipys() -> None:
    theirs, ours = (inspect.signature(f).parameters for f in (scipy.optimize.curve_fit, curve_fit))
    shared = [name for name in theirs if name != "kwargs"]
    assert list(ours)[: len(shared)] == shared
    assert all(ours[name].default == theirs[name].default for name in shared)


@pytest.mark.parametrize("function", [decay, closed])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sigma": 0.1 + X / 10},
        {"sigma": 0.1 + X / 10, "absolute_sigma": True},
        {"sigma": 0.3},
        {"sigma": 0.01 * np.exp(-np.abs(X[:, None] - X))},
        {"sigma": 0.01 * np.exp(-np.abs(X[:, None] - X)), "absolute_sigma": True},
        {"bounds": ([0, 0, 0], [3, 1.0, 1])},
        {"bounds": (0, np.inf), "sigma": 0.1 + X / 10},
        {"method": "trf", "loss": "soft_l1", "f_scale": 0.02},
        {"method": "trf", "loss": "huber", "f_scale": 0.05},
        {"method": "trf", "loss": "arctan", "f_scale": 0.5},
        {"p0": [2, 1, 0], "method": "dogbox", "jac": "cs"},
    ],
    ids="-".join,
)
def test_gives_scipys_numbers(function: Callable[..., Any], options: dict[str, Any]) -> None:
    tolerances = TIGHT if "loss" not in options else {"ftol": 1e-12, "xtol": 1e-12, "gtol": 1e-12}
    popt, pcov = scipy.optimize.curve_fit(decay, X, Y, **options, **tolerances)
    ours, covariance = curve_fit(function, X, Y, **options)
    assert ours == pytest.approx(popt, rel=2e-5)
    assert covariance == pytest.approx(pcov, rel=1e-4)


def function_of(law: str, names: list[str]) -> Callable[..., Any]:
    """Return a law's right side as a user would write it."""
    right = law.split(" = ")[1]
    space: dict[str, Any] = {name: getattr(np, name) for name in ("exp", "log", "cos", "sin", "pi")}
    space["atan"] = np.arctan
    found: Callable[..., Any] = eval(f"lambda x, {', '.join(names)}: {right}", space)  # noqa: S307 - our own laws
    return found


# Nelson's law has log(y) on its left side and two inputs
@pytest.mark.parametrize("begin", [0, 1])
@pytest.mark.parametrize("name", [name for name in datasets.names("nist") if name != "Nelson"])
def test_reaches_the_certified_digits(name: str, begin: int) -> None:
    problem = datasets.load(name)
    certificate = problem.certificate
    assert certificate is not None
    assert problem.law is not None
    names = list(certificate.parameters)
    start = list(problem.starts[begin].values())
    y = problem.columns[problem.law.split(" = ")[0]]
    popt, pcov = curve_fit(function_of(problem.law, names), problem.columns["x"], y, start)
    assert np.abs(popt) == pytest.approx(np.abs(list(certificate.parameters.values())), rel=1e-10)
    if name != "Lanczos1":  # its standard errors are below what float64 can tell
        errors = list(certificate.stderr.values())
        assert np.sqrt(np.diag(pcov)) == pytest.approx(errors, rel=1e-8)


def test_covariance_equals_that_of_40_digits() -> None:
    """Judge where SciPy's own reference (its test gh4555b) has five digits."""
    rng = np.random.default_rng(408113519974467917)
    y = decay(X, 2.5, 1.3, 0.5) + 0.2 * rng.normal(size=X.size)
    popt, pcov = curve_fit(decay, X, y)
    with mpmath.workdps(40):
        theta = mpmath.matrix([mpmath.mpf(v) for v in popt])
        for _ in range(12):
            J, r = mpmath.matrix(50, 3), mpmath.matrix(50, 1)
            for i in range(50):
                e = mpmath.exp(-theta[1] * mpmath.mpf(X[i]))
                J[i, 0], J[i, 1], J[i, 2] = e, -theta[0] * mpmath.mpf(X[i]) * e, 1
                r[i] = mpmath.mpf(y[i]) - theta[0] * e - theta[2]
            theta += mpmath.lu_solve(J.T * J, J.T * r)
        covariance = (J.T * J) ** -1 * ((r.T * r)[0] / 47)
        exact = np.array(theta.tolist(), dtype=float).ravel(), np.array(covariance.tolist(), dtype=float)
    assert popt == pytest.approx(exact[0], rel=1e-13)
    assert pcov == pytest.approx(exact[1], rel=1e-11)


def test_a_numpy_function_goes_by_its_formula(routes: list[str]) -> None:
    curve_fit(decay, X, Y)
    curve_fit(closed, X, Y)
    assert routes == ["formula", "opaque"]


def test_one_that_takes_rows_too(routes: list[str]) -> None:
    def plane(xy: Any, a: Any, b: Any) -> Any:
        x, y = xy
        return a * np.sin(x) + b * np.cos(y)

    grid = np.array([X, X**2])
    popt, _ = curve_fit(plane, grid, plane(grid, 2.0, 3.0))
    assert popt == pytest.approx([2.0, 3.0], rel=1e-14)
    assert routes == ["formula"]


def test_a_changed_closure_gives_no_stale_result(routes: list[str]) -> None:
    power = 1

    def law(x: Any, a: Any) -> Any:
        return a * (x + 1.0) ** power

    def fitted() -> float:
        return float(curve_fit(law, X, law(X, 3.0))[0][0])

    assert fitted() == pytest.approx(3.0, rel=1e-14)
    power = 2
    assert fitted() == pytest.approx(3.0, rel=1e-14)
    assert routes == ["formula"] * 3  # the remembered one, then the one that it is now


def test_a_formula_that_is_not_the_function_is_dropped(routes: list[str]) -> None:
    def two_faced(x: Any, a: Any, b: Any) -> Any:
        return a * x + b if isinstance(x, np.ndarray) else a * x - b

    popt, _ = curve_fit(two_faced, X, 2.0 * X + 1.0)
    assert popt == pytest.approx([2.0, 1.0], rel=1e-9)
    assert routes == ["formula", "opaque"]


def test_whatever_a_function_raises_on_symbols_its_values_serve() -> None:
    class OddError(Exception):
        pass

    def odd(x: Any, a: Any) -> Any:
        if not isinstance(x, np.ndarray):
            raise OddError
        return a * x

    assert curve_fit(odd, X, 2.0 * X)[0] == pytest.approx([2.0], rel=1e-9)


class Instrument:
    def __init__(self, gain: float) -> None:
        self.gain = gain

    def reading(self, x: Any, a: Any, b: Any) -> Any:
        return self.gain * a * np.exp(-b * x)


@pytest.mark.parametrize(
    ("function", "p0"),
    [
        (Instrument(2.0).reading, None),
        (partial(lambda gain, x, a, b: gain * a * np.exp(-b * x), 2.0), None),
        (lambda x, *theta: 2.0 * theta[0] * np.exp(-theta[1] * x), [1.0, 1.0]),
    ],
    ids=["method", "partial", "star"],
)
def test_callables_of_every_kind(function: Callable[..., Any], p0: Any) -> None:
    assert curve_fit(function, X, 6.0 * np.exp(-0.5 * X), p0)[0] == pytest.approx([3.0, 0.5], rel=1e-13)


@pytest.mark.parametrize(
    ("convert", "function"),
    [
        (lambda x: pd.DataFrame({"x": x}), lambda d, a, b: a * d["x"].to_numpy() + b),
        (lambda x: {"x": x}, lambda d, a, b: a * d["x"] + b),
        (lambda x: None, lambda _, a, b: a * X + b),
        (list, lambda x, a, b: a * x + b),
        (lambda x: np.float32(x), lambda x, a, b: a * x + b),
    ],
    ids=["frame", "dict", "none", "list", "float32"],
)
def test_xdata_of_every_kind(convert: Callable[..., Any], function: Callable[..., Any]) -> None:
    assert curve_fit(function, convert(X), 2.0 * X + 1.0)[0] == pytest.approx([2.0, 1.0], rel=1e-6)


def test_integers_do_not_divide_by_zero() -> None:
    """Parameters arrive as NumPy numbers: 1/0 is inf, no ZeroDivisionError."""
    assert curve_fit(lambda x, a: float(x[0]) * 0 + x * 1 / a, X, X / 4.0)[0] == pytest.approx(
        [4.0], rel=1e-9
    )


def test_a_parameter_without_effect_leaves_no_covariance() -> None:
    with pytest.warns(OptimizeWarning, match="could not be estimated"):
        popt, pcov = curve_fit(lambda x, a, b: a * x, X, 3.0 * X, p0=[1.0, 7.0])
    assert popt == pytest.approx([3.0, 7.0], rel=1e-14)
    assert np.isinf(pcov).all()


def test_not_finite_at_the_start_is_said_as_scipy_says_it() -> None:
    with pytest.warns(OptimizeWarning):
        popt, pcov = curve_fit(lambda x, a: np.log(x - 10.0) * a**a, X, X)
    assert popt == [1.0]
    assert np.isinf(pcov).all()
    with pytest.raises(ValueError, match="Residuals are not finite in the initial point"):
        curve_fit(lambda x, a: np.log(x - 10.0) * a**a, X, X, method="trf")


def test_a_limit_of_steps_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"Optimal parameters not found: .* maxfev = 1\."):
        curve_fit(lambda x, a, b: np.sin(a * x) * np.exp(b * x), X, Y, p0=[9.0, 1.0], maxfev=1)


def test_functions_stay_inside_the_bounds() -> None:
    def root(x: Any, a: Any) -> Any:
        assert 0.0 <= a <= 2.0
        return np.array([np.sqrt(float(a)) * v for v in x])

    assert curve_fit(root, X, 1.5 * X, bounds=(0, 2))[0] == pytest.approx([2.0], rel=1e-9)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"bounds": (0, 1, 2)}, ValueError, "2 elements"),
        ({"bounds": ([0, 0], [1, 1])}, ValueError, "Inconsistent shapes"),
        ({"bounds": (2, 1)}, ValueError, "strictly less"),
        ({"bounds": Bounds([2, 2, 2], [3, 3, 3]), "p0": [0, 0, 0]}, ValueError, "outside of provided bounds"),
        ({"bounds": (0, 9), "method": "lm"}, ValueError, "only works for unconstrained"),
        ({"method": "newton"}, ValueError, "`method` must be"),
        ({"jac": "5-point"}, ValueError, "`jac` must be"),
        ({"jac": lambda x, a, b, c: x}, ValueError, r"\(50, 3\) was expected"),
        ({"loss": "hubre"}, ValueError, "huber"),
        ({"sigma": np.ones(7)}, ValueError, "incorrect shape"),
        ({"sigma": -np.eye(50)}, ValueError, "positive definite"),
        ({"nan_policy": "ignore"}, ValueError, "nan_policy must be one of"),
        ({"args": (1,)}, ValueError, "'args' is not a supported"),
        ({"maxiter": 9}, TypeError, "maxiter"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        curve_fit(decay, X, Y, **options)


def test_data_that_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="infs or NaNs"):
        curve_fit(decay, X, np.where(X > 2, np.nan, Y))
    with pytest.raises(ValueError, match="must not be empty"):
        curve_fit(decay, [], [])
    with pytest.raises(TypeError, match="must not exceed"):
        curve_fit(decay, X[:2], Y[:2])
    with pytest.raises(ValueError, match="one dimension"):
        curve_fit(lambda x, a: a * np.asarray(x)[:, None], {"x": 1} and X, X[:, None])
    with pytest.raises(ValueError, match="complex"):
        curve_fit(lambda x, a: 1j * a * x.copy(order="C"), X, X)


@settings(max_examples=25, deadline=None)
@given(
    a=st.floats(0.5, 50.0),
    b=st.floats(0.2, 1.5),
    c=st.floats(-5.0, 5.0),
    scale=st.sampled_from([1e-9, 1.0, 1e9]),
)
def test_rescaling_the_measurements_rescales_the_result(a: float, b: float, c: float, scale: float) -> None:
    y = decay(X, a, b, c) + 0.01 * a * np.sin(37.0 * X)
    popt, pcov = curve_fit(decay, X, y)
    scaled, covariance = curve_fit(decay, X, scale * y)
    factors = np.array([scale, 1.0, scale])
    assert scaled == pytest.approx(factors * popt, rel=1e-9)
    assert covariance == pytest.approx(np.outer(factors, factors) * pcov, rel=1e-7)
