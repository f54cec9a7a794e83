"""Objects in memory: every kind gives the same numbers, or is refused."""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr

from educe.errors import ParameterError, TableError
from educe.table import as_table

NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=None)
LATER = NOON + datetime.timedelta(seconds=1.5)
PLAIN: dict[str, list[Any]] = {
    "x": [1.5, None, 3.0],
    "n": [1, 2, 3],
    "b": [True, False, True],
    "d": [decimal.Decimal("0.1"), None, decimal.Decimal("-2")],
    "t": [NOON, LATER, None],
    "s": ["a", "b", "c"],
}


def frames() -> list[Any]:
    return [
        PLAIN,
        pd.DataFrame(PLAIN),
        pd.DataFrame(PLAIN).convert_dtypes(),
        pd.DataFrame(PLAIN).convert_dtypes(dtype_backend="pyarrow"),
        pl.DataFrame(PLAIN),
        pa.table(PLAIN),
        pa.RecordBatch.from_pydict(PLAIN),
        {name: pd.Series(column) for name, column in PLAIN.items()},
        {name: pl.Series(column) for name, column in PLAIN.items()},
        {name: pa.array(column) for name, column in PLAIN.items()},
        {name: np.array(column, dtype=object) for name, column in PLAIN.items()},
    ]


@pytest.mark.parametrize("data", frames(), ids=lambda data: f"{type(data).__module__}.{type(data).__name__}")
def test_every_kind_of_frame_gives_the_same_numbers(data: Any) -> None:
    table = as_table(data)
    nan = np.nan
    expected = {"x": [1.5, nan, 3], "n": [1, 2, 3], "b": [1, 0, 1], "d": [0.1, nan, -2], "t": [0, 1.5, nan]}
    assert table.n == 3
    assert table.available == tuple(PLAIN)
    assert table.units == {"t": "s since 2026-01-02 12:00:00"}
    for name, column in expected.items():
        assert table[name].dtype == np.float64
        assert table[name].flags.c_contiguous
        np.testing.assert_array_equal(table[name], column)
    with pytest.raises(TableError, match="column 's' is not all numbers: row 1 holds 'a'"):
        table.select(["s"])
    with pytest.raises(TableError, match="column 's' is not all numbers: row 1 holds 'a'"):
        as_table(data, names=["x", "s"])
    assert list(as_table(data, names=["n", "x", "no_column"]).columns) == ["x", "n"]


@pytest.mark.parametrize("kind", [np.int8, np.uint16, np.int64, np.float16, np.float32, np.float64, np.bool_])
def test_numpy_kinds_are_widened(kind: type) -> None:
    table = as_table({"x": np.array([0, 1, 1], dtype=kind)})
    assert table["x"].dtype == np.float64
    assert table["x"].tolist() == [0, 1, 1]


def test_masked_values_are_missing() -> None:
    table = as_table({"x": np.ma.array([1, 2, 3], mask=[False, True, False])})
    np.testing.assert_array_equal(table["x"], [1, np.nan, 3])


def test_structured_array() -> None:
    data = np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i4"), ("b", "f4")])
    table = as_table(data)
    assert table["a"].tolist() == [1, 3]
    assert table["b"].flags.c_contiguous


def test_scalars_hold_for_every_row() -> None:
    table = as_table({"x": [1.0, 2.0], "pressure": 3})
    assert table["pressure"].tolist() == [3, 3]
    assert as_table({"x": 1.0}).n == 1


def test_data_array_rows_run_as_its_values_do() -> None:
    z = np.arange(6.0).reshape(2, 3)
    data = xr.DataArray(
        z, dims=("y", "x"), coords={"x": [10, 20, 30], "y": [0.5, 1]}, name="z", attrs={"units": "K"}
    )
    for table in (as_table(data), as_table(data.to_dataset())):
        assert table["z"].tolist() == [0, 1, 2, 3, 4, 5]
        assert table["x"].tolist() == [10, 20, 30, 10, 20, 30]
        assert table["y"].tolist() == [0.5, 0.5, 0.5, 1, 1, 1]
        assert table.units == {"z": "K"}
    assert "value" in as_table(data.rename(None)).columns


def test_transposed_and_scalar_coordinates_broadcast() -> None:
    data = xr.Dataset({"z": (("y", "x"), np.arange(4.0).reshape(2, 2)), "w": (("x", "y"), [[1, 2], [3, 4]])})
    table = as_table(data.assign_coords(p=7.0))
    assert table["w"].tolist() == [1, 3, 2, 4]
    assert table["p"].tolist() == [7] * 4


def test_a_named_index_is_a_column() -> None:
    table = as_table(pd.DataFrame({"t": [1, 2], "U": [3, 4]}).set_index("t"))
    assert table["t"].tolist() == [1, 2]


def test_categories_of_numbers_are_numbers_and_of_text_are_text() -> None:
    table = as_table(
        pd.DataFrame({"x": pd.Categorical([1.5, 2.5, 1.5]), "s": pd.Categorical(["a", "b", "a"])})
    )
    assert table["x"].tolist() == [1.5, 2.5, 1.5]
    with pytest.raises(TableError, match="row 1 holds 'a'"):
        table["s"]


def test_times_with_a_zone() -> None:
    moments = pd.date_range("2026-03-29 00:00", periods=3, freq="h", tz="Europe/Berlin")  # the clock changes
    for data in (
        pd.DataFrame({"t": moments}),
        pa.table({"t": moments.to_pydatetime()}),
        {"t": list(moments)},
    ):
        assert as_table(data)["t"].tolist() == [0, 3600, 7200]


def test_durations_are_seconds() -> None:
    assert as_table({"t": np.array([1, 2500], dtype="m8[ms]")})["t"].tolist() == [0.001, 2.5]


def test_any_arrow_stream_is_read() -> None:
    class Stream:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.table({"x": [1, 2]}).__arrow_c_stream__(requested_schema)

    assert as_table(Stream())["x"].tolist() == [1, 2]


def test_labels_and_names_both_find_a_column() -> None:
    table = as_table({"Temp [°C]": [1.0, 2.0]})
    assert table["Temp"].tolist() == table["Temp [°C]"].tolist() == [1, 2]
    assert table.units == {"Temp": "°C"}
    assert list(as_table({"Temp [°C]": [1.0], "s": ["a"]}, names=["Temp [°C]"]).columns) == ["Temp"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"x": [1, 2], "y": [1, 2, 3]}, "column 'x' has 2 rows, but column 'y' has 3"),
        ({"x": np.ones(2), "y": np.ones(3)}, "column 'x' has 2 rows, but column 'y' has 3"),
        ({"x": []}, "dictionary has no rows"),
        ({"x": np.ones(0)}, "dictionary has no rows"),
        ({}, "without columns"),
        ({1: [1.0]}, "name is text, not 1"),
        ({"x": np.ones((2, 2))}, r"column 'x' has shape \(2, 2\)"),
        ({"x": [[1], [1, 2]]}, "column 'x' holds sequences of unequal length"),
        ({"x": np.array([1j])}, "column 'x' holds complex numbers"),
        ({"x": np.array([b"a"])}, "row 1 holds b'a'"),
        ({"x": [1, "7"]}, "row 2 holds '7'"),
        ({"x": [2**53 + 1]}, "column 'x' holds the integer 9007199254740993, beyond 2"),
        ({"x": [2**70]}, "beyond 2"),
        ({"x": {1, 2}}, "column 'x' is a set"),
        ({"x": [NOON, 1.0]}, "row 2 holds 1.0"),
        ([1, 2], "not list"),
        (np.ones((2, 2)), r"not numpy ndarray; give its columns names"),
        (None, "no measurements were given"),
        (3, "not int"),
        (pl.LazyFrame({"x": [1]}), r"call .collect\(\)"),
        (pd.DataFrame({("a", "b"): [1.0]}), "several levels"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "'x' occurs 2 times"),
    ],
)
def test_what_cannot_be_columns_of_numbers_is_refused(data: Any, told: str) -> None:
    with pytest.raises(TableError, match=told):
        as_table(data)["x"]


def test_names_is_a_list() -> None:
    with pytest.raises(ParameterError, match=r"give \['x'\]"):
        as_table({"x": [1.0]}, names="x")


def test_mixed_zones_are_refused() -> None:
    mixed = [NOON, NOON.replace(tzinfo=datetime.UTC)]
    with pytest.raises(TableError, match="mixes times with and without a time zone"):
        as_table({"t": mixed})["t"]


def test_arrays_and_small_files_load_no_heavy_package(tmp_path: Any) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n")
    code = (
        "import sys, numpy as np; from educe.table import as_table;"
        "as_table({'x': np.ones(3)}).complete(['x']);"
        f"as_table({str(tmp_path / 'a.csv')!r});"
        "print([m for m in ('pandas', 'pyarrow', 'polars', 'xarray') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
