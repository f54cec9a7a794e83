"""What fit takes: fixed values, ties, weights, bounds, conditions, any kind of table, and what it refuses."""

import itertools

import numpy as np
import pytest
from scipy.optimize import curve_fit

import educe
from educe import FitError, FormulaError, ParameterError, TableError

X = np.linspace(0.1, 4.0, 60)
RNG = np.random.default_rng(5)
S = RNG.uniform(0.02, 0.2, 60)
Y = 3.0 * np.exp(-0.9 * X) + 0.5 + S * RNG.normal(size=60)
DATA = {"x": X, "y": Y, "s": S}
LAW = "y = a*exp(-b*x) + c"
START = {"a": 1.0, "b": 1.0, "c": 1.0}


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def exact(f, p0, **given):
    return curve_fit(f, X, Y, p0, xtol=1e-14, ftol=1e-14, gtol=1e-14, **given)


# --- weights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("sigma", ["s", S, 0.1], ids=["column", "array", "number"])
def test_weights_are_those_of_scipy(sigma, absolute):
    values = S if isinstance(sigma, str) else np.broadcast_to(sigma, X.shape)
    theta, covariance = exact(decay, [3, 1, 0.5], sigma=values, absolute_sigma=absolute)
    fit = educe.fit(LAW, DATA, start=START, sigma=sigma, absolute_sigma=absolute)
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-7)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-6)
    assert fit.convention.sigma == ("absolute" if absolute else "relative")


def test_without_weights():
    theta, covariance = exact(decay, [3, 1, 0.5])
    fit = educe.fit(LAW, DATA, start=START)
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-7)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-6)
    assert fit.convention.sigma == "none"


def test_only_ratios_of_relative_sigma_count():
    one = educe.fit(LAW, DATA, start=START, sigma=S)
    ten = educe.fit(LAW, DATA, start=START, sigma=8.0 * S)
    np.testing.assert_allclose(one.theta, ten.theta, rtol=1e-12)
    np.testing.assert_allclose(one.standard_errors, ten.standard_errors, rtol=1e-9)


# --- fixed, tied, bounded --------------------------------------------------------------------------


def test_a_fixed_parameter_stays_and_has_no_error():
    theta, covariance = exact(lambda x, a, b: decay(x, a, b, 0.4), [3, 1])
    fit = educe.fit(LAW, DATA, fixed={"c": 0.4}, start={"a": 1, "b": 1})
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-7)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-6)
    assert (fit.params["c"], fit.stderr["c"]) == (0.4, 0.0)
    assert fit.names == ("a", "b")
    assert fit.dof == 58


def test_a_tied_parameter_follows_with_its_error():
    theta, covariance = exact(lambda x, a, b: decay(x, a, b, a / 6), [3, 1])
    fit = educe.fit(LAW, DATA, ties={"c": "a/6"}, start={"a": 1, "b": 1})
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-7)
    assert fit.params["c"] == pytest.approx(fit.params["a"] / 6, rel=1e-15)
    assert fit.stderr["c"] == pytest.approx(covariance[0, 0] ** 0.5 / 6, rel=1e-6)


def test_ties_of_ties_and_constants():
    theta, _ = exact(lambda x, a: decay(x, a, 0.3 * a, 0.5), [3])
    fit = educe.fit(LAW, DATA, ties={"b": "0.6*c*a", "c": "0.5"}, start={"a": 2.0})
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-7)
    assert fit.params["b"] == pytest.approx(0.3 * fit.params["a"], rel=1e-14)
    assert fit.params["c"] == 0.5
    assert fit.stderr["c"] == 0.0


def test_ties_to_fixed_parameters():
    fit = educe.fit(LAW, DATA, fixed={"c": 0.5}, ties={"b": "2*c"}, start={"a": 1.0})
    assert fit.names == ("a",)
    assert fit.params["b"] == 1.0
    e = np.exp(-X)
    assert fit.params["a"] == pytest.approx(e @ (Y - 0.5) / (e @ e), rel=1e-12)


@pytest.mark.parametrize("ties", [{"b": "c", "c": "b"}, {"b": "b + 1"}, {"a": "b", "b": "c", "c": "a"}])
def test_circular_ties_are_refused(ties):
    with pytest.raises(ParameterError, match=r"the tie (\w) = .* leads back to \1"):
        educe.fit(LAW, DATA, ties=ties)


def test_bounds_are_kept_and_met_exactly():
    fit = educe.fit(LAW, DATA, start={"b": 0.5}, bounds={"b": (None, 0.7), "a": (0, None)})
    assert fit.params["b"] == 0.7
    assert fit.converged
    e = np.exp(-0.7 * X)
    judge = np.linalg.lstsq(np.column_stack([e, np.ones_like(X)]), Y, rcond=None)[0]
    np.testing.assert_allclose([fit.params["a"], fit.params["c"]], judge, rtol=1e-10)


def test_bounds_that_hold_nothing_change_nothing():
    free, held = (
        educe.fit(LAW, DATA, start=START, bounds=bounds) for bounds in (None, {"b": (0, 5), "a": (0, 9)})
    )
    np.testing.assert_allclose(held.theta, free.theta, rtol=1e-11)
    np.testing.assert_allclose(held.covariance, free.covariance, rtol=1e-8)


# --- linear laws -----------------------------------------------------------------------------------


def test_a_linear_law_is_solved_in_one_step():
    fit = educe.fit("y = m*x + b", DATA)
    judge, covariance = np.polyfit(X, Y, 1, cov=True)
    np.testing.assert_allclose(fit.theta, judge, rtol=1e-12)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-10)
    assert fit.found.reason.name == "LINEAR"
    assert fit.iterations == 0


def test_a_linear_law_converges_however_large_its_terms():
    """Terms of 1e12 that cancel leave rounding far above the last digit of the response."""
    x = 1e6 + np.linspace(0, 4, 40)
    fit = educe.fit("y = a + b*x + c*x**2", {"x": x, "y": np.cos(x - 1e6)})
    assert fit.found.reason.name == "LINEAR"
    judge = np.polynomial.Polynomial.fit(x, np.cos(x - 1e6), 2)
    assert fit.rss == pytest.approx(np.square(judge(x) - np.cos(x - 1e6)).sum(), rel=1e-3)


def test_the_source_texts_own_law():
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-3, 3, (2, 500))
    z = 2.0 * np.sin(x) - 1.5 * np.cos(y) + 0.1 * rng.normal(size=500)
    fit = educe.fit("z = a*sin(x) + b*cos(y)", {"x": x, "y": y, "z": z})
    judge = np.linalg.lstsq(np.column_stack([np.sin(x), np.cos(y)]), z, rcond=None)[0]
    np.testing.assert_allclose(fit.theta, judge, rtol=1e-12)


def test_a_function_of_the_response():
    x = np.linspace(1, 5, 30)
    y = np.exp(0.5 * x + 1 + 0.01 * np.sin(9 * x))
    fit = educe.fit("log(y) = k*x + d", {"x": x, "y": y})
    np.testing.assert_allclose(fit.theta, np.polyfit(x, np.log(y), 1), rtol=1e-11)


def test_pure_gauss_newton_is_the_textbook_loop():
    fit = educe.fit(LAW, DATA, start={"a": 2.5, "b": 0.8, "c": 0.4}, method="gauss-newton")
    theta = np.array([2.5, 0.8, 0.4])
    for step in fit.trace:
        e = np.exp(-theta[1] * X)
        J = np.column_stack([e, -theta[0] * X * e, np.ones_like(X)])
        theta = theta + np.linalg.lstsq(J, Y - decay(X, *theta), rcond=None)[0]
        by_name = dict(zip(fit.solver_names, step.theta, strict=True))
        np.testing.assert_allclose([by_name[n] for n in "abc"], theta, rtol=1e-10)
    assert len(fit.trace) >= 3
    np.testing.assert_allclose(fit.theta, educe.fit(LAW, DATA, start=START).theta, rtol=1e-12)


# --- rows ------------------------------------------------------------------------------------------


def test_rows_without_values_are_left_out_and_counted():
    y = Y.copy()
    y[[3, 7]] = np.nan, np.inf
    fit = educe.fit(LAW, {"x": X, "y": y}, start=START)
    kept = np.isfinite(y)
    same = educe.fit(LAW, {"x": X[kept], "y": Y[kept]}, start=START)
    assert (fit.n, fit.left_out) == (58, {"missing or infinite value": 2})
    np.testing.assert_array_equal(fit.theta, same.theta)


def test_a_condition_chooses_rows():
    fit = educe.fit(LAW, DATA, start=START, where="x > 1 and s < 0.15")
    kept = (X > 1) & (S < 0.15)
    same = educe.fit(LAW, {"x": X[kept], "y": Y[kept]}, start=START)
    np.testing.assert_array_equal(fit.theta, same.theta)
    assert sum(fit.left_out.values()) == 60 - kept.sum()


def test_any_kind_of_table_gives_the_same_bits(tmp_path):
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = pd.DataFrame({"x": X, "y": Y})
    text, parquet = tmp_path / "d.csv", tmp_path / "d.parquet"
    frame.to_csv(text, index=False)
    pq.write_table(pa.table({"x": X, "y": Y}), parquet)
    fits = [educe.fit(LAW, data, start=START) for data in ({"x": X, "y": Y}, frame, text, str(parquet))]
    for one, two in itertools.pairwise(fits):
        assert one.theta.tobytes() == two.theta.tobytes()
        assert one.covariance.tobytes() == two.covariance.tobytes()


def test_a_numpy_function_is_the_formula():
    pytest.importorskip("educe.formula.trace")

    def y(x, a, b, c):
        return a * np.exp(-b * x) + c

    np.testing.assert_array_equal(
        educe.fit(y, DATA, start=START).theta, educe.fit(LAW, DATA, start=START).theta
    )


def test_a_function_that_cannot_be_read_is_fitted_by_its_values():
    pytest.importorskip("educe.formula.trace")

    def y(x, a, b, c):
        if a > 1e300:  # a question that a formula cannot answer
            return x
        return a * np.exp(-b * x) + c

    fit = educe.fit(y, DATA, start=START)
    np.testing.assert_allclose(fit.theta, educe.fit(LAW, DATA, start=START).theta, rtol=1e-6)


# --- what cannot be determined ---------------------------------------------------------------------


def test_only_the_product_is_determined():
    x = np.linspace(0, 4, 60)
    y = 6 * (1 - np.exp(-0.9 * x)) + 0.05 * np.random.default_rng(0).normal(size=60)
    fit = educe.fit("y = a*b*(1 - exp(-c*x))", {"x": x, "y": y}, search=False)
    assert fit.converged
    a, b, c = fit.theta
    assert 1e-3 < abs(a) < 1e3
    assert 1e-3 < abs(b) < 1e3
    simple = educe.fit("y = k*(1 - exp(-c*x))", {"x": x, "y": y}, start={"c": 1})
    assert a * b == pytest.approx(simple.params["k"], rel=1e-9)
    assert c == pytest.approx(simple.params["c"], rel=1e-9)
    assert fit.stderr["a"] == fit.stderr["b"] == np.inf
    assert fit.stderr["c"] == pytest.approx(simple.stderr["c"], rel=0.01)
    assert any("only a*b is determined, not a and b separately" in warning for warning in fit.warnings)
    assert [combination.names for combination in fit.undetermined] == [("a", "b")]


def test_terms_that_begin_equal_come_apart():
    """Both rates start at 1: the basis functions are one and the same there."""
    x = np.linspace(0, 5, 80)
    y = 2 * np.exp(-0.5 * x) + np.exp(-3 * x) + 1e-4 * np.cos(50 * x)
    fit = educe.fit("y = a*exp(-b*x) + c*exp(-d*x)", {"x": x, "y": y}, start={"b": 1.0, "d": 1.1})
    assert fit.converged
    assert sorted([fit.params["b"], fit.params["d"]]) == pytest.approx([0.5, 3.0], rel=1e-2)


# --- refusals --------------------------------------------------------------------------------------

REFUSED = {
    "no law": ({"law": 7}, FormulaError, r"a law is a text such as 'y = a\*x \+ b' or a function, not int"),
    "no response": (
        {"law": "a*x"},
        FormulaError,
        "does not say what was measured; write it as column = a.x",
    ),
    "nothing to find": ({"law": "y = 2*x"}, FormulaError, "has no parameters: there is nothing to find"),
    "all fixed": ({"law": "y = a*x", "fixed": {"a": 1}}, FormulaError, "has no free parameters left"),
    "start of no parameter": (
        {"start": {"aa": 1}},
        ParameterError,
        "aa is not a parameter of the law.* a, b, c",
    ),
    "start misspelt": (
        {"law": "y = rate*x", "start": {"rat": 1}},
        ParameterError,
        r"rat is not .*Did you mean 'rate'\?",
    ),
    "start of a fixed one": (
        {"start": {"c": 1}, "fixed": {"c": 2}},
        ParameterError,
        "c is fixed at 2; it takes no",
    ),
    "start of a tied one": (
        {"start": {"c": 1}, "ties": {"c": "a"}},
        ParameterError,
        "c is tied to a; it takes no",
    ),
    "start not finite": (
        {"start": {"a": np.nan}},
        ParameterError,
        "a: the starting value must be finite, not nan",
    ),
    "start outside": (
        {"start": {"a": 9}, "bounds": {"a": (0, 5)}},
        ParameterError,
        r"starting value 9 is outside its bounds 0 \.\. 5",
    ),
    "range the wrong way": (
        {"start": {"b": (2, 1)}},
        ParameterError,
        "b: the range of starts 2:1 needs its lower",
    ),
    "bounds crossed": ({"bounds": {"b": (10, 0)}}, ParameterError, "lower bound 10 is above upper bound 0"),
    "bounds equal": (
        {"bounds": {"b": (1, 1)}},
        ParameterError,
        "both bounds are 1. Fix the parameter instead: b=1",
    ),
    "bound not a number": ({"bounds": {"b": (np.nan, 1)}}, ParameterError, "b: a bound is not a number"),
    "bound of nothing": ({"bounds": {"q": (0, 1)}}, ParameterError, "q is not a parameter of the law"),
    "fixed column": (
        {"fixed": {"x": 1}},
        ParameterError,
        "x is a column, not a parameter; the parameters are a, b, c",
    ),
    "fixed not finite": ({"fixed": {"a": np.inf}}, ParameterError, "a.*finite"),
    "fixed and tied": (
        {"fixed": {"a": 1}, "ties": {"a": "b"}},
        ParameterError,
        "a is both fixed and tied; choose one",
    ),
    "tie to nothing": (
        {"ties": {"a": "2*q"}},
        ParameterError,
        "the tie a = 2.q uses q, which is not a parameter",
    ),
    "tie to a column": ({"ties": {"a": "2*x"}}, ParameterError, "uses x, which is not a parameter"),
    "tie not a formula": ({"ties": {"a": "2*("}}, FormulaError, "2"),
    "vanished": (
        {"law": "y = a*b*x + c", "fixed": {"a": 0}},
        ParameterError,
        "b no longer occurs in .* once other parameters",
    ),
    "loss": ({"loss": "hubre"}, ParameterError, r"loss 'hubre' is not one of .*'huber'\?"),
    "loss scale": (
        {"loss": "huber", "loss_scale": -1.0},
        ParameterError,
        "loss_scale must be above 0 and finite, not -1",
    ),
    "loss scale zero": ({"loss": "huber", "loss_scale": 0.0}, ParameterError, "loss_scale must be above 0"),
    "method": (
        {"method": "lm"},
        ParameterError,
        "method 'lm' is not one of levenberg-marquardt, gauss-newton",
    ),
    "classic with bounds": (
        {"method": "gauss-newton", "bounds": {"a": (0, 1)}},
        ParameterError,
        "undamped classic: it knows no bounds",
    ),
    "classic with a loss": ({"method": "gauss-newton", "loss": "huber"}, ParameterError, "no robust loss"),
    "iterations": ({"iterations": 0}, ParameterError, "iterations must be at least 1, not 0"),
    "sigma of no column": (
        {"sigma": "ss"},
        TableError,
        r"no column 'ss'; its columns are .*Did you mean 's'|no column 'ss'",
    ),
    "sigma zero": (
        {"sigma": np.r_[np.ones(59), 0.0]},
        TableError,
        "sigma must be above 0; .* is 0 in usable row 60",
    ),
    "sigma negative": ({"sigma": -1.0}, TableError, "sigma must be above 0"),
    "sigma of the wrong length": (
        {"sigma": np.ones(3)},
        TableError,
        r"sigma has shape \(3,\); one number or 60 values",
    ),
    "condition": ({"where": "xx > 1"}, TableError, "no column 'xx'"),
    "condition never met": ({"where": "x > 100"}, TableError, "no row is left"),
    "too few rows": (
        {"where": "x < 0.2"},
        TableError,
        "2 usable rows, fewer than the 3 free parameters a, b, c",
    ),
    "left side not finite": (
        {"law": "log(y - 1) = a + b*x", "where": "x > 0.2"},
        TableError,
        r"the left side log\(y - 1\) is not finite in \d+ of \d+ rows, first in row \d+, where y = 0\.\d+; leave",
    ),
    "not finite at the start": (
        {"law": "y = a*log(b - x) + c", "start": {"b": 1.0}, "search": False},
        FitError,
        "not finite at the starting values .*b = 1.* of 60 rows, first where",
    ),
    "bounds no pair": (
        {"bounds": {"b": (1,)}},
        ParameterError,
        r"b: bounds are a pair \(lower, upper\), .*not \(1,\)",
    ),
    "range of three": (
        {"start": {"b": (1, 2, 3)}},
        ParameterError,
        r"b: a start is one number or a range of two",
    ),
    "range outside": (
        {"start": {"b": (1, 2)}, "bounds": {"b": (3, 4)}},
        ParameterError,
        r"b: the range of starts 1:2 lies outside its bounds 3 \.\. 4",
    ),
    "fixed word": (
        {"fixed": {"a": "q"}},
        ParameterError,
        "a: a fixed value must be a finite number, not 'q'",
    ),
    "sigma words": ({"sigma": ["q"] * 60}, TableError, "sigma must be a column's name, a number or numbers"),
    "squares too large": (
        {"sigma": 1e-300},
        TableError,
        r"the response, .* has the size inf.*Give it in another unit",
    ),
    "squares too small": ({"law": "y*1e-200 = a*exp(-b*x)"}, TableError, "Give it in another unit"),
    "response is no column": ({"law": "w = a*x"}, (FormulaError, TableError), "w"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_where_and_what_instead(name):
    given, kind, words = REFUSED[name]
    options = dict(given)
    with pytest.raises(kind, match=words):
        educe.fit(options.pop("law", LAW), DATA, **options)


def test_a_misspelt_option_is_a_type_error():
    with pytest.raises(TypeError):
        educe.fit(LAW, DATA, wieghts=S)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_searched_for_stays_in_its_bounds(seed):
    """Terms that may change places must not carry each other out of their bounds."""
    rng = np.random.default_rng(seed)
    y = 2.0 * np.exp(-0.3 * X) + np.exp(-2.0 * X) + 0.02 * rng.normal(size=60)
    bounds = {
        "b": (0.05, 0.05 + rng.uniform(0.1, 3.0)),
        "d": (0.05, 0.05 + rng.uniform(0.1, 3.0)),
        "a": (0, 1.5),
    }
    fit = educe.fit("y = a*exp(-b*x) + c*exp(-d*x)", {"x": X, "y": y}, bounds=bounds)
    for name, (lower, upper) in bounds.items():
        assert lower <= fit.params[name] <= upper
