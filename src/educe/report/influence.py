"""Which rows decide a fit: leverage against residual, Cook's distance as area, and the moves of each parameter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.report import panels
from educe.report.numbers import count
from educe.report.palette import ALERT, BAND, INK, LAW, QUIET, styled
from educe.report.typeset import entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from educe.fitting.result import Fit
    from educe.uncertainty.influence import Influence

NAMED = 5  # rows that are called by their number
MOST = 6  # parameters whose moves are drawn
CONTOURS = (0.5, 1.0)  # of Cook's distance


def draw(fit: Fit) -> Figure:
    """Return the influence plot of a fit.

    Above, each row by its leverage and studentised residual, its area Cook's distance. Below, for each parameter,
    how far each row moves it, in standard errors.
    """
    from matplotlib.figure import Figure

    found = fit.influence
    names = found.names[:MOST]
    with styled():
        height = 4.2 + 1.1 * len(names)
        figure = Figure(figsize=(6.4, height), layout="constrained", facecolor="white")
        above, *below = figure.subplots(1 + len(names), 1, height_ratios=(3.6, *(1 for _ in names)))
        _bubbles(above, fit, found)
        for axes, name in zip(below, names, strict=True):
            _moves(axes, fit, found, name)
            axes.sharex(below[0])
            axes.tick_params(labelbottom=axes is below[-1])
        if below:
            below[-1].set_xlabel("row")
            below[0].set_title("how far each row moves each parameter, in standard errors (DFBETAS)")
        figure.align_ylabels(below)
        entitle(figure, fit)
        if len(found.names) > MOST:
            figure.supxlabel(
                f"(and {count(len(found.names) - MOST, 'other parameter')})", fontsize=9, color=QUIET
            )
    return figure


def _bubbles(axes: Axes, fit: Fit, found: Influence) -> None:
    h, t, cook = found.leverage, found.external, np.nan_to_num(found.cooks_distance)
    usable = np.isfinite(t)
    if panels.crowded(fit):
        panels.density(axes, h[usable], t[usable])
    else:
        area = 12.0 + 500.0 * np.minimum(cook[usable], 1.5)
        axes.scatter(h[usable], t[usable], area, color=LAW, alpha=0.55, ec="white", lw=0.6, zorder=3)
    axes.axhspan(-2, 2, color=BAND, alpha=0.16, lw=0, zorder=0)
    axes.axhline(0, color=QUIET, lw=0.8, zorder=1)
    p = len(found.names)
    twice = 2.0 * p / fit.n
    reach = 1.2 * max(3.0, float(np.abs(t[usable]).max(initial=0.0)))
    widest = 1.15 * max(float(h.max(initial=0.0)), 1.3 * twice)
    axes.set_xlim(0.0, min(1.0, widest))
    axes.set_ylim(-reach, reach)
    if twice < 1.0:
        axes.axvline(twice, color=QUIET, lw=0.9, ls=(0, (4, 3)), zorder=1)
        axes.text(twice, reach, " twice the mean leverage", color=QUIET, fontsize=8, va="top")
    _cook(axes, p)
    for row in np.argsort(-cook, kind="stable")[:NAMED]:
        if usable[row] and cook[row] > 4.0 / fit.n:
            inwards = h[row] > 0.8 * axes.get_xlim()[1]
            axes.annotate(
                _name(fit, int(row)),
                (h[row], t[row]),
                (-9 if inwards else 6, 5),
                textcoords="offset points",
                fontsize=9,
                color=INK,
                ha="right" if inwards else "left",
            )
    axes.set_xlabel("leverage, the share of a row in its own fitted value")
    axes.set_ylabel("residual, studentised\nwithout the row")


def _cook(axes: Axes, p: int) -> None:
    """Draw the lines of equal Cook's distance."""
    right = axes.get_xlim()[1]
    h = np.linspace(max(1e-3, 0.02 * right), min(right, 0.999), 200)
    for level in CONTOURS:
        e = np.sqrt(level * p * (1.0 - h) / h)
        for sign in (-1.0, 1.0):
            axes.plot(h, sign * e, color=ALERT, lw=1, ls="--" if level < 1.0 else "-", zorder=2)
        if e[-1] < axes.get_ylim()[1]:
            up = level == CONTOURS[-1]
            axes.text(
                h[-1],
                e[-1],
                f"Cook {level:g}",
                color=ALERT,
                fontsize=8,
                ha="right",
                va="bottom" if up else "top",
            )


def _moves(axes: Axes, fit: Fit, found: Influence, name: str) -> None:
    moves = found.dfbetas[:, found.names.index(name)]
    rows = (
        np.array([fit.rows.number(k) for k in range(len(moves))])
        if fit.sets is None
        else np.arange(len(moves)) + 1
    )
    limit = 2.0 / math.sqrt(fit.n)
    far = np.abs(moves) > limit
    style: dict[str, Any] = {"lw": 1.0 if len(moves) < 400 else 0.5, "rasterized": len(moves) > 3000}
    axes.vlines(rows[~far], 0, moves[~far], color=QUIET, **style)
    axes.vlines(rows[far], 0, moves[far], color=ALERT, **{**style, "lw": 1.6})
    axes.axhline(0, color=QUIET, lw=0.8)
    for end in (-limit, limit):
        axes.axhline(end, color=QUIET, lw=0.7, ls=(0, (4, 3)))
    reach = 1.35 * max(limit, float(np.nanmax(np.abs(moves), initial=0.0)))
    axes.set_ylim(-reach, reach)
    axes.set_ylabel(name, parse_math=False)
    strongest = int(found.strongest(name, 1)[0])
    if far[strongest] and math.isfinite(moves[strongest]):
        up = moves[strongest] > 0
        axes.annotate(
            _name(fit, strongest),
            (rows[strongest], moves[strongest]),
            (4, -2 if up else 2),
            textcoords="offset points",
            fontsize=8,
            va="top" if up else "bottom",
        )


def _name(fit: Fit, row: int) -> str:
    number = fit.rows.number(row)
    if fit.sets is None:
        return f"row {number}"
    data_set, place = fit.sets.place(number - 1)
    return f"row {place + 1} of {data_set}"
