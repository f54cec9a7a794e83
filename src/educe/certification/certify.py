"""Fits of the NIST problems from their certified starts, and how many digits of each are right."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe import datasets
from educe.errors import FitError, ParameterError
from educe.fitting.fit import fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from educe.datasets import Certificate, DataSet
    from educe.fitting.result import Fit

STARTS = ("1", "2", "none")
CERTIFIED = 11.0  # digits to which the values are certified
NEEDED = {"parameters": 10.0, "stderr": 9.0, "rss": 9.0}  # digits
SAME = 1e-9  # share of the largest fitted value within which two sets of fitted values are the same

# Its certified residual sum of squares, 1.4e-25, lies below what the rounding of the data in float64 leaves.
BEYOND_FLOAT64 = {"Lanczos1": ("stderr", "rss")}


@dataclass(frozen=True)
class Run:
    """One problem from one start.

    digits : quantity -> correct digits of the worst value, 0 .. 11; of "parameters", "stderr" and "rss"
    signs : parameters whose sign the law cannot tell, and which came out with the other one
    seconds : wall time of the fit with its standard errors
    """

    name: str
    start: str
    digits: Mapping[str, float]
    signs: tuple[str, ...]
    seconds: float

    @property
    def excepted(self) -> tuple[str, ...]:
        """Quantities of this problem that float64 cannot carry."""
        return BEYOND_FLOAT64.get(self.name, ())

    @property
    def missed(self) -> tuple[str, ...]:
        """Quantities with fewer digits than needed."""
        return tuple(q for q, needed in NEEDED.items() if self.digits[q] < needed and q not in self.excepted)


def certify(starts: Sequence[str] = STARTS[:2], problems: Iterable[str] | None = None) -> Iterator[Run]:
    r"""Fit the NIST problems, one after the other, and yield how many digits are right.

    .. math:: \mathrm{digits} = \min\left(11, -\log_{10} \frac{|q - c|}{|c|}\right)

    starts : of "1" (far) and "2" (near), as certified, and "none";  problems : names; None: all 27

    A sign that the law cannot tell (the fitted values are the same with the other one) counts as right.
    Raises ParameterError for another start.

    Source: NIST/ITL, Statistical Reference Datasets, and McCullough (1998) for the log relative error.

    >>> run = next(certify(["2"], ["Misra1a"]))
    >>> run.name, run.missed
    ('Misra1a', ())
    """
    for start in starts:
        if start not in STARTS:
            raise ParameterError(f"start '{start}' is not one of {', '.join(STARTS)}.")
    for name in datasets.names("nist") if problems is None else problems:
        data = datasets.load(name)
        if data.certificate is None:
            raise ParameterError(f"{name} is not a problem that NIST certifies.")
        for start in starts:
            yield _run(data, data.certificate, start)


def _run(data: DataSet, certificate: Certificate, start: str) -> Run:
    begin = time.perf_counter()
    try:
        given = None if start == "none" else data.starts[int(start) - 1]
        found = fit(data.law or "", dict(data.columns), start=given)
        stderr = found.stderr
    except FitError:
        seconds = time.perf_counter() - begin
        return Run(data.name, start, dict.fromkeys(NEEDED, 0.0), (), seconds)
    seconds = time.perf_counter() - begin
    signs = other_signs(found, certificate.parameters)
    values = {name: -v if name in signs else v for name, v in found.params.items()}
    right = {
        "parameters": min(digits(values[name], c) for name, c in certificate.parameters.items()),
        "stderr": min(digits(stderr[name], c) for name, c in certificate.stderr.items()),
        "rss": digits(found.rss, certificate.rss),
    }
    return Run(data.name, start, right, signs, seconds)


def digits(value: float, certified: float) -> float:
    """Return how many digits of a value are right, 0 .. 11.

    >>> round(digits(1.0000012, 1.0), 1), digits(2.5, 2.5), digits(-1.0, 1.0)
    (5.9, 11.0, 0.0)
    """
    error = abs(value - certified) / abs(certified)
    if math.isnan(error):
        return 0.0
    return CERTIFIED if error == 0.0 else min(CERTIFIED, max(0.0, -math.log10(error)))


def other_signs(found: Fit, certified: Mapping[str, float]) -> tuple[str, ...]:
    """Return the parameters of the other sign, if with all their signs changed the fitted values stay as they are."""
    flipped = tuple(name for name, value in found.params.items() if value * certified[name] < 0.0)
    if not flipped:
        return ()
    mirrored = {name: -v if name in flipped else v for name, v in found.params.items()}
    columns = dict(found.rows.columns)
    here = np.asarray(found.law.evaluate({**columns, **found.params}))
    there = np.asarray(found.law.evaluate({**columns, **mirrored}))
    return flipped if np.abs(here - there).max() <= SAME * np.abs(here).max() else ()
