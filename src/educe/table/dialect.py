"""How a text file is laid out, found from its first lines: separator, decimal mark, header, units row."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.errors import FileError, TableError
from educe.table.cells import is_absent, is_number, is_time
from educe.table.names import Heading, headings

if TYPE_CHECKING:
    from collections.abc import Sequence

WHITESPACE = " "
_SEPARATORS = (",", ";", "\t", "|", WHITESPACE)
_COMMENT = re.compile(r"\s*(?:#|%|//|!)")
_WORDS = re.compile(r'"[^"]*"|[^\s\[("]+(?:\s*[\[(][^\])]*[\])])?|[\[(][^\])]*[\])]')
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+\Z")
_SEARCHED = 1000  # lines among which the first row of measurements is looked for
_EVIDENCE = 40  # of these, the last ones: what stands above the rows is no evidence of how rows look

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
class Dialect:
    """How to cut a text file into cells.

    separator : one character, or WHITESPACE for runs of blanks
    decimal : "." or ","
    first : int -- lines before the first row of measurements
    width : int -- fields in each row
    headings : one for each column; one fewer than `width` where each row ends in a separator
    """

    separator: str
    decimal: str
    first: int
    width: int
    headings: tuple[Heading, ...]

    def cut(self, line: str) -> list[str]:
        """Return the cells of one line."""
        return _cut(line, self.separator)


@dataclass(frozen=True)
class _Line:
    number: int  # 0 for the first of the file
    text: str


def is_comment(line: str) -> bool:
    """Whether a line is a comment: it begins with #, %, // or !."""
    return _COMMENT.match(line) is not None


def detect(head: str, *, whole: bool, separator: str | None = None, decimal: str | None = None) -> Dialect:
    """Return the layout of the text whose first characters are `head`.

    whole : bool -- the head is the whole text; otherwise its last line may be cut and is not looked at
    separator, decimal : given where the user knows them

    Each separator and decimal mark is tried; the pair wins under which the lines have equal numbers of
    fields and the fields are numbers, times or marks of missing values. The last lines of the head are the
    evidence, so that any preamble may stand above. The header is the last row of text above the first row
    of numbers, or the one above that if the last is a row of units.

    Raises TableError if there is no row, the header has another number of fields than the rows, or a comma
    may be a decimal mark as well as a thousands separator.

    >>> d = detect("t [s];U [V]\\n0,0;1,5\\n0,1;1,7\\n", whole=True)
    >>> d.separator, d.decimal, [h.name for h in d.headings]
    (';', ',', ['t', 'U'])
    """
    texts = head.split("\n", _SEARCHED)
    if not whole or len(texts) > _SEARCHED:
        texts.pop()
    lines = [_Line(at, text) for at, text in enumerate(texts) if text.strip()]
    comments = [line for line in lines if is_comment(line.text)]
    body = [line for line in lines if not is_comment(line.text)]
    if not body:
        raise TableError("there is no row of measurements.")
    late = [line.text for line in body[len(body) // 2 :][-_EVIDENCE:]]
    sign, mark = _likeliest(late, separator, decimal)
    if mark == "," and sign not in (";", ",") and decimal is None:
        _refuse_thousands([_cut(line, sign) for line in late])
    return _layout(body, comments, [_cut(line, sign) for line in late], sign, mark)


def _likeliest(lines: Sequence[str], separator: str | None, decimal: str | None) -> tuple[str, str]:
    best, choice = -1.0, (separator or ",", decimal or ".")
    for sign in _SEPARATORS if separator is None else (separator,):
        rows = [_cut(line, sign) for line in lines]
        width = _usual(rows)
        if width == 1 and sign != "," and separator is None:
            continue
        whole = sum(len(row) == width for row in rows) / len(rows)
        cells = [cell for row in rows if len(row) == width for cell in row]
        for mark in (".", ",") if decimal is None else (decimal,):
            if mark == sign and decimal is None:
                continue
            good = sum(_is_value(cell, mark) for cell in cells) / len(cells)
            score = whole * (0.1 + good) * (0.5 if width == 1 else 1.0)
            if score > best + 1e-9:
                best, choice = score, (sign, mark)
    return choice


def _layout(
    lines: Sequence[_Line], comments: Sequence[_Line], late: Sequence[list[str]], separator: str, decimal: str
) -> Dialect:
    width = _usual(late)
    at = _first_row([line.text for line in lines], late, separator, decimal)
    if at >= len(lines):
        raise TableError(f"line {lines[-1].number + 1} is a header, and no row of measurements follows it.")
    header, units = _header(lines[:at], comments, lines[at], separator, width)
    columns = width
    if width > 1 and all(row[-1].strip() == "" for row in late if len(row) == width):
        # each row ends in a separator: no column, unless the header names it
        columns -= header is None or len(header) < width or not header[-1].strip()
    if header is not None and len(header) == columns + 1 and not header[-1].strip():
        header = header[:columns]
    if header is not None and len(header) != columns:
        raise TableError(
            f"the header has {len(header)} names, but the rows below it, from line {lines[at].number + 1} "
            f"on, have {columns} fields."
        )
    return Dialect(separator, decimal, lines[at].number, width, _named(header, units, columns))


def _first_row(lines: Sequence[str], late: Sequence[list[str]], separator: str, decimal: str) -> int:
    """Return where the rows of measurements begin: below the header, if there are any."""
    width = _usual(late)
    numeric = _numeric(late, width, decimal)
    kinds: list[str] = []
    for line in lines:
        kinds.append(_kind(_cut(line, separator), width, decimal, numeric))
        if kinds[-1] == "data":
            break
    else:
        return next((at for at, line in enumerate(lines) if len(_cut(line, separator)) == width), 0) + 1
    first = len(kinds) - 1
    # A row with numbers and text is a row of measurements with a bad cell, unless text follows: then it is
    # a line of the preamble ("Serial;12;").
    while first > 0 and kinds[first - 1] in ("blank", "mixed"):
        first -= 1
    return first


def _header(
    above: Sequence[_Line], comments: Sequence[_Line], first: _Line, separator: str, width: int
) -> tuple[list[str] | None, list[str]]:
    """Return the header's cells (None if there is no header) and those of the units row."""
    block: list[list[str]] = []
    for back, line in enumerate(reversed(above[-3:])):
        cells = _cut_header(line.text, separator, width)
        if len(cells) not in (width - 1, width, width + 1) or (len(cells) == 1 and width > 2):
            break
        if back and line.number + 1 != above[len(above) - back].number:
            break
        block.insert(0, cells)
    if not block:
        return _commented(comments, first, separator, width), []
    if len(block) > 1 and _are_units(block[-1]):
        return block[-2], block[-1]
    if len(block) > 2 and _are_units(block[-2]):
        return block[-3], block[-2]
    return block[-1], []


def _commented(comments: Sequence[_Line], first: _Line, separator: str, width: int) -> list[str] | None:
    # "# t  U" right above the rows, as numpy.savetxt and gnuplot users write it
    for line in comments:
        if line.number + 1 == first.number:
            cells = _cut_header(_COMMENT.sub("", line.text, count=1).strip(), separator, width)
            if len(cells) == width and any(cell.strip() for cell in cells):
                return cells
    return None


def _named(header: list[str] | None, units: Sequence[str], columns: int) -> tuple[Heading, ...]:
    found = headings([""] * columns if header is None else [cell.strip() for cell in header])
    told = [unit.strip().strip("[]()") for unit in units] + [""] * columns
    return tuple(
        Heading(heading.name, heading.unit or ("" if unit == "-" else unit), heading.label)
        for heading, unit in zip(found, told, strict=False)
    )


def _numeric(rows: Sequence[list[str]], width: int, decimal: str) -> list[bool]:
    """Return, for each column, whether at least half of its present cells are numbers or times."""
    return [
        2 * sum(is_number(cell, decimal) or is_time(cell) for cell in cells)
        >= max(1, sum(not is_absent(cell) for cell in cells))
        for cells in zip(*(row for row in rows if len(row) == width), strict=True)
    ]


def _kind(row: Sequence[str], width: int, decimal: str, numeric: Sequence[bool]) -> str:
    """Return "data", "mixed", "text" or "blank" for a row, judged by the columns that hold numbers below."""
    if len(row) != width:
        return "text"
    cells = [cell for cell, counts in zip(row, numeric, strict=True) if counts and cell.strip()]
    if not cells:
        return "text" if any(cell.strip() for cell in row) else "blank"
    numbers = sum(is_number(cell, decimal) or is_time(cell) for cell in cells)
    absent = sum(is_absent(cell) for cell in cells)
    if numbers + absent == len(cells):
        return "data"
    return "mixed" if numbers and 2 * (numbers + absent) >= len(cells) else "text"


def _is_value(cell: str, decimal: str) -> bool:
    return is_number(cell, decimal) or is_absent(cell) or is_time(cell)


def _are_units(cells: Sequence[str]) -> bool:
    told = [cell.strip() for cell in cells if cell.strip()]
    return bool(told) and 2 * sum(_UNITS.match(cell) is not None for cell in told) >= len(told)


def _usual(rows: Sequence[list[str]]) -> int:
    counts = Counter(map(len, rows))
    return max(counts, key=lambda width: (counts[width], width))


def _refuse_thousands(rows: Sequence[list[str]]) -> None:
    commas = [cell.strip() for row in rows for cell in row if "," in cell]
    if commas and all(_THOUSANDS.match(cell) for cell in commas):
        raise TableError(
            f"the comma in {commas[0]} may be a decimal mark or a thousands separator; "
            "say decimal=',' if it is a decimal mark, or write the numbers without it."
        )


def _cut(line: str, separator: str) -> list[str]:
    if separator == WHITESPACE:
        return [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)] if '"' in line else line.split()
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error as error:
        raise FileError(f"a line cannot be cut into fields: {error}.") from None


def _cut_header(line: str, separator: str, width: int) -> list[str]:
    cells = _cut(line, separator)
    if separator == WHITESPACE and len(cells) != width:
        words = [word.strip('"') for word in _WORDS.findall(line)]  # "T [K]" is one name
        return words if len(words) == width else cells
    return cells
