"""The measurements that a fit used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from educe.least_squares.triangle import Array


@dataclass(frozen=True, eq=False)
class Rows:
    """The measurements that were used.

    columns : {name: (n,)};  response : (n,), the left side;  sigma : (n,) or None
    sigma_column : name of the column that sigma was; "" if it was none
    source : words for where they came from;  units : {column: unit}
    total : rows that the fit used, more than are here if a saved fit was thinned; 0: all are here
    kept : (n,) int or None -- position of each row at the source, from 0; None: all rows, in order
    """

    columns: Mapping[str, Array]
    response: Array
    sigma: Array | None
    source: str
    units: Mapping[str, str] = field(default_factory=dict)
    total: int = 0
    kept: NDArray[np.intp] | None = None
    sigma_column: str = ""

    @property
    def n(self) -> int:
        """Rows that the fit used."""
        return self.total or len(self.response)

    @property
    def thinned(self) -> bool:
        """Whether only some of the rows are here."""
        return self.n != len(self.response)

    def number(self, row: int) -> int:
        """Return the number of a row at its source, from 1."""
        return int(row if self.kept is None else self.kept[row]) + 1
