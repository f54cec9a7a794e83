"""Several targets of one network on one page: what they share, then the chapters of each, one target at a time."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from educe.explanation.copying import to_take_away
from educe.explanation.network import TAKEN, chapters_of, named
from educe.explanation.network_form import headline
from educe.explanation.network_found import listed
from educe.explanation.network_glossary import GLOSSARY
from educe.explanation.network_reading import Reading
from educe.explanation.network_replay import script
from educe.report.blocks import (
    Beside,
    Block,
    Chapter,
    Fold,
    Level,
    Line,
    Page,
    Picture,
    Table,
    counted,
    number,
)
from educe.report.wording import said

if TYPE_CHECKING:
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether


def explain(learned: LearnedTogether) -> Page:
    """Return the explanation of several targets learned by one network; its reader chooses between them.

    learned : as `educe.learn` or `educe.load` returned it

    >>> import educe, numpy as np
    >>> x = np.linspace(-2, 2, 30)
    >>> both = educe.learn({"x": x, "y": np.sin(x), "z": x**2}, ["y", "z"], hidden=2, penalty=1e-4, starts=2)
    >>> page = explain(both)
    >>> page.parts, [chapter.name for chapter in page.chapters][:3]
    (('y', 'z'), ['together', 'found-0', 'replay-0'])
    """
    readings = [Reading(one) for one in learned.each]
    chapters = [_together(learned, readings[0])]
    for k, reading in enumerate(readings):
        first, *others = chapters_of(reading)
        first = replace(first, title=f"{first.title} of {reading.learned.target}")
        chapters += [_in_part(chapter, k) for chapter in (first, *others)]
    return Page(
        title=f"{named(learned.targets)} from {named(learned.inputs)} · educe",
        kicker="Functions learned together, explained",
        headline=tuple(formula for reading in readings for formula in headline(reading)),
        chapters=(*chapters, *to_take_away(learned, TAKEN)),
        glossary=GLOSSARY,
        scripts=script(readings[0]),
        parts=learned.targets,
    )


def _together(learned: LearnedTogether, first: Reading) -> Chapter:
    """Return the chapter about what the targets share, and how well each is predicted."""
    names, pieces = listed(first)
    shape = "-".join(map(str, learned.layers))
    words = said(
        f"One network of {shape} nodes with {{P}} numbers learned {{k}} functions of {names} at once: its hidden "
        "layers are shared, and each target has an output of its own. What a hidden node has learned for one "
        "target serves the others. Choose at the top of the page which target the chapters are about.",
        {
            **pieces,
            "P": counted("together.parameters", learned.parameters_count),
            "k": counted("together.targets", len(learned)),
        },
    )
    table = Table(
        "How well each target is predicted",
        ("target", "typical error on rows not seen", "on those it learned from", "inside the 95 % interval"),
        tuple(_line(one) for one in learned.each),
        note="Errors are root mean squares, in the unit of their target; intervals are judged on rows not seen.",
    )
    return Chapter("together", "What was learned together", (words, table))


def _line(one: Learned) -> tuple[Line, ...]:
    share = one.coverage.get(0.95, math.nan)
    held = number(f"together.coverage.{one.target}", 100.0 * share, 4)
    return (
        Reading(one).column(one.target),
        number(f"together.validation_rmse.{one.target}", one.validation_rmse, 4),
        number(f"together.train_rmse.{one.target}", one.train_rmse, 4),
        (held, " %") if math.isfinite(share) else "too few rows to say",
    )


def _in_part(chapter: Chapter, k: int) -> Chapter:
    """Return a chapter of target k, with addresses that no other target's chapters have."""
    return replace(chapter, name=f"{chapter.name}-{k}", part=k, blocks=_renamed(chapter.blocks, k))


def _renamed(blocks: tuple[Block, ...], k: int) -> tuple[Block, ...]:
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Picture):
            found.append(replace(block, name=f"{block.name}-{k}"))
        elif isinstance(block, Fold | Beside | Level):
            found.append(replace(block, blocks=_renamed(block.blocks, k)))
        else:
            found.append(block)
    return tuple(found)
