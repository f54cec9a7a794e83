"""The rows of a file with their predictions beside them."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from educe.engines.condition import rows_where
from educe.errors import ParameterError
from educe.formula import parse_condition
from educe.table import extend
from educe.table.moments import counted_since
from educe.table.table import NoRowLeftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.cli.reading import Reading
    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether
    from educe.table import Table


@dataclass(frozen=True)
class Asked:
    """Level and kind of the band, how it is found, and which data set is meant, of a fit of several."""

    level: float
    kind: str
    method: str | None
    data_set: str | None


@dataclass(frozen=True, eq=False)
class Predicted:
    """New columns, (n,) each, and how many rows have no prediction or lie outside the measured region."""

    columns: dict[str, NDArray[Any]]
    n: int
    without: int
    outside: int


def predicted(
    model: Fit | Learned | LearnedTogether, table: Table, asked: Asked, where: str | None
) -> Predicted:
    """Return the predictions for each row of a table; where a condition does not hold there are none.

    Raises ParameterError for a data set of a network, which has none, or a method of its band, which has one.
    """
    from educe.fitting.result import Fit

    table = counted_since(table, model.units)
    if isinstance(model, Fit):
        method = asked.method or "wald"
        band = model.predict(
            table, interval=asked.kind, level=asked.level, method=method, data_set=asked.data_set
        )
    elif asked.data_set is not None:
        raise ParameterError(f"--set {asked.data_set} is for a fit of several data sets, not for a network.")
    elif asked.method is not None:
        raise ParameterError(
            f"--method {asked.method} is for the band of a law; that of a network follows from rows it has not seen."
        )
    else:
        band = model.predict(table, interval=asked.kind, level=asked.level)
    assert not isinstance(band, np.ndarray)
    wanted = np.ones(table.n, dtype=np.bool_)
    if where is not None:
        wanted = _meeting(table, where)
    usable = wanted & np.isfinite(band.values.reshape(table.n, -1)).all(axis=1)
    outside = band.outside.astype(np.int64)
    columns: dict[str, NDArray[Any]] = {}
    names = (model.response,) if isinstance(model, Fit) else model.targets
    for k, name in enumerate(map(stem, names)):
        for kind_, values in (("predicted", band.values), ("lower", band.lower), ("upper", band.upper)):
            column = values.reshape(table.n, -1)[:, k]
            columns[f"{name}_{kind_}"] = np.where(usable, column, np.nan)
        columns[f"{name}_outside"] = outside if usable.all() else _gaps(outside, ~usable)
    return Predicted(columns, int(wanted.sum()), int((wanted & ~usable).sum()), int(outside[usable].sum()))


def _meeting(table: Table, condition: str) -> NDArray[np.bool_]:
    """Return which rows meet a condition, (n,) bool."""
    try:
        kept = rows_where(replace(table, kept=np.arange(table.n)), condition).kept
    except NoRowLeftError:
        return np.zeros(table.n, dtype=np.bool_)
    return np.isin(np.arange(table.n), kept if kept is not None else [])


def predicted_by_pieces(
    model: Fit | Learned | LearnedTogether,
    file: str,
    output: str,
    asked: Asked,
    reading: Reading,
    memory: str | None,
) -> Predicted:
    """Write the rows of a file that is larger than memory with their predictions beside them.

    memory : a budget such as 500MB, which must hold one piece; None: not limited

    Returns the counts; the columns are there by name alone. Raises FileError if the output is no .parquet, .arrow or
    .feather file, ParameterError for a budget that is too small.
    """
    from educe.fitting.result import Fit
    from educe.fitting.streaming import check_budget
    from educe.table.blocks import blocks
    from educe.table.by_pieces import extend_by_pieces

    rows = blocks(file, separator=reading.separator, decimal=reading.decimal)
    names = set(model.law_variables if isinstance(model, Fit) else model.inputs)
    if isinstance(model, Fit) and asked.kind == "prediction" and model.rows.sigma_column in rows.available:
        names.add(model.rows.sigma_column)
    if reading.where is not None:
        names |= parse_condition(reading.where).free_names
    check_budget(memory, len(rows.labels) + 8)
    counts: list[Predicted] = []

    def new(table: Table) -> dict[str, NDArray[Any]]:
        found = predicted(model, table, asked, reading.where)
        counts.append(replace(found, columns=dict.fromkeys(found.columns, np.empty(0))))
        return found.columns

    extend_by_pieces(rows, output, sorted(names), new)
    total = [sum(getattr(one, count) for one in counts) for count in ("n", "without", "outside")]
    return Predicted(counts[0].columns if counts else {}, *total)


def _gaps(numbers: NDArray[np.int64], gaps: NDArray[np.bool_]) -> NDArray[Any]:
    """Return whole numbers with nan in the gaps, without turning the others into 0.0 and 1.0."""
    mixed = numbers.astype(object)
    mixed[gaps] = np.nan
    return mixed


def stem(response: str) -> str:
    """Return the name of the response as it stands in new headers; a formula loses its brackets.

    >>> stem("z"), stem("log10(y)")
    ('z', 'log10_y')
    """
    return "_".join("".join(c if c.isalnum() or c == "_" else " " for c in response).split())


def write(file: str, output: str, columns: dict[str, NDArray[Any]], reading: Reading) -> None:
    """Write the rows of a file with the new columns beside them."""
    extend(file, output, columns, separator=reading.separator, decimal=reading.decimal)


def print_csv(file: str, columns: dict[str, NDArray[Any]], reading: Reading) -> None:
    """Write the same as CSV to the standard output."""
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "predicted.csv")
        write(file, place, columns, reading)
        click.echo(Path(place).read_bytes(), nl=False)
