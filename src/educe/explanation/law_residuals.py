"""What the residuals say: pictures of what the law left over, and tests in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.law_pictures import residual_pictures, standardised
from educe.report import sentences
from educe.report.blocks import Beside, Block, Chapter, Level, Line, Number, Prose, Table, counted
from educe.report.numbers import probability, short
from educe.report.wording import said

if TYPE_CHECKING:
    from educe.explanation.law_reading import Reading

FAR = 3.0  # standard deviations beyond which a residual is counted as far
LIMIT = 0.05


def residuals(reading: Reading) -> Chapter:
    """Return the chapter of the residuals."""
    blocks: list[Block] = [
        said(
            "If the law is right, what it leaves over is noise: as often above as below, no larger in one "
            "place than in another, "
            "without a pattern. A pattern means that the law lacks something."
        )
    ]
    pictures = residual_pictures(reading)
    blocks += [Beside(tuple(pictures))] if len(pictures) > 1 else pictures
    blocks += _far(reading)
    blocks += _tests(reading)
    return Chapter("residuals", "What the residuals say", tuple(blocks))


def _far(reading: Reading) -> list[Block]:
    r, scaled = standardised(reading)
    if not scaled:
        return []
    beyond = int((np.abs(r) > FAR).sum())
    expected = math.erfc(FAR / math.sqrt(2.0)) * len(r)  # of normal noise
    words = (
        "Of {n} residuals {beyond} {are} farther than 3 standard deviations from the law; of normal noise "
        "one expects {expected}."
    )
    pieces: dict[str, Number | str] = {
        "n": counted("rows.kept", len(r)),
        "beyond": counted("residuals.far", beyond),
        "are": "is" if beyond == 1 else "are",
        "expected": Number(
            "residuals.expected", expected, f"{expected:,.0f}" if expected >= 100 else short(expected, 2)
        ),
    }
    return [said(words, pieces)]


def _tests(reading: Reading) -> list[Block]:
    tests = reading.fit.residual_tests
    if not tests:
        return []
    suspicious = [test for test in tests if test.suspicious]
    if suspicious:
        named = "; ".join(test.verdict for test in suspicious)
        finding = Prose((sentences.sentence(f"Tests speak against the fit: {named}"),), "warning")
    else:
        finding = said("No test speaks against the fit: what is left over looks like noise.", kind="finding")
    rows: list[tuple[Line, ...]] = [
        (
            test.name,
            Number(
                f"tests.{k}.p", test.p_value, probability(test.p_value).removeprefix("p ").removeprefix("= ")
            ),
            f"{test.verdict} ({test.convention})",
        )
        for k, test in enumerate(tests)
    ]
    table = Table("Tests of the residuals", ("test", "p-value", "finding"), tuple(rows), words=True)
    meaning = said(
        "The [[p-value]] says how often noise alone would look at least as odd. Below 0.05 is worth a thought; "
        "one test in twenty "
        "falls there by chance.",
        kind="note",
    )
    return [finding, Level("school", (table, meaning))]
