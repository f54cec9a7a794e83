"""Whether one contender's error is lower than another's, or only seems so."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVEL = 0.95
EQUAL = 1e-9  # of the target's deviation: errors that differ by less are rounding
UNSTEADY = 0.05  # level at which folds are said to differ by more than their rows explain


@dataclass(frozen=True)
class Difference:
    """The RMSE of one contender less that of another, in the target's unit, with its interval.

    p : one-sided, of a difference this far above 0 if there were none
    """

    value: float
    lower: float
    upper: float
    p: float


def paired(first: Array, second: Array, folds: int, *, fold: NDArray[np.intp], unit: float) -> Difference:
    r"""Return the difference of two root mean squares, from errors on the same rows held out.

    first, second : (repeats, n) squared errors;  fold : (repeats, n) the fold that held out each row
    unit : standard deviation of the target

    .. math:: \widehat{\mathrm{var}}(\bar d) = \left(\frac1J + \frac{n_2}{n_1}\right) \frac{s^2}{n_2}, \qquad
              J = \text{repeats} \times \text{folds}

    with d the differences of squared errors, s^2 their variance from row to row, n_1 rows learned from and n_2 held
    out. The second term stands for what the overlap of the parts learned from hides. Where the means of the folds
    scatter more than that s^2 explains, their own variance takes its place, with J - 1 degrees of freedom. The root:
    RMSE_1 - RMSE_2 = mean(d) / (RMSE_1 + RMSE_2).

    Source: Nadeau and Bengio (2003), Inference for the generalization error, equation 9.
    """
    from scipy.special import fdtrc, stdtr, stdtrit

    d = first - second
    R, n = d.shape
    J, held = R * folds, n / folds
    mean = float(d.mean())
    scale = math.sqrt(float(first.mean())) + math.sqrt(float(second.mean()))
    if scale == 0.0 or abs(mean) <= EQUAL * unit * scale:
        return Difference(0.0, 0.0, 0.0, 0.5)
    rows = float(d.var(ddof=1)) / held
    means = np.concatenate(
        [np.bincount(f, row, folds) / np.bincount(f, minlength=folds) for f, row in zip(fold, d, strict=True)]
    )
    between, dof = float(means.var(ddof=1)), n - 1
    if fdtrc(J - 1, n - 1, between / max(rows, 1e-300)) < UNSTEADY:
        rows, dof = between, J - 1
    error = math.sqrt((1.0 / J + 1.0 / (folds - 1)) * rows)
    if error == 0.0:
        return Difference(mean / scale, mean / scale, mean / scale, 0.0 if mean > 0.0 else 1.0)
    half = float(stdtrit(dof, 0.5 + LEVEL / 2.0)) * error
    p = float(stdtr(dof, -mean / error))
    return Difference(mean / scale, (mean - half) / scale, (mean + half) / scale, p)
