"""Sloppy directions: along which combinations the parameters are hardly known, and how badly."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from educe.report.palette import ALERT, INK, LAW, QUIET, RESIDUALS, styled
from educe.report.sentences import rank
from educe.report.typeset import entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from educe.fitting.result import Fit
    from educe.uncertainty.directions import Directions

SLOPPY = 10.0  # times as uncertain as a parameter alone
WRITTEN = 12  # parameters up to which the parts are written into the cells


def draw(fit: Fit) -> Figure:
    """Return the figure of the directions in the space of the parameters, the least certain first.

    Above, how many times as uncertain each is as a parameter alone, the others held; below, of which parameters it
    is made, in those units: parameters of one colour move together, of two colours against each other.
    """
    from matplotlib.figure import Figure

    found = fit.directions
    p = len(found.names)
    with styled():
        width = max(5.4, 0.62 * p + 2.6)
        figure = Figure(figsize=(width, 0.42 * p + 4.2), layout="constrained", facecolor="white")
        above, below = figure.subplots(2, 1, height_ratios=(3.2, max(2.0, 0.6 * p)), sharex=True)
        _deviations(above, found)
        _parts(below, found)
        entitle(figure, fit)
        words = textwrap.fill(rank(fit), int(figure.get_size_inches()[0] * 13))
        figure.supxlabel(words, fontsize=9, color=QUIET, parse_math=False)
    return figure


def _deviations(axes: Axes, found: Directions) -> None:
    finite = np.isfinite(found.deviations)
    top = 3.0 * max(10.0, float(found.deviations[finite].max(initial=1.0)))
    heights = np.where(finite, found.deviations, top)
    places = np.arange(len(heights))
    colours = [
        ALERT if not ok or height > SLOPPY else LAW for ok, height in zip(finite, heights, strict=True)
    ]
    bottom = min(0.5, 0.7 * float(heights.min()))
    axes.bar(places, heights - bottom, 0.7, bottom, color=colours)
    axes.set_yscale("log")
    axes.set_ylim(bottom, top * 1.6)
    axes.axhline(1.0, color=QUIET, lw=0.9, ls=(0, (4, 3)))
    for place, (ok, height) in enumerate(zip(finite, heights, strict=True)):
        words = _times(float(height)) if ok else "not at all"
        axes.text(
            place, height, words, ha="center", va="bottom", fontsize=9 if len(heights) <= WRITTEN else 7
        )
    axes.set_ylabel("standard deviation,\nin errors of one alone")
    axes.tick_params(labelbottom=False)


def _times(deviation: float) -> str:
    """Return a deviation with two digits or more: 0.41, 4.7, 220, 1.2e+06."""
    if deviation >= 1e5:
        return f"{deviation:.1e}"
    return f"{deviation:,.0f}" if deviation >= 10.0 else f"{deviation:.2g}"


def _parts(axes: Axes, found: Directions) -> None:
    p = len(found.names)
    axes.imshow(found.vectors, cmap=RESIDUALS, vmin=-1.0, vmax=1.0, aspect="auto")
    if p <= WRITTEN:
        for row in range(p):
            for column in range(p):
                part = found.vectors[row, column]
                if abs(part) >= 0.05:
                    ink = "white" if abs(part) > 0.7 else INK
                    axes.text(column, row, f"{part:+.2f}", ha="center", va="center", fontsize=8, color=ink)
    axes.set_yticks(range(p), found.names, parse_math=False)
    axes.set_xticks(range(p), [str(k + 1) for k in range(p)])
    axes.set_xlabel("direction, the least certain first")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
