"""The board: every contender with its scores, best first, and the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from educe.errors import ParameterError, nearest

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from educe.comparison.contenders import Contender
    from educe.comparison.differences import Difference
    from educe.comparison.expected import Expected
    from educe.comparison.floor import Floor


@dataclass(frozen=True)
class Score:
    """One contender on the board.

    rmse_mean : root mean square error on rows held out, of fits to folds;  rmse_sd : standard deviation over the folds
    parameters_count : numbers needed, effective ones where they are shrunk, nan if not known
    seconds : of the processor, for all fits and predictions;  fit_seconds : of one fit, median
    predict_seconds : for 1000 rows, median
    place : "taken", "tie", "worse", "failed" or "not reached"
    difference : RMSE less that of the one taken, with its 95 % interval
    outside_rmse : on outer regions held out, nan where that was not measured
    coverage : share of rows held out inside the 95 % interval, nan where there is none
    verdict, note : sentences, or ""
    """

    name: str
    kind: str
    rmse_mean: float
    rmse_sd: float
    parameters_count: float
    seconds: float
    fit_seconds: float
    predict_seconds: float
    place: str
    difference: Difference | None
    outside_rmse: float
    coverage: float
    verdict: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Rows:
    """What was compared on, so that a contender can be fitted to all of it."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    estimators: tuple[Contender, ...]


@dataclass(frozen=True, eq=False)
class Board:
    """Contenders on the same rows, best first.

    contenders : the one taken, then the others by error, then those that failed
    verdict, reason : a sentence, and why;  winner, ties : names
    expected : the RMSE to expect on new rows of the one taken, fitted to all rows
    floor : the noise, or why it cannot be told
    target, inputs, source, unit : of the data;  n, left_out : rows compared on, and those left out, by reason
    folds, repeats, regions : of the cross-validation; repeats that all finished; outer regions held out
    seed, seconds : of the draws; of the comparison, by the clock
    ended : "", or why it ended early;  notes : sentences
    """

    contenders: tuple[Score, ...]
    verdict: str
    reason: str
    winner: str
    ties: tuple[str, ...]
    expected: Expected
    floor: Floor
    target: str
    inputs: tuple[str, ...]
    source: str
    unit: str
    n: int
    left_out: Mapping[str, int]
    folds: int
    repeats: int
    regions: int
    seed: int
    seconds: float
    ended: str
    notes: tuple[str, ...]
    rows: Rows = field(repr=False)

    def __getitem__(self, name: str) -> Score:
        """Return the score of one contender; ParameterError with the nearest name if there is none."""
        for score in self.contenders:
            if score.name == name:
                return score
        names = [score.name for score in self.contenders]
        raise ParameterError(f"there is no contender '{name}' on this board.{nearest(name, names)}")

    def fit(self, name: str | None = None) -> Any:
        """Return a contender's estimator, fitted to all rows of the board; the one taken if no name is given.

        Its `predict` takes an (m, inputs) array, columns in the order of `inputs`.
        """
        from sklearn.base import clone

        from educe.comparison.scoring import quietly

        wanted = self[self.winner if name is None else name].name
        contender = next(c for c in self.rows.estimators if c.name == wanted)
        with quietly():
            return clone(contender.estimator).fit(self.rows.X, self.rows.y)

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `educe compare --json`; what is no number is None."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "winner": self.winner,
            "ties": list(self.ties),
            "expected": {
                "rmse": _plain(self.expected.rmse),
                "held_out": _plain(self.expected.held_out),
                "corrected": self.expected.corrected,
                "why": self.expected.why or None,
            },
            "contenders": [_as_dict(score) for score in self.contenders],
            "noise": {
                "sigma": _plain(self.floor.sigma),
                "lower": _plain(self.floor.lower),
                "upper": _plain(self.floor.upper),
                "how": self.floor.how or None,
                "words": self.floor.words,
            },
            "target": self.target,
            "inputs": list(self.inputs),
            "source": self.source,
            "n": self.n,
            "left_out": dict(self.left_out),
            "folds": self.folds,
            "repeats": self.repeats,
            "regions": self.regions,
            "seed": self.seed,
            "seconds": self.seconds,
            "ended": self.ended or None,
            "notes": list(self.notes),
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Return the figure, and write it to path as .svg, .png or .pdf if one is given."""
        from educe.report import board_figures, figures

        return figures.kept(lambda: board_figures.draw(self), path)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write the board as one HTML page that needs nothing but itself; FileError if it cannot be written."""
        from educe.report.board_page import page
        from educe.report.page import save

        save(page(self), path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the object of `to_dict` as a JSON file, whole or not at all."""
        import json

        from educe.report.writing import write

        write(path, (json.dumps(self.to_dict(), allow_nan=False, indent=1) + "\n").encode())

    def __str__(self) -> str:
        """Return the board as text."""
        from educe.report.board import render

        return render(self)

    def _repr_html_(self) -> str:
        """Return the board as a block for a notebook."""
        from educe.report.board_page import block

        return block(self)


def _as_dict(score: Score) -> dict[str, Any]:
    d = score.difference
    return {
        "name": score.name,
        "kind": score.kind,
        "rmse_mean": _plain(score.rmse_mean),
        "rmse_sd": _plain(score.rmse_sd),
        "parameters_count": _counted(score.parameters_count),
        "seconds": _plain(score.seconds),
        "verdict": score.verdict,
        "place": score.place,
        "difference": None if d is None else {"value": d.value, "lower": d.lower, "upper": d.upper},
        "outside_rmse": _plain(score.outside_rmse),
        "coverage": _plain(score.coverage),
        "fit_seconds": _plain(score.fit_seconds),
        "predict_seconds": _plain(score.predict_seconds),
        "note": score.note,
    }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _counted(value: float) -> float | int | None:
    """Return a count as a whole number where it is one."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 1)
