"""Everything that educe refuses, as one tree.

    EduceError
    |-- FormulaError      a law, condition or relation that cannot be read or is not allowed
    |-- ParameterError    a start, bound, tie or option that cannot hold
    |-- TableError        measurements that are missing, unusable or do not fit the law
    |-- FileError         a file that cannot be read or written, or is not what it should be
    |-- FitError          the result was not reached (exit status 1; all others are wrong use, 2)

Each message is one sentence or two: what was wrong, where, what was allowed, what was given and,
for a name, the nearest valid one.
"""

from __future__ import annotations

import difflib
from numbers import Integral
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class EduceError(Exception):
    """Base of every error that educe raises on purpose."""


class FormulaError(EduceError, ValueError):
    """A law, condition or relation cannot be read, or asks for something that is not allowed."""


class ParameterError(EduceError, ValueError):
    """A starting value, bound, tie, weight or option cannot hold."""


class TableError(EduceError, ValueError):
    """The measurements are missing, unusable or do not fit the law."""


class FileError(EduceError, ValueError):
    """A file cannot be read or written, or is not what it should be."""


class FitError(EduceError, RuntimeError):
    """The fit could not be carried out to a result."""


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the candidate nearest to `name`, or ``""``.

    >>> nearest("temprature", ["time", "temperature"])
    " Did you mean 'temperature'?"
    """
    pool = list(candidates)
    lowered = {candidate.lower(): candidate for candidate in pool}
    found = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f" Did you mean '{lowered[found[0]]}'?" if found else ""


def check_whole(name: str, value: object, least: int) -> None:
    """Raise ParameterError for an option that is no whole number of at least `least`, such as a seed.

    >>> check_whole("seed", 7, 0)
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ParameterError(f"{name} must be a whole number of at least {least}, not {value!r}.")


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Return the names joined for a message, cut after `limit` of them.

    >>> listing(["a", "b", "c"], limit=2)
    'a, b, ... (3 in all)'
    """
    pool = list(names)
    if len(pool) <= limit:
        return ", ".join(pool) if pool else "none"
    return f"{', '.join(pool[:limit])}, ... ({len(pool)} in all)"
