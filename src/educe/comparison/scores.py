"""From what was held out to scores: errors, differences, places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.board import Score
from educe.comparison.differences import paired
from educe.comparison.verdict import MUCH, Standing, Verdict, judge, numbers, unbeaten
from educe.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from educe.comparison.contenders import Contender
    from educe.comparison.differences import Difference
    from educe.comparison.floor import Floor
    from educe.comparison.scoring import Held
    from educe.comparison.splits import Splits

Array = NDArray[np.float64]

CALIBRATED = 0.95
TWO_SIDED = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Judged:
    """Scores, best first; the verdict; repeats and regions that all who are ranked have finished."""

    scores: tuple[Score, ...]
    verdict: Verdict
    floor: Floor
    repeats: int
    regions: int
    notes: tuple[str, ...]


def finished(
    contenders: Sequence[Contender], splits: Splits, found: Mapping[tuple[str, int], Held]
) -> dict[str, int]:
    """Return the repeats that each contender has finished without a failure, {name: repeats}, of those with any."""
    done = {c.name: _repeats_done(c.name, splits, found) for c in contenders}
    return {name: repeats for name, repeats in done.items() if repeats > 0}


def judged_board(
    contenders: Sequence[Contender],
    splits: Splits,
    found: Mapping[tuple[str, int], Held],
    y: Array,
    *,
    floor: Floor,
    target: str,
) -> Judged:
    """Return scores and verdict from what was held out, {(name, split): Held}; some of it may be missing.

    Ranked is who finished one repeat without a failure; by as many repeats as all of these have finished. FitError if
    nobody did.
    """
    done = finished(contenders, splits, found)
    ranked = [c for c in contenders if c.name in done]
    if not ranked:
        raise FitError("no contender finished: give the comparison more time.")
    repeats = min(done[c.name] for c in ranked)
    squares = {c.name: _squares(c.name, splits, found, y, repeats) for c in ranked}
    pairs = Pairs(squares, splits, repeats, float(y.std()))
    standings = [pairs.standing(c, _parameters(c.name, found)) for c in ranked]
    verdict = judge(standings, floor, target)
    regions = splits.regions if all(_regions_done(c.name, splits, found) for c in ranked) else 0
    alike = {s.name for s in unbeaten(standings)}
    scores = [_score(c, splits, found, y, pairs, winner=verdict.winner, alike=alike) for c in ranked]
    winner, rest = (
        [s for s in scores if s.place == "taken"],
        sorted((s for s in scores if s.place != "taken"), key=lambda s: (s.rmse_mean, s.name)),
    )
    others = sorted(
        (_unranked(c, splits, found) for c in contenders if c.name not in done), key=lambda s: s.name
    )
    return Judged(
        (*winner, *rest, *others), verdict, floor, repeats, regions, _notes(repeats, regions, splits)
    )


def _notes(repeats: int, regions: int, splits: Splits) -> tuple[str, ...]:
    notes = []
    if repeats < splits.repeats:
        notes.append(f"{repeats} of {splits.repeats} repeats were finished by all")
    if splits.regions and not regions:
        notes.append("the outer regions were not finished")
    return tuple(notes)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Squared errors (repeats, n) by name, with the folds that held them out, to be compared in pairs."""

    squares: Mapping[str, Array]
    splits: Splits
    repeats: int
    unit: float

    def rmse(self, name: str) -> float:
        """Return the root mean square error over all repeats."""
        return math.sqrt(float(self.squares[name].mean()))

    def difference(self, name: str, other: str) -> Difference:
        """Return the RMSE of one less that of another."""
        fold = self.splits.fold[: self.repeats]
        return paired(self.squares[name], self.squares[other], self.splits.folds, fold=fold, unit=self.unit)

    def standing(self, contender: Contender, parameters: float) -> Standing:
        """Return what the verdict needs to know of a contender."""
        name = contender.name
        lower = [other for other in self.squares if self.rmse(other) < self.rmse(name)]
        p = min((self.difference(name, other).p for other in lower), default=1.0)
        return Standing(name, contender.kind, self.rmse(name), parameters, p)


def _repeats_done(name: str, splits: Splits, found: Mapping[tuple[str, int], Held]) -> int:
    """Return how many repeats a contender has finished, 0 if it failed in any."""
    inner = splits.folds * splits.repeats
    held = [found.get((name, split)) for split in range(inner)]
    if any(h is not None and h.failure for h in held):
        return 0
    done = 0
    while done < splits.repeats and all(
        held[done * splits.folds + k] is not None for k in range(splits.folds)
    ):
        done += 1
    return done


def _regions_done(name: str, splits: Splits, found: Mapping[tuple[str, int], Held]) -> bool:
    return all((name, split) in found for split in range(splits.folds * splits.repeats, len(splits.parts)))


def _squares(
    name: str, splits: Splits, found: Mapping[tuple[str, int], Held], y: Array, repeats: int
) -> Array:
    squares = np.empty((repeats, len(y)))
    for split in range(repeats * splits.folds):
        held = splits.parts[split][1]
        squares[split // splits.folds, held] = np.square(found[name, split].predicted - y[held])
    return squares


def _of(name: str, found: Mapping[tuple[str, int], Held]) -> list[Held]:
    return [held for (who, _), held in sorted(found.items(), key=lambda item: item[0]) if who == name]


def _parameters(name: str, found: Mapping[tuple[str, int], Held]) -> float:
    """Return the median over the fits of the numbers needed."""
    told = [held.parameters for held in _of(name, found) if math.isfinite(held.parameters)]
    return float(np.median(told)) if told else math.nan


def _score(
    contender: Contender,
    splits: Splits,
    found: Mapping[tuple[str, int], Held],
    y: Array,
    pairs: Pairs,
    *,
    winner: str,
    alike: set[str],
) -> Score:
    name, inner = contender.name, pairs.repeats * splits.folds
    held = [found[name, split] for split in range(inner)]
    difference = pairs.difference(name, winner)
    place = "taken" if name == winner else "tie" if name in alike else "worse"
    parameters = _parameters(name, found)
    fold_rmse = [
        math.sqrt(float(np.mean(np.square(h.predicted - y[splits.parts[split][1]]))))
        for split, h in enumerate(held)
    ]
    coverage = _coverage(held)
    outside, failed = _outside(name, splits, found, y)
    return Score(
        name=name,
        kind=contender.kind,
        rmse_mean=pairs.rmse(name),
        rmse_sd=float(np.std(fold_rmse, ddof=1)),
        parameters_count=parameters,
        place=place,
        difference=difference,
        outside_rmse=outside,
        coverage=coverage,
        verdict=_words(place, parameters, difference, pairs.rmse(winner), pairs.rmse(name)),
        note=_note(contender, coverage, len(y), failed),
        **_times(_of(name, found), splits, y),
    )


def _times(held: Sequence[Held], splits: Splits, y: Array) -> dict[str, float]:
    each = len(y) / splits.folds / 1000.0
    return {
        "seconds": float(np.nansum([h.fit_seconds + h.predict_seconds for h in held])),
        "fit_seconds": _median([h.fit_seconds for h in held]),
        "predict_seconds": _median([h.predict_seconds for h in held]) / each,
    }


def _median(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return float(np.median(finite)) if finite else math.nan


def _coverage(held: Sequence[Held]) -> float:
    inside = np.concatenate([h.inside for h in held])
    return float(np.nanmean(inside)) if np.isfinite(inside).any() else math.nan


def _outside(name: str, splits: Splits, found: Mapping[tuple[str, int], Held], y: Array) -> tuple[float, str]:
    """Return the error on the outer regions, nan if one is missing, and why it failed there if it did."""
    squares = []
    for split in range(splits.folds * splits.repeats, len(splits.parts)):
        held = found.get((name, split))
        if held is None or held.failure:
            return math.nan, "" if held is None else held.failure
        squares.append(np.square(held.predicted - y[splits.parts[split][1]]))
    return (math.sqrt(float(np.concatenate(squares).mean())), "") if squares else (math.nan, "")


def _words(place: str, parameters: float, difference: Difference, least: float, own: float) -> str:
    if place == "taken":
        return "taken: nothing beats it, and of those that nothing beats it is the simplest"
    if place == "tie":
        return f"ties: not beaten by more than chance, but needs {numbers(parameters)}"
    if difference.value == 0.0 or least == 0.0:
        return "worse"
    if difference.value < 0.0:
        return "beaten by another"
    if own > MUCH * least and difference.lower <= 0.0:
        return f"worse by {difference.value / least:.0%}, very unevenly"
    low, high = difference.lower / least, difference.upper / least
    return f"worse by {difference.value / least:.0%} ({low:.0%} to {high:.0%})"


def _note(contender: Contender, coverage: float, n: int, failed: str) -> str:
    notes = [contender.note] if contender.note else []
    if math.isfinite(coverage):
        room = TWO_SIDED * math.sqrt(CALIBRATED * (1.0 - CALIBRATED) / n) + 0.5 / n
        if coverage < CALIBRATED - room:
            notes.append(f"its 95 % intervals are too narrow: they hold {coverage:.1%}")
    if failed:
        notes.append(f"failed on an outer region: {failed}")
    return "; ".join(notes)


def _unranked(contender: Contender, splits: Splits, found: Mapping[tuple[str, int], Held]) -> Score:
    """Return the row of a contender that failed, or did not finish one repeat."""
    held = _of(contender.name, found)
    failures = [h.failure for h in held if h.failure]
    words = "not reached in the time"
    if failures:
        words = f"failed in {len(failures)} of {len(held)} fits: {failures[0]}"
    nan = math.nan
    return Score(
        name=contender.name,
        kind=contender.kind,
        rmse_mean=nan,
        rmse_sd=nan,
        parameters_count=_parameters(contender.name, found),
        seconds=float(np.nansum([h.fit_seconds + h.predict_seconds for h in held])) if held else nan,
        fit_seconds=_median([h.fit_seconds for h in held]),
        predict_seconds=nan,
        place="failed" if failures else "not reached",
        difference=None,
        outside_rmse=nan,
        coverage=nan,
        verdict=words,
        note=contender.note,
    )
