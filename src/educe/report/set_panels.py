"""Several data sets in one figure: each with a colour and a marker of its own, or a panel where there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from educe.report import panels
from educe.report.palette import INK, LAW, QUIET, SETS
from educe.report.sentences import LEVEL, label, response

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from educe.fitting.result import Fit
    from educe.uncertainty.prediction import Prediction

    Floats = NDArray[np.float64]

ACROSS = 3  # panels in a row, of many data sets
MOST_PANELS = 24


def several(figure: Figure, fit: Fit, names: tuple[str, ...]) -> None:
    """Draw the data sets with the law: over the one input, or measured over fitted."""
    assert fit.sets is not None
    if len(names) == 1 and len(fit.sets.names) > len(SETS):
        _multiples(figure, fit, names[0])
        return
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.15))
    if len(names) == 1:
        x, over = fit.rows.columns[names[0]], label(fit, names[0])
        if panels.logarithmic(x):
            above.set_xscale("log")
        for number, name in enumerate(fit.sets.names):
            _curve(above, fit, name, SETS[number][0])
    else:
        x, over = fit.fitted, f"{response(fit)}, fitted"
        ends = [float(x.min()), float(x.max())]
        above.plot(ends, ends, color=QUIET, lw=1.4)
    _points(above, fit, x, fit.rows.response)
    above.set_ylabel(label(fit, response(fit)), parse_math=False)
    panels.residual_frame(below, fit, over)
    _points(below, fit, x, panels.standardised(fit)[0])
    below.set_ylabel("standardised\nresidual")
    figure.align_ylabels([above, below])
    if len(fit.sets.names) <= len(SETS):
        above.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, columnspacing=1.4, borderaxespad=0.2)


def _multiples(figure: Figure, fit: Fit, variable: str) -> None:
    """Draw a panel for each data set."""
    assert fit.sets is not None
    shown = fit.sets.names[:MOST_PANELS]
    lines = -(-len(shown) // ACROSS)
    figure.set_size_inches(9.2, 2.3 * lines + 1.2)
    axes = figure.subplots(lines, ACROSS, sharex=True, squeeze=False).ravel()
    for place, name in zip(axes, shown, strict=False):
        mine = fit.sets.rows_of(fit.rows, name)
        _curve(place, fit, name, LAW)
        x, y = fit.rows.columns[variable][mine], fit.rows.response[mine]
        place.plot(x, y, ls="", **panels.dots(int(mine.sum())))
        place.set_title(name, color=INK, parse_math=False)
    for place in axes[len(shown) :]:
        place.set_axis_off()
    figure.supylabel(label(fit, response(fit)), fontsize=11, parse_math=False)
    for place in axes[max(0, len(shown) - ACROSS) : len(shown)]:
        place.set_xlabel(label(fit, variable), parse_math=False)
        place.tick_params(labelbottom=True)
    if len(fit.sets.names) > MOST_PANELS:
        axes[len(shown) - 1].set_title(f"{shown[-1]} (and {len(fit.sets.names) - MOST_PANELS} more)")


def _curve(axes: Axes, fit: Fit, data_set: str, colour: str) -> None:
    """Draw the law of one data set over its own range, with its confidence band."""
    assert fit.sets is not None
    (variable,) = fit.law_variables
    x = fit.rows.columns[variable][fit.sets.rows_of(fit.rows, data_set)]
    if not len(x):
        return
    spaced = np.geomspace if axes.get_xscale() == "log" else np.linspace
    grid = spaced(x.min(), x.max(), panels.GRID)
    found = fit.predict({variable: grid}, interval="confidence", level=LEVEL, data_set=data_set)
    band = cast("Prediction", found)
    if np.isfinite(band.lower).any():
        axes.fill_between(grid, band.lower, band.upper, color=colour, alpha=0.2, lw=0, zorder=1)
    axes.plot(grid, band.values, color=colour, lw=1.6, zorder=4)


def _points(axes: Axes, fit: Fit, x: Floats, y: Floats) -> None:
    """Draw the rows of each data set in its colour and with its marker."""
    assert fit.sets is not None
    for number, name in enumerate(fit.sets.names):
        mine = fit.sets.rows_of(fit.rows, name)
        colour, marker = SETS[number % len(SETS)]
        style = {**panels.dots(int(mine.sum())), "mfc": colour, "marker": marker}
        axes.plot(x[mine], y[mine], ls="", zorder=3, label=name.lstrip("_") or "set", **style)
