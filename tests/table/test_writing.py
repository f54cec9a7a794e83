"""Files appear whole or not at all, and hold every bit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from educe.errors import FileError, TableError
from educe.table import extend, read, replacing, write

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt", "parquet", "feather", "arrow"])
@given(values=st.lists(st.floats(), min_size=1, max_size=20))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read_to_the_last_bit(tmp_path: Path, suffix: str, values: list[float]) -> None:
    path = tmp_path / f"t.{suffix}"
    write(path, {"x [m]": np.array(values), "n": list(range(len(values)))})
    table = read(path)
    np.testing.assert_array_equal(table["x"], values)
    assert table["n"].tolist() == list(range(len(values)))
    assert table.units == {"x": "m"}
    assert os.listdir(tmp_path) == [path.name]
    path.unlink()


def test_texts_are_quoted_where_they_must_be(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", {"x": [1, 2], "s": ["a,b", 'c"d'], "ok": np.array([True, False])})
    assert (tmp_path / "t.csv").read_text() == 'x,s,ok\n1,"a,b",1\n2,"c""d",0\n'


@pytest.mark.parametrize("name", ["t.xlsx", "t", "t.csv.zip"])
def test_an_unknown_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"names no known kind of file; use .csv"):
        write(tmp_path / name, {"x": [1.0]})


def test_unequal_lengths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="column 'x' has 1 rows, but column 'y' has 2"):
        write(tmp_path / "t.csv", {"x": [1.0], "y": [1.0, 2.0]})
    assert not os.listdir(tmp_path)


def test_an_output_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"t.csv cannot be written: No such file or directory"):
        write(tmp_path / "no" / "t.csv", {"x": [1.0]})
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileError, match="is a folder or a device"):
        write(tmp_path / "folder.csv", {"x": [1.0]})
    with pytest.raises(FileError, match="is a folder or a device"), replacing("/dev/null"):
        pass
    assert Path("/dev/null").exists()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(
    file: Callable[..., Path], error: type
) -> None:
    path = file("old")

    def fail() -> None:
        with replacing(path) as stream:
            stream.write(b"new")
            raise error

    with pytest.raises((error, FileError)):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == [path.name]


def test_a_link_stays_a_link(file: Callable[..., Path]) -> None:
    path = file("old", "real.csv")
    link = path.with_name("link.csv")
    link.symlink_to(path)
    write(link, {"x": [1.0]})
    assert link.is_symlink()
    assert path.read_text() == "x\n1.0\n"


SOURCE = 'Device 7;;\n\nt [s];site;U\n0,0;"a;b";1,50\n# pause\n0,1;c;\n'


def test_rows_keep_their_cells_and_their_marks(file: Callable[..., Path]) -> None:
    path = file(SOURCE)
    out = path.with_name("out.csv")
    extend(path, out, {"p": np.array([2.5, np.nan])})
    assert out.read_text() == 't [s];site;U;p\n0,0;"a;b";1,50;2,5\n0,1;c;;\n'
    assert read(out)["p"].tolist()[0] == 2.5


def test_a_text_over_several_lines_stays_one_cell(file: Callable[..., Path]) -> None:
    path = file('x,s\n1,"a\nb"\n2,c\n')
    extend(path, path.with_name("out.csv"), {"p": np.array([0.5, 1.5])})
    assert path.with_name("out.csv").read_text() == 'x,s,p\n1,"a\nb",0.5\n2,c,1.5\n'


def test_a_file_may_take_its_own_place(file: Callable[..., Path]) -> None:
    path = file("x y\n1  2\n")
    extend(path, path, {"p": np.array([2.5])})
    assert path.read_text() == "x\ty\tp\n1\t2\t2.5\n"


def test_text_into_parquet_and_back(file: Callable[..., Path]) -> None:
    path = file(SOURCE)
    extend(path, path.with_name("out.parquet"), {"p": np.array([2.5, np.nan])})
    table = parquet.read_table(path.with_name("out.parquet"))
    assert table.column_names == ["t [s]", "site", "U", "p"]
    assert table["site"].to_pylist() == ["a;b", "c"]
    assert table["t [s]"].to_pylist() == [0.0, 0.1]
    extend(path.with_name("out.parquet"), path.with_name("back.csv"), {"q": np.array([1.0, 2.0])})
    assert path.with_name("back.csv").read_text() == "t [s],site,U,p,q\n0.0,a;b,1.5,2.5,1.0\n0.1,c,,,2.0\n"


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = pa.table({"n": pa.array([1, None], pa.int32()), "s": ["a", "b"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    extend(tmp_path / "a.parquet", tmp_path / "b.parquet", {"p": np.array([0.5, 1.5])})
    assert parquet.read_table(tmp_path / "b.parquet").drop_columns("p").equals(table)


@pytest.mark.parametrize("target", ["out.csv", "out.parquet"])
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"U": np.ones(2)}, "log.csv: there is a column 'U' already"),
        ({"p": np.ones(3)}, "column 'p' has 3 values, but the file has 2 rows"),
        ({"p": np.ones(1)}, "column 'p' has 1 values, but the file has 2 rows"),
    ],
)
def test_columns_that_do_not_fit_are_refused(
    file: Callable[..., Path], target: str, columns: dict[str, Any], told: str
) -> None:
    path = file(SOURCE)
    with pytest.raises(TableError, match=told):
        extend(path, path.with_name(target), columns)
    assert os.listdir(path.parent) == [path.name]


def test_a_missing_source_is_refused_by_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"^in.csv: there is no such file"):
        extend(tmp_path / "in.csv", tmp_path / "out.csv", {"p": np.ones(1)})
