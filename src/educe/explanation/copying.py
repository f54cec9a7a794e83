"""A result as text to be copied: the same code as `educe export` writes, one block for each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.errors import FormulaError
from educe.export.described import described
from educe.export.result import TEXTS
from educe.export.sheet import formula
from educe.report.blocks import Chapter, CodeToCopy
from educe.report.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

LONGEST = 40_000  # characters of one block

_TITLES = {
    "latex": ("The equations", "LaTeX"),
    "python": ("One point, with the standard library alone", "Python"),
    "numpy": ("Arrays of points", "Python with NumPy"),
    "c": ("A function of doubles", "C"),
    "javascript": ("A function for a page or for Node", "JavaScript"),
    "spreadsheet": ("Cells", "Spreadsheet"),
}


def to_take_away(result: Fit | Learned | LearnedTogether, words: str) -> Iterator[Chapter]:
    """Yield the chapter of the result as code, if it is a formula.

    words : what the code is
    """
    blocks = code_to_copy(result)
    if blocks:
        yield Chapter("copy", "To take away", (said(words), *blocks))


def code_to_copy(result: Fit | Learned | LearnedTogether) -> tuple[CodeToCopy, ...]:
    """Return the result in every language that has what it needs; none for a law that is a Python function.

    A block longer than LONGEST is left out: `educe export` writes it to a file.

    >>> import educe
    >>> line = educe.fit("y = m*x + b", {"x": [0.0, 1.0, 2.0], "y": [1.0, 3.0, 5.1]})
    >>> [block.language for block in code_to_copy(line)]
    ['LaTeX', 'Python', 'Python with NumPy', 'C', 'JavaScript', 'Spreadsheet']
    """
    try:
        written = described(result)
    except FormulaError:
        return ()
    blocks = []
    for language, (title, words) in _TITLES.items():
        try:
            text = TEXTS[language](written)
            if language == "spreadsheet":
                one = formula(written)
                named = ", ".join(f"{name} in {chr(65 + k)}2" for k, name in enumerate(written.inputs[:26]))
                title = f"A formula for a cell, with {named}" if one else "Two rows to paste into cell A1"
                text = one or text
        except FormulaError:
            continue
        if len(text) <= LONGEST:
            blocks.append(CodeToCopy(title, words, text.rstrip("\n")))
    return tuple(blocks)
