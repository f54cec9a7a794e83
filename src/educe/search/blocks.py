"""A law that is a sum of parts with parameters of their own: peaks, lines, decays, oscillations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.formula import Stage, compile_stages, substitute, symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.formula import Expression
    from educe.search.projection import Projection

Array = NDArray[np.float64]

DEGENERATE = 1e-6  # squared sine of the angle to the other columns below which an atom adds nothing
SHORTLIST = 60  # atoms whose gain is computed exactly


@dataclass(frozen=True, eq=False)
class Block:
    """One part of the sum.

    names : its nonlinear parameters;  positions : where they stand among all
    likeness : equal for parts of the same form
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]
    likeness: object
    compute: Callable[..., None]
    columns: int


class Blocks:
    """The parts of a separable law; columns come weighted and without what the fixed columns explain."""

    def __init__(self, projection: Projection, data: Sequence[Array]) -> None:
        self.projection = projection
        self.parts: list[Block] = []
        for names, formulas in _components(projection):
            standing_in = {name: symbol(f"parameter {k}") for k, name in enumerate(names)}
            likeness = tuple(str(substitute(phi, standing_in)) for phi in formulas)
            stages = [Stage(names, tuple(formulas))]
            (compute,) = compile_stages(projection.names, stages).bind(*data)
            positions = tuple(projection.nonlinear.index(name) for name in names)
            self.parts.append(Block(names, positions, likeness, compute, len(formulas)))

    @property
    def separable(self) -> bool:
        """Whether there are at least two parts, and nothing else that moves."""
        return len(self.parts) > 1 and not self.projection.offset_moves

    def atoms(self, block: Block, values: Array) -> Array:
        """Return the columns (S, k, n) of one part, of unit length, for values (S, names); zero if not finite."""
        projection = self.projection
        columns = np.empty((len(values), block.columns, projection.n))
        with np.errstate(all="ignore"):
            block.compute(*values.T[:, :, None], list(columns.swapaxes(0, 1)))
            if projection.weights is not None:
                columns *= projection.weights
            columns = projection.without_fixed(columns)
            length = np.sqrt(np.einsum("skn,skn->sk", columns, columns))
            usable = np.isfinite(length).all(axis=1) & (length > 0).all(axis=1)
            columns[usable] /= length[usable][:, :, None]
        columns[~usable] = 0.0
        return columns


def _components(projection: Projection) -> list[tuple[tuple[str, ...], list[Expression]]]:
    """Return the nonlinear names that share columns, with those columns."""
    found: list[tuple[set[str], list[Expression]]] = []
    for _, phi in projection.moving:
        shared, mine = set(phi.free_names & set(projection.nonlinear)), [phi]
        apart = []
        for names, formulas in found:
            if names & shared:
                shared, mine = shared | names, formulas + mine
            else:
                apart.append((names, formulas))
        found = [*apart, (shared, mine)]
    return [(tuple(n for n in projection.nonlinear if n in names), formulas) for names, formulas in found]


def orthonormal(columns: list[Array], n: int) -> Array:
    """Return rows (f, n) that span the columns (k, n) given."""
    if not columns:
        return np.empty((0, n))
    matrix = np.concatenate(columns).T
    q, r = np.linalg.qr(matrix)
    frame: Array = np.ascontiguousarray(q[:, np.abs(r.diagonal()) > 1e-9].T)
    return frame


def gains(atoms: Array, frame: Array, residual: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the most promising atoms, best first, and by how much each lowers the cost.

    atoms : (S, k, n), columns of unit length;  frame : (f, n) orthonormal;  residual : (n,), orthogonal to it
    """
    product = atoms @ residual  # (S, k)
    promise = np.einsum("sk,sk->s", product, product)
    short = np.argsort(-promise, kind="stable")[:SHORTLIST]
    chosen, c = atoms[short], product[short]
    inside = chosen @ frame.T
    gram = chosen @ chosen.swapaxes(1, 2) - inside @ inside.swapaxes(1, 2)
    k = gram.shape[1]
    usable = np.einsum("skk->sk", gram).min(axis=1) > DEGENERATE
    gram = np.where(usable[:, None, None], gram, np.eye(k)) + DEGENERATE * np.eye(k)
    gain = np.einsum("sk,sk->s", c, np.linalg.solve(gram, c[:, :, None])[:, :, 0])
    gain = np.where(usable, gain, 0.0)
    order = np.argsort(-gain, kind="stable")
    return short[order], gain[order]
