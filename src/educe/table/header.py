"""Where the rows of measurements begin, and what the lines above them say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.errors import TableError
from educe.table.cells import is_absent, is_time, looks_numeric
from educe.table.lines import WHITESPACE, Line, cut, uncommented
from educe.table.names import Heading, headings

if TYPE_CHECKING:
    from collections.abc import Sequence

# In a header cut at blanks, "T [K]" is one name.
_WORDS = re.compile(r'"[^"]*"|[^\s\[("]+(?:\s*[\[(][^\])]*[\])])?|[\[(][^\])]*[\])]')
_PREFIXED = (
    r"(?:[yzafpnuµμmcdhkMGT]?"
    r"(?:m|g|s|A|K|mol|cd|Hz|N|Pa|J|W|C|V|F|Ω|Ohm|ohm|S|T|H|Wh|lm|lx|eV|bar|L|l|Bq|Gy|Sv))"
)
_OTHER = (
    r"(?:%|°|°[CF]|[Dd]eg ?[CF]?|rad|min|hr|h|d|sec|days?|ppm|ppb|psi|rpm|dBm?|counts?|cts|px|a\.u\.|arb"
    r"|[Vv]olts?|[Aa]mps?|TS|RN|1|-)"  # TS and RN: time stamp and record number, as Campbell loggers write
)
_UNIT = rf"(?:{_PREFIXED}|{_OTHER})(?:\^?[-+]?[0-9]|[²³])?"
_UNITS = re.compile(rf"[\[(]?{_UNIT}(?:\s?[*/·. ]\s?{_UNIT})*[\])]?\Z|\[[^\]]*\]\Z|\([^)]*\)\Z")


@dataclass(frozen=True)
class Body:
    """How rows of measurements look, as the later lines show it.

    rows : cells of those lines that have the usual number of fields, `width`
    """

    separator: str
    decimal: str
    width: int
    rows: Sequence[list[str]]

    @property
    def ends_empty(self) -> bool:
        """Whether each row ends in a separator."""
        return self.width > 1 and all(row[-1].strip() == "" for row in self.rows)


def first_row(lines: Sequence[Line], body: Body) -> int:
    """Return where the rows of measurements begin: below the header, if there are any."""
    numeric = _numeric(body)
    kinds: list[str] = []
    for line in lines:
        kinds.append(_kind(cut(line.text, body.separator), body, numeric))
        if kinds[-1] == "data":
            break
    else:
        return (
            next(
                (at for at, line in enumerate(lines) if len(cut(line.text, body.separator)) == body.width), 0
            )
            + 1
        )
    first = len(kinds) - 1
    # A row with numbers and text is a row of measurements with a bad cell, unless text follows: then it is
    # a line of the preamble ("Serial;12;").
    while first > 0 and kinds[first - 1] in ("blank", "mixed"):
        first -= 1
    return first


def heading_row(lines: Sequence[Line], at: int, comments: Sequence[Line], body: Body) -> tuple[Heading, ...]:
    """Return the headings told above the first row of measurements, which is `lines[at]`.

    Without a header the columns are c1, c2, ... Raises TableError if the header has more or fewer names than
    the rows have fields.
    """
    header, units = _header(lines[:at], body)
    if header is None:
        header = _commented(comments, lines[at], body)
    columns = body.width
    if body.ends_empty and (header is None or len(header) < columns or not header[-1].strip()):
        columns -= 1  # no column, as the header does not name it
    if header is not None and len(header) == columns + 1 and not header[-1].strip():
        header = header[:columns]
    if header is not None and len(header) != columns:
        raise TableError(
            f"the header has {len(header)} names, but the rows below it, from line {lines[at].number + 1} "
            f"on, have {columns} fields."
        )
    return _named(header, units, columns)


def _header(above: Sequence[Line], body: Body) -> tuple[list[str] | None, list[str]]:
    """Return the header's cells, None if there is no header, and those of the units row below it."""
    block: list[list[str]] = []
    for back, line in enumerate(reversed(above[-3:])):
        cells = _cut_header(line.text, body.separator, body.width)
        # One name more or less is judged later: rows may end in a separator and the header not.
        differs = abs(len(cells) - body.width)
        if differs > 1 or (differs and len(cells) == 1 and not body.ends_empty):
            break
        if back and line.number + 1 != above[len(above) - back].number:
            break
        block.insert(0, cells)
    if len(block) > 1 and _are_units(block[-1]):
        return block[-2], block[-1]
    if len(block) > 2 and _are_units(block[-2]):
        return block[-3], block[-2]
    return (block[-1] if block else None), []


def _commented(comments: Sequence[Line], first: Line, body: Body) -> list[str] | None:
    # "# t  U" right above the rows, as numpy.savetxt and gnuplot users write it
    for line in comments:
        if line.number + 1 == first.number:
            cells = _cut_header(uncommented(line.text), body.separator, body.width)
            if len(cells) == body.width and any(cell.strip() for cell in cells):
                return cells
    return None


def _named(header: list[str] | None, units: Sequence[str], columns: int) -> tuple[Heading, ...]:
    found = headings([""] * columns if header is None else [cell.strip() for cell in header])
    told = [unit.strip().strip("[]()") for unit in units] + [""] * columns
    return tuple(
        Heading(heading.name, heading.unit or ("" if unit == "-" else unit), heading.label)
        for heading, unit in zip(found, told, strict=False)
    )


def _numeric(body: Body) -> list[bool]:
    """Return, for each column, whether at least half of its present cells are numbers or times."""
    return [
        2 * sum(looks_numeric(cell, body.decimal) or is_time(cell) for cell in cells)
        >= max(1, sum(not is_absent(cell) for cell in cells))
        for cells in zip(*body.rows, strict=True)
    ]


def _kind(row: Sequence[str], body: Body, numeric: Sequence[bool]) -> str:
    """Return "data", "mixed", "text" or "blank" for a row, judged by the columns that hold numbers below."""
    if len(row) != body.width:
        return "text"
    cells = [cell for cell, counts in zip(row, numeric, strict=True) if counts and cell.strip()]
    if not cells:
        return "text" if any(cell.strip() for cell in row) else "blank"
    numbers = sum(looks_numeric(cell, body.decimal) or is_time(cell) for cell in cells)
    absent = sum(is_absent(cell) for cell in cells)
    if numbers + absent == len(cells):
        return "data"
    return "mixed" if numbers and 2 * (numbers + absent) >= len(cells) else "text"


def _are_units(cells: Sequence[str]) -> bool:
    told = [cell.strip() for cell in cells if cell.strip()]
    return bool(told) and 2 * sum(_UNITS.match(cell) is not None for cell in told) >= len(told)


def _cut_header(line: str, separator: str, width: int) -> list[str]:
    cells = cut(line, separator)
    if separator == WHITESPACE and len(cells) != width:
        words = [word.strip('"') for word in _WORDS.findall(line)]  # "T [K]" is one name
        return words if len(words) == width else cells
    return cells
