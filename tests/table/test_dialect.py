"""Files as loggers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from educe.errors import ParameterError, TableError
from educe.table import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

nan, inf = np.nan, np.inf

TOA5 = (
    '"TOA5","CR1000","1234","CR1000.Std.27","CPU:prog.CR1","5678","Table1"\n'
    '"TIMESTAMP","RECORD","AirTC"\n"TS","RN","Deg C"\n"","","Avg"\n'
    '"2026-01-02 03:04:05",1,2.5\n"2026-01-02 03:05:05",2,"NAN"\n'
)
EXCEL = "Device: XY;;\nSerial;12;\n\nt;U;I\ns;V;mA\n0,0;1,5;2\n0,1;OVERFLOW;3\n"

READ: list[tuple[str, str | bytes, dict[str, list[float]]]] = [
    ("commas", "x,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    ("no header", "1,2\n3,4\n", {"c1": [1, 3], "c2": [2, 4]}),
    ("one row, no header", "1.5,2\n", {"c1": [1.5], "c2": [2]}),
    ("one column", "x\n1\n2\n", {"x": [1, 2]}),
    ("one column, no header", "1.5\n2.5\n", {"c1": [1.5, 2.5]}),
    ("semicolons", "x;y\n1.5;2\n3;4\n", {"x": [1.5, 3], "y": [2, 4]}),
    ("decimal commas", "t [s];U [V]\n0,0;1,5\n0,1;1,7\n", {"t": [0, 0.1], "U": [1.5, 1.7]}),
    ("decimal commas, tabs", "x\ty\n0,25\t1\n1,5\t2\n", {"x": [0.25, 1.5], "y": [1, 2]}),
    ("decimal commas, blanks", "x y\n0,25  1\n1,5 2\n", {"x": [0.25, 1.5], "y": [1, 2]}),
    ("bars", "x|y\n1|2\n3|4\n", {"x": [1, 3], "y": [2, 4]}),
    ("blanks", "  x   y\n  1   2\n 3 4 \n", {"x": [1, 3], "y": [2, 4]}),
    ("blanks, units in the header", "T [K]  time (s)\n 1  2\n 3 4\n", {"T": [1, 3], "time": [2, 4]}),
    ("blanks and tabs", "x\t y\n1 \t2\n3\t4\n", {"x": [1, 3], "y": [2, 4]}),
    ("commas and blanks", "x, y\n1, 2\n3, 4\n", {"x": [1, 3], "y": [2, 4]}),
    ("comments", "# made by X\n% at 12:00\n//\n! a\nx,y\n1,2\n# stop, go\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    ("numpy.savetxt header", "# x y\n1.0e+00 2.0e+00\n3.0e+00 4.0e+00\n", {"x": [1, 3], "y": [2, 4]}),
    ("preamble", "Logger 7\nStart: 12:00, Monday\n\nx,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    ("preamble filled up", EXCEL, {"t": [0, 0.1], "U": [1.5, nan], "I": [2, 3]}),
    ("one column, trailing separators", "x\n1,\n2,\n", {"x": [1, 2]}),
    ("preamble, no header", "Logger 7\n\n1,2\n3,4\n", {"c1": [1, 3], "c2": [2, 4]}),
    ("Campbell", TOA5, {"TIMESTAMP": [0, 60], "RECORD": [1, 2], "AirTC": [2.5, nan]}),
    ("three rows above", "Name,Place\nt,T\ns,degC\n1,2\n3,4\n", {"t": [1, 3], "T": [2, 4]}),
    ("separator told", "sep=;\nt;U\n0,1;2,5\n0,2;3,5\n", {"t": [0.1, 0.2], "U": [2.5, 3.5]}),
    ("units row", "t,T\ns,degC\n1,2\n3,4\n", {"t": [1, 3], "T": [2, 4]}),
    ("units row in brackets", "t,T\n[s],[-]\n1,2\n3,4\n", {"t": [1, 3], "T": [2, 4]}),
    ("no units row but a first bad row", "t,T\n1,bad row\n3,4\n5,6\n", {"t": [1, 3, 5]}),
    ("first row missing", "x,y\nNA,NA\n3,4\n", {"x": [nan, 3], "y": [nan, 4]}),
    ("first row empty", "x,y\n,\n3,4\n5,6\n", {"x": [nan, 3, 5], "y": [nan, 4, 6]}),
    ("trailing separators", "x,y,\n1,2,\n3,4,\n", {"x": [1, 3], "y": [2, 4]}),
    ("trailing separators, not in the header", "x,y\n1,2,\n3,4,\n", {"x": [1, 3], "y": [2, 4]}),
    ("trailing separator in the header", "x,y,\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    ("last column empty but named", "x,y\n1,\n3,\n", {"x": [1, 3], "y": [nan, nan]}),
    ("quotes", '"x","a, b"\n"1","2"\n"3","4"\n', {"x": [1, 3], "a_b": [2, 4]}),
    ("quoted decimal commas", '"t","U"\n"0,25","1"\n"1,5","2,75"\n', {"t": [0.25, 1.5], "U": [1, 2.75]}),
    ("decimal commas, quoted where needed", 'x,y\n"1,5",2\n2,3\n', {"x": [1.5, 2], "y": [2, 3]}),
    ("minus signs of typesetters", "x,y\n\u22121.5,2\n3,\u22124e\u22123\n", {"x": [-1.5, 3], "y": [2, -0.004]}),
    ("quoted text", 'x,s,y\n1,"a, ""b""",2\n3,"c\nd",4\n', {"x": [1, 3], "y": [2, 4]}),
    ("CRLF", "x,y\r\n1,2\r\n3,4\r\n", {"x": [1, 3], "y": [2, 4]}),
    ("CR", "x,y\r1,2\r3,4\r", {"x": [1, 3], "y": [2, 4]}),
    ("no last line end", "x,y\n1,2\n3,4", {"x": [1, 3], "y": [2, 4]}),
    ("blank lines", "\n\nx,y\n\n1,2\n\n3,4\n\n \n", {"x": [1, 3], "y": [2, 4]}),
    ("BOM", b"\xef\xbb\xbfx,y\n1,2\n", {"x": [1], "y": [2]}),
    ("UTF-16", "θ,y\n1,2\n".encode("utf-16"), {"θ": [1], "y": [2]}),
    ("UTF-16 without BOM", "x,y\n1,2\n".encode("utf-16-le"), {"x": [1], "y": [2]}),
    ("UTF-16 BE without BOM", "x,y\n1,2\n".encode("utf-16-be"), {"x": [1], "y": [2]}),
    ("Latin-1", "T °C;Zeit\n1,5;3\n".encode("latin-1"), {"T_C": [1.5], "Zeit": [3]}),
    ("UTF-8", "T °C;θ\n1,5;3\n", {"T_C": [1.5], "θ": [3]}),
    ("empty names", "x,,y\n1,2,3\n", {"x": [1], "c2": [2], "y": [3]}),
    ("forms of numbers", "x\n1e5\n1E+05\n.5\n5.\n+3\n-0\n1.0D+02\n2d-1\n 7 \n",
     {"x": [1e5, 1e5, 0.5, 5, 3, 0, 100, 0.2, 7]}),
    ("missing", "x,y\n1,\n2,NA\n3,n/a\n4,NaN\n5,null\n6,--\n7,?\n8,#N/A\n9,OVERFLOW\n10,OL\n11,5\n12,6\n",
     {"x": list(range(1, 13)), "y": [nan] * 10 + [5, 6]}),
    ("infinite", "x,y\n1,inf\n2,-Inf\n3,Infinity\n4,1.#INF\n5,+inf\n",
     {"x": [1, 2, 3, 4, 5], "y": [inf, -inf, inf, inf, inf]}),
    ("points under decimal commas", "x;y\n1,5;2.5\n3,5;4,5\n", {"x": [1.5, 3.5], "y": [2.5, 4.5]}),
    ("dates", "t,y\n2026-01-02,1\n2026-01-03,2\n", {"t": [0, 86400], "y": [1, 2]}),
    ("dates and times", "t;y\n02.01.2026 03:04:05,5;1\n02.01.2026 03:04:06,75;2\n",
     {"t": [0, 1.25], "y": [1, 2]}),
    ("zones", "t,y\n2026-01-02T03:04:05Z,1\n2026-01-02T04:04:06+01:00,2\n", {"t": [0, 1], "y": [1, 2]}),
    ("times of day", "t,y\n03:04:05.5,1\n,3\n03:04:06.75,2\n", {"t": [0, nan, 1.25], "y": [1, 3, 2]}),
    ("minutes", "t,y\n9:58,1\n10:03,2\n", {"t": [0, 300], "y": [1, 2]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "columns"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_is_read(file: Callable[..., Path], text: str | bytes, columns: dict[str, list[float]]) -> None:
    table = read(file(text))
    assert list(table.columns) == list(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(table[name], values)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("x,y\n1,2\n3\n", {}, "log.csv: line 3 has 1 field, but the rows above it have 2"),
    ("x,y\n1,2\n3,4\n5,6,7\n8,9\n", {}, "line 4 has 3 fields"),
    ("# a\nx,y\n\n1,2\n# b\n3,4\n5", {}, "line 7 has 1 field,"),
    ("x,y,z\n1,2\n3,4\n", {}, "the header has 3 names, but the rows below it, from line 2 on, have 2"),
    ("x,y\n1,2,3\n3,4,5\n", {}, "the header has 2 names, .* have 3 fields"),
    ("x,y\n", {}, "line 1 is a header, and no row of measurements follows"),
    ("# only\n# comments\n", {}, "no row of measurements"),
    ("x,s\n1,2\n3,abc\n", {"names": ["s"]}, r"column 's' is not all numbers: line 3 \(row 2\) holds 'abc'"),
    ("# a\nx,s\n\n1,2\n3,abc\n", {"names": ["s"]}, r"line 5 \(row 2\) holds 'abc'"),
    ("x,y\n1_000,2\n2,3\n3,4\n", {"names": ["x"]}, "holds '1_000'. Thousands separators"),
    ('x,y\n"1,000.5",2\n2,3\n3,4\n', {"names": ["x"]}, "holds '1,000.5'. Thousands separators"),
    ('x,y\n"1,234",2\n"2,345",3\n', {}, "the comma in 1,234 may be a decimal mark or a thousands separator"),
    (
        "h;p\n0,0;1.013,25\n1.000,0;900,5\n2.000,0;810,5\n",
        {"names": ["h"]},
        "'1.000,0'. Thousands separators",
    ),
    ("x\ty\n1,234\t5\n2,345\t6\n", {}, "the comma in 1,234 may be a decimal mark or a thousands separator"),
    ("x,y\n٣,2\n2,3\n3,4\n", {"names": ["x"]}, "holds '٣'"),
    ("x,y\n0x10,2\n2,3\n3,4\n", {"names": ["x"]}, "holds '0x10'"),
    ("t,y\n01/02/2026,1\n01/03/2026,2\n", {"names": ["t"]}, "Dates are read as 2026-01-31"),
    ("t,y\n2026-13-02,1\n2026-01-03,2\n2026-01-03,2\n", {"names": ["t"]}, "holds '2026-13-02'"),
    ("t,y\n23:59:59,1\n00:00:01,2\n", {"names": ["t"]}, "goes back to 00:00:01 on line 3"),
    ("t,y\n2026-01-02,1\n5,2\n", {"names": ["t"]}, r"line 3 \(row 2\) holds '5'"),
    ("t,y\n5,1\n7,1\n2026-01-02,2\n", {"names": ["t"]}, "holds '2026-01-02'"),
    ("t;y\n1.234,5;1\n2.345,6;2\n", {"names": ["t"]}, r"row 1\) holds '1.234,5'. Thousands separators"),
    ("x,x,y\n1,2,3\n", {"names": ["x"]}, r"'x' occurs 2 times \(columns 1, 2\)"),
]


@pytest.mark.parametrize(("text", "options", "told"), REFUSED)
def test_is_refused(file: Callable[..., Path], text: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(TableError, match=told):
        read(file(text), **options)


def test_a_bad_column_that_nobody_asks_for_does_no_harm(file: Callable[..., Path]) -> None:
    path = file("x,s,s,site\n1,2,3,a\n4,5,6,b\n")
    assert read(path, names=["x"])["x"].tolist() == [1, 4]
    table = read(path)
    assert table.complete(["x"]).n == 2
    assert table.available == ("x", "s", "site")
    with pytest.raises(
        TableError, match=r"log.csv: column 'site' is not all numbers: line 2 \(row 1\) holds 'a'"
    ):
        table.complete(["x", "site"])
    with pytest.raises(TableError, match="'s' occurs 2 times"):
        table["s"]


def test_units_and_labels_are_kept(file: Callable[..., Path]) -> None:
    table = read(file("time (s),T,U / V\nignored,degC,-\n0,1,2\n3,4,5\n"))
    assert table.units == {"time": "s", "T": "degC", "U": "V"}
    assert table.labels == {"time": "time (s)", "U": "U / V"}
    assert table["time (s)"].tolist() == [0, 3]
    assert table.source == "log.csv"


def test_what_the_user_says_holds(file: Callable[..., Path]) -> None:
    thousand = file("x\ty\n1,234\t5\n2,345\t6\n")
    assert read(thousand, decimal=",")["x"].tolist() == [1.234, 2.345]
    assert read(file('x,y\n"1,5",2\n'), decimal=",")["x"].tolist() == [1.5]
    assert list(read(file("1;2,3\n4;5,6\n"), separator=",", names=["c2"]).columns) == ["c2"]


@pytest.mark.parametrize(
    "options", [{"separator": "ab"}, {"decimal": ";"}, {"separator": ""}, {"separator": "1"}]
)
def test_an_unknown_separator_or_mark_is_refused(file: Callable[..., Path], options: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match=f"{next(iter(options))}.* not"):
        read(file("1,2\n"), **options)
