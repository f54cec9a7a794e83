"""The figure of a learned function: what it says, how far it can be trusted, how its training went."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

from educe.report import network_panels as panels
from educe.report.numbers import count, short
from educe.report.palette import QUIET, styled
from educe.report.sentences import label, unit
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

    View = Callable[[Axes, Learned], Any]

MOST_NAMED = 6  # inputs that the title names


def draw(learned: Learned | LearnedTogether) -> Figure:
    """Return the figure of a learned function; of several targets, one below the other.

    One input: the curve with its interval. Two: the surface, and the width of its interval. Always: measured
    against predicted for rows not seen; how many starts reached the best loss; the loss by epoch, where it is known.
    """
    from matplotlib.figure import Figure

    rows = 1 if len(learned.inputs) > 2 else 2
    targets = learned.each
    with styled():
        size = (9.2, (3.9 * rows + 0.6) * len(targets))
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        parts = figure.subfigures(len(targets), 1, squeeze=False)[:, 0] if len(targets) > 1 else [figure]
        for part, one in zip(parts, targets, strict=True):
            _fill(part, one, rows, "-".join(map(str, learned.layers)))
    return figure


def _fill(figure: Figure | SubFigure, learned: Learned, rows: int, shape: str) -> None:
    """Draw one target into a figure, or a part of one."""
    below = _views(learned)
    grid = figure.add_gridspec(rows, 6)
    if len(learned.inputs) == 1:
        panels.curve(figure.add_subplot(grid[0, :]), learned)
    elif len(learned.inputs) == 2:
        _with_scale(figure, figure.add_subplot(grid[0, :3]), learned, panels.surface)
        _with_scale(figure, figure.add_subplot(grid[0, 3:]), learned, panels.half_width)
    width = 6 // len(below)
    for k, view in enumerate(below):
        view(figure.add_subplot(grid[rows - 1, width * k : width * (k + 1)]), learned)
    figure.suptitle(_title(learned, shape), fontsize=13, parse_math=False)
    figure.supxlabel(_footnote(learned), fontsize=9, color=QUIET, parse_math=False)


def _views(learned: Learned) -> list[View]:
    """Return what there is to show beside the function itself."""
    views: list[View] = [panels.against_predicted]
    if len(learned.starts) > 1:
        views.append(panels.minima)
    if len(learned.history) > 1:
        views.append(panels.descent)
    return views


def _with_scale(figure: Figure | SubFigure, axes: Axes, learned: Learned, view: View) -> None:
    values = view(axes, learned)
    if values is not None:
        words = label(learned, learned.target)
        figure.colorbar(values, ax=axes, pad=0.02).set_label(words, parse_math=False)


def _title(learned: Learned, shape: str) -> str:
    named = ", ".join(learned.inputs[:MOST_NAMED]) + (", ..." if len(learned.inputs) > MOST_NAMED else "")
    return "\n".join(
        textwrap.wrap(printable(f"{learned.target} learned from {named} by a {shape} network"), 90)
    )


def _footnote(learned: Learned) -> str:
    of = unit(learned, learned.target)
    words = [
        f"{count(learned.n, 'row')} of {printable(learned.source)}",
        f"RMSE {short(learned.train_rmse, 4)}{of} in training",
        f"{short(learned.validation_rmse, 4)}{of} on rows not seen",
    ]
    held = learned.coverage.get(panels.LEVEL, math.nan)
    if math.isfinite(held):
        words.append(f"{held:.1%} of them inside their {panels.LEVEL:.0%} interval")
    return textwrap.fill(", ".join(words), 120)
