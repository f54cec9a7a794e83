"""The law as MathML, which browsers typeset themselves; as code where it cannot be had."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from educe.report.sentences import law_text, law_with_numbers
from educe.report.text import printable
from educe.report.typeset import latex_with_numbers

if TYPE_CHECKING:
    from educe.fitting.result import Fit

LONGEST = 2_000  # characters of LaTeX that are typeset; more is shown as code

_LETTER = re.compile(r'<mi mathvariant="normal">([^<]+)</mi>')
# a name letter by letter: it would be read out so, and stand backwards where it is written from right to left
_LETTERS = re.compile(rf"(?:{_LETTER.pattern.replace('(', '(?:')}){{2,}}")
_TEXT = re.compile(r"\\text\{[^{}]*\}")
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}m"
_ATTRIBUTES = frozenset(
    (
        *("display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "fence", "form", "separator"),
        *("symmetric", "minsize", "maxsize", "lspace", "rspace", "accent", "movablelimits", "linethickness"),
        *("width", "columnalign", "columnspacing", "rowspacing"),
    )
)


def formula(fit: Fit) -> str:
    """Return the law with its symbols, as HTML."""
    return typeset(fit.stated.latex(), law_text(fit))


def formula_with_numbers(fit: Fit) -> str:
    """Return the law with its parameters replaced by values, as HTML."""
    return typeset(latex_with_numbers(fit), law_with_numbers(fit))


def for_notebooks(fit: Fit) -> str:
    """Return the law, and below it the law with its numbers, as LaTeX for a notebook; empty where it has none."""
    shown = [fit.law.latex(), latex_with_numbers(fit)]
    lines = r" \\ ".join(line.replace("=", "&=", 1) for line in shown if line)
    return rf"$\displaystyle \begin{{aligned}} {lines} \end{{aligned}}$" if lines else ""


def typeset(tex: str, text: str, *, display: str = "block") -> str:
    """Return a formula as a MathML element, or as code if its LaTeX cannot be converted.

    tex : the formula in LaTeX, without dollar signs; empty: it has none
    text : the same as plain text;  display : "block", or "inline" for a formula within a sentence

    >>> typeset("", "y = a < b")
    '<code>y = a &lt; b</code>'
    """
    code = f"<code>{escape(printable(text))}</code>"
    if not tex or len(tex) > LONGEST or r"\href" in tex:
        return code
    # The converter neither escapes text nor takes the backslash off an underscore in it.
    tex = _TEXT.sub(lambda words: words[0].replace(r"\_", "_"), tex)
    found = _converted(tex.replace("<", r"\lt ").replace(">", r"\gt "), display)
    return found if _harmless(found) else code


@lru_cache(maxsize=2_000)
def _converted(tex: str, display: str) -> str:
    """Return the formula as MathML; empty if the converter is not installed or cannot read it."""
    try:
        from latex2mathml import exceptions
        from latex2mathml.converter import convert
    except ModuleNotFoundError:
        return ""
    # The converter's errors have no base of their own.
    own = [kind for kind in vars(exceptions).values() if isinstance(kind, type)]
    unreadable: tuple[type[Exception], ...] = (*own, ValueError, IndexError, KeyError, RecursionError)
    try:
        # the converter takes the sign of an interval for a name
        found = str(convert(tex, display=display)).replace("<mi>&#x000B1;</mi>", "<mo>&#x000B1;</mo>")
    except unreadable:
        return ""
    return _LETTERS.sub(
        lambda run: f'<mi mathvariant="normal">{"".join(_LETTER.findall(run[0]))}</mi>', found
    )


def _harmless(markup: str) -> bool:
    """Whether markup is well formed and holds mathematics alone."""
    try:
        root = ElementTree.fromstring(markup)
    except ElementTree.ParseError:
        return False
    return all(
        element.tag.startswith(_NAMESPACE) and element.attrib.keys() <= _ATTRIBUTES for element in root.iter()
    )
