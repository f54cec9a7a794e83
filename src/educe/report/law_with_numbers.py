"""A law with its parameters replaced by numbers, as text that can be read back as a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"(?<![\w.])(?![0-9])\w+")
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_SIGN_BEFORE = re.compile(r"([+-]) $")


def put_in(text: str, values: Mapping[str, str]) -> str:
    """Return a formula with names replaced by numbers, signs and powers bracketed as they must be.

    >>> put_in("y = a*exp(-k*x) - c + b**2", {"a": "2.5", "k": "-0.10", "c": "-1.0", "b": "-3"})
    'y = 2.5*exp(-(-0.10)*x) + 1.0 + (-3)**2'
    """
    equals = _EQUALS.search(text)
    left, right = (text[: equals.end()], text[equals.end() :]) if equals else ("", text)
    pieces: list[str] = []
    end = 0
    for found in _NAME.finditer(right):
        if found[0] not in values or right[found.end() :].lstrip().startswith("("):
            continue
        pieces.append(right[end : found.start()])
        end = found.end()
        pieces.append(_number(values[found[0]], pieces, right[end:]))
    return left + "".join(pieces) + right[end:]


def _number(number: str, before: list[str], after: str) -> str:
    """Return the number as it may stand there; a sign just before it is merged, in `before`."""
    raised = after.lstrip().startswith(("**", "^"))
    if not number.startswith("-"):
        return f"({number})" if raised and "e" in number else number
    sign = _SIGN_BEFORE.search(before[-1])
    if sign and not raised and before[-1][: sign.start()].strip():
        before[-1] = before[-1][: sign.start()] + ("- " if sign[1] == "+" else "+ ")
        return number[1:]
    opens = before[-1].rstrip().endswith(("(", ",")) or (len(before) == 1 and not before[-1].strip())
    return number if opens and not raised else f"({number})"
