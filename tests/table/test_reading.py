"""Files that cannot be read, large ones, packed ones, and both readers against each other."""

from __future__ import annotations

import contextlib
import gzip
import os
import resource
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, ipc, parquet

from educe.errors import FileError, TableError
from educe.table import Table, as_table, read, reading
from educe.table.bulk import read_bulk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def same(one: Table, other: Table) -> None:
    assert list(one.columns) == list(other.columns)
    for name in one.columns:
        assert one[name].tobytes() == other[name].tobytes(), name
    assert (one.n, one.source, one.available, one.units, one.labels, one.unusable) == (
        other.n, other.source, other.available, other.units, other.labels, other.unusable
    )  # fmt: skip


# Both readers give the same table ---------------------------------------------------------------------


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
RARE = st.sampled_from(
    ["", "NA", "nan", "+3", " 7 ", "1.0D+02", "inf", "-Inf", "1e400", "5.", ".5", '"2"', "-"]
)
TEXTS = st.sampled_from(
    ["a", "b c", '"d, e;\tf"', "2026-01-02 03:04:05", "2026-01-02 03:04:06.5", "x_1", "# no"]
)


@st.composite
def files(draw: st.DrawFn) -> str:
    separator, decimal = draw(
        st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", ".")])
    )
    width = draw(st.integers(1, 4))
    kinds = draw(
        st.lists(
            st.sampled_from([NUMBERS, NUMBERS, NUMBERS | RARE, TEXTS, st.integers()]),
            min_size=width,
            max_size=width,
        )
    )
    rows = draw(st.lists(st.tuples(*kinds), min_size=1, max_size=12))
    cells = [
        [repr(cell).replace(".", decimal) if not isinstance(cell, str) else cell for cell in row]
        for row in rows
    ]
    header = [f"h{place} [u]" for place in range(width)] if draw(st.booleans()) else None
    lines = [separator.join(row) for row in ([header] if header else []) + cells]
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(["", "# remark", "cut", " "])))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "# top\n", "Device 7\n\n"])) + end.join(lines) + end


@given(files())
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_arrow_and_line_by_line_give_the_same_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(text.encode())
    try:
        careful = read(path)
    except (TableError, FileError):
        careful = None
    head = path.read_bytes()
    try:
        encoding, dialect = reading.layout(head)
        bulk = read_bulk(path, head, dialect, "r.csv", None) if encoding == "utf-8" else None
    except (TableError, FileError):
        bulk = None
    if bulk is not None:
        assert careful is not None
        same(bulk, careful)


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30),
    st.sampled_from([",", ";", "\t", "|", " "]),
    st.sampled_from([".", ","]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_was_written_is_read_to_the_last_bit(
    tmp_path: Path, rows: list[tuple[float, float]], separator: str, decimal: str
) -> None:
    if separator == decimal:
        return
    text = "".join(separator.join(repr(cell).replace(".", decimal) for cell in row) + "\n" for row in rows)
    path = tmp_path / "w.csv"
    path.write_text("x" + separator + "y\n" + text)
    table = read(path, decimal=decimal)
    assert table["x"].tobytes() == np.array([row[0] for row in rows]).tobytes()
    assert table["y"].tobytes() == np.array([row[1] for row in rows]).tobytes()


LARGE_FILES = {
    "plain": ("x,y\n", "1.5,2\n", {}),
    "missing": ("x,y\n", "1.5,NA\n2,3\n,4\n", {}),
    "decimal commas": ("x;y\n", "1,5;2\n", {}),
    "times": ("t,y,site\n", "2026-01-02 03:04:05.5,2,north\n2026-01-02 03:05:05,3,south\n", {}),
    "signs": ("x,y\n", "+1.5,2\n", {}),
    "named": ("x,y,site\n", "1.5,2,north\n", {"names": ["y"]}),
    "comments": ("x,y\n", "1.5,2\n# stop,2\n", {"names": ["y"]}),
    "CR": ("x,y\r", "1.5,2\r", {}),
    "quotes over the end of the head": ("x,y,s\n", '1.5,2,"a' + 15 * "\nb" + '"\n', {}),
    "quotes": ("x,y,s\n", '1.5,2,"a\nb"\n', {}),
}


@pytest.mark.parametrize("case", LARGE_FILES)
def test_a_large_file_gives_what_a_small_one_would(
    file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    header, rows, options = LARGE_FILES[case]
    path = file(header + rows * (1_200_000 // len(rows)))  # more than the head that the layout is read from
    careful = read(path, **options)
    monkeypatch.setattr(reading, "LARGE", 0)
    same(read(path, **options), careful)


def test_a_bad_cell_and_a_short_line_deep_in_a_large_file_are_found(
    file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGE", 0)
    with pytest.raises(TableError, match=r"log.csv: column 'y' .* line 300002 \(row 300001\) holds 'bad'"):
        read(file("x,y\n" + "1.5,2\n" * 300_000 + "1,bad\n"), names=["x", "y"])
    with pytest.raises(TableError, match="line 300002 has 1 field, but the rows above it have 2"):
        read(file("x,y\n" + "1.5,2\n" * 300_000 + "1."))
    table = read(file("x,y\n" + "1.5,2\n" * 300_000 + "1,bad\n"))
    assert list(table.columns) == ["x"]


@given(st.binary(max_size=200) | st.text(alphabet='01.,;\t |"x#\n\r-:[e', max_size=80).map(str.encode))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_a_table_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    with contextlib.suppress(TableError, FileError):
        table = read(path)
        assert all(len(column) == table.n for column in table.columns.values())


# Files that are no tables -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "log.csv: the file is empty"),
        (b" \n\n ", "the file is empty"),
        (b"x,y\n1,2\n\x00\x01\x02\x03", "not text"),
        pytest.param(np.random.default_rng(4).bytes(4096), "not text", id="random bytes"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not text"),
        (b"PK\x03\x04 and so on", "save the sheet as CSV"),
        (b"\x89HDF\r\n", "HDF5 is not read"),
        (b"FEA1 and so on", "Feather version 1"),
        (b"PAR1 and no more", "damaged"),
        (b"ARROW1 and no more", "damaged"),
        (gzip.compress(b"x,y\n1,2\n", mtime=0)[:-9], "packed file is damaged or ends too early"),
        (b"\x1f\x8b and so on", "cannot be read"),
        (b'x,y\n1,"' + b"a" * 200_000 + b"\n", "cannot be cut into fields"),
    ],
)
def test_what_is_no_table_is_refused(file: Callable[..., Path], content: bytes, told: str) -> None:
    with pytest.raises(FileError, match=told):
        read(file(content))


def test_zero_bytes_deep_in_a_text_are_refused(file: Callable[..., Path]) -> None:
    with pytest.raises(FileError, match="not text"):
        read(file(b"x,y\n" + b"1,2\n" * 300_000 + bytes(100)))


def test_a_missing_file_is_refused_with_the_nearest_name(file: Callable[..., Path]) -> None:
    path = file("x\n1\n", "sensors.csv")
    with pytest.raises(FileError, match=r"^sensor.csv: there is no such file. Did you mean 'sensors.csv'\?"):
        as_table(path.with_name("sensor.csv"))
    with pytest.raises(FileError, match="there is no such file"):
        as_table("/no/such/folder/sensor.csv")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="a folder, not a file"):
        read(tmp_path)
    with pytest.raises(FileError, match=r"^\.: this is a folder, not a file"):
        read(".")


def test_a_file_that_may_not_be_read_is_refused(
    file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = file("x\n1\n")  # chmod would not stop the superuser
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(FileError, match="no permission"):
        read(path)


def test_five_gigabytes_in_one_line_are_refused_without_filling_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with open(path, "wb") as stream:
        stream.write(b"1," * 1_000_000)
        stream.truncate(5 << 30)  # the rest takes no room on disk
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from educe.table import read\nfrom educe.errors import FileError\n"
        f"try: read({str(path)!r})\nexcept FileError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "line.csv: line 1 is longer than 1048576 characters."


def test_an_endless_second_line_from_a_pipe_is_refused_without_filling_memory(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def pour() -> None:
        with open(path, "wb") as stream:
            try:
                stream.write(b"x,y\n1,2\n")
                for _ in range(5000):
                    stream.write(b"1," * 500_000)
            except BrokenPipeError:
                pass
            finally:
                with contextlib.suppress(BrokenPipeError):
                    stream.flush()

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    writer = threading.Thread(target=pour, daemon=True)
    writer.start()
    with pytest.raises(FileError, match="line 3 is longer than"):
        read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_a_pipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("x,y\n1,2\n",))
    writer.start()
    assert read(path)["y"].tolist() == [2]
    writer.join()


# Packed and columnar ----------------------------------------------------------------------------------


def test_packed_text(file: Callable[..., Path]) -> None:
    assert read(file(gzip.compress(b"x,y\n1,2\n"), "log.csv.gz"))["y"].tolist() == [2]


TABLE: dict[str, Any] = {
    "T [K]": [1.5, None, 3.0],
    "n": [1, 2, None],
    "s": ["a", None, "c"],
    "void": pa.nulls(3),
}


def put_parquet(path: Path, table: pa.Table) -> None:
    parquet.write_table(table, path, row_group_size=2)


def put_feather(path: Path, table: pa.Table) -> None:
    feather.write_feather(table, str(path), chunksize=2)


def put_stream(path: Path, table: pa.Table) -> None:
    with ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize("put", [put_parquet, put_feather, put_stream])
def test_columnar_files(tmp_path: Path, put: Any) -> None:
    path = tmp_path / "table.bin"  # the content tells the kind, not the name
    put(path, pa.table(TABLE))
    table = read(path)
    nan = np.nan
    for name, values in {"T": [1.5, nan, 3], "n": [1, 2, nan], "void": [nan] * 3}.items():
        np.testing.assert_array_equal(table[name], values)
    assert table.units == {"T": "K"}
    assert table.available == ("T", "n", "s", "void")
    with pytest.raises(TableError, match=r"table.bin: column 's' is not all numbers: row 1 holds 'a'"):
        table["s"]
    assert list(read(path, names=["n"]).columns) == ["n"]


def test_only_the_columns_asked_for_are_taken_from_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet.write_table(pa.table({"x": [1.0], "y": [2.0]}), tmp_path / "t.parquet")
    asked: list[Any] = []
    taken = parquet.ParquetFile.read_row_group

    def spy(self: Any, at: int, columns: Any = None, **options: Any) -> Any:
        asked.append(columns)
        return taken(self, at, columns=columns, **options)

    monkeypatch.setattr(parquet.ParquetFile, "read_row_group", spy)
    read(tmp_path / "t.parquet", names=["y"])
    assert asked == [["y"]]


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": pa.array([], pa.float64())}), tmp_path / "t.parquet")
    with pytest.raises(TableError, match=r"t.parquet has no rows"):
        read(tmp_path / "t.parquet")


def test_what_pandas_writes_is_read_to_the_last_bit(file: Callable[..., Path]) -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        rng.normal(size=(500, 3)) * 10.0 ** rng.integers(-300, 300, (500, 3)), columns=list("xyz")
    )
    table = read(file(frame.to_csv(index=False)))
    for name in "xyz":
        assert table[name].tobytes() == frame[name].to_numpy().tobytes()
