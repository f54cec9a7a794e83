"""The explanation of a fitted law, from its own data: every formula, step and number, as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.copying import to_take_away
from educe.explanation.law_errors import apart, errors
from educe.explanation.law_found import data, derived, found
from educe.explanation.law_glossary import GLOSSARY
from educe.explanation.law_iterations import iterations, method
from educe.explanation.law_least_squares import jacobian, minimised, triangle
from educe.explanation.law_line import line
from educe.explanation.law_linear import linear, starts
from educe.explanation.law_reading import Reading
from educe.explanation.law_residuals import residuals
from educe.explanation.law_script import script
from educe.explanation.law_walk import walk
from educe.report.blocks import Formula, Page
from educe.report.sentences import law_text, law_with_numbers
from educe.report.typeset import latex_with_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.fitting.result import Fit
    from educe.report.blocks import Chapter


TAKEN = "The law with its constants, as code. Each block gives the same numbers as `educe predict`."


def explain(fit: Fit) -> Page:
    """Return the explanation of a fitted law.

    fit : as `educe.fit` or `educe.load` returned it

    >>> import educe
    >>> page = explain(educe.fit("y = m*x + b", {"x": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 2.9, 5.1, 7.0]}))
    >>> [chapter.name for chapter in page.chapters][:3]
    ['found', 'data', 'line']
    """
    reading = Reading(fit)
    with np.errstate(all="ignore"):  # what is not finite is left out or said, chapter by chapter
        chapters = tuple(_chapters(reading))
    headline = [Formula(fit.stated.latex(), law_text(fit))]
    numbers = latex_with_numbers(fit)
    if numbers:
        headline.append(Formula(numbers, law_with_numbers(fit)))
    return Page(
        title=f"{law_text(fit)} · educe",
        kicker="A law and its constants, explained",
        headline=tuple(headline),
        chapters=chapters,
        glossary=GLOSSARY,
        scripts=script(reading),
    )


def _chapters(reading: Reading) -> Iterator[Chapter]:
    walked = walk(reading) if reading.simple and reading.quick and not reading.wholly_linear else None
    yield found(reading)
    yield data(reading)
    yield from line(reading)
    yield minimised(reading)
    yield jacobian(reading)
    yield triangle(reading)
    yield method(reading)
    yield iterations(reading, walked)
    yield from linear(reading)
    yield starts(reading)
    yield errors(reading)
    yield from apart(reading)
    yield residuals(reading)
    yield from derived(reading)
    yield from to_take_away(reading.fit, TAKEN)
