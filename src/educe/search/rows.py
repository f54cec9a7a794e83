"""The rows that the search looks at: in an order of their own, and not too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.engines.in_memory import spread

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = NDArray[np.float64]

MOST = 2_000


@dataclass(frozen=True)
class Rows:
    """Rows in canonical order.

    columns : {name: (n,)};  response : (n,);  weights : (n,) or None
    thinning : rows of the table per row here
    """

    columns: Mapping[str, Array]
    response: Array
    weights: Array | None
    thinning: float

    @property
    def size(self) -> float:
        """The weighted sum of squares of the response."""
        weighted = self.response if self.weights is None else self.response * self.weights
        return float(weighted @ weighted)


def canonical(
    columns: Mapping[str, Array], response: Array, weights: Array | None, *, most: int = MOST
) -> Rows:
    """Return the rows sorted by their own values; beyond `most`, one row of each of `most` equal strata.

    Sorted rows make the search independent of the order in which they came. A stratum is a stretch of that order.

    >>> canonical({"x": np.array([3.0, 1.0])}, np.array([6.0, 2.0]), None).response
    array([2., 6.])
    """
    keys = [response, *list(columns.values())[::-1]]
    order = np.lexsort(keys if weights is None else [weights, *keys])
    n = len(order)
    if n > most:
        order = order[spread(n, most)]
    return Rows(
        {name: np.ascontiguousarray(x[order]) for name, x in columns.items()},
        np.ascontiguousarray(response[order]),
        None if weights is None else np.ascontiguousarray(weights[order]),
        n / len(order),
    )
