"""Keys of every kind, from every kind of data; and those that are none."""

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr
from pyarrow import parquet
from tests.many.decays import LAW, X, decays, rows

import educe
from educe.errors import EduceError, FitError, FormulaError, ParameterError, TableError
from educe.many.fit_many import fit_many
from educe.many.result import STATUS, Many
from educe.table import TextFile, read
from educe.table.writing import write

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LINE = "y = m*x + b"
DAYS = ["2024-01-03", "2023-12-31", "2024-01-02"]


def lines(keys: Any, slopes: tuple[float, ...] = (1.0, 2.0, 3.0)) -> dict[str, Any]:
    """Return rows of three lines that take turns, the key of each given."""
    x = np.repeat(np.arange(5.0), len(slopes))
    again = np.tile(keys, 5) if isinstance(keys, np.ndarray) else list(keys) * 5
    return {"x": x, "y": np.tile(slopes, 5) * x, "key": again}


def slopes(many: Many) -> list[float]:
    return many.params["m"].round(9).tolist()


@pytest.mark.parametrize(
    ("keys", "ascending", "order"),
    [
        (["b", "c", "a"], ["a", "b", "c"], [3, 1, 2]),
        ([7, 300, -5], [-5, 7, 300], [3, 1, 2]),
        ([0.5, 0.25, 1e9], [0.25, 0.5, 1e9], [2, 1, 3]),
        (np.array(DAYS, "datetime64[D]"), sorted(map(datetime.date.fromisoformat, DAYS)), [2, 3, 1]),
        ([2**60 + 1, 2**60, 2**60 + 2], [2**60, 2**60 + 1, 2**60 + 2], [2, 1, 3]),
        (["Zürich", "Ōsaka", "Aarau"], ["Aarau", "Zürich", "Ōsaka"], [3, 1, 2]),
    ],
    ids=["text", "integers", "floats", "dates", "integers no float64 can tell apart", "letters"],
)
@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame, lambda rows: pa.table(rows)])
def test_a_key_comes_back_as_it_was_given(frame: Any, keys: Any, ascending: list, order: list) -> None:
    many = fit_many(LINE, frame(lines(keys)), by="key")
    found = many.keys["key"]
    assert found.tolist() == np.array(ascending, dtype=found.dtype).tolist()
    assert slopes(many) == order


def test_several_columns_are_one_key(tmp_path: Path) -> None:
    _, y = decays(12)
    table = rows(y)
    number = table.pop("pixel") // 3
    names = np.array(["left", "middle", "right"], dtype=object)
    columns = {**table, "row": number // 3 + 7, "side": names[number % 3]}
    many = fit_many(LAW, columns, by=["row", "side"])
    np.testing.assert_allclose(many.theta, fit_many(LAW, {"x": X, "y": y}).theta, rtol=1e-7)
    assert many.by == ("row", "side")
    assert many.keys["row"].tolist() == np.repeat([7, 8, 9, 10], 3).tolist()
    assert many.of(8, "right")["k"] == many.params["k"][5]
    assert "12 data sets by row and side" in str(many)
    assert json.loads(json.dumps(many.to_dict()))["by"] == ["row", "side"]
    for name in ("a.parquet", "a.csv", "a.arrow"):
        many.save(tmp_path / name)
    stored = parquet.read_table(tmp_path / "a.parquet")
    assert stored.column_names[:3] == ["row", "side", "a"]
    assert stored["side"].to_pylist() == ["left", "middle", "right"] * 4
    assert pd.read_feather(tmp_path / "a.arrow")["row"].tolist() == many.keys["row"].tolist()
    text = (tmp_path / "a.csv").read_text().splitlines()
    assert text[0].startswith("row,side,a,k,c")
    assert text[1].startswith("7,left,")
    assert read(tmp_path / "a.csv")["k"].tolist() == many.params["k"].tolist()
    frame = pd.DataFrame(many.to_columns()).set_index(["row", "side"])
    assert frame.loc[(8, "right"), "k"] == many.params["k"][5]


def test_pixels_of_an_xarray() -> None:
    _, y = decays(6)
    image = xr.DataArray(
        y.T.reshape(20, 2, 3),
        dims=("x", "row", "col"),
        coords={"x": X, "row": [5, 6], "col": ["a", "b", "c"]},
    )
    many = fit_many(LAW, image.to_dataset(name="y"), by=("row", "col"))
    np.testing.assert_allclose(many.theta, fit_many(LAW, {"x": X, "y": y}).theta, rtol=1e-7)
    assert many.keys["col"].tolist() == ["a", "b", "c"] * 2


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_rows_without_a_key_are_counted_and_left_out(missing: Any) -> None:
    data = lines(["b", missing, "a"])
    many = fit_many(LINE, pd.DataFrame(data), by="key")
    assert many.keys["key"].tolist() == ["a", "b"]
    assert many.left_out == {"missing key": 5}
    assert slopes(many) == [3.0, 1.0]
    number = fit_many(LINE, {**lines([1.0, np.nan, np.inf])}, by="key")
    assert number.left_out == {"missing key": 10}
    with pytest.raises(TableError, match="no row is left; 15 left out: missing key"):
        fit_many(LINE, {**data, "key": [None] * 15}, by="key")


def test_cells_of_a_text_file_are_numbers_only_if_that_loses_nothing(tmp_path: Path) -> None:
    x = np.repeat(np.arange(5.0), 3)
    y = np.tile([1.0, 2.0, 3.0], 5) * x

    def keys(*cells: str) -> tuple[list, dict]:
        write(tmp_path / "a.csv", {"x": x, "y": y, "my key": list(cells) * 5})
        many = fit_many(LINE, tmp_path / "a.csv", by="my_key")
        return many.keys["my_key"].tolist(), dict(many.left_out)

    assert keys("10", "9", "8.5") == ([8.5, 9.0, 10.0], {})
    assert keys("1", "1.0", "2") == ([1, 2], {})
    assert keys("007", "7", "8") == (["007", "7", "8"], {})
    assert keys("12345678901234567890", "12345678901234567891", "3")[0][0] == "12345678901234567890"
    assert keys("2024-01-02", "b", " c ") == (["2024-01-02", "b", "c"], {})
    assert keys("a", "", "NaN") == (["a"], {"missing key": 10})


def test_a_large_text_file_is_cut_by_arrow_to_the_same_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = rows(decays(50)[1])
    names = [f"s{k:04d}" for k in table.pop("pixel")]
    write(tmp_path / "a.csv", {"sensor": names, **table})
    careful = fit_many(LAW, tmp_path / "a.csv", by="sensor")
    monkeypatch.setattr("educe.table.key_columns.LARGE", 100)
    bulk = fit_many(LAW, tmp_path / "a.csv", by="sensor")
    assert bulk.theta.tobytes() == careful.theta.tobytes()
    assert bulk.keys["sensor"].tolist() == careful.keys["sensor"].tolist() == sorted(set(names))
    told = (tmp_path / "a.csv").read_text().replace(",", ";")
    (tmp_path / "b.csv").write_text(told)
    again = fit_many(LAW, TextFile(tmp_path / "b.csv", separator=";"), by="sensor")
    assert again.theta.tobytes() == bulk.theta.tobytes()


def test_a_key_that_stands_in_the_law_is_a_variable() -> None:
    x = np.tile(np.arange(6.0), 4)
    T = np.repeat([1.0, 2.0, 4.0, 8.0], 6)
    many = fit_many("y = a*exp(-k*x/T)", {"x": x, "T": T, "y": 3 * np.exp(-0.7 * x / T)}, by="T")
    assert many.names == ("a", "k")
    np.testing.assert_allclose(many.params["k"], 0.7, rtol=1e-6)
    assert many.keys["T"].tolist() == [1.0, 2.0, 4.0, 8.0]
    told = fit_many("y = a*x + b*T + c", {"x": x, "T": T, "y": x}, by="T", start={"a": 1.0})
    assert (told.status == STATUS.index("the data cannot tell the parameters apart")).all()
    with pytest.raises(TableError, match="column 'key' is not all numbers"):
        fit_many("y = m*x + key", lines(["a", "b", "c"]), by="key")


def test_one_row_for_each_key_is_refused_unless_others_have_more() -> None:
    n = 100_000
    x = np.arange(float(n))
    alone = {"x": x, "y": x, "key": np.random.default_rng(0).permutation(n)}
    with pytest.raises(
        TableError, match="the largest of 100,000 data sets by key has 1 row; the law has 2 param"
    ):
        fit_many(LINE, alone, by="key")
    some = {"x": x, "y": 2 * x, "key": np.append(np.arange(n - 5), [-1] * 5)}
    many = fit_many(LINE, some, by="key")
    assert many.counts == {"converged": 1, "fewer points than parameters": n - 5}
    assert many.of(-1)["m"] == pytest.approx(2.0)
    assert np.isnan(many.params["m"][1:]).all()


@pytest.mark.parametrize(
    ("by", "error", "words"),
    [
        (3, ParameterError, "by is the name of the column"),
        ([], ParameterError, "by is the name of the column"),
        (["key", 3], ParameterError, "or a list of names, not"),
        ({"key": 1}, ParameterError, "or a list of names, not"),
        (["key", "key"], ParameterError, "by names the column 'key' 2 times"),
        ("kez", TableError, "dictionary has no column 'kez'; its columns are .* Did you mean 'key'"),
        (["key", "nokey"], TableError, "has no column 'nokey'"),
        (
            "mixed",
            TableError,
            "the key 'mixed' holds int and str; a key is numbers, text, dates or truth val",
        ),
        ("bytes", TableError, "the key 'bytes' holds .*S1"),
        ("complex", TableError, "the key 'complex' holds complex128"),
        ("nested", TableError, r"the key 'nested' has shape \(15, 2\)"),
        ("short", TableError, "the key 'short' has 3 rows, but the table has 15"),
        ("rss", ParameterError, "the result has a column 'rss' of its own; rename that of the key"),
        ("m_stderr", ParameterError, "the result has a column 'm_stderr' of its own"),
    ],
)
def test_what_is_no_key_is_refused(by: Any, error: type[EduceError], words: str) -> None:
    odd = {
        "mixed": ["a", 1, "b"] * 5,
        "bytes": np.array([b"a", b"b", b"c"] * 5),
        "complex": [1j, 2.0, 3.0] * 5,
        "nested": [[1, 2]] * 15,
        "short": ["a", "b", "c"],
        "rss": [1, 2, 3] * 5,
        "m_stderr": ["a", "b", "c"] * 5,
    }
    with pytest.raises(error, match=words):
        fit_many(LINE, {**lines(["a", "b", "c"]), **odd}, by=by)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    double = pa.Table.from_arrays([pa.array([1.0, 2.0])] * 4, names=["x", "y", "key", "key"])
    with pytest.raises(TableError, match="the column name 'key' occurs 2 times"):
        fit_many(LINE, double, by="key")
    (tmp_path / "a.csv").write_text("x,y,key,key\n1,2,a,b\n2,3,a,b\n")
    for how in ({}, {"memory": "1GB"}):
        with pytest.raises(TableError, match="the column name 'key' occurs 2 times"):
            fit_many(LINE, tmp_path / "a.csv", by="key", **how)


def test_too_many_combinations_are_refused() -> None:
    n = 2_100_000
    x = np.random.default_rng(0).random(n)
    with pytest.raises(TableError, match=r"more than 2\*\*62; use fewer columns"):
        fit_many(LINE, {"x": x, "y": x, "a": x + 1, "b": x + 2, "c": x + 3}, by=["a", "b", "c"])


def test_a_key_that_is_asked_for_and_not_there() -> None:
    many = fit_many(LINE, lines(["ann", "bob", "cal"]), by="key")
    with pytest.raises(ParameterError, match=r"there is no data set with key = bobb\. Did you mean 'bob'"):
        many.of("bobb")
    with pytest.raises(ParameterError, match="there is no data set with key = 3"):
        many.of(3)
    with pytest.raises(ParameterError, match=r"a key here is 1 value\(s\), of key; not 2"):
        many.of("ann", "bob")


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({"x": X, "y": np.empty((0, 20))}, TableError, "there is nothing to fit"),
        (
            {"x": X, "y": [[1.0, 2.0], [1.0]]},
            TableError,
            "does not hold numbers, or its rows differ in length",
        ),
        ({"x": X, "y": np.full((3, 20), "a")}, TableError, "does not hold numbers"),
        ({"x": X[:2], "y": np.ones((3, 2))}, TableError, "the largest of 3 data sets by fit has 2 rows"),
        ({"x": X, "y": np.full((3, 20), np.inf)}, TableError, "no point is finite"),
    ],
)
def test_arrays_that_cannot_be_fitted(data: dict, error: type[EduceError], words: str) -> None:
    with pytest.raises(error, match=words):
        fit_many(LAW, data)


def test_a_law_that_no_data_set_can_follow_is_said() -> None:
    with pytest.raises(FitError, match="data sets that were tried could be fitted"):
        fit_many("y = a*log(b - x*x)", {"x": X + 1e200, "y": np.ones((5, 20))})
    with pytest.raises(FormulaError, match="a law that is a formula"):
        fit_many(lambda x, a: np.interp(x, [0, 1], [0, a]), {"x": X, "y": np.ones((5, 20))})
    assert educe.fit_many is fit_many


@pytest.mark.parametrize(
    ("key", "kind", "cell"),
    [
        (np.array(DAYS, "M8[D]"), pa.date32(), "2023-12-31"),
        (np.array(DAYS, "M8[h]"), pa.timestamp("ms"), "2023-12-31 00:00:00"),
        (np.array(DAYS, "M8[us]"), pa.timestamp("us"), "2023-12-31 00:00:00"),
        (np.array([30, 10, 20], "m8[s]"), pa.duration("s"), "0:00:10"),
        (pa.array(np.array(DAYS, "M8[s]")).cast(pa.timestamp("s", "UTC")), None, "2023-12-31 00:00:00+00:00"),
        (np.array([True, False, True]), pa.bool_(), "False"),
        (np.array([3, 1, 2], np.int16), pa.int16(), "1"),
        (np.array(["b, c", "a", "ö"], object), pa.large_string(), "a"),
    ],
)
def test_a_key_is_stored_as_it_was_given(tmp_path: Path, key: Any, kind: Any, cell: str) -> None:
    data = lines(["", "", ""])
    data["key"] = pa.concat_arrays([key] * 5) if isinstance(key, pa.Array) else np.tile(key, 5)
    many = fit_many(LINE, data, by="key")
    for name in ("a.parquet", "a.arrow", "a.csv"):
        many.save(tmp_path / name)
    stored = parquet.read_table(tmp_path / "a.parquet")["key"]
    assert kind is None or stored.type == kind
    assert stored.to_pylist() == sorted(set(data["key"].tolist())) or stored.type == pa.timestamp("ms", "UTC")
    assert (tmp_path / "a.csv").read_text().splitlines()[1].split(",")[0] == cell
    assert many.of(many.keys["key"][0]) == many.of(stored[0].as_py())
