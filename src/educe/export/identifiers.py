"""Names of columns and parameters as identifiers that every language takes, and as words for comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from educe.formula.latex import LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 60  # characters

_GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", LETTERS, strict=True)) | {"µ": "mu"}

_OF_C = """
    auto break case char const continue default do double else enum extern float for goto if inline int
    long register restrict return short signed sizeof static struct switch typedef union unsigned void
    volatile while main acos asin atan atan2 ceil cos cosh exp fabs floor fmod frexp ldexp log log10
    modf pow sin sinh sqrt tan tanh acosh asinh atanh cbrt copysign erf erfc exp2 expm1 fdim fma fmax
    fmin hypot ilogb lgamma log1p log2 logb remainder rint round scalbn tgamma trunc j0 j1 jn y0 y1 yn
    gamma signgam drem significand scalb exp10 pow10 index bool true false complex
"""
_OF_PYTHON = """
    False None True and as assert async await class def del elif except finally from global import in is
    lambda nonlocal not or pass raise try with yield match type math np special max min abs float int
    zip sum range
"""
_OF_JAVASCRIPT = """
    arguments catch debugger delete eval export function instanceof interface let new null package
    private protected public super switch this throw typeof undefined var Math Number Infinity NaN Array
"""
_TAKEN = frozenset(f"{_OF_C} {_OF_PYTHON} {_OF_JAVASCRIPT}".split())
_OURS = re.compile(r"t[0-9]+|educe_.*", re.IGNORECASE)  # what the written code itself calls things


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return {name: identifier} with ASCII letters, digits and underscores, no two equal, none a reserved word.

    >>> identifiers(["x", "Temp (C)", "lambda", "double", "Temp [C]", "σ", "2nd"])
    {'x': 'x', 'Temp (C)': 'Temp_C', 'lambda': 'lambda_', 'double': 'double_', 'Temp [C]': 'Temp_C_2',
     'σ': 'sigma', '2nd': 'v_2nd'}
    """
    found: dict[str, str] = {}
    for name in names:
        base = _plain(name)
        if base in _TAKEN or _OURS.fullmatch(base):
            base += "_"
        word, k = base, 1
        while word in found.values():
            k += 1
            word = f"{base.rstrip('_')}_{k}"
        found[name] = word
    return found


def _plain(name: str) -> str:
    letters = "".join(_GREEK.get(c, c if c.isascii() and c.isalnum() else "_") for c in name)
    word = re.sub("_+", "_", letters).strip("_")[:LONGEST]
    if not word:
        return "v"
    return f"v_{word}" if word[0].isdigit() else word


def told(words: str) -> str:
    """Return words that no comment of any language can be ended by or smuggled into.

    >>> told('a */ system("x") // ' + chr(10) + 'b')
    "a * / system('x') / / b"
    """
    clean = "".join(c if c.isprintable() else " " for c in words).replace("\\", "/").replace('"', "'")
    return re.sub(r"([*/?])(?=[*/?])", r"\1 ", clean).replace("  ", " ")
