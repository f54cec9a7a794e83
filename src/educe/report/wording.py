"""Sentences with formulas, words of the glossary and numbers in them, written as one text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from educe.report.blocks import Inline, Maths, Prose, Strong, Term, Typed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

_PIECE = re.compile(
    r"\$(?P<maths>[^$]+)\$|\[\[(?P<term>[^\]|]+)(?:\|(?P<shown>[^\]]+))?\]\]"
    r"|\*\*(?P<strong>[^*]+)\*\*|`(?P<typed>[^`]+)`|\{(?P<place>\w+)\}"
)


def said(
    template: str,
    pieces: Mapping[str, Inline] | None = None,
    *,
    kind: Literal["text", "finding", "note", "warning"] = "text",
) -> Prose:
    """Return a paragraph from a text of the project's own.

    template : with ``$tex$``, ``[[term]]`` or ``[[term|as shown]]``, ``**strong**``, ```typed``` and ``{place}``
    pieces : {place: what stands there}; what comes from the user enters here and nowhere else

    >>> from educe.report.blocks import number
    >>> said("The [[residual]] is {r}.", {"r": number("residuals.0", 0.25)}).parts[1:3]
    (Term(name='residual', shown=''), ' is ')
    """
    return Prose(line(template, pieces), kind)


def line(template: str, pieces: Mapping[str, Inline] | None = None) -> tuple[Inline, ...]:
    """Return the pieces of one sentence, as `said` reads it."""
    found: list[Inline] = []
    end = 0
    for match in _PIECE.finditer(template):
        if match.start() > end:
            found.append(template[end : match.start()])
        found.append(_piece(match, pieces or {}))
        end = match.end()
    if end < len(template):
        found.append(template[end:])
    return tuple(found)


def _piece(match: re.Match[str], pieces: Mapping[str, Inline]) -> Inline:
    if match["maths"]:
        return Maths(match["maths"], match["maths"])
    if match["term"]:
        return Term(match["term"], match["shown"] or "")
    if match["strong"]:
        return Strong(match["strong"])
    if match["typed"]:
        return Typed(match["typed"])
    return pieces[match["place"]]
