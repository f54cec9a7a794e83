"""A law as a title: typeset where mathtext can read it, as plain text where it cannot."""

from __future__ import annotations

import math
import re
import textwrap
from typing import TYPE_CHECKING

from educe.report.numbers import rounded
from educe.report.sentences import law_with_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from educe.fitting.result import Fit

_MARK = "\u200e"  # left-to-right mark, without width
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+")
LARGEST, SMALLEST = 14.0, 8.5  # points


def latex_with_numbers(fit: Fit) -> str:
    """Return the law in LaTeX with its parameters replaced by values, rounded by their errors.

    Empty for a Python function that could not be read as a formula: that has no parts to replace.
    """
    values = {
        name: float(rounded(value, fit.stderr[name])[0])
        for name, value in fit.params.items()
        if name in fit.stated.names
    }
    substitute = getattr(fit.stated, "substitute", None)
    if substitute is None or not all(map(math.isfinite, values.values())):
        return ""
    return str(substitute(values).latex())


def entitle(figure: Figure, fit: Fit) -> None:
    """Write the law with its numbers above a figure, as large as the figure is wide."""
    title(figure, latex_with_numbers(fit), law_with_numbers(fit))


def title(figure: Figure, tex: str, text: str) -> None:
    """Write a formula above a figure.

    tex : the formula in LaTeX, without dollar signs
    text : the same as plain text, wrapped, for where the LaTeX cannot be read or is too wide
    """
    room = 72 * figure.get_size_inches()[0] - 20  # points
    width = _width(tex)
    size = min(LARGEST, LARGEST * room / width) if width else 0.0
    if size >= SMALLEST:
        figure.suptitle(f"${tex}$", fontsize=size)
        return
    letters = int(room / (0.62 * 10))
    lines = textwrap.wrap(left_to_right(text), letters, break_on_hyphens=False)[:4]
    figure.suptitle("\n".join(lines), fontsize=10, family="DejaVu Sans Mono", parse_math=False)


def left_to_right(text: str) -> str:
    """Return a formula with marks that keep its parts in order: a name written from right to left would draw the
    numbers behind it to its other side.

    >>> left_to_right("y = 2*x")
    'y = 2*x'
    """
    return _RIGHT_TO_LEFT.sub(lambda name: f"{_MARK}{name[0]}{_MARK}", text)


def _width(tex: str) -> float:
    """Return the width of the typeset formula in points at the largest size; 0 if it cannot be read."""
    from matplotlib.font_manager import FontProperties, findfont, get_font
    from matplotlib.mathtext import MathTextParser

    if "$" in tex.replace(r"\$", "") or not tex.strip():
        return 0.0
    known = get_font(findfont("DejaVu Sans"))
    if not all(c.isascii() or known.get_char_index(ord(c)) for c in tex):
        return 0.0  # of a script that mathtext has no letters for: it would draw dummies
    try:
        return MathTextParser("path").parse(f"${tex}$", dpi=72, prop=FontProperties(size=LARGEST)).width
    except (ValueError, RuntimeError, RecursionError):
        return 0.0
