"""The journal of a training by Levenberg-Marquardt: every descent in its order, told, kept in a file, taken up again.

A training is a sequence of descents, each a pure function of where it starts. What a descent led to is written down;
a training that is taken up reads those instead of computing them, and goes on where the last one stood. So the
numbers are the same to the last bit, however often it was stopped or killed.
"""

from __future__ import annotations

import hashlib
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.descent.side_by_side import Ends, Standing, descend
from educe.errors import FileError
from educe.learning.checkpoint import open_checkpoint, packed, unpacked, write_checkpoint
from educe.learning.folds import seconds_of
from educe.learning.polishing import Polished, Polishing, polish
from educe.learning.watching import Pace, Stand, Watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.engines.network_rows import NetworkRows
    from educe.network.architecture import Architecture

Array = NDArray[np.float64]

EVERY = 1.0  # s between two checkpoints
SHARE = 0.03  # of the time, at most, goes into writing them
TYPICAL = 60  # iterations that a plan counts with


class Journal:
    """What a training has done, and where it stands.

    watching : who is told, and the file, if any;  mark : of data and settings, see `checkpoint.fingerprint`

    Raises FileError if the file belongs to another training or is damaged.
    """

    def __init__(self, watching: Watching = Watching(), mark: str = "") -> None:  # noqa: B008 - frozen
        self._watching, self._mark = watching, mark
        self._ends: list[dict[str, Any]] = []
        self._taken_up: dict[str, Any] | None = None
        self._current: Callable[[], dict[str, Any]] | None = None
        self._at = 0
        self._written = time.monotonic()
        self._wait = EVERY
        self._best: tuple[NetworkRows, Ends] | None = None
        self._theta: Array | None = None
        self.interrupted = False
        if watching.resume and watching.checkpoint is not None:
            found = open_checkpoint(watching.checkpoint, mark)
            if found is not None:
                self._read(found)
        self.stage("training")

    def stage(self, words: str, *, work: float | None = None) -> None:
        """Begin a part of the training.

        words : what is being done;  work : seconds of one core that the plan allows it, where it has many descents
        """
        self._words, self._work, self._done, self._pace = words, work, 0.0, Pace()
        self._unseen: float | None = None
        self._best = self._theta = None

    def judged(self, rmse: float) -> None:
        """Note the error of a candidate on rows held out."""
        self._unseen = min(rmse * rmse, math.inf if self._unseen is None else self._unseen)

    @property
    def best(self) -> Array | None:
        """The parameters of lowest cost that this stage has reached so far, (P,); None before its first step."""
        if self._theta is not None or self._best is None:
            return self._theta
        problem, ends = self._best
        found: Array = problem.full(ends.alpha, ends.solved)[int(np.argmin(ends.cost))]
        return found

    def descend(
        self, problem: NetworkRows, alpha: Array, *, iterations: int = 100, tolerance: float = 1e-7
    ) -> Ends:
        """Return what `side_by_side.descend` returns, written down."""
        start = hashlib.sha256(alpha.tobytes()).hexdigest()[:16]
        work = seconds_of(problem.x.shape[1], problem.architecture, networks=len(alpha), iterations=TYPICAL)
        known = self._recalled(start)
        if known is None:
            since = self._standing(start, alpha)

            def look(k: int, standing: Standing) -> None:
                self._best = (problem, standing.ends)
                cost = float(standing.ends.cost.min()) / problem.x.shape[1]
                self._tell(k, iterations, cost, work)
                self._keep(lambda: {"start": start, "standing": _packed_standing(standing)})

            ends = descend(problem, alpha, iterations=iterations, tolerance=tolerance, since=since, look=look)
            self._ends.append({"start": start, "ends": [packed(a) for a in ends]})
        else:
            taken_up = _checked_ends(self._arrays(known["ends"], 4), alpha)
            if taken_up is None:
                raise self._damaged("its parts do not fit together")
            ends = taken_up
        self._best = (problem, ends)
        self._at += 1
        self._done += work
        self._current = None
        return ends

    def trial(
        self, problem: NetworkRows, alpha: Array, *, iterations: int = 100, tolerance: float = 1e-7
    ) -> Ends:
        """Return what `descend` returns; if the user stops the first of a stage, what it reached, noted."""
        try:
            return self.descend(problem, alpha, iterations=iterations, tolerance=tolerance)
        except KeyboardInterrupt:
            if self._unseen is not None or self._best is None or self._best[0] is not problem:
                raise
            self.interrupted = True
            return self._best[1]

    def check(self) -> None:
        """Raise KeyboardInterrupt if a trial was stopped."""
        if self.interrupted:
            raise KeyboardInterrupt

    def polish(
        self,
        architecture: Architecture,
        theta: Array,
        rows: tuple[Array, Array, Array],
        penalty: float,
        *,
        iterations: int,
    ) -> Polished:
        """Return what `polishing.polish` returns; kept after every step."""
        start = hashlib.sha256(theta.tobytes()).hexdigest()[:16]
        since = self._polishing(start, len(theta))
        self._theta = theta

        def look(standing: Polishing, cost: float) -> None:
            self._theta = standing.theta
            self._tell(standing.iterations, iterations, cost / rows[0].shape[1], 0.0)
            numbers = [standing.damping, standing.growth, standing.mean, float(standing.iterations)]
            item = [packed(standing.theta), packed(np.array(numbers))]
            self._keep(lambda: {"start": start, "polish": item})

        return polish(architecture, theta, rows, penalty, iterations=iterations, since=since, look=look)

    def close(self) -> None:
        """Write the file once more, as the training ends or is interrupted."""
        if self._watching.checkpoint is not None:
            self._write()

    def _recalled(self, start: str) -> dict[str, Any] | None:
        """Return the record of the descent that is due, None if it has not been made."""
        if self._at >= len(self._ends):
            return None
        known = self._ends[self._at]
        if known["start"] != start:
            raise FileError(
                f"{self._watching.checkpoint} does not follow the path of this training; it was written by another "
                "version of educe. Begin anew, without --resume."
            )
        return known

    def _standing(self, start: str, alpha: Array) -> Standing | None:
        """Return where the descent that is due was left, None if it was not begun."""
        item = self._taken_up
        if item is None or item.get("start") != start or "standing" not in item:
            return None
        (S, p), parts = alpha.shape, self._arrays(item["standing"], 10)
        ends, (active, A, g, *others) = _checked_ends(parts[:4], alpha), parts[4:]
        s = len(active)
        shapes = [part.shape for part in (A, g, *others)]
        fits = active.ndim == 1 and shapes == [(s, p, p), (s, p), (s,), (s,), (s,)]
        if ends is None or not fits or not ((active >= 0) & (active < S)).all():
            raise self._damaged("its parts do not fit together")
        lam, growth, slow = others
        return Standing(ends, active, A, g, lam, growth, slow)

    def _polishing(self, start: str, P: int) -> Polishing | None:
        """Return where the last steps were left, None if they were not begun."""
        item = self._taken_up
        if item is None or item.get("start") != start or "polish" not in item:
            return None
        theta, numbers = self._arrays(item["polish"], 2)
        if theta.shape != (P,) or numbers.shape != (4,):
            raise self._damaged("its parts do not fit together")
        damping, growth, mean, steps = numbers.tolist()
        return Polishing(theta, damping, growth, mean, int(steps))

    def _arrays(self, items: Any, count: int) -> list[NDArray[Any]]:
        try:
            if len(items) != count:
                raise ValueError(f"{count} arrays were expected, not {len(items)}")
            return [unpacked(item) for item in items]
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, why: str) -> FileError:
        return FileError(f"{self._watching.checkpoint} is damaged: {why}.")

    def _tell(self, k: int, iterations: int, cost: float, work: float) -> None:
        part = k / iterations
        done = part if self._work is None else (self._done + part * work) / self._work
        left = None if done > 1.0 else self._pace.left(done)
        self._watching.tell(Stand(self._words, k, iterations, loss=cost, unseen=self._unseen, left=left))

    def _keep(self, item: Callable[[], dict[str, Any]]) -> None:
        """Write the file if it is time: so seldom that writing takes little of the time."""
        self._current = item
        if self._watching.checkpoint is not None and time.monotonic() - self._written >= self._wait:
            self._write()

    def _write(self) -> None:
        began = time.monotonic()
        assert self._watching.checkpoint is not None
        current = None if self._current is None else self._current()
        write_checkpoint(self._watching.checkpoint, self._mark, {"descents": self._ends, "current": current})
        self._written = time.monotonic()
        self._wait = max(EVERY, (self._written - began) / SHARE)

    def _read(self, found: dict[str, Any]) -> None:
        try:
            self._ends = [{"start": str(d["start"]), "ends": d["ends"]} for d in found["descents"]]
            self._taken_up = None if found["current"] is None else dict(found["current"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(str(error)) from None


def _checked_ends(parts: list[NDArray[Any]], alpha: Array) -> Ends | None:
    """Return the ends of a descent from alpha, None if the arrays cannot be those."""
    found, solved, cost, used = parts
    S = len(alpha)
    fits = found.shape == alpha.shape and cost.shape == used.shape == (S,) and solved.shape[:1] == (S,)
    return Ends(found, solved, cost, used) if fits and solved.ndim == 2 else None


def _packed_standing(standing: Standing) -> list[Any]:
    return [packed(a) for a in (*standing.ends, *standing[1:])]
