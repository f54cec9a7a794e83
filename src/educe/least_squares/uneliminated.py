"""What a problem answers of which no parameter is eliminated."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educe.least_squares.triangle import Array
    from educe.least_squares.written_out import Rows


class Uneliminated:
    """Those parts of a `solve.Problem` that need a pattern or rows of floats: this one has neither."""

    def wide_triangle(self, alpha: list[float]) -> Array:
        """No parameter is eliminated."""
        raise NotImplementedError

    def rows(self, theta: list[float]) -> Rows | None:
        """Return nothing: these triangles are arrays."""
        return None

    def projected_rows(self, alpha: list[float]) -> Rows | None:
        """Return nothing: no parameter is eliminated."""
        return None
