"""What code in every language is made of: arguments, constants, lines; numbers with all their digits."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from educe.export.described import WrittenNetwork
from educe.export.identifiers import identifiers, told
from educe.formula.languages import straight_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.export.described import Array, WrittenLaw
    from educe.formula.languages import Language

WIDTH = 84  # of comments and lists of numbers


def names_of(network: WrittenNetwork) -> tuple[str, list[str]]:
    """Return the name of the function, that of all targets in a row, and those of its arguments, as identifiers."""
    function, *arguments = identifiers(("_".join(network.targets), *network.inputs)).values()
    return function, arguments


def shifted(network: WrittenNetwork, arguments: Sequence[str]) -> str:
    """Return the arguments as the first layer sees them, apart by commas."""
    pairs = zip(arguments, network.centre.tolist(), strict=True)
    return ", ".join(f"{a} - ({c!r})" if c else a for a, c in pairs)


def law_lines(law: WrittenLaw, language: Language) -> tuple[str, list[str], list[str], str]:
    """Return the function's name, its arguments, the lines of its body and the text of its value."""
    target = law.target or "value"
    named = identifiers((target, *law.inputs, *law.parameters))
    constants = [language.declare.format(named[name], repr(value)) for name, value in law.parameters.items()]
    places = {name: named[name] for name in (*law.inputs, *law.parameters)}
    lines, value = straight_code(law.expression, places, language)
    return named[target], [named[name] for name in law.inputs], [*constants, *lines], value


def comment(written: WrittenLaw | WrittenNetwork, arguments: Sequence[str], mark: str) -> str:
    """Return the comment above the code: what it is, and which argument is which column.

    mark : what every line begins with, such as "// "
    """
    lines = textwrap.wrap(written.about, WIDTH, break_on_hyphens=False)
    if isinstance(written, WrittenNetwork) and written.several:
        lines += textwrap.wrap(f"returns {told(', '.join(written.targets))}, in this order", WIDTH)
    renamed = [
        f"{a} is the column '{told(c)}'" for a, c in zip(arguments, written.inputs, strict=True) if a != c
    ]
    for line in renamed:
        lines += textwrap.wrap(line, WIDTH, break_on_hyphens=False)
    return "".join(f"{mark}{line}".rstrip() + "\n" for line in lines)


def numbers(values: Array, brackets: str, indent: str = "    ") -> str:
    """Return an array as nested lists of numbers with all their digits, wrapped.

    brackets : "[]" or "{}"

    >>> import numpy as np
    >>> print(numbers(np.array([[1.0, 2.5], [3.0, -4.0]]), "[]"))
    [
        [1.0, 2.5],
        [3.0, -4.0],
    ]
    """
    left, right = brackets[0], brackets[1]
    if values.ndim == 1:
        inner = ", ".join(map(repr, values.tolist()))
        if len(inner) <= WIDTH:
            return f"{left}{inner}{right}"
        wrapped = textwrap.fill(
            inner, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        return f"{left}\n{wrapped}\n{indent[4:]}{right}"
    rows = "".join(f"{indent}{numbers(row, brackets, indent + '    ')},\n" for row in values)
    return f"{left}\n{rows}{right}"
