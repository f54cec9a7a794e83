"""The explanation of a learned network, from its own data: every form, gradient, step and number, as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.explanation.copying import to_take_away
from educe.explanation.network_descent import WORDS, crawl, methods, step
from educe.explanation.network_form import form, headline
from educe.explanation.network_found import found, misses, region
from educe.explanation.network_glossary import GLOSSARY
from educe.explanation.network_loss import bend, gradient, loss
from educe.explanation.network_minima import minima
from educe.explanation.network_nodes import nodes
from educe.explanation.network_paths import Descents
from educe.explanation.network_reading import Reading
from educe.explanation.network_replay import replay, script
from educe.explanation.network_row import row
from educe.report.blocks import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from educe.learning.result import Learned
    from educe.report.blocks import Chapter

TAKEN = (
    "The learned function as code that needs nothing of educe. Each computes what `educe predict` computes, to 12 "
    "digits or more; `educe export` writes them to files, and ONNX too."
)


def explain(learned: Learned) -> Page:
    """Return the explanation of a learned network.

    learned : as `educe.learn` or `educe.load` returned it

    >>> import educe, numpy as np
    >>> x = np.linspace(-2, 2, 30)
    >>> net = educe.learn({"x": x, "y": np.sin(x)}, "y", hidden=2, penalty=1e-4, starts=2)
    >>> [chapter.name for chapter in explain(net).chapters][:3]
    ['found', 'replay', 'nodes']
    """
    reading = Reading(learned)
    return Page(
        title=f"{learned.target} from {named(learned.inputs)} · educe",
        kicker="A learned function, explained",
        headline=headline(reading),
        chapters=(*chapters_of(reading), *to_take_away(learned, TAKEN)),
        glossary=GLOSSARY,
        scripts=script(reading),
    )


def named(columns: Sequence[str]) -> str:
    """Return the first few names, for a title."""
    return ", ".join(columns[:4]) + (", ..." if len(columns) > 4 else "")


def chapters_of(reading: Reading) -> tuple[Chapter, ...]:
    """Return the chapters about one target."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        return tuple(_chapters(reading))


def _chapters(reading: Reading) -> Iterator[Chapter]:
    descents = Descents(reading)
    yield found(reading)
    yield replay(reading, descents, WORDS)
    yield from nodes(reading)
    yield form(reading)
    yield from bend(reading)
    yield loss(reading)
    yield gradient(reading)
    yield row(reading)
    yield step(reading, descents)
    yield from crawl(reading, descents)
    yield methods(reading, descents)
    yield minima(reading)
    yield misses(reading)
    yield region(reading)
