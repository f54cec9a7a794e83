"""Turn the house form of docstrings into Markdown for the reference.

name : type, shape, unit -- meaning        becomes a list item
Returns, Raises, Source                    begin a paragraph of their own
an example after the prompt of Python      becomes a code block
.. math:: formula, :math:`formula`         become a formula
"""

from __future__ import annotations

import re
from typing import Any

import griffe

ENTRY = re.compile(r"^([*\w][\w, *]*?) : (?=\S)")
HEADLINE = re.compile(r"^(Returns|Raises|Source)\b")
INLINE_MATH = re.compile(r":math:`([^`]*)`")
DISPLAY_MATH = re.compile(r"^\.\. math::[ \t]*(.*(?:\n(?:[ \t]+\S.*|[ \t]*(?=\n[ \t]+\S)))*)", re.MULTILINE)
EXAMPLE = re.compile(r"^>>> .*(?:\n\S.*|\n +\S.*)*", re.MULTILINE)


def to_markdown(text: str) -> str:
    """Return the docstring as Markdown.

    text : str -- cleaned docstring

    >>> print(to_markdown("Sum.\\n\\na : float -- one\\n    of two\\nReturns b."))
    Sum.
    <BLANKLINE>
    - `a` : float -- one of two
    <BLANKLINE>
    **Returns** b.
    """
    text = DISPLAY_MATH.sub(lambda found: f"$$\n{_joined(found[1])}\n$$", text)
    text = INLINE_MATH.sub(r"$\1$", text)
    text = EXAMPLE.sub(lambda found: f"```pycon\n{found[0]}\n```", text)
    return "\n".join(_lines(text.splitlines()))


def _joined(formula: str) -> str:
    return "\n".join(line.strip() for line in formula.splitlines() if line.strip())


def _lines(lines: list[str]) -> list[str]:
    out: list[str] = []
    inside = ""  # "", "entry" or "code"
    for line in lines:
        if line.startswith("```"):
            inside = "" if inside == "code" else "code"
        elif inside == "code":
            pass
        elif ENTRY.match(line):
            out += [""] * (inside != "entry" and bool(out) and bool(out[-1]))
            line, inside = ENTRY.sub(lambda found: f"- `{found[1]}` : ", line), "entry"
        elif inside == "entry" and line.startswith(" "):
            out[-1] += f" {line.strip()}"
            continue
        elif inside == "entry" or HEADLINE.match(line):
            out += [""] * bool(out and out[-1])
            line, inside = HEADLINE.sub(r"**\1**", line), ""
        out.append(line)
    return out


class HouseDocstrings(griffe.Extension):
    """Rewrites each docstring as it is read; mkdocstrings finds the class by the path in mkdocs.yml."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)
