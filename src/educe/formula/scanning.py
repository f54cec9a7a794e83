"""The words of a formula: numbers, names, operators, brackets, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from educe.errors import FormulaError

LONGEST_TEXT = 10_000  # characters
DEEPEST_NESTING = 200  # brackets, signs and powers open at the same time

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_WORD = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>(?![0-9])(?:(?![{_SUPERSCRIPTS}])\w)+)
    | (?P<quoted>`[^`\n]+`)
    | (?P<superscript>⁻?[{_SUPERSCRIPTS}]+)
    | (?P<operator>\*\*|<=|>=|==|!=|≤|≥|≠|[-+*/^<>=−·×⋅÷])
    | (?P<bracket>[(),])
    """,
    re.VERBOSE,
)
_SAME = {"^": "**", "−": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!="}
_DIGITS = str.maketrans(_SUPERSCRIPTS + "⁻", "0123456789-")
_NOT_ALLOWED = {
    ".": "a dot belongs inside a number only",
    "[": "rows and elements cannot be picked; name the column",
    "{": "use round brackets",
    '"': "text has no place in a formula",
    "'": "text has no place in a formula",
    ":": "only formulas, no statements",
    ";": "one formula at a time",
    "&": "write 'and'",
    "|": "write 'or', or abs(...)",
    "!": "write 'not', or gamma(n + 1) for a factorial",
    "%": "there is no remainder",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a formula.

    kind : str -- "number", "name", "operator", "(", ")", ",", "superscript" or "end"
    text : str -- in the grammar's own spelling
    start : int -- place in the text, from 0
    """

    kind: str
    text: str
    start: int


def refusal(problem: str, text: str, start: int) -> FormulaError:
    """Return the error that shows a formula with a mark under the place of the problem."""
    first = max(0, start - 40)
    shown = text[first : start + 30].replace("\n", " ")
    return FormulaError(f"{problem} (column {start + 1})\n    {shown}\n    {' ' * (start - first)}^")


def words(text: str) -> list[Word]:
    """Return the words of a formula, ending with one of kind "end".

    Raises FormulaError for a character that no formula has and for a text that is too long.

    >>> [word.text for word in words("2*x^2")]
    ['2', '*', 'x', '**', '2', '']
    """
    if len(text) > LONGEST_TEXT:
        raise FormulaError(f"The formula has {len(text)} characters; at most {LONGEST_TEXT} are allowed.")
    found: list[Word] = []
    place = 0
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:
            raise _unreadable(text, place)
        if match.lastgroup != "space":
            found.append(_word(match))
        place = match.end()
    found.append(Word("end", "", len(text)))
    return found


def _word(match: re.Match[str]) -> Word:
    kind, text, start = str(match.lastgroup), match.group(), match.start()
    if kind == "quoted":
        return Word("name", text, start)
    if kind == "bracket":
        return Word(text, text, start)
    if kind == "superscript":
        return Word(kind, text.translate(_DIGITS), start)
    if text in ("and", "or", "not"):
        return Word("operator", text, start)
    return Word(kind, _SAME.get(text, text), start)


def _unreadable(text: str, place: int) -> FormulaError:
    character = text[place]
    reason = _NOT_ALLOWED.get(character, "formulas have names, numbers, + - * / ** ^ ( ) , and comparisons")
    return refusal(f"{character!r} is not allowed in a formula: {reason}.", text, place)
