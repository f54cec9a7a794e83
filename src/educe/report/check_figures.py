"""The figure of a check: the residuals, their smooth, and the regions that stand out."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.report import panels
from educe.report.check_text import verdict
from educe.report.numbers import count, short
from educe.report.palette import ALERT, BAND, INK, LAW, QUIET, RESIDUALS, styled
from educe.report.sentences import label, law_with_numbers, response
from educe.report.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from educe.comparison.check_curves import Curve
    from educe.comparison.check_result import Check

MOST = 6  # inputs along which residuals are drawn
LEGEND = {
    "loc": "lower left",
    "bbox_to_anchor": (0, 1),
    "ncols": 4,
    "handlelength": 1.6,
    "columnspacing": 1.2,
}


def draw(check: Check) -> Figure:
    """Return the figure of a check: residuals along each input, and over two where two matter together."""
    from matplotlib.figure import Figure

    shown = check.curves[:MOST]
    views = len(shown) + (check.map is not None)
    across = 1 if views == 1 else 2 if views in (2, 4) else 3
    down = -(-max(views, 1) // across)
    size = (7.2, 4.6) if views <= 1 else (4.3 * across, 3.7 * down + 0.9)
    with styled():
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        grid = figure.add_gridspec(down, across)
        places = [figure.add_subplot(grid[divmod(k, across)]) for k in range(max(views, 1))]
        if check.map is not None:
            _over_two(figure, places.pop(0), check)
        for axes, curve in zip(places, shown, strict=False):
            _along(axes, check, curve)
        if not shown:
            panels.against_fitted(places[0], check.fit)
        elif check.map is None or len(shown) > 1:
            places[0].legend(**LEGEND)
        letters = int(12.5 * size[0])
        figure.suptitle(_wrapped(verdict(check), int(letters * 0.8)), fontsize=12, parse_math=False)
        words = f"{law_with_numbers(check.fit)}; {count(check.fit.n, 'row')} of {check.fit.source}"
        figure.supxlabel(_wrapped(words, letters), fontsize=9, color=QUIET, parse_math=False)
    return figure


def _wrapped(text: str, letters: int) -> str:
    return "\n".join(textwrap.wrap(printable(text), letters, break_on_hyphens=False))


def _along(axes: Axes, check: Check, curve: Curve) -> None:
    """Draw residuals along one input, with their smooth and what of it stands out."""
    fit = check.fit
    x = fit.rows.columns.get(curve.axis, np.arange(1.0, len(fit.residuals) + 1))
    if panels.logarithmic(x):
        axes.set_xscale("log")
    for number, (low, high) in enumerate(_stretches(check, curve.axis)):
        words = "" if number else "stands out"
        edge = 0.004 * float(np.ptp(x)) if low == high else 0.0  # repeated rows of one value
        axes.axvspan(low - edge, high + edge, color=ALERT, alpha=0.16, lw=0, zorder=0, label=words)
    axes.axhline(0.0, color=LAW, lw=1.4, zorder=1, label="law")
    if len(x) <= panels.CROWD:
        axes.plot(x, fit.residuals, ls="", **panels.dots(len(x)))
    band: dict[str, Any] = {
        "facecolor": BAND,
        "alpha": 0.35,
        "lw": 0,
        "zorder": 3,
        "label": "± 2 standard errors",
    }
    axes.fill_between(curve.x, curve.mean - 2 * curve.error, curve.mean + 2 * curve.error, **band)
    axes.plot(curve.x, curve.mean, color=INK, lw=2, zorder=4, label="smoothed residual")
    axes.set_xlabel(
        label(fit, curve.axis) if curve.axis in fit.rows.columns else curve.axis, parse_math=False
    )
    axes.set_ylabel(f"{response(fit)}, measured minus law", parse_math=False)
    rows = fit.residuals if len(x) <= panels.CROWD else fit.residuals[:0]
    if not len(rows):
        words = f"rows, not drawn, scatter by {short(float(fit.residuals.std()), 2)}"
        axes.text(0.99, 0.02, words, transform=axes.transAxes, ha="right", color=QUIET, fontsize=9)
    _reach(axes, rows, curve)


def _reach(axes: Axes, residuals: Any, curve: Curve) -> None:
    """Let far rows not flatten the rest."""
    scatter = float(np.quantile(np.abs(residuals), 0.995)) if len(residuals) else 0.0
    largest = max(scatter, float(np.max(np.abs(curve.mean) + 2 * curve.error)))
    if largest > 0.0:
        axes.set_ylim(-1.15 * largest, 1.15 * largest)


def _stretches(check: Check, axis: str) -> list[tuple[float, float]]:
    if not check.found:
        return []
    return [
        region.bounds[axis]
        for number, region in enumerate(check.regions)
        if tuple(region.bounds) == (axis,) and (region.certain or not number)
    ]


def _over_two(figure: Figure, axes: Axes, check: Check) -> None:
    """Draw smoothed residuals over two inputs, and a frame about what stands out."""
    from matplotlib.patches import Rectangle

    found = check.map
    assert found is not None
    reach = max(3.0, float(np.nanmax(np.abs(found.z), initial=0.0)))
    z = np.ma.masked_invalid(found.z)
    style: dict[str, Any] = {"cmap": RESIDUALS, "vmin": -reach, "vmax": reach, "rasterized": True}
    colours = axes.pcolormesh(found.x, found.y, z, **style)
    figure.colorbar(colours, ax=axes, pad=0.02).set_label("smoothed residual, in standard errors")
    for number, region in enumerate(check.regions if check.found else ()):
        if set(region.bounds) == set(found.axes):
            (left, right), (low, high) = (region.bounds[name] for name in found.axes)
            frame = Rectangle(
                (left, low), right - left, high - low, fill=False, ec=INK, lw=1.0 if number else 2.2
            )
            axes.add_patch(frame)
    axes.set_xlabel(label(check.fit, found.axes[0]), parse_math=False)
    axes.set_ylabel(label(check.fit, found.axes[1]), parse_math=False)
    if check.found and len(check.regions[0].bounds) == 2:
        axes.set_title("framed: stands out")
