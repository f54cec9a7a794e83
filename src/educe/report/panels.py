"""The panels of which figures are made: each draws one view of a fit into one set of axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from educe.report.palette import ALERT, BAND, INK, LAW, QUIET, RESIDUALS, VALUES
from educe.report.sentences import LEVEL, label, response

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from educe.fitting.result import Fit
    from educe.uncertainty.prediction import Prediction

    Floats = NDArray[np.float64]

CROWD = 5_000  # rows above which single points are not drawn any more
GRID = 400  # points of a curve
SURFACE = 90  # points of a surface in each direction
LEGEND = ("measured", "law", "law, 95 %", "new reading, 95 %")


def crowded(fit: Fit) -> bool:
    """Whether there are too many rows to draw each."""
    return fit.n > CROWD


def standardised(fit: Fit) -> tuple[Floats, str]:
    """Return the residuals in units of their own standard deviation, and the words for that.

    Where there is no such scale, the residuals are returned as they are. The noise of a robust fit is that of the
    good rows: far ones must not hide themselves by widening the band.
    """
    found = fit.studentised
    known = fit.convention.sigma == "absolute" or math.isfinite(fit.noise)
    usable = known and bool(np.isfinite(found).all())
    return (found, "standardised residual") if usable else (fit.residuals, "residual")


def curve(axes: Axes, fit: Fit, name: str) -> None:
    """Draw measurements, law and bands over one input."""
    x = fit.rows.columns[name]
    log = logarithmic(x)
    if log:
        axes.set_xscale("log")
    grid = (np.geomspace if log else np.linspace)(x.min(), x.max(), GRID)
    prediction = _predicted(fit, {name: grid}, "prediction")
    confidence = _predicted(fit, {name: grid}, "confidence")
    _band(axes, grid, prediction, {"facecolor": BAND, "alpha": 0.16, "label": "new reading, 95 %"})
    for edge in (prediction.lower, prediction.upper):
        if np.isfinite(edge).any():
            axes.plot(grid, edge, color=BAND, lw=0.9, ls=(0, (4, 3)), zorder=1.5)
    _band(axes, grid, confidence, {"facecolor": LAW, "alpha": 0.35, "label": "law, 95 %"})
    _measurements(axes, fit, x)
    axes.plot(grid, confidence.values, color=LAW, lw=2, label="law", zorder=4)
    axes.set_ylabel(label(fit, response(fit)), parse_math=False)


def _predicted(fit: Fit, data: dict[str, Floats], interval: str) -> Prediction:
    return cast("Prediction", fit.predict(data, interval=interval, level=LEVEL))


def _band(axes: Axes, grid: Floats, band: Any, style: dict[str, Any]) -> None:
    if np.isfinite(band.lower).any():
        axes.fill_between(grid, band.lower, band.upper, lw=0, zorder=1, **style)


def _measurements(axes: Axes, fit: Fit, x: Floats) -> None:
    y = fit.rows.response
    if crowded(fit):
        density(axes, x, y)
        return
    if fit.rows.sigma is not None:
        axes.errorbar(x, y, fit.rows.sigma, fmt="none", ecolor=QUIET, elinewidth=0.9, zorder=2)
    axes.plot(x, y, ls="", zorder=3, label="measured", **dots(fit.n))


def dots(n: int) -> dict[str, Any]:
    """Return markers that stay apart: smaller and lighter the more there are."""
    size = float(np.clip(16 / n**0.22, 1.8, 6.5))
    alpha = float(np.clip(60 / n**0.75, 0.25, 0.9))
    return {
        "marker": "o",
        "ms": size,
        "mfc": INK,
        "mec": "white",
        "mew": 0.4 if n < 1500 else 0.0,
        "alpha": alpha,
        "rasterized": n > 1500,
    }


def density(axes: Axes, x: Floats, y: Floats) -> None:
    """Draw very many rows as cells, darker where there are more."""
    box = axes.get_window_extent()
    dpi = axes.figure.dpi
    wide, high = box.width / dpi, box.height / dpi
    across = max(16, int(11 * wide))
    axes.hexbin(
        x,
        y,
        gridsize=(across, max(6, int(across * high / wide / math.sqrt(3)))),
        xscale="log" if axes.get_xscale() == "log" else "linear",
        bins="log",
        mincnt=1,
        cmap="Greys",
        lw=0.2,
        zorder=0.5,
        rasterized=True,
    )


def logarithmic(x: Floats) -> bool:
    """Whether values spread over decades, most of them crowded at the low end of a linear axis."""
    low, high = float(x.min()), float(x.max())
    if low <= 0 or high < 100 * low:
        return False
    return (float(np.median(x)) - low) / (high - low) < 0.1


def residuals(axes: Axes, fit: Fit, x: Floats, over: str) -> None:
    """Draw standardised residuals over anything, with the band in which 95 % of them belong."""
    r, words = standardised(fit)
    residual_frame(axes, fit, over)
    if crowded(fit):
        density(axes, x, r)
        return
    far = np.abs(r) > 3 if words == "standardised residual" else np.zeros(len(r), bool)
    axes.plot(x[~far], r[~far], ls="", **dots(fit.n))
    axes.plot(x[far], r[far], ls="", marker="X", ms=6, mfc=ALERT, mec="white", mew=0.5)


def residual_frame(axes: Axes, fit: Fit, over: str) -> None:
    """Draw what stands behind residuals: zero, the band, the limits, the names of the axes."""
    r, words = standardised(fit)
    if words == "standardised residual":
        axes.axhspan(-2, 2, color=BAND, alpha=0.16, lw=0, zorder=0)
        for end in (-2, 2):
            axes.axhline(end, color=BAND, lw=0.9, ls=(0, (4, 3)), zorder=1)
    axes.axhline(0, color=LAW, lw=1.2, zorder=1)
    axes.set_ylabel(words)
    axes.set_xlabel(over, parse_math=False)
    reach = max(2.6, 1.15 * float(np.abs(r).max(initial=0.0)))
    if words == "standardised residual" and math.isfinite(reach):
        axes.set_ylim(-reach, reach)


def in_order(axes: Axes, fit: Fit) -> None:
    """Draw measurements in the order of the rows, and the law, of a law without inputs."""
    rows = np.arange(1.0, fit.n + 1)
    _measurements(axes, fit, rows)
    axes.plot(rows, fit.fitted, color=LAW, lw=2, label="law", zorder=4)
    axes.set_ylabel(label(fit, response(fit)), parse_math=False)


def against_fitted(axes: Axes, fit: Fit) -> None:
    """Draw what was measured over what the law says; a right law scatters about the diagonal."""
    y, f = fit.rows.response, fit.fitted
    low, high = (float(v) for v in (min(y.min(), f.min()), max(y.max(), f.max())))
    margin = 0.04 * (high - low) or 1.0
    ends = (low - margin, high + margin)
    axes.plot(ends, ends, color=LAW, lw=1.4, zorder=4)
    if crowded(fit):
        density(axes, f, y)
    else:
        axes.plot(f, y, ls="", **dots(fit.n))
    axes.set(xlim=ends, ylim=ends)
    axes.set_xlabel(f"{response(fit)}, fitted", parse_math=False)
    axes.set_ylabel(f"{response(fit)}, measured", parse_math=False)


def surface(axes: Axes, fit: Fit, names: tuple[str, str]) -> Any:
    """Draw the law over two inputs as colours, the measurements on top in the same colours."""
    x, y = (fit.rows.columns[name] for name in names)
    gx, gy = np.meshgrid(span(x), span(y))
    found = _predicted(fit, {names[0]: gx.ravel(), names[1]: gy.ravel()}, "confidence")
    values = np.where(found.outside, np.nan, found.values).reshape(gx.shape)
    z = fit.rows.response
    levels = colour_levels(values, z)
    shown = np.ma.masked_invalid(values)
    mappable: dict[str, Any] = {"cmap": VALUES, "vmin": levels[0], "vmax": levels[-1]}
    cells: Any
    if crowded(fit):
        cells = axes.hexbin(x, y, C=z, gridsize=30, lw=0.2, rasterized=True, **mappable)
        axes.contour(gx, gy, shown, levels[::2], colors="white", linewidths=1.1, linestyles="solid")
    else:
        cells = axes.scatter(x, y, c=z, s=area(fit.n), ec="white", lw=0.5, zorder=3, **mappable)
        axes.contourf(gx, gy, shown, levels, extend="both", zorder=1, **mappable)
    axes.set_title(
        "cells: mean measured, lines: law" if crowded(fit) else "law, and measured points in its colours"
    )
    _frame(axes, fit, names)
    return cells


def residual_map(axes: Axes, fit: Fit, names: tuple[str, str]) -> Any:
    """Draw the residuals over two inputs: upward markers measured above the law, downward below."""
    x, y = (fit.rows.columns[name] for name in names)
    r, _ = standardised(fit)
    _frame(axes, fit, names)
    if crowded(fit):
        axes.set_title("mean residual of each cell")
        cells = axes.hexbin(x, y, C=r, gridsize=30, lw=0.2, cmap=RESIDUALS, rasterized=True)
        reach = _reach(np.asarray(cells.get_array()))
        cells.set_clim(-reach, reach)
        return cells
    axes.set_title("residuals: ▲ above the law, ▼ below")
    colours: dict[str, Any] = {"cmap": RESIDUALS, "vmin": -_reach(r), "vmax": _reach(r)}
    for sign, marker in ((-1.0, "v"), (1.0, "^")):
        which = np.copysign(1.0, r) == sign
        drawn = axes.scatter(
            x[which], y[which], c=r[which], s=area(fit.n), marker=marker, ec=QUIET, lw=0.35, **colours
        )
    return drawn


def _reach(residuals: Floats) -> float:
    return float(np.quantile(np.abs(residuals), 0.99)) or 1.0


def _frame(axes: Axes, fit: Fit, names: tuple[str, str]) -> None:
    axes.set_xlabel(label(fit, names[0]), parse_math=False)
    axes.set_ylabel(label(fit, names[1]), parse_math=False)
    axes.set_xlim(limits(fit.rows.columns[names[0]]))
    axes.set_ylim(limits(fit.rows.columns[names[1]]))


def limits(values: Floats) -> tuple[float, float]:
    """Return the ends of an axis that shows these values."""
    low, high = float(values.min()), float(values.max())
    margin = 0.02 * (high - low) or 1.0
    return low - margin, high + margin


def span(values: Floats) -> Floats:
    """Return points that cover these values evenly, for a surface."""
    return np.linspace(values.min(), values.max(), SURFACE)


def area(n: int) -> float:
    """Return the area of the markers of n points, smaller the more there are."""
    return float(np.clip(1100 / n**0.6, 5, 46))


def colour_levels(values: Floats, measured: Floats) -> Floats:
    """Return the values at which the colours of a surface change, round numbers over both."""
    from matplotlib.ticker import MaxNLocator

    finite = np.concatenate([values[np.isfinite(values)], measured])
    # Where the law has a pole the surface must not swallow the scale of what was measured.
    margin = 0.25 * float(np.ptp(measured)) or 1.0
    low = max(float(finite.min()), float(measured.min()) - margin)
    high = min(float(finite.max()), float(measured.max()) + margin)
    return np.asarray(MaxNLocator(14).tick_values(low, high))
