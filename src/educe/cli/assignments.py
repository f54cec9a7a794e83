"""What is typed as NAME=VALUE, LOW<=NAME<=HIGH, NAME = FORMULA or NAME=LOW:HIGH, read strictly."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from educe.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SIGN = r"<=|>=|=<|=>|<|>|≤|≥"
_BELOW = {"<=", "=<", "<", "≤"}

Bounds = dict[str, tuple[float, float]]


def values(texts: Iterable[str], option: str) -> dict[str, float]:
    """Return {name: value} of texts such as ``a=1`` or ``a=1,b=2``.

    Raises ParameterError for anything else, or a name that is given twice.

    >>> values(["a=1,b=2", "c=-1e3"], "--start")
    {'a': 1.0, 'b': 2.0, 'c': -1000.0}
    """
    found: dict[str, float] = {}
    parts = (part for text in texts for part in text.split(","))
    for name, text in _pairs(parts, option, "a=1"):
        _once(name, found, option)
        found[name] = _number(text, f"{option} {name}")
    return found


def starts(texts: Iterable[str], option: str) -> dict[str, float | tuple[float, float]]:
    """Return {name: value or (low, high)} of texts such as ``a=1``, ``a=1,b=2`` or ``k=0.01:1``.

    Raises ParameterError for anything else, or a name that is given twice.

    >>> starts(["a=1", "k=0.01:1"], "--start")
    {'a': 1.0, 'k': (0.01, 1.0)}
    """
    parts = [part for text in texts for part in text.split(",")]
    ends = ranges((part for part in parts if ":" in part), option)
    points = values((part for part in parts if ":" not in part), option)
    for name in ends:
        _once(name, points, option)
    return {**points, **ends}


def sigma(text: str) -> str | float:
    """Return a standard deviation: a number, or the name of a column.

    >>> sigma("0.1"), sigma("s")
    (0.1, 's')
    """
    try:
        return float(text)
    except ValueError:
        return text


def sigmas(texts: Iterable[str], option: str) -> str | float | dict[str, str | float] | None:
    """Return one standard deviation, or {name: one} of texts such as ``x=0.1`` or ``x=sx``; None of no text.

    Raises ParameterError for anything else, or a name that is given twice.

    >>> sigmas(["x=0.1", "t=st"], "--sigma-x"), sigmas(["sx"], "--sigma-x")
    ({'x': 0.1, 't': 'st'}, 'sx')
    """
    given = [part.strip() for text in texts for part in text.split(",")]
    if len(given) == 1 and "=" not in given[0]:
        return sigma(given[0])
    found: dict[str, str | float] = {}
    for name, text in _pairs(given, option, "x=0.1"):
        _once(name, found, option)
        found[name] = sigma(text)
    return found or None


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names in texts such as ``a`` or ``a,b``.

    >>> names(["a, b", "c"])
    ('a', 'b', 'c')
    """
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())


def formulas(texts: Iterable[str], option: str) -> dict[str, str]:
    """Return {name: formula} of texts such as ``b = 2*a``; ParameterError for anything else.

    >>> formulas(["tau = 1/k"], "--derive")
    {'tau': '1/k'}
    """
    found: dict[str, str] = {}
    for name, text in _pairs(texts, option, "b = 2*a"):
        _once(name, found, option)
        found[name] = text
    return found


def ranges(texts: Iterable[str], option: str) -> Bounds:
    """Return {name: (low, high)} of texts such as ``x=-3:3``; ParameterError for anything else.

    >>> ranges(["x=-3:3"], "--range")
    {'x': (-3.0, 3.0)}
    """
    found: Bounds = {}
    for name, text in _pairs(texts, option, "x=-3:3"):
        _once(name, found, option)
        ends = text.split(":")
        if len(ends) != 2:
            raise ParameterError(f"{option} {name}={text}: a range is written LOW:HIGH, such as {name}=-3:3.")
        low, high = (_number(end, f"{option} {name}") for end in ends)
        if not low < high:
            raise ParameterError(f"{option} {name}={text}: the low end must be below the high end.")
        found[name] = low, high
    return found


def bounds(texts: Iterable[str], option: str) -> tuple[Bounds, list[str]]:
    """Return {name: (lower, upper)} of texts such as ``0<=a<=5``, ``a>=0`` and ``a<5``, and what to say about them.

    Bounds are closed: a strict sign is read as its closed form, and that is said.
    Raises ParameterError for anything else, or a side that is given twice.

    >>> bounds(["0<=a<=5", "b>0"], "--bound")
    ({'a': (0.0, 5.0), 'b': (0.0, inf)}, ['bounds are closed: b>0 is taken as b>=0.'])
    """
    found: Bounds = {}
    notes: list[str] = []
    for text in texts:
        name, lower, upper = _bound(text, option)
        old_lower, old_upper = found.get(name, (-math.inf, math.inf))
        if -math.inf < min(lower, old_lower) or max(upper, old_upper) < math.inf:
            raise ParameterError(f"{option}: a bound of {name} is given twice; give each side once.")
        found[name] = max(lower, old_lower), min(upper, old_upper)
        closed = re.sub(r"([<>])(?!=)", r"\1=", text)
        if closed != text and "=<" not in text and "=>" not in text:
            notes.append(f"bounds are closed: {text} is taken as {closed}.")
    return found, notes


def _bound(text: str, option: str) -> tuple[str, float, float]:
    """Return name, lower and upper bound of one text."""
    signs = re.findall(_SIGN, text)
    parts = [part.strip() for part in re.split(_SIGN, text)]
    names = [place for place, part in enumerate(parts) if part.isidentifier() and part not in ("inf", "nan")]
    if len(signs) == 2 and 1 in names:
        names = [1]
    if len(signs) not in (1, 2) or len(names) != 1 or (len(signs) == 2 and names != [1]):
        raise ParameterError(f"{option} '{text}' is not a bound; write 0<=a<=5, a>=0 or a<=5.")
    if len(signs) == 2 and (signs[0] in _BELOW) != (signs[1] in _BELOW):
        raise ParameterError(
            f"{option} '{text}': the two signs point in different directions; write 0<=a<=5."
        )
    name = parts[names[0]]
    lower, upper = -math.inf, math.inf
    for place, sign in enumerate(signs):
        # the number stands left of the sign if the name stands right of it
        number = _number(parts[place] if names[0] == place + 1 else parts[place + 1], f"{option} '{text}'")
        if (names[0] == place + 1) == (sign in _BELOW):
            lower = number
        else:
            upper = number
    return name, lower, upper


def _pairs(texts: Iterable[str], option: str, example: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not value or value.startswith("="):
            raise ParameterError(f"{option} '{text.strip()}' is not of the form {example}.")
        if not name.isidentifier():
            raise ParameterError(f"{option} '{text.strip()}': '{name}' is not a name; write {example}.")
        yield name, value


def _once(name: str, found: Iterable[str], option: str) -> None:
    if name in found:
        raise ParameterError(f"{option}: {name} is given twice.")


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ParameterError(f"{where}: '{text}' is not a number.") from None
    if not math.isfinite(number):
        raise ParameterError(f"{where}: '{text}' is not a finite number.")
    return number
