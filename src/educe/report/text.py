"""A fit as text for the terminal: what ``print(fit)`` and ``educe fit`` show.

Plain fixed-width columns, laid out here: importing a table library costs more than a tenth of the whole
command. Strings from the user are made printable first, so that no file name can steer a terminal.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import unicodedata
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from educe.report import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.fitting.result import Fit

NARROW, WIDE = 60, 120
COLUMNS = ("value", "std. error", "lower 95 %", "upper 95 %", "rel. error", "")
SHORT_COLUMNS = ("value", "s.e.", "lower", "upper", "rel.", "")
SHORTEST_NOTE = 14  # characters that the last column must have at least
LABEL = 9  # width of the left margin in which labels stand

_ASCII = str.maketrans(
    {"±": "+/-", "²": "^2", "·": "*", "–": "-", "—": "-", "…": "...", "→": "->", "µ": "mu"}
)
_STYLES = {"title": "\x1b[1m", "heading": "\x1b[1m", "warning": "\x1b[1;33m", "note": "\x1b[2m"}


@dataclass(frozen=True)
class Paragraph:
    """Words to be wrapped; `label` stands in the left margin."""

    words: str
    style: str = ""
    label: str = ""


@dataclass(frozen=True)
class Grid:
    """Rows of cells under a header; the first and the last column stand left, the others right.

    narrow : a header for where there is no room for the first
    """

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    narrow: tuple[str, ...] = ()


Block = Paragraph | Grid


def render(fit: Fit, *, width: int | None = None, color: bool = False, encoding: str | None = None) -> str:
    """Return the report of a fit as text.

    width : int -- characters in a line, brought into 60 .. 120; None: that of the terminal
    color : bool -- with ANSI escapes for bold, dim and warnings
    encoding : str -- of the stream it is meant for: ASCII stands in for what it lacks; None: that of stdout
    """
    width = min(WIDE, max(NARROW, width or _terminal_width()))
    wanted = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    lines: list[str] = []
    for block in _blocks(fit):
        laid_out = (
            _paragraph(block, wanted, width) if isinstance(block, Paragraph) else _grid(block, wanted, width)
        )
        lines += [_styled(line, style) if color else line for line, style in laid_out]
    return "\n".join(lines)


def _terminal_width() -> int:
    return shutil.get_terminal_size().columns  # COLUMNS, else that of the terminal, else 80


def _blocks(fit: Fit) -> Iterator[Block]:
    yield Paragraph(sentences.law_text(fit), "title")
    yield Paragraph(sentences.law_with_numbers(fit))
    yield Paragraph("")
    if warnings := sentences.warnings(fit):
        yield from (Paragraph(warning, "warning", "warning") for warning in warnings)
        yield Paragraph("")
    yield Paragraph(sentences.rows(fit), label="data")
    yield Paragraph(sentences.degrees_of_freedom(fit), label="dof")
    yield Paragraph(sentences.starting_values(fit), label="starts")
    yield Paragraph(sentences.solution(fit), label="solved")
    yield Paragraph(sentences.rank(fit), label="rank")
    if fit.streaming is not None:
        yield Paragraph(sentences.passes(fit.streaming), label="read")
    yield from _parameters(fit)
    yield Paragraph("")
    yield Grid(("goodness of fit", "", ""), [astuple(q) for q in sentences.quantities(fit)])
    if fit.residual_tests:
        yield Paragraph("")
        yield Grid(("residuals", "", ""), [astuple(q) for q in sentences.residual_tests(fit)])


def _parameters(fit: Fit) -> Iterator[Block]:
    if sets := sentences.data_sets(fit):
        yield Paragraph("")
        yield Grid(("data set", "", ""), [astuple(line) for line in sets])
    for title, lines in (*sentences.parameter_groups(fit), ("derived", sentences.derived_lines(fit))):
        if lines:
            yield Paragraph("")
            cells = [astuple(line) for line in lines]
            yield Grid((title, *COLUMNS), cells, (title, *SHORT_COLUMNS))
    yield Paragraph("")
    for sentence in filter(None, (*sentences.conventions(fit), sentences.correlated(fit))):
        yield Paragraph(sentence, "note")


def printable(text: str, encoding: str = "utf-8") -> str:
    r"""Return a text without control characters, spelled so that the encoding can carry it.

    >>> printable("α ± 1\x1b[2J", "ascii")
    'alpha +/- 1?[2J'
    """
    shown = "".join(c if c.isprintable() else "?" for c in text)
    try:
        shown.encode(encoding)
    except UnicodeEncodeError:
        return "".join(map(_spelled, shown.translate(_ASCII)))
    except LookupError:
        return printable(text, "ascii")
    return shown


def _spelled(character: str) -> str:
    """Return an ASCII spelling: a Greek letter by its name, anything else as a question mark."""
    if character.isascii():
        return character
    words = unicodedata.name(character, "").split()
    if words[:1] == ["GREEK"] and words[2:3] == ["LETTER"]:
        return words[3].lower() if words[1] == "SMALL" else words[3].capitalize()
    return "?"


def _paragraph(block: Paragraph, encoding: str, width: int) -> Iterator[tuple[str, str]]:
    words, label = printable(block.words, encoding), printable(block.label, encoding)
    head = f"{label:<{LABEL}}" if label else ""
    indent = " " * (len(head) or (2 if block.style == "note" else 0))
    wrapped = textwrap.wrap(
        words, width, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False
    )
    for line in wrapped or [""]:
        yield line, block.style


def _grid(block: Grid, encoding: str, width: int) -> Iterator[tuple[str, str]]:
    rows = [[printable(cell, encoding) for cell in row] for row in block.rows]
    for header in filter(None, (block.header, block.narrow)):
        *sizes, note = _widths(rows, header)
        margin = sum(sizes) + 2 * len(sizes)
        if margin + min(note, SHORTEST_NOTE) <= width:
            yield from _columns([list(header), *rows], sizes, width - margin)
            return
    yield from _stacked(list(block.header), rows, width)


def _columns(rows: list[list[str]], sizes: list[int], note: int) -> Iterator[tuple[str, str]]:
    """Lay rows out in columns of these sizes; the last cell is wrapped into what is left."""
    margin = sum(sizes) + 2 * len(sizes)
    for number, (first, *numbers, last) in enumerate(rows):
        cells = [f"{cell:>{size}}" for cell, size in zip(numbers, sizes[1:], strict=True)]
        line = "  ".join([f"{first:<{sizes[0]}}", *cells]) + "  "
        head, *more = textwrap.wrap(last, note, break_on_hyphens=False) if last else [""]
        yield (line + head).rstrip(), "" if number else "heading"
        for piece in more:
            yield " " * margin + piece, ""


def _widths(rows: list[list[str]], header: tuple[str, ...]) -> list[int]:
    widths = [len(title) for title in header]
    for row in rows:
        widths = [max(old, len(cell)) for old, cell in zip(widths, row, strict=True)]
    return widths


def _stacked(header: list[str], rows: list[list[str]], width: int) -> Iterator[tuple[str, str]]:
    """Lay each row out over several lines, for a narrow terminal."""
    yield header[0], "heading"
    for name, *cells in rows:
        yield name, ""
        named = [f"{title} {cell}".strip() for title, cell in zip(header[1:], cells, strict=True) if cell]
        for line in textwrap.wrap(", ".join(named), width - 4):
            yield f"    {line}", ""


def _styled(line: str, style: str) -> str:
    return f"{_STYLES[style]}{line}\x1b[0m" if style in _STYLES and line else line
