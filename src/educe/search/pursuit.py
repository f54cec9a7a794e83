"""Sums of parts, one part at a time: matching pursuit over a dictionary of candidates for each form of part.

The part that explains most of what is left is taken first, then the next, several times in different orders;
afterwards each part is taken out and chosen again. The work grows with the number of parts, not with its power.

Source: orthogonal matching pursuit, Pati, Rezaiifar and Krishnaprasad (1993).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.search.blocks import Block, Blocks, gains, orthonormal

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.search.effort import Effort

Array = NDArray[np.float64]

MOST_NUMBERS = 4_000_000  # in one dictionary
CHOICE = 3  # the best so many atoms among which later beams choose


class Dictionary(NamedTuple):
    """Candidates for a part: values (S, names) and columns (S, k, n)."""

    values: Array
    atoms: Array


def pursue(blocks: Blocks, draw: Callable[[int], Array], effort: Effort, rng: np.random.Generator) -> Array:
    """Return starts (beams, q) for a separable law.

    draw : returns so many candidates (S, q) for all nonlinear parameters
    """
    books = dictionaries(blocks, draw, effort.atoms)
    starts = [_beam(blocks, books, effort.sweeps, rng, greedy=k == 0) for k in range(effort.beams)]
    return np.array(starts)


def dictionaries(blocks: Blocks, draw: Callable[[int], Array], count: int) -> dict[Block, Dictionary]:
    """Return a dictionary for each part; parts of one form share theirs."""
    shared: dict[object, Dictionary] = {}
    n = blocks.projection.n
    for block in blocks.parts:
        if block.likeness not in shared:
            values = draw(min(count, MOST_NUMBERS // (n * block.columns)))[:, block.positions]
            shared[block.likeness] = Dictionary(values, blocks.atoms(block, values))
    return {block: shared[block.likeness] for block in blocks.parts}


def _beam(
    blocks: Blocks, books: dict[Block, Dictionary], sweeps: int, rng: np.random.Generator, *, greedy: bool
) -> Array:
    chosen: dict[Block, int] = {}
    order = rng.permutation(len(blocks.parts))
    for sweep in range(sweeps + 1):
        for k in order:
            block = blocks.parts[k]
            others = [books[b].atoms[i] for b, i in chosen.items() if b is not block]
            best, gain = _ranked(blocks, books[block], others)
            rank = 0
            if not greedy and sweep == 0:
                rank = int(rng.integers(min(CHOICE, max(1, int((gain > 0.3 * gain[0]).sum())))))
            chosen[block] = int(best[rank])
    start = np.empty(len(blocks.projection.nonlinear))
    for block, i in chosen.items():
        start[list(block.positions)] = books[block].values[i]
    return start


def _ranked(blocks: Blocks, book: Dictionary, others: list[Array]) -> tuple[NDArray[np.intp], Array]:
    target = blocks.projection.target
    frame = orthonormal(others, len(target))
    return gains(book.atoms, frame, target - frame.T @ (frame @ target))


def redrawn(
    blocks: Blocks, base: Array, draw: Callable[[int, Array], Array], effort: Effort, *, each: int = 2
) -> Array:
    """Return starts that differ from `base` (q,) in one part: the best `each` candidates for each part.

    draw : returns so many candidates (S, q), given the residual (n,) that the other parts leave
    """
    own = {block: blocks.atoms(block, base[None, list(block.positions)])[0] for block in blocks.parts}
    target = blocks.projection.target
    starts = []
    for block in blocks.parts:
        frame = orthonormal([columns for b, columns in own.items() if b is not block], len(target))
        left = target - frame.T @ (frame @ target)
        count = min(effort.atoms, MOST_NUMBERS // (len(target) * block.columns))
        values = draw(count, left)[:, block.positions]
        best, _ = gains(blocks.atoms(block, values), frame, left)
        for i in best[:each]:
            start = base.copy()
            start[list(block.positions)] = values[i]
            starts.append(start)
    return np.array(starts)
