"""The rows of a file with their predictions beside them."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from educe.table import extend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.fitting.result import Fit
    from educe.learning.result import Learned


@dataclass(frozen=True, eq=False)
class Predicted:
    """New columns, (n,) each, and how many rows have no prediction or lie outside the measured region."""

    columns: dict[str, NDArray[Any]]
    n: int
    without: int
    outside: int


def predicted(model: Fit | Learned, file: str, level: float, kind: str) -> Predicted:
    """Return the predictions for each row of a file."""
    band = model.predict(file, interval=kind, level=level)
    assert not isinstance(band, np.ndarray)
    usable = np.isfinite(band.values)
    outside = band.outside.astype(np.int64)
    name = stem(model.response)
    columns = {
        f"{name}_predicted": np.where(usable, band.values, np.nan),
        f"{name}_lower": np.where(usable, band.lower, np.nan),
        f"{name}_upper": np.where(usable, band.upper, np.nan),
        f"{name}_outside": outside if usable.all() else _gaps(outside, ~usable),
    }
    return Predicted(columns, len(usable), int((~usable).sum()), int(outside[usable].sum()))


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


def write(file: str, output: str, columns: dict[str, NDArray[Any]]) -> None:
    """Write the rows of a file with the new columns beside them."""
    extend(file, output, columns)


def print_csv(file: str, columns: dict[str, NDArray[Any]]) -> None:
    """Write the same as CSV to the standard output."""
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "predicted.csv")
        extend(file, place, columns)
        click.echo(Path(place).read_bytes(), nl=False)
