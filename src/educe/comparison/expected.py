"""The error to expect of the one taken on new rows, once it is fitted to all rows and not only to folds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.scoring import FAILURES, fitted_to, parameters_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.comparison.contenders import Contender
    from educe.comparison.scoring import Held
    from educe.comparison.splits import Splits

Array = NDArray[np.float64]

# kinds for which the correction is wrong, or not known to be right, and why
UNSETTLED = {
    "neighbours": "what it remembers grows with the rows",
    "trees": "what it remembers grows with the rows",
    "network": "a network trained on other rows is another network",
    "law and network": "a network trained on other rows is another network",
    "added": "how its size grows with the rows is not known here",
}
ENDED = "the comparison ended early"
UNLIKE = 1.5  # times as many numbers for all rows as for folds, or the reverse: another size was chosen
MOST_OFF = 0.5  # of the squared error: no correction of the first order in numbers over rows is as large
MOST_NUMBERS = 0.5  # of the rows: what needs more nearly passes through them, and its own errors tell nothing


@dataclass(frozen=True)
class Expected:
    """The RMSE to expect on new rows of the one taken, fitted to all rows.

    rmse : corrected where that is right, else `held_out`;  held_out : of fits to folds, as on the board
    corrected : whether it is;  why : if not, the reason, else ""
    """

    rmse: float
    held_out: float
    corrected: bool
    why: str


@dataclass(frozen=True)
class Squares:
    """Mean squared errors: of rows held out, and of fits to folds on all rows;  parameters : of these, mean."""

    held_out: float
    of_folds: float
    parameters: float


def corrected(held_out: float, whole: float, of_folds: float) -> float:
    r"""Return the mean squared error that a fit to all rows will have on new ones.

    .. math:: \mathrm{CV}^* = \mathrm{CV} + D(\hat f) - \sum_k \frac{n_k}{n} D(\hat f_{-k}), \qquad
              D(f) = \frac1n \sum_i \left(y_i - f(x_i)\right)^2

    held_out : CV, of each row by the fit that did not see it;  whole : D of the fit to all rows, on these
    of_folds : D of the fits without fold k, on all rows, seen or not, in the mean

    A fit of p numbers to n rows has the error s^2 (1 + p/n), to m < n rows s^2 (1 + p/m); the two terms take off the
    difference, up to the square of p/n. Nothing is taken off where the fits are the same.

    Source: Burman (1989), A comparative study of ordinary cross-validation, v-fold cross-validation and the repeated
    learning-testing methods, Biometrika 76, 503.

    >>> corrected(1.2, 0.9, 0.95)
    1.15
    """
    return held_out + (whole - of_folds)


def expected_error(
    contender: Contender,
    X: Array,
    y: Array,
    splits: Splits,
    found: Mapping[tuple[str, int], Held],
    *,
    repeats: int,
    late: bool,
) -> Expected:
    """Return the error to expect of a contender that finished `repeats`; it is fitted once more, to all rows.

    late : whether the time is over, so that nothing new is begun. Ctrl-C skips the fit too
    """
    squares = _squares(contender.name, y, splits, found, repeats)
    plain = math.sqrt(squares.held_out)
    why = UNSETTLED.get(contender.kind, ENDED if late else "")
    if why:
        return Expected(plain, plain, False, why)
    try:
        model, values = fitted_to(contender.estimator, X, y)
    except KeyboardInterrupt:
        return Expected(plain, plain, False, ENDED)
    except FAILURES as error:
        return Expected(plain, plain, False, f"its fit to all rows failed: {_words(error)}")
    whole = float(np.mean(np.square(values - y)))
    better = corrected(squares.held_out, whole, squares.of_folds)
    why = _doubt(parameters_of(model), squares.parameters, len(y)) or _strange(better, squares.held_out)
    return Expected(plain, plain, False, why) if why else Expected(math.sqrt(better), plain, True, "")


def _words(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__


def _doubt(whole: float, of_folds: float, n: int) -> str:
    """Return why fits to all rows and to folds cannot be compared, or nothing."""
    if not (math.isfinite(whole) and math.isfinite(of_folds)):
        return "it is not known how many numbers it needs"
    if max(whole, of_folds) > UNLIKE * min(whole, of_folds):
        return f"it chose another size for all rows: {whole:.3g} numbers, and {of_folds:.3g} for folds"
    if whole > MOST_NUMBERS * n:
        return f"it needs {whole:.3g} numbers for {n} rows"
    return ""


def _strange(better: float, held_out: float) -> str:
    """Return why a correction is not to be believed, or nothing."""
    return "" if better >= (1.0 - MOST_OFF) * held_out else "the correction would be more than half of it"


def _squares(
    name: str, y: Array, splits: Splits, found: Mapping[tuple[str, int], Held], repeats: int
) -> Squares:
    n = len(y)
    held_out, of_folds, parameters = 0.0, 0.0, []
    for split in range(repeats * splits.folds):
        held, rows = found[name, split], splits.parts[split][1]
        unseen = float(np.square(held.predicted - y[rows]).sum())
        held_out += unseen / n
        of_folds += len(rows) / n * (unseen + held.seen_square * (n - len(rows))) / n
        parameters.append(held.parameters)
    return Squares(held_out / repeats, of_folds / repeats, float(np.mean(parameters)))
