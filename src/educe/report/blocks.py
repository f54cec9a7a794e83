"""What a page is made of: chapters of blocks, and the pieces of which a sentence is made.

Everything here is data. Who explains a result builds these; `report.page` writes them as HTML. Text is text: it is
escaped when it is written, so that a name from a file can never become markup. A number carries its full value beside
the digits that are shown, so that a test can read a page and compute it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from educe.report.numbers import short

if TYPE_CHECKING:
    from collections.abc import Mapping

Depth = Literal["plain", "school", "full"]
DEPTHS: tuple[Depth, ...] = ("plain", "school", "full")

# --- pieces of a sentence ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A number of the result.

    key : what it is, for who computes it again: "params.a", "triangle.0.1", "trace.3.cost"
    value : with all its digits;  shown : as the reader sees it
    """

    key: str
    value: float
    shown: str


@dataclass(frozen=True)
class Maths:
    """A formula within a sentence. tex : without dollar signs;  text : the same as plain text."""

    tex: str
    text: str


@dataclass(frozen=True)
class Term:
    """A word of the glossary. name : of its entry;  shown : as it stands in the sentence, if different."""

    name: str
    shown: str = ""


@dataclass(frozen=True)
class Typed:
    """Text to be typed or read letter by letter: a name, a formula, a command."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that carry the sentence."""

    text: str


Inline = str | Number | Maths | Term | Typed | Strong
Line = Inline | tuple[Inline, ...]

# --- blocks -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prose:
    """A paragraph. kind : "text"; "finding", what to take away; "note", small print; "warning"."""

    parts: tuple[Inline, ...]
    kind: Literal["text", "finding", "note", "warning"] = "text"


@dataclass(frozen=True)
class Items:
    """A list. entries : one line each;  ordered : whether their order matters."""

    entries: tuple[Line, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Formula:
    """A displayed formula.

    tex, text : in LaTeX without dollar signs, and as plain text for where that cannot be typeset
    numbers : those that occur in it, for who computes them again;  caption : a line below it
    """

    tex: str
    text: str
    numbers: tuple[Number, ...] = ()
    caption: Line = ""


@dataclass(frozen=True)
class Table:
    """A table; the first cell heads its row.

    caption : what it shows;  header : one line for each column;  rows : lines of cells
    note : a line below it;  words : whether its last column holds sentences rather than numbers
    """

    caption: Line
    header: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    note: Line = ""
    words: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture.

    name : letters, digits and hyphens, once in a page;  title : what it shows
    alt : what a reader who cannot see it must know;  caption : a line below it
    svg : as `report.drawing` makes it: every text in it escaped, no style, no script
    scene : {"kind": name of the scene in the script, ...} to move it in the browser, plain data;  None: it stands
    wide : whether it takes the whole width where others stand side by side
    """

    name: str
    title: str
    alt: Line
    svg: str
    caption: Line = ""
    scene: Mapping[str, Any] | None = field(default=None, repr=False)
    wide: bool = False


@dataclass(frozen=True)
class CodeToCopy:
    """Text to be copied, with a button. title : what it is;  language : "Python", "LaTeX", "C", ..."""

    title: str
    language: str
    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks that are opened by a click. summary : what is inside;  shown : whether they are open at first."""

    summary: Line
    blocks: tuple[Block, ...]
    shown: bool = False


@dataclass(frozen=True)
class Beside:
    """Blocks side by side, where the page is wide enough."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Level:
    """Blocks for readers of a level and of those above it; with `alone`, of that level and no other.

    depth : "plain", "school" or "full", each more than the one before
    """

    depth: Depth
    blocks: tuple[Block, ...]
    alone: bool = False


Block = Prose | Items | Formula | Table | Picture | CodeToCopy | Fold | Beside | Level


@dataclass(frozen=True)
class Chapter:
    """A chapter.

    name : of its address in the page;  depth : the level from which it is shown
    part : number of the part of the page that it belongs to; None: it is shown whichever part is chosen
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    depth: Depth = "plain"
    part: int | None = None


@dataclass(frozen=True)
class Entry:
    """A word of the glossary. symbol : in LaTeX, where it has one;  meaning : a sentence or two."""

    name: str
    meaning: str
    symbol: str = ""


@dataclass(frozen=True)
class Page:
    """A page.

    title : in the window;  kicker : a word or two above the headline;  headline : the formula it is about
    chapters, glossary : in the order in which they are read
    scripts : JavaScript of the project's own, after that of every page: functions and scenes that pictures name
    parts : names of parts of which the reader sees one at a time, the targets of a network; () if there is one whole
    """

    title: str
    kicker: str
    headline: tuple[Formula, ...]
    chapters: tuple[Chapter, ...]
    glossary: tuple[Entry, ...] = ()
    scripts: tuple[str, ...] = field(default=(), repr=False)
    parts: tuple[str, ...] = ()


def number(key: str, value: float, digits: int = 5) -> Number:
    """Return a number shown to so many significant digits.

    >>> number("rss", 0.30000000000000004)
    Number(key='rss', value=0.30000000000000004, shown='0.3')
    """
    value = float(value) + 0.0  # zero has no sign
    return Number(key, value, short(value, digits))


def counted(key: str, value: int) -> Number:
    """Return a count, with commas between thousands.

    >>> counted("n", 12000).shown
    '12,000'
    """
    return Number(key, float(value), f"{value:,}")
