"""Errors of a few parameters in plain floats: there a LAPACK call costs more than its arithmetic.

The same as in `inverse_root`, to which tests compare it: columns are scaled to length 1, then inverted.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from educe.least_squares.written_out import compiled, dot, listed, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.least_squares.written_out import Rows

MOST = 5  # parameters up to which plain floats are faster
SAFE_LENGTH = 1e-140  # columns shorter than this lose digits when squared


@cache
def lengths_of(p: int) -> Callable[[Rows, float], tuple[list[float], list[float]] | None]:
    """Return the function of a triangle's rows that gives D and the squared lengths of the rows of A.

    D, A : see `inverse_root`. The function's second argument is the largest squared length of full rank; it
    returns None where one is larger, or a column is too short or too long to be squared.
    """
    result = f"{listed([f'l{i}' for i in range(p)])}, {listed([f'q{i}' for i in range(p)])}"
    return compiled([*_inverted(p), f"    return {result}"])


@cache
def covariance_of(p: int) -> Callable[[Rows, float], Rows | None]:
    """Return the function of a triangle's rows that gives (J'J)^-1 = D^-1 A A' D^-1, or None as `lengths_of`."""
    lines = _inverted(p)
    for i in range(p):
        for j in range(i, p):
            product = dot([f"a{i}_{k}" for k in range(j, p)], [f"a{j}_{k}" for k in range(j, p)])
            lines.append(f"    v{i}_{j} = v{j}_{i} = ({product}) / l{i} / l{j}")
    rows = [listed([f"v{i}_{j}" for j in range(p)]) for i in range(p)]
    return compiled([*lines, f"    return {listed(rows)}"])


def _inverted(p: int) -> list[str]:
    """Return the lines that scale the columns, invert and measure the rows of the inverse."""
    lines = ["def f(R, largest):", *unpacked(p)]
    for j in range(p):
        column = [f"r{i}{j}" for i in range(j + 1)]
        lines.append(f"    l{j} = sqrt({dot(column, column)})")
        lines.append(f"    if not ({SAFE_LENGTH} < l{j} < {1 / SAFE_LENGTH} and r{j}{j}): return None")
        lines += [f"    {element} /= l{j}" for element in column]
    for i in range(p):
        row = [f"a{i}_{j}" for j in range(i, p)]
        lines.append(f"    {row[0]} = 1.0 / r{i}{i}")
        for j in range(i + 1, p):
            lines.append(
                f"    a{i}_{j} = -({dot(row[: j - i], [f'r{k}{j}' for k in range(i, j)])}) / r{j}{j}"
            )
        lines.append(f"    q{i} = {dot(row, row)}")
        lines.append(f"    if not q{i} < largest: return None")
    return lines
