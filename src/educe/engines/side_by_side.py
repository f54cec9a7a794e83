"""Many small fits in NumPy: one array operation serves as many fits as the nearest caches hold.

The steps are those of the compiled loop, from the same text. Fits that are done leave, so that the others lie side by
side again. Where normal equations keep too few digits, steps come from triangles, by reflections.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from educe.engines.compiled_fits import (
    AT_BOUND,
    CONVERGED,
    LIMIT,
    LOST,
    NOT_FINITE,
    STUCK,
    TOO_FEW,
    UNDETERMINED,
)
from educe.engines.lane_steps import ROWS, covariances, entries, settling
from educe.engines.threaded import processors
from educe.formula import Stage, compile_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from educe.engines.many import Ends, ManyRows
    from educe.least_squares.triangle import Array

    Integers = NDArray[np.int64]

NUMBERS = 100_000  # in one column of the fits that are worked on together
LONG = 64  # points from which the points of a fit lie together, not those of all fits
FEWEST, MOST = 16, 4096  # fits that are worked on together
TURNS = 12  # after which the fits that are left join those of other groups
STATE = ("T", "S", "H", "here", "moved", "kept", "M")
DEPENDENT = (
    1e-12  # a column whose distance from the span of those before it is this share of its length lies in it
)
WEIGHT = {name: place for place, name in enumerate(ROWS)}


class Search(NamedTuple):
    """How the fits are to be made: see `ManyRows.fitted`; exact : by triangles from the first step on."""

    starts: Array
    lower: Array
    upper: Array
    own: bool
    steps: int
    tolerance: float
    exact: bool


def fit_side_by_side(rows: ManyRows, search: Search, ends: Ends) -> None:
    """Fill the ends of all data sets; those that take many steps gather, so that they too have company."""
    sizes = np.diff(rows.offsets)
    p = len(rows.model.names)
    few = np.flatnonzero(sizes < p)
    ends.theta[few], ends.stderr[few], ends.cost[few] = np.nan, np.nan, np.inf
    ends.status[few], ends.steps[few] = TOO_FEW, 0
    enough = np.flatnonzero(sizes >= p)
    share = together(rows)
    turns = TURNS + (0 if search.own else len(search.starts))

    def begin(first: int) -> _Together:
        fits = _Together(rows, search, enough[first : first + share])
        fits.run(ends, turns)
        return fits

    def go_on(group: list[_Together]) -> None:
        _joined(group).run(ends, math.inf)

    begun = shared_out(begin, range(0, len(enough), share))
    groups: list[list[_Together]] = [[]]
    for fits in begun:
        if sum(len(other.numbers) for other in groups[-1]) + len(fits.numbers) > share:
            groups.append([])
        if len(fits.numbers):
            groups[-1].append(fits)
    shared_out(go_on, [group for group in groups if group])


def _joined(group: list[_Together]) -> _Together:
    """Return the fits of several groups where they stand."""
    first = group[0]
    joined = _Together(first.rows, first.search, np.concatenate([fits.numbers for fits in group]))
    for name in STATE:
        setattr(joined, name, np.concatenate([getattr(fits, name) for fits in group], axis=1))
    return joined


def shared_out(run: Callable[[Any], Any], shares: Sequence[Any]) -> list[Any]:
    """Return what a function gives for each share of the work, done on all processors."""
    threads = min(processors(), len(shares))
    if threads <= 1:
        return [run(share) for share in shares]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, shares))


def together(rows: ManyRows) -> int:
    """Return how many fits are best worked on together."""
    longest = int(np.diff(rows.offsets).max(initial=1))
    return max(FEWEST, min(MOST, NUMBERS // max(longest, 1)))


class _Together:
    """Fits side by side: the state of each is a column of the arrays whose rows the text of a step loads."""

    def __init__(self, rows: ManyRows, search: Search, numbers: Integers) -> None:
        self.rows, self.search, self.numbers = rows, search, numbers
        p, B = len(rows.model.names), len(numbers)
        self.p, self.q = p, p + 1
        pattern = rows.model.pattern
        bounded = bool(np.isfinite(search.lower).any() or np.isfinite(search.upper).any())
        self.settle, self.finish = _steps(
            p,
            pattern.linear if pattern else 0,
            pattern.factors if pattern and pattern.diagonal else None,
            bounded,
            rows.poisson,
            search.exact,
        )
        data, (stage,), _ = rows.model.whole_program.made_from
        self.program = compile_stages(data, [Stage(stage.arguments, stage.outputs)])
        count = len(entries(self.q))
        self.T, self.S = np.zeros((count, B)), np.zeros((count, B))
        self.H, self.here, self.kept = np.zeros((p, B)), np.zeros((p, B)), np.zeros((p, B))
        self.M = np.zeros((len(ROWS), B))
        self.M[[WEIGHT["cost"], WEIGHT["best"]]] = np.inf
        self.M[WEIGHT["damping"]], self.M[WEIGHT["growth"]], self.M[WEIGHT["fresh"]] = 1e-3, 2.0, 1.0
        starts = search.starts[numbers] if search.own else search.starts[:1]
        self.moved = np.array(np.broadcast_to(starts.T, (p, B)))
        if not search.own and len(search.starts) > 1:
            self.M[WEIGHT["left"]] = len(search.starts)
        self._lay()

    def _lay(self) -> None:
        """Copy the points of the fits side by side, the shorter ones filled up with weight 0, and bind the law."""
        rows, offsets = self.rows, self.rows.offsets
        begin = offsets[self.numbers]
        sizes = offsets[self.numbers + 1] - begin
        longest = int(sizes.max())
        self.fits_last = longest < LONG
        inside = np.arange(longest) < sizes[:, None]
        places = np.where(inside, begin[:, None] + np.arange(longest), begin[:, None])
        shared = set(rows.model.inputs) if rows.shared else set()
        self.columns = [
            (column[:, None] if self.fits_last else column) if name in shared else self._laid(column[places])
            for name, column in zip(rows.model.variables, rows.columns, strict=True)
        ]
        self.own = [name not in shared for name in rows.model.variables]
        self.counts = self._laid(rows.response[places]) if rows.poisson else None
        self.weights = None if rows.weights is None else self._laid(rows.weights[places])
        if not inside.all():
            self.weights = self._laid(inside.astype(float)) * (1.0 if self.weights is None else self.weights)
        self.longest = longest
        self._bind()

    def _laid(self, column: Array) -> Array:
        return np.ascontiguousarray(column.T) if self.fits_last else column

    def _bind(self) -> None:
        B, n = len(self.numbers), self.longest
        shape = (n, B) if self.fits_last else (B, n)
        self.outputs = list(np.empty((self.q, *shape)))
        self.fill = self.program.bind(*self.columns)[0]

    def run(self, ends: Ends, turns: float) -> None:
        """Step until all fits are done, so many times at most."""
        with np.errstate(all="ignore"):
            while len(self.numbers) and turns > 0:
                self._evaluate()
                self.settle(self)
                self._look_at_starts()
                done = self.M[WEIGHT["end"]] > 0.0
                if done.any():
                    self._leave(ends, done)
                turns -= 1

    def _evaluate(self) -> None:
        self.fill(*(self.moved if self.fits_last else self.moved[:, :, None]), self.outputs)
        weights = self.weights if self.counts is None else self._deviance()
        if weights is not None:
            for output in self.outputs:
                output *= weights
        if self.search.exact:
            self._reduce()
            return
        product = np.empty_like(self.outputs[0]) if self.fits_last else None
        for place, (i, j) in enumerate(entries(self.q)):
            if product is None:
                np.vecdot(self.outputs[i], self.outputs[j], out=self.T[place])
            else:  # one point after the other: what follows a shorter fit's last point adds nothing
                np.multiply(self.outputs[i], self.outputs[j], product)
                self.T[place] = _added(product)

    def _deviance(self) -> Array:
        """Write the deviance of each fit; return the weights of Pearson's residuals."""
        assert self.counts is not None
        points = 0 if self.fits_last else 1
        r, y, shown = self.outputs[-1], self.counts, 1.0 if self.weights is None else self.weights
        expected = y - r
        log = np.log(np.where(y > 0.0, y / expected, 1.0))
        each = (2.0 * y * log - 2.0 * r) * shown
        deviance = _added(each) if self.fits_last else each.sum(axis=1)
        wrong = (~(expected > 0.0) & (np.asarray(shown) > 0.0)).any(axis=points)
        self.M[WEIGHT["deviance"]] = np.where(wrong, np.inf, deviance)
        weights: Array = shown / np.sqrt(expected)
        return weights

    def _reduce(self) -> None:
        """Write the triangle of each fit."""
        block = np.stack(self.outputs, axis=-1)
        if self.fits_last:
            block = block.swapaxes(0, 1)
        finite = np.isfinite(block).all(axis=(1, 2))
        block[~finite] = 0.0
        missing = self.q - self.longest
        R = _triangles(np.pad(block, ((0, 0), (0, missing), (0, 0))) if missing > 0 else block)
        for place, (i, j) in enumerate(entries(self.q)):
            self.T[place] = np.where(finite, R[:, i, j], np.nan)

    def _look_at_starts(self) -> None:
        """Give fits that still choose their start the next one, and those that looked at all the best."""
        best, left = self.M[WEIGHT["best"]], self.M[WEIGHT["left"]]
        more = left > 0.0
        if more.any():
            place = len(self.search.starts) - left[more].astype(int)
            self.moved[:, more] = self.search.starts[place].T
        chosen = ~more & (best < np.inf)
        if chosen.any():
            limits = self.search.lower[:, None], self.search.upper[:, None]
            self.moved[:, chosen] = np.clip(self.kept[:, chosen], *limits)
            best[chosen] = np.inf

    def _leave(self, ends: Ends, done: NDArray[np.bool_]) -> None:
        """Write the ends of the fits that are done, and close ranks."""
        numbers = self.numbers[done]
        code = self.M[WEIGHT["end"], done].astype(np.int64) - 1
        held = self.H[:, done]
        errors, fine = self.finish(self.S[:, done], held)
        finite = code != NOT_FINITE
        ends.theta[numbers] = np.where(finite, self.here[:, done], np.nan).T
        code = np.where((code == CONVERGED) & (held > 0.0).any(axis=0), AT_BOUND, code)
        code = np.where(fine | ~finite, code, UNDETERMINED if self.search.exact else LOST)
        known = fine & finite & (code != LOST) & (code != UNDETERMINED)
        ends.stderr[numbers] = np.where(known, errors, np.nan).T
        ends.cost[numbers] = self.M[WEIGHT["cost"], done]
        ends.steps[numbers] = self.M[WEIGHT["turn"], done].astype(np.int64)
        ends.status[numbers] = code
        self._keep(~done)

    def _keep(self, rest: NDArray[np.bool_]) -> None:
        self.numbers = self.numbers[rest]
        for name in STATE:
            setattr(self, name, getattr(self, name)[:, rest])
        place = (..., rest) if self.fits_last else rest
        self.columns = [c[place] if own else c for c, own in zip(self.columns, self.own, strict=True)]
        self.weights = None if self.weights is None else self.weights[place]
        self.counts = None if self.counts is None else self.counts[place]
        if len(self.numbers):
            self._bind()


def _added(product: Array) -> Array:
    """Return the sums over the points, (B,), of (points, B), one point after the other also where B is 1."""
    total: Array = np.add.reduce(product, axis=0) if product.shape[1] > 1 else np.add.accumulate(product)[-1]
    return total


@lru_cache(maxsize=64)
def _steps(
    p: int, linear: int, factors: tuple[int | None, ...] | None, bounded: bool, poisson: bool, exact: bool
) -> tuple[Callable[[_Together], None], Callable[[Array, Array], tuple[Array, NDArray[np.bool_]]]]:
    """Return the step of all fits, and the standard errors and where they are known, from text run by NumPy."""
    codes = {"converged": CONVERGED, "limit": LIMIT, "stuck": STUCK, "not_finite": NOT_FINITE}
    codes["undetermined"] = UNDETERMINED
    codes["lost"] = UNDETERMINED if exact else LOST
    lines = settling(
        p,
        linear,
        factors,
        {name: code + 1 for name, code in codes.items()},
        bounded=bounded,
        poisson=poisson,
        exact=exact,
        width=1,
    )
    step = _made("T, S, H, here, moved, kept, M, lower, upper, tolerance, most", lines)
    products = _made("S, H, out", [*covariances(p, bounded=bounded, width=1), "return fine"])

    def settle(fits: _Together) -> None:
        s = fits.search
        state = (fits.T, fits.S, fits.H, fits.here, fits.moved, fits.kept, fits.M)
        step(*state, s.lower, s.upper, s.tolerance, float(s.steps))

    def finish(S: Array, H: Array) -> tuple[Array, NDArray[np.bool_]]:
        if exact:
            return _errors_of_triangles(S, H)
        out = np.empty_like(H)
        return out, products(S, H, out)

    return settle, finish


def _made(arguments: str, lines: Sequence[str]) -> Callable[..., Any]:
    """Return the function of these lines, in which NumPy's arrays take the place of lanes."""
    text = "\n    ".join([f"def made({arguments}):", *lines])
    names: dict[str, Any] = {"sqrt": np.sqrt, "choose": np.where, "math": np, "reflected": _reflected}
    names |= {"load": _load, "store": _store, "spread": lambda value: value}
    exec(compile(text, "<step>", "exec"), names)  # noqa: S102 -- written by lane_steps, without any text of the user
    made: Callable[..., Any] = names["made"]
    return made


def _load(array: Array, at: int) -> Array:
    row: Array = array[at]
    return row


def _store(array: Array, at: int, value: Array) -> None:
    array[at] = value


def _triangles(stacked: Array) -> Array:
    return np.asarray(np.linalg.qr(stacked, mode="r"))


def _square(triangle: Sequence[Array], q: int) -> Array:
    """Return the triangles, (B, q, q), of which the entries are given."""
    R = np.zeros((len(triangle[0]), q, q))
    for (i, j), entry in zip(entries(q), triangle, strict=True):
        R[:, i, j] = entry
    return R


def _reflected(
    triangle: Sequence[Array], damping: Array, held: Sequence[NDArray[np.bool_]]
) -> tuple[Any, ...]:
    """Return the step of each fit, the fall of the cost that its model promises, and whether there is one.

    triangle : entries of [J | r] = QR, each (B,);  damping : (B,);  held : masks of the parameters left out, or none
    """
    q = int(np.sqrt(2 * len(triangle)))
    p, B = q - 1, len(damping)
    R = _square(triangle, q)
    lengths = np.sqrt(np.einsum("bij,bij->bj", R[:, :, :p], R[:, :, :p]))
    stacked = np.zeros((B, q + p, q))
    stacked[:, :q] = R
    diagonal = np.sqrt(damping)[:, None] * lengths
    if held:
        out = np.stack(held, axis=1)
        stacked[:, :q, :p] *= ~out[:, None, :]
        diagonal = np.where(out, 1.0, diagonal)
    stacked[:, q + np.arange(p), np.arange(p)] = diagonal
    usable = np.isfinite(stacked).all(axis=(1, 2))
    stacked[~usable] = 0.0
    U = _triangles(stacked)
    fine = usable & (U[:, np.arange(p), np.arange(p)] != 0.0).all(axis=1)
    U[~fine, :, :] = np.eye(q)
    step = np.linalg.solve(U[:, :p, :p], U[:, :p, p:])[:, :, 0]
    if held:
        step = np.where(out, 0.0, step)
    fitted = R[:, :p, p] - np.einsum("bij,bj->bi", R[:, :p, :p], step)
    promised = np.einsum("bi,bi->b", R[:, :p, p], R[:, :p, p]) - np.einsum("bi,bi->b", fitted, fitted)
    return (*step.T, np.where(fine, promised, np.nan), fine)


def _errors_of_triangles(S: Array, H: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return the lengths of the rows of the inverse triangles, (p, B), 0 for what is held, and where they exist."""
    p = len(H)
    R = _square(list(S), p + 1)[:, :p, :p]
    lengths = np.sqrt(np.einsum("bij,bij->bj", R, R))
    held = (H > 0.0).T
    R = np.where(held[:, None, :], 0.0, R)
    stacked = np.concatenate([R, held[:, :, None] * np.eye(p)], axis=1)
    usable = np.isfinite(stacked).all(axis=(1, 2))
    stacked[~usable] = 0.0
    U = _triangles(stacked)
    diagonal = np.abs(U[:, np.arange(p), np.arange(p)])
    fine = usable & (diagonal > DEPENDENT * np.where(held, 0.0, lengths)).all(axis=1)
    U[~fine] = np.eye(p)
    inverse = np.linalg.inv(U)
    return np.where(held, 0.0, np.sqrt(np.einsum("bij,bij->bi", inverse, inverse))).T, fine
