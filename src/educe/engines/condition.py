"""Where rows meet a condition on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.errors import ParameterError
from educe.formula import evaluate, parse_condition

if TYPE_CHECKING:
    from educe.table import Table


def rows_where(table: Table, condition: str | None) -> Table:
    """Return the table of the rows that meet a condition, the others counted; None keeps all.

    condition : text such as ``"x > 0 and y < 5"``, of columns of the table

    Raises FormulaError for a condition that cannot be read, TableError for a name that is no column, or where no
    row is left.

    >>> from educe.table import as_table
    >>> rows_where(as_table({"x": [1.0, 2.0, 3.0]}), "x > 1").n
    2
    """
    if condition is None:
        return table
    if not isinstance(condition, str):
        raise ParameterError(
            f"where is a condition as text, such as 'x > 0 and y < 5', not {type(condition).__name__}."
        )
    parsed = parse_condition(condition)
    columns = {name: table[name] for name in parsed.free_names}
    with np.errstate(all="ignore"):
        mask = np.broadcast_to(np.asarray(evaluate(parsed, columns), dtype=bool), (table.n,))
    return table.filter(mask, f"condition {condition} not met")
