"""How a text file is laid out, found from its first lines: separator, decimal mark, header, units row."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.errors import ParameterError, TableError
from educe.table.cells import is_absent, is_time, looks_numeric
from educe.table.header import Body, first_row, heading_row
from educe.table.lines import WHITESPACE, cut, first_lines, is_comment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.table.names import Heading

_SEPARATORS = (",", ";", "\t", "|", WHITESPACE)
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+\Z")
_SEARCHED = 1000  # lines among which the first row of measurements is looked for
_EARLY = 20  # lines that break a tie
_EVIDENCE = 40  # of these, the last ones: what stands above the rows is no evidence of how rows look


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
        return cut(line, self.separator)


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
    _check_told(separator, decimal)
    lines = first_lines(head, _SEARCHED, whole=whole)
    comments = [line for line in lines if is_comment(line.text)]
    lines = [line for line in lines if not is_comment(line.text)]
    if not lines:
        raise TableError("there is no row of measurements.")
    late = [line.text for line in lines[len(lines) // 2 :][-_EVIDENCE:]]
    early = [line.text for line in lines[:_EARLY]]
    sign, mark = _likeliest(early, late, separator, decimal)
    rows = [cut(line, sign) for line in late]
    if mark == "," and sign != ";" and decimal is None:
        _refuse_thousands(rows)
    width = _usual(rows)
    body = Body(sign, mark, width, [row for row in rows if len(row) == width])
    at = first_row(lines, body)
    if at >= len(lines):
        raise TableError(f"line {lines[-1].number + 1} is a header, and no row of measurements follows it.")
    return Dialect(sign, mark, lines[at].number, width, heading_row(lines, at, comments, body))


def _check_told(separator: str | None, decimal: str | None) -> None:
    if separator is not None and (len(separator) != 1 or separator.isalnum() or separator in '"+-.\n\r'):
        raise ParameterError(f"the separator is one character such as , ; | or a tab, not {separator!r}.")
    if decimal not in (None, ".", ","):
        raise ParameterError(f"the decimal mark is '.' or ',', not {decimal!r}.")


def _likeliest(
    early: Sequence[str], late: Sequence[str], separator: str | None, decimal: str | None
) -> tuple[str, str]:
    best, choice = -1.0, (separator or ",", decimal or ".")
    for sign in _SEPARATORS if separator is None else (separator,):
        rows = [cut(line, sign) for line in late]
        width = _usual(rows)
        if width == 1 and sign != "," and separator is None:
            continue
        whole = sum(len(row) == width for row in rows) / len(rows)
        cells = [cell for row in rows if len(row) == width for cell in row]
        # Where all else is equal, the header has as many names as the rows have fields.
        above = 0.01 * sum(len(cut(line, sign)) == width for line in early) / len(early)
        for mark in (".", ",") if decimal is None else (decimal,):
            if mark == sign and decimal is None and not any('"' in line for line in late):
                continue
            good = sum(_is_value(cell, mark) for cell in cells) / len(cells)
            score = whole * (0.1 + good + above) * (0.5 if width == 1 else 1.0)
            if score > best + 1e-9:
                best, choice = score, (sign, mark)
    return choice


def _is_value(cell: str, decimal: str) -> bool:
    return looks_numeric(cell, decimal) or is_absent(cell) or is_time(cell)


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
