"""Blocks as HTML. Text is escaped here, whatever it is; only what educe itself made goes in as markup."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from educe.report.blocks import (
    Beside,
    Block,
    CodeToCopy,
    Fold,
    Formula,
    Items,
    Level,
    Line,
    Maths,
    Number,
    Picture,
    Prose,
    Strong,
    Table,
    Term,
    Typed,
)
from educe.report.mathml import typeset
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(r"^(?P<mantissa>[^e]+)e(?P<exponent>[+-]\d+)$")
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def text(words: str) -> str:
    """Return text as HTML: escaped, without the marks that turn the direction of writing or move a terminal.

    >>> text("a < b & \\x1b[2J")
    'a &lt; b &amp; ?[2J'
    """
    return escape(printable(words))


def address(words: str) -> str:
    """Return the name of a place in the page.

    >>> address("Standard error")
    'standard-error'
    """
    return _NOT_A_LETTER.sub("-", words.lower()).strip("-")


def pretty(shown: str) -> str:
    """Return a number as it is set: a true minus, a power of ten.

    >>> pretty("-1.2e-05"), pretty("3.40")
    ('−1.2 × 10⁻⁵', '3.40')
    """
    power = _POWER.match(shown)
    if power:
        raised = str(int(power["exponent"])).translate(_RAISED)
        shown = f"{power['mantissa']} × 10{raised}"
    return shown.replace("-", "−")


def line(words: Line) -> str:
    """Return the pieces of a sentence as HTML."""
    pieces = words if isinstance(words, tuple) else (words,)
    return "".join(_inline(piece) for piece in pieces)


def blocks(listed: Iterable[Block]) -> str:
    """Return blocks as HTML, one after the other."""
    return "".join(_WRITERS[type(block)](block) for block in listed)


def _inline(piece: Any) -> str:
    match piece:
        case Number(key, value, shown):
            return f'<data value="{value!r}" data-key="{escape(key)}">{text(pretty(shown))}</data>'
        case Maths(tex, words):
            return typeset(tex, words, display="inline")
        case Term(name, shown):
            return f'<a class="term" href="#term-{address(name)}">{text(shown or name)}</a>'
        case Typed(words):
            return f"<code>{text(words)}</code>"
        case Strong(words):
            return f"<strong>{text(words)}</strong>"
        case _:
            return text(piece)


def _prose(block: Prose) -> str:
    role = ' role="note"' if block.kind == "warning" else ""
    kind = "" if block.kind == "text" else f' class="{block.kind}"'
    return f"<p{kind}{role}>{line(block.parts)}</p>"


def _items(block: Items) -> str:
    tag = "ol" if block.ordered else "ul"
    return f"<{tag}>{''.join(f'<li>{line(entry)}</li>' for entry in block.entries)}</{tag}>"


def _formula(block: Formula) -> str:
    caption = f'<p class="note">{line(block.caption)}</p>' if block.caption else ""
    numbers = "".join(
        f'<data value="{n.value!r}" data-key="{escape(n.key)}" data-shown="{escape(n.shown)}" hidden></data>'
        for n in block.numbers
    )
    return f'<div class="formula"><div class="box">{typeset(block.tex, block.text)}</div>{numbers}</div>{caption}'


def _table(block: Table) -> str:
    head = "".join(f'<th scope="col">{line(cell)}</th>' for cell in block.header)
    body = "".join(
        f'<tr><th scope="row">{line(first)}</th>{"".join(f"<td>{line(cell)}</td>" for cell in others)}</tr>'
        for first, *others in block.rows
    )
    note = f'<p class="note">{line(block.note)}</p>' if block.note else ""
    return (
        f'<div class="table"><div class="box"><table{" class=words" if block.words else ""}>'
        f"<caption>{line(block.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{note}</div>"
    )


def _picture(block: Picture) -> str:
    caption = f"<strong>{text(block.title)}</strong> {line(block.caption)}"
    moving = f' data-scene="{block.name}"' if block.scene is not None else ""
    wide = " wide" if block.wide else ""
    return (
        f'<figure class="picture{wide}" id="{block.name}"><div class="drawing"{moving} role="group" '
        f'aria-label="{text(block.title)}">{block.svg}</div><p class="unseen">{line(block.alt)}</p>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _code(block: CodeToCopy) -> str:
    return (
        f'<div class="code"><p class="label">{text(block.title)} <span>{text(block.language)}</span></p>'
        f'<pre tabindex="0"><code>{_lines(block.text)}</code></pre></div>'
    )


def _lines(code: str) -> str:
    return "\n".join(text(each) for each in code.split("\n"))


def _fold(block: Fold) -> str:
    shown = " open" if block.shown else ""
    return f"<details{shown}><summary>{line(block.summary)}</summary>{blocks(block.blocks)}</details>"


def _beside(block: Beside) -> str:
    return f'<div class="beside">{blocks(block.blocks)}</div>'


def _level(block: Level) -> str:
    return f'<div class="{"only" if block.alone else "from"}-{block.depth}">{blocks(block.blocks)}</div>'


_WRITERS: dict[type, Callable[[Any], str]] = {
    Prose: _prose,
    Items: _items,
    Formula: _formula,
    Table: _table,
    Picture: _picture,
    CodeToCopy: _code,
    Fold: _fold,
    Beside: _beside,
    Level: _level,
}
