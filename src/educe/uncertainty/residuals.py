"""Do the residuals look like noise? Four tests, each of one way in which they may not.

    runs                 they keep their sign for too long along x: the law misses a trend
    lag-1                neighbours along x resemble each other: the same, or noise with a memory
    heteroscedasticity   their size follows the fitted value: weights are missing or wrong
    normality            their distribution is not the normal one: outliers, skewed noise

Residuals are weighted. Each test alone raises a false alarm in about 5 % of right fits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import TableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.uncertainty.inverse_root import Floats

SIGNIFICANCE = 0.05
"""p-value below which a verdict speaks against the fit."""

FEWEST_ROWS = 20
"""Rows below which the approximations behind the p-values are not trusted, and the tests are not made."""


@dataclass(frozen=True)
class TestResult:
    """What a test of the residuals found.

    name : of the test
    statistic : float -- nan where the test could not be made
    p_value : float -- probability of something as extreme for a right law; nan as above
    verdict : the finding in words
    convention : which test, which approximation
    """

    __test__ = False  # a result, not a test case of pytest

    name: str
    statistic: float
    p_value: float
    verdict: str
    convention: str

    @property
    def suspicious(self) -> bool:
        """Whether the test speaks against the fit at the 5 % level."""
        return self.p_value < SIGNIFICANCE


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _not_made(name: str, reason: str, convention: str) -> TestResult:
    return TestResult(name, math.nan, math.nan, f"not made: {reason}", convention)


def _too_few(n: int) -> str:
    return f"{n} rows, at least {FEWEST_ROWS} are needed"


def _ordered(residuals: Floats, along: Floats | None) -> Floats:
    """Return the residuals in ascending order of a variable, equal values in order of the rows."""
    return residuals if along is None else residuals[_order(residuals, along)]


def _order(residuals: Floats, along: Floats) -> NDArray[np.intp]:
    if along.shape != residuals.shape:
        raise TableError(f"{residuals.size} residuals cannot be ordered along {along.size} values.")
    return np.argsort(along, kind="stable")


def runs_test(residuals: Floats, along: Floats | None = None) -> TestResult:
    r"""Test whether the signs of the residuals change as often as by chance.

    .. math:: E = \frac{2 n_+ n_-}{n} + 1, \qquad V = \frac{(E - 1)(E - 2)}{n - 1}

    residuals : (n,) float -- weighted; zeros are left out
    along : (n,) float or None -- variable along which they are ordered; None: in the order of the rows

    Raises TableError if the lengths differ. Source: Wald and Wolfowitz (1940), normal approximation,
    two-sided.

    >>> runs_test(np.repeat([1.0, -1.0], 15)).verdict
    'long runs of one sign (2 runs, 16.0 expected): the law misses a trend'
    """
    convention = "Wald-Wolfowitz, normal approximation, two-sided"
    signs = np.sign(_ordered(residuals, along))
    signs = signs[signs != 0]
    n, above = signs.size, int(np.count_nonzero(signs > 0))
    if n < FEWEST_ROWS:
        return _not_made("runs", _too_few(n), convention)
    if above in (0, n):
        return _not_made("runs", "all residuals have the same sign", convention)
    runs = 1 + int(np.count_nonzero(signs[1:] != signs[:-1]))
    expected = 2 * above * (n - above) / n + 1
    z = (runs - expected) / math.sqrt((expected - 1) * (expected - 2) / (n - 1))
    p = _two_sided(z)
    seen = f"({runs} runs, {expected:.1f} expected)"
    if p >= SIGNIFICANCE:
        verdict = f"signs change as by chance {seen}"
    elif z < 0:
        verdict = f"long runs of one sign {seen}: the law misses a trend"
    else:
        verdict = f"signs change too often {seen}: neighbouring rows are not independent"
    return TestResult("runs", z, p, verdict, convention)


def lag_one(residuals: Floats, along: Floats | None = None, *, J: Floats | None = None) -> TestResult:
    r"""Test whether neighbouring residuals are correlated, by the statistic of Durbin and Watson.

    .. math:: d = \frac{\sum (r_{i+1} - r_i)^2}{\sum r_i^2}, \qquad d \approx 2 (1 - \varrho_1)

    residuals : (n,) float -- weighted
    along : (n,) float or None -- variable along which they are ordered; None: in the order of the rows
    J : (n, p) float or None -- weighted Jacobian of full rank, rows as in residuals. With it, mean and
        variance of d under the right law are exact (for a linear law and normal noise); without it, they
        are those of noise itself, which is good where rows are many per parameter

    Raises TableError if the lengths differ.
    Source: Durbin and Watson (1950), eqs. 10 and 11, with the normal approximation, two-sided.

    >>> lag_one(np.sin(np.arange(40.0) / 4)).suspicious
    True
    """
    convention = "Durbin-Watson, normal approximation, two-sided"
    n = residuals.size
    if n < FEWEST_ROWS:
        return _not_made("lag-1", _too_few(n), convention)
    order = np.arange(n) if along is None else _order(residuals, along)
    r = residuals[order]
    total = float(r @ r)
    if total == 0:
        return _not_made("lag-1", "all residuals are zero", convention)
    steps = np.diff(r)
    d = float(steps @ steps) / total
    mean, variance = _moments(n, None if J is None else J[order])
    z = (d - mean) / math.sqrt(variance)
    p = _two_sided(z)
    seen = f"(correlation {float(r[1:] @ r[:-1]) / total:.2f})"
    if p >= SIGNIFICANCE:
        verdict = f"neighbours are not correlated {seen}"
    elif z < 0:
        verdict = f"neighbours resemble each other {seen}: a missed trend, or noise with a memory"
    else:
        verdict = f"neighbours differ too much {seen}: the noise alternates"
    return TestResult("lag-1", d, p, verdict, convention)


def _moments(n: int, J: Floats | None) -> tuple[float, float]:
    """Return mean and variance of d = r'Ar / r'r, A the second-difference matrix, r the residuals of noise.

    With M the projection off the columns of J, they need tr(MA) and tr(MAMA) only, which take O(n p^2).
    """
    trace, trace_squared, free = 2.0 * (n - 1), 6.0 * n - 8, n  # of A, of A^2
    if J is not None:
        Q = np.linalg.qr(J)[0]  # (n, p)
        AQ = _second_difference(Q)
        inner = Q.T @ AQ  # (p, p)
        trace -= float(np.trace(inner))
        trace_squared += float(np.sum(inner * inner) - 2 * np.sum(AQ * AQ))
        free -= J.shape[1]
    mean = trace / free
    return mean, 2 * (trace_squared - trace * mean) / (free * (free + 2))


def _second_difference(Q: Floats) -> Floats:
    steps = np.diff(Q, axis=0)
    result = np.zeros_like(Q)
    result[:-1] -= steps
    result[1:] += steps
    return result


def heteroscedasticity(residuals: Floats, fitted: Floats) -> TestResult:
    r"""Test whether the size of the residuals follows the fitted value.

    .. math:: n \operatorname{corr}(r^2, f)^2 \sim \chi^2_1

    residuals : (n,) float -- weighted
    fitted : (n,) float -- values of the law

    Raises TableError if the lengths differ.
    Source: Breusch and Pagan (1979), in the form of Koenker (1981), which needs no normal noise.

    >>> f = np.arange(1.0, 41.0)
    >>> heteroscedasticity(f * (-1.0) ** np.arange(40), f).verdict
    'the scatter grows with the fitted value: weights (--sigma) are missing or wrong'
    """
    convention = "Breusch-Pagan (Koenker) against the fitted value, chi-square with 1 degree of freedom"
    name, n = "heteroscedasticity", residuals.size
    if fitted.shape != residuals.shape:
        raise TableError(f"{n} residuals do not belong to {fitted.size} fitted values.")
    if n < FEWEST_ROWS:
        return _not_made(name, _too_few(n), convention)
    size = residuals * residuals
    size, level = size - size.mean(), fitted - fitted.mean()
    spread = float(size @ size) * float(level @ level)
    if not spread > 0:
        return _not_made(name, "residuals or fitted values are constant", convention)
    product = float(size @ level)
    statistic = n * product**2 / spread
    p = math.erfc(math.sqrt(statistic / 2))
    if p >= SIGNIFICANCE:
        verdict = "the scatter does not depend on the fitted value"
    else:
        trend = "grows" if product > 0 else "shrinks"
        verdict = f"the scatter {trend} with the fitted value: weights (--sigma) are missing or wrong"
    return TestResult(name, statistic, p, verdict, convention)


def normality(residuals: Floats) -> TestResult:
    r"""Test whether the residuals are normally distributed, by skewness and kurtosis together.

    .. math:: K^2 = Z_1(\sqrt{b_1})^2 + Z_2(b_2)^2 \sim \chi^2_2

    residuals : (n,) float -- weighted

    Intervals rest on normal noise only where rows are few; predictions of single measurements always do.
    Sources: D'Agostino and Pearson (1973); Z1: D'Agostino (1970); Z2: Anscombe and Glynn (1983).

    >>> normality(np.append(np.sin(np.arange(40.0)), 30.0)).suspicious
    True
    """
    convention = "D'Agostino-Pearson K2, chi-square with 2 degrees of freedom"
    n = residuals.size
    if n < FEWEST_ROWS:
        return _not_made("normality", _too_few(n), convention)
    centred = residuals - residuals.mean()
    largest = float(np.abs(centred).max())
    if largest == 0:
        return _not_made("normality", "residuals are constant", convention)
    centred /= largest
    squares = centred * centred
    m2 = float(squares.mean())
    skewness = float((squares * centred).mean()) / m2**1.5
    kurtosis = float((squares * squares).mean()) / m2**2
    statistic = _skewness_score(skewness, n) ** 2 + _kurtosis_score(kurtosis, n) ** 2
    p = math.exp(-statistic / 2)
    shape = f"(skewness {skewness:.2f}, kurtosis {kurtosis:.2f}; normal: 0 and 3)"
    if p >= SIGNIFICANCE:
        verdict = f"agrees with normal noise {shape}"
    else:
        why = "outlying rows; consider a robust loss" if kurtosis > 3 else "noise of another shape"
        verdict = f"not normal {shape}: {why}"
    return TestResult("normality", statistic, p, verdict, convention)


def _skewness_score(skewness: float, n: int) -> float:
    """Turn a sample skewness into a standard normal score. D'Agostino (1970)."""
    y = skewness * math.sqrt((n + 1) * (n + 3) / (6 * (n - 2)))
    beta = 3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9))
    w_squared = math.sqrt(2 * (beta - 1)) - 1
    return math.asinh(y / math.sqrt(2 / (w_squared - 1))) / math.sqrt(math.log(w_squared) / 2)


def _kurtosis_score(kurtosis: float, n: int) -> float:
    """Turn a sample kurtosis into a standard normal score. Anscombe and Glynn (1983)."""
    mean = 3 * (n - 1) / (n + 1)
    variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    x = (kurtosis - mean) / math.sqrt(variance)
    width = math.sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    skew = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) * width
    a = 6 + 8 / skew * (2 / skew + math.sqrt(1 + 4 / skew**2))
    below = 1 + x * math.sqrt(2 / (a - 4))
    cube = math.cbrt((1 - 2 / a) / below)
    return (1 - 2 / (9 * a) - cube) / math.sqrt(2 / (9 * a))
