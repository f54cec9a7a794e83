"""How much memory very many fits take, said before they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.errors import ParameterError
from educe.table.blocks import PIECE
from educe.table.memory import available, bytes_of

if TYPE_CHECKING:
    from educe.many.sources import Source

COPIES = 4  # of the columns of a part and of a piece of the file: read, sorted and fitted
BESIDE = 9  # numbers for each data set beside parameters and errors: cost, dof, key, place, and what passes


def check_room(source: Source, p: int, columns: int, memory: str | float | None, *, held: bool) -> None:
    """Raise ParameterError where the result and one part do not fit into the budget, or into what is free.

    p : parameters;  columns : that are read;  memory : the budget;  held : whether the rows are in memory already
    """
    budget = available() if memory is None else bytes_of(memory)
    result, part = sizes(source, p, columns)
    need = result + (0.0 if held else part)
    if need <= budget:
        return
    whose = "that is free" if memory is None else "that it is limited to"
    raise ParameterError(
        f"the table of {len(source.keys):,} data sets with {p} parameters takes {result / 1e6:,.0f} MB of memory, and "
        f"reading and fitting a part of them {part / 1e6:,.0f} MB: {need / 1e6:,.0f} MB in all, more than the "
        f"{budget / 1e6:,.0f} MB {whose}."
    )


def sizes(source: Source, p: int, columns: int) -> tuple[float, float]:
    """Return the bytes of the result, and of a part that is read and fitted."""
    result = 8.0 * len(source.keys) * (2 * p + BESIDE)
    most = int(np.diff(source.offsets[source.edges]).max())
    return result, 8.0 * (columns + 1) * (most + PIECE) * COPIES
