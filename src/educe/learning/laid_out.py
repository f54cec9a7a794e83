"""The rows of a large file that a network can learn from: read once, checked, counted, and laid out by chance."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.engines.condition import rows_where
from educe.errors import ParameterError, TableError
from educe.formula import parse_condition
from educe.learning.rows import Scales, of_moments
from educe.learning.usable import check_size, check_target, inputs_in, targets_in
from educe.learning.watching import Stand
from educe.table.blocks import PIECE
from educe.table.memory import available, bytes_of
from educe.table.scattered import Scatter, Scattered, refuse_without_room
from educe.table.table import NoRowLeftError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from educe.learning.watching import Watching
    from educe.table.blocks import Blocks
    from educe.table.table import Table

Array = NDArray[np.float64]

HELD_OUT = 1.0 / 7.0  # of the rows, but no more than
MOST_HELD_OUT = 1 << 17
READING = 5e7  # bytes beside the columns, measured
COPIES = 4.5  # of a piece's columns that are held at once: decoded, as numbers, in order, and the next one; measured
TRAINING = 2e8  # bytes: the network, and its training on a sample; measured
COMPILING = 2e8  # bytes that JAX takes beside; measured
AT_ONCE = 1 << 18  # rows that are laid out at a time
LEAST_SIGMA, LARGEST_SIGMA = 1e-140, 1e140


@dataclass(frozen=True)
class Wanted:
    """Which columns of a file are learned from, and which rows.

    inputs, targets : names;  sigma : column of standard deviations, or None;  where : condition on the rows, or None
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    sigma: str | None
    where: str | None

    @property
    def read(self) -> list[str]:
        """Every column that is read."""
        names = {*self.inputs, *self.targets, *([self.sigma] if self.sigma else [])}
        return sorted(names | (parse_condition(self.where).free_names if self.where else set()))


@dataclass(frozen=True)
class LaidOut:
    """Complete, distinct rows: part 0 is held out, the others are trained on.

    rows : of d inputs, the targets and a weight;  left_out : {reason: rows};  read : rows of the file
    wanted, source, units : columns, words for the file, and {column: unit} where headers carry one
    low, high : (d + targets,) of all rows;  mean, deviation : the same, weighted;  weight : mean over the rows
    """

    wanted: Wanted
    source: str
    units: dict[str, str]
    rows: Scattered
    left_out: dict[str, int]
    read: int
    low: Array
    high: Array
    mean: Array
    deviation: Array
    weight: float

    @property
    def n(self) -> int:
        """Distinct rows."""
        return sum(self.rows.sizes)

    def split(self, rows: Array) -> tuple[Array, Array, Array]:
        """Return inputs (m, d), targets (m, targets) and weights (m,), of mean 1 over all, of some rows."""
        d = len(self.wanted.inputs)
        return rows[:, :d], rows[:, d:-1], rows[:, -1] / self.weight

    def scales(self, output: str, *, keep_target: bool) -> tuple[Scales, ...]:
        """Return the scales for each target: see `rows.scales_of`."""
        d = len(self.wanted.inputs)
        spread = np.where(self.deviation[:d] > 0.0, self.deviation[:d], 1.0)
        found = []
        for k in range(d, d + len(self.wanted.targets)):
            ends = (float(self.low[k]), float(self.high[k]))
            middle, unit = of_moments(float(self.mean[k]), float(self.deviation[k]), ends, output)
            found.append(Scales(self.mean[:d], spread, *((0.0, 1.0) if keep_target else (middle, unit))))
        return tuple(found)


def wanted_of(
    blocks: Blocks,
    target: str | Sequence[str],
    *,
    inputs: Sequence[str] | None,
    sigma: str | None,
    where: str | None,
) -> Wanted:
    """Return the columns that the arguments of `learn` name; TableError or ParameterError where there are none such."""
    head = blocks.head
    targets = targets_in(head, target)
    if where is not None and not isinstance(where, str):
        raise ParameterError(
            f"where is a condition as text, such as 'x > 0 and y < 5', not {type(where).__name__}."
        )
    found = None if sigma is None else head.find(sigma)
    return Wanted(inputs_in(head, targets, inputs, found), targets, found, where)


def laid_out(
    blocks: Blocks, wanted: Wanted, *, share: float | None, seed: int, watching: Watching
) -> LaidOut:
    """Return the rows of a file, laid out by chance; one pass over the file.

    share : of the rows, held out;  seed : of the layout

    Raises TableError for rows that cannot be learned from, FileError where the disk has no room for them.
    """
    n, columns = blocks.n, (*wanted.inputs, *wanted.targets)
    refuse_without_room(n, len(columns))
    scatter = Scatter(len(columns), n, seed)
    left_out: dict[str, int] = {}
    done = 0
    for table in _tables(blocks, wanted.read):
        watching.tell(Stand(f"reading the rows, {100 * done / n:.0f} %"))
        done += table.n
        usable = _usable(table, wanted, left_out)
        if usable is not None:
            weights = np.ones(usable.n) if wanted.sigma is None else _weights(usable, wanted.sigma)
            for first in range(0, usable.n, AT_ONCE):
                some = slice(first, first + AT_ONCE)
                scatter.add([usable[name][some] for name in columns], weights[some])
    rows = scatter.gathered(
        HELD_OUT if share is None else share,
        most=MOST_HELD_OUT if share is None else math.inf,
        progress=lambda done: watching.tell(Stand(f"laying out the rows by chance, {100 * done:.0f} %")),
    )
    return _described(rows, wanted, blocks, (done, left_out))


def memory_needed(blocks: Blocks, wanted: Wanted, *, compiles: bool) -> float:
    """Return the bytes that reading, and then training, take at most, beside the programs and a large network.

    compiles : whether the training may
    """
    rows = min(PIECE, max((piece.rows for piece in blocks.pieces), default=0))
    column = 8.0 * rows * (len(wanted.read) + 1)
    return max(READING + COPIES * column, TRAINING + column + (COMPILING if compiles else 0.0))


def check_memory(memory: str | float | None, need: float, source: str, columns: int) -> None:
    """Raise ParameterError where a budget, or the free memory, is smaller than what is needed, naming the least."""
    allowed = available() if memory is None else bytes_of(memory)
    if allowed < need:
        least, given = math.ceil(need / 1e6), f"{allowed / 1e6:.0f} MB"
        words = (
            f"{given} are free. Name"
            if memory is None
            else f"memory is limited to {given}. Give {least}MB, or name"
        )
        raise ParameterError(
            f"learning from {columns} columns of {source} needs {least} MB; {words} fewer columns or a smaller network."
        )


def _tables(blocks: Blocks, names: list[str]) -> Iterator[Table]:
    """Yield the rows in their order; while one table is used, a thread reads the next."""
    tables = (table for piece in blocks.pieces for table in blocks.tables(piece, names))
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = thread.submit(next, tables, None)
            yield table


def _usable(table: Table, wanted: Wanted, left_out: dict[str, int]) -> Table | None:
    """Return the rows that can be used, those left out counted; None where there are none."""
    names = (*wanted.inputs, *wanted.targets, *([wanted.sigma] if wanted.sigma else []))
    try:
        found = rows_where(table, wanted.where).complete(names)
        reasons = found.left_out
    except NoRowLeftError as none:
        found, reasons = None, none.left_out
    for reason, rows in reasons.items():
        left_out[reason] = left_out.get(reason, 0) + rows
    return found


def _weights(table: Table, sigma: str) -> Array:
    """Return 1/sigma^2."""
    s = table[sigma]
    if not (s.min() >= LEAST_SIGMA and s.max() <= LARGEST_SIGMA):
        worst = s.min() if not s.min() >= LEAST_SIGMA else s.max()
        raise TableError(
            f"{table.source}: sigma must be above 0; {sigma} is {worst:g} in one row."
            if not s.min() > 0.0
            else f"{table.source}: sigma must lie within {LEAST_SIGMA:g} to {LARGEST_SIGMA:g}; {sigma} is {worst:g} in "
            "one row."
        )
    return np.asarray(1.0 / np.square(s))


def _described(rows: Scattered, wanted: Wanted, blocks: Blocks, of: tuple[int, dict[str, int]]) -> LaidOut:
    """Return the rows with what is said of all of them, part by part in their order.

    of : rows read, and those left out by reason
    """
    (read, left_out), source, n = of, blocks.source, sum(rows.sizes)
    if n < 2 or not all(sum(sizes) for sizes in (rows.sizes[:1], rows.sizes[1:])):
        why = "".join(f"; {count} left out: {reason}" for reason, count in left_out.items() if count)
        raise TableError(
            f"{source} has {n} usable distinct {'row' if n == 1 else 'rows'}, too few to hold some out{why}."
        )
    weight, width = 0.0, rows.columns - 1
    mean, squares = np.zeros(width), np.zeros(width)
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    for k in range(len(rows.sizes)):
        part = rows.part(k)
        if not len(part):
            continue
        values, w = part[:, :-1], part[:, -1]
        low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
        weight, mean, squares = _together((weight, mean, squares), _moments(values, w))
    deviation = np.sqrt(squares / weight)
    units = blocks.head.units
    found = LaidOut(wanted, source, units, rows, left_out, read, low, high, mean, deviation, weight / n)
    d = len(wanted.inputs)
    for k, name in enumerate((*wanted.inputs, *wanted.targets)):
        ends = np.array([low[k], high[k]])
        (check_size if k < d else check_target)(ends, name, source)
    return found


Moments = tuple[float, Array, Array]  # weight, mean, weighted sum of squares about it


def _moments(values: Array, w: Array) -> Moments:
    weight = float(w.sum())
    with np.errstate(over="ignore", invalid="ignore"):  # refused afterwards, by its size
        mean = w @ values / weight
        return weight, mean, w @ np.square(values - mean)


def _together(a: Moments, b: Moments) -> Moments:
    """Return the moments of both. Source: Chan, Golub and LeVeque (1979)."""
    weight, apart = a[0] + b[0], b[1] - a[1]
    with np.errstate(over="ignore", invalid="ignore"):
        squares = a[2] + b[2] + np.square(apart) * (a[0] * b[0] / weight)
    return weight, a[1] + apart * (b[0] / weight), squares
