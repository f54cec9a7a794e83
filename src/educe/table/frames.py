"""Objects in memory as named arrays: dictionaries, NumPy, pandas, polars, Arrow, xarray.

An object is known by the name of its type's package, so that no package is imported to recognise it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import TableError
from educe.table.names import Heading, headings, repeated
from educe.table.table import Column, Table
from educe.table.values import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """Columns that are not yet numbers.

    source : str -- for messages
    labels : headers, in order
    column : place -> array, read when it is asked for
    units : label -> unit, where the object carries it
    given : place -> the column as the object holds it, where that is more than `column` keeps of text
    """

    source: str
    labels: Sequence[str]
    column: Callable[[int], NDArray[Any]]
    units: Mapping[str, str] = field(default_factory=dict)
    given: Callable[[int], Any] | None = None

    def as_it_is(self, place: int) -> Any:
        """Return a column as the object holds it: an array, or a column of pandas, polars or Arrow."""
        return self.column(place) if self.given is None else self.given(place)


def gather(frame: Frame, names: Sequence[str] | None) -> Table:
    """Return the table of a frame; with `names`, of those of its columns that are among them.

    Without `names`, a column that is not numbers is noted in `Table.unusable`; with them it is refused.
    Raises TableError if a named column is not numbers, if lengths differ or if there is no row.
    """
    found = headings(frame.labels)
    unusable = repeated(found)
    columns: dict[str, Column] = {}
    units: dict[str, str] = {}
    for place, heading in enumerate(found):
        if names is not None and heading.name not in names and heading.label not in names:
            continue
        try:
            if heading.name in unusable:
                raise TableError(unusable[heading.name])
            columns[heading.name], unit = as_numbers(heading.name, frame.column(place))
        except TableError as refused:
            if names is not None:
                raise TableError(f"{frame.source}: {refused}") from None
            unusable[heading.name] = str(refused)
            continue
        units[heading.name] = unit or frame.units.get(heading.label, heading.unit)
    return assemble(frame.source, found, columns, units, unusable)


def assemble(
    source: str,
    found: Sequence[Heading],
    columns: dict[str, Column],
    units: Mapping[str, str],
    unusable: dict[str, str],
) -> Table:
    """Return the table of columns that are numbers; TableError if their lengths differ or they are empty."""
    return Table(
        columns,
        _length(source, columns),
        source,
        tuple(dict.fromkeys(heading.name for heading in found)),
        units={name: unit for name, unit in units.items() if unit},
        labels={heading.name: heading.label for heading in found if heading.label not in ("", heading.name)},
        unusable=unusable,
    )


def from_object(data: Any, names: Sequence[str] | None) -> Table:
    """Return the table of an object in memory; TableError if it is of no known kind."""
    simple = _simple(data) if isinstance(data, dict) else None
    return simple or gather(frame_of(data), names)


def frame_of(data: Any) -> Frame:
    """Return the columns of an object in memory; TableError if it is of no known kind."""
    if isinstance(data, dict):
        return _mapping(data)
    package = type(data).__module__.partition(".")[0]
    kind = type(data).__name__
    if package in _OPENERS and (package, kind) not in _NOT_TABLES:
        return _OPENERS[package](data)
    if isinstance(data, np.ndarray) and data.dtype.names:
        return _structured(data)
    if isinstance(data, Mapping):
        return _mapping(data)
    if hasattr(data, "__arrow_c_stream__"):
        import pyarrow

        return _arrow(pyarrow.table(data), f"{package} {kind}")
    whose = kind if package == "builtins" else f"{package} {kind}"
    advice = "; give its columns names: {'x': data[:, 0], ...}" if isinstance(data, np.ndarray) else ""
    raise TableError(
        "measurements are a path, a dictionary of arrays, a NumPy structured array, or a pandas, polars, "
        f"Arrow or xarray object, not {whose}{advice}."
    )


def _simple(data: dict[Any, Any]) -> Table | None:
    # What most calls give, many times a second where thousands of small fits are made: float64 arrays of
    # one length under names that need no cleaning. They are taken as they are.
    n = -1
    for name, column in data.items():
        if (
            type(column) is not np.ndarray
            or column.dtype != np.float64
            or column.ndim != 1
            or not (isinstance(name, str) and name.isascii() and name.isidentifier())
        ):
            return None
        if n != column.shape[0]:
            if n != -1:
                return None
            n = column.shape[0]
    return Table(dict(data), n, "dictionary", tuple(data)) if n > 0 else None


def _mapping(data: Mapping[Any, Any]) -> Frame:
    source = "dictionary" if isinstance(data, dict) else type(data).__name__
    if not data:
        raise TableError("a dictionary without columns; give at least one, as {'x': [1.0, 2.0]}.")
    labels, given = _labels(data), list(data.values())
    values = [_array(label, value) for label, value in zip(labels, given, strict=True)]
    n = max((len(value) for value in values if value.ndim), default=1)
    for place, value in enumerate(values):
        if value.ndim == 0:  # a scalar holds for every row
            values[place] = np.full(n, value[()])

    def as_given(place: int) -> Any:
        held = type(given[place]).__module__.partition(".")[0] in _SERIES and len(given[place]) == n
        return given[place] if held else values[place]

    return Frame(source, labels, values.__getitem__, given=as_given)


def _array(label: str, value: Any) -> NDArray[Any]:
    package = type(value).__module__.partition(".")[0]
    if package in _SERIES:
        return _SERIES[package](value)
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (set, frozenset, Mapping)):
        raise TableError(f"column '{label}' is a {type(value).__name__}; a column is an array or a list.")
    try:
        array = np.asarray(value)
    except ValueError:
        raise TableError(
            f"column '{label}' holds sequences of unequal length; a column has one dimension."
        ) from None
    if array.dtype.kind == "U" and not isinstance(value, str):
        return np.array(list(value), dtype=object)  # NumPy would have turned [1, "a"] into text throughout
    return array


def _structured(data: NDArray[Any]) -> Frame:
    names = data.dtype.names or ()
    return Frame("NumPy structured array", names, lambda place: data[names[place]])


def _pandas(data: Any) -> Frame:
    if type(data).__name__ == "Series":
        data = data.to_frame()
    if data.columns.nlevels > 1:
        raise TableError("the pandas DataFrame has several levels of column names; flatten them first.")
    named = [level for level in data.index.names if level is not None and level not in data.columns]
    labels = _labels([*named, *data.columns])

    def column(place: int) -> NDArray[Any]:
        if place < len(named):
            return _series(data.index.get_level_values(named[place]).to_series())
        return _series(data.iloc[:, place - len(named)])

    def given(place: int) -> Any:
        if place < len(named):
            return data.index.get_level_values(named[place]).to_series()
        return data.iloc[:, place - len(named)]

    return Frame("pandas DataFrame", labels, column, given=given)


def _series(series: Any) -> NDArray[Any]:
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return np.asarray(series.to_numpy())
    if type(dtype).__name__ == "CategoricalDtype":
        series = series.astype(dtype.categories.dtype)
        return _series(series) if type(series.dtype).__name__ != "CategoricalDtype" else np.asarray(series)
    if getattr(dtype, "tz", None) is not None:
        return np.asarray(series.dt.tz_convert(None).to_numpy())
    if dtype.kind in "iu" and not series.hasnans:
        return np.asarray(series.to_numpy(dtype=f"{dtype.kind}8"))
    if dtype.kind in "biuf":
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if dtype.kind in "mM":
        return np.asarray(series.to_numpy(dtype=f"{dtype.kind}8[ns]"))
    return np.asarray(series.to_numpy(dtype=object))


def _polars(data: Any) -> Frame:
    if type(data).__name__ == "LazyFrame":
        raise TableError("a polars LazyFrame holds no rows yet; call .collect() on it first.")
    if type(data).__name__ == "Series":
        data = data.to_frame()

    def given(place: int) -> Any:
        return data[:, place]

    return Frame("polars DataFrame", data.columns, lambda place: _polars_series(given(place)), given=given)


def _polars_series(series: Any) -> NDArray[Any]:
    if series.dtype.is_numeric() or series.dtype.is_temporal():
        return np.asarray(series.to_numpy())
    return np.array(series.to_list(), dtype=object)


def _pyarrow(data: Any) -> Frame:
    return _arrow(data, f"Arrow {type(data).__name__}")


def _arrow(data: Any, source: str) -> Frame:
    return Frame(source, data.schema.names, lambda place: arrow_array(data.column(place)), given=data.column)


def arrow_array(values: Any) -> NDArray[Any]:
    """Return a pyarrow Array or ChunkedArray as a NumPy array; nulls become nan, NaT or None."""
    import pyarrow.types as kinds

    kind = values.type
    if kinds.is_dictionary(kind):
        return arrow_array(values.cast(kind.value_type))
    if kinds.is_decimal(kind):
        values = values.cast("float64")
    elif kinds.is_boolean(kind):
        values = values.cast("int8")
    elif kinds.is_date(kind):
        values = values.cast("timestamp[s]" if kinds.is_date32(kind) else "timestamp[ms]")
    elif not any(
        holds(kind) for holds in (kinds.is_integer, kinds.is_floating, kinds.is_timestamp, kinds.is_duration)
    ):
        return _no_numbers(values)
    array = values.to_numpy() if hasattr(values, "chunks") else values.to_numpy(zero_copy_only=False)
    return np.asarray(array)


def _no_numbers(values: Any) -> NDArray[Any]:
    # Up to the first value that is there: it is what the refusal shows, and a long text stays where it is.
    first = next((at for at in range(len(values)) if values[at].is_valid), None)
    if first is None:
        return np.full(len(values), np.nan)
    return np.array([None] * first + [values[first].as_py(), None], dtype=object)[:-1]


def _xarray(data: Any) -> Frame:
    source = f"xarray {type(data).__name__}"
    if type(data).__name__ == "DataArray":
        data = data.to_dataset(name=data.name or "value")
    labels = _labels(data.variables)
    # Rows run as the values of the variable with most dimensions do; coordinates repeat beside them.
    longest: Any = max((data[label].dims for label in data.data_vars), key=len, default=())
    dimensions = {name: data.sizes[name] for name in dict.fromkeys([*longest, *data.sizes])}

    def column(place: int) -> NDArray[Any]:
        variable = data.variables[labels[place]].set_dims(dimensions).transpose(*dimensions)
        return np.asarray(variable.to_numpy()).reshape(-1)

    units = {label: str(data.variables[label].attrs.get("units", "")) for label in labels}
    return Frame(source, labels, column, units)


def _labels(names: Any) -> list[str]:
    labels = list(names)
    for label in labels:
        if not isinstance(label, str):
            raise TableError(f"a column's name is text, not {label!r}; name the columns first.")
    return labels


def _length(source: str, columns: Mapping[str, Column]) -> int:
    lengths = {name: len(column) for name, column in columns.items()}
    if not lengths:
        return 0
    first, n = next(iter(lengths.items()))
    for name, other in lengths.items():
        if other != n:
            raise TableError(f"{source}: column '{first}' has {n} rows, but column '{name}' has {other}.")
    if n == 0:
        raise TableError(f"{source} has no rows.")
    return n


_OPENERS: dict[str, Callable[[Any], Frame]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _pyarrow,
    "xarray": _xarray,
}
_SERIES: dict[str, Callable[[Any], NDArray[Any]]] = {
    "pandas": lambda value: _series(value if hasattr(value, "iloc") else value.to_series()),
    "polars": _polars_series,
    "pyarrow": arrow_array,
}
_NOT_TABLES = {("pyarrow", "ChunkedArray"), ("pyarrow", "Array")}
