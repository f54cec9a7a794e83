"""Pairs of parameters: the joint region of each two, from profiles or from refits, and each one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError
from educe.report import profiles
from educe.report.numbers import count
from educe.report.palette import ALERT, BAND, INK, LAW, QUIET, styled
from educe.report.sentences import LEVEL
from educe.report.typeset import entitle

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from educe.fitting.result import Fit

    Floats = NDArray[np.float64]
    Drawer = Callable[..., None]

MOST = 7  # parameters on a page
ROUND = 181  # points of an ellipse


def draw(fit: Fit) -> Figure:
    """Return the figure of the joint regions of each pair, from profiles; the dashed ellipses are Wald's."""
    names = fit.names[:MOST]
    found = fit.joint(LEVEL, names)

    def alone(axes: Axes, name: str) -> None:
        profiles.curve(axes, fit.profile(name, LEVEL), scale=fit.stderr[name], words=False)

    def pair(axes: Axes, first: str, second: str) -> None:
        region = found.regions[first, second]
        if region is not None:
            axes.fill(*region.T, color=BAND, alpha=0.35, lw=0, label="95 % region, from profiles")
            axes.plot(*region.T, color=LAW, lw=1.6)
        else:
            axes.text(
                0.5, 0.95, "the region is open", ha="center", va="top", transform=axes.transAxes, color=ALERT
            )
        axes.plot(
            *_ellipse(fit, first, second, found.radius).T, color=INK, lw=1, ls=":", label="Wald's ellipse"
        )
        axes.plot([fit.params[first]], [fit.params[second]], ls="", marker="o", ms=4, mfc=INK, mec="white")

    return _grid(fit, names, alone, pair)


def draw_bootstrap(fit: Fit) -> Figure:
    """Return the figure of the parameters of refits to resampled measurements, pair by pair."""
    names = fit.names[:MOST]
    found = fit.bootstrap()
    samples = {name: found.samples[:, k] for k, name in enumerate(found.names)}

    def alone(axes: Axes, name: str) -> None:
        values = _central(samples[name])
        axes.hist(values, bins=min(60, max(12, int(len(values) ** 0.5))), color=BAND, alpha=0.7)
        axes.axvline(fit.params[name], color=INK, lw=1.2)
        for end in fit.conf_int(LEVEL, "wald")[name]:
            axes.axvline(end, color=INK, lw=1, ls=":")

    def pair(axes: Axes, first: str, second: str) -> None:
        style: dict[str, Any] = {
            "ms": 2.5,
            "mec": "none",
            "mfc": LAW,
            "alpha": 0.35,
            "rasterized": len(found.samples) > 1500,
        }
        axes.plot(samples[first], samples[second], ls="", marker="o", label="refits", **style)
        radius = fit.joint_radius(LEVEL)
        axes.plot(
            *_ellipse(fit, first, second, radius).T, color=INK, lw=1.2, ls=":", label="Wald's 95 % ellipse"
        )
        axes.plot([fit.params[first]], [fit.params[second]], ls="", marker="o", ms=4, mfc=INK, mec="white")
        axes.set_xlim(*_limits(samples[first]))
        axes.set_ylim(*_limits(samples[second]))

    return _grid(fit, names, alone, pair)


def _grid(fit: Fit, names: tuple[str, ...], alone: Drawer, pair: Drawer) -> Figure:
    """Return a triangle of panels: each parameter on the diagonal, each pair below it."""
    from matplotlib.figure import Figure

    if not names:
        raise ParameterError("the fit has no free parameters: there is no pair to draw.")
    p = len(names)
    with styled():
        side = 4.2 if p == 1 else max(5.6, 2.1 * p + 0.8)
        figure = Figure(figsize=(side, side + 0.5), layout="constrained", facecolor="white")
        grid = figure.subplots(p, p, squeeze=False)
        for row in range(p):
            for column in range(p):
                axes = grid[row, column]
                if column > row:
                    axes.set_axis_off()
                    continue
                alone(axes, names[row]) if row == column else pair(axes, names[column], names[row])
                axes.tick_params(labelsize=8)
                axes.locator_params(nbins=4)
                axes.tick_params(labelbottom=row == p - 1, labelleft=column == 0 and row > 0)
                if row == p - 1:
                    axes.set_xlabel(names[column], parse_math=False)
                if column == 0 and row > 0:
                    axes.set_ylabel(names[row], parse_math=False)
        _align(grid)
        if p > 1:
            handles, labels = grid[1, 0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=2)
        entitle(figure, fit)
        if len(fit.names) > p:
            figure.supxlabel(f"(and {count(len(fit.names) - p, 'other parameter')})", fontsize=9, color=QUIET)
    return figure


def _align(grid: NDArray[np.object_]) -> None:
    """Give every panel of a column the same horizontal limits, those of the pairs."""
    p = len(grid)
    for column in range(p):
        pairs = [grid[row, column] for row in range(column + 1, p)]
        across = [grid[column, left] for left in range(column)]
        limits = [axes.get_xlim() for axes in pairs] + [axes.get_ylim() for axes in across]
        if not limits:
            continue
        ends = min(low for low, _ in limits), max(high for _, high in limits)
        for axes in (*pairs, grid[column, column]):
            axes.set_xlim(*ends)
        for axes in across:
            axes.set_ylim(*ends)


def _ellipse(fit: Fit, first: str, second: str, radius: float) -> Floats:
    """Return the ellipse of the covariance of two parameters, (ROUND, 2)."""
    places = [fit.names.index(first), fit.names.index(second)]
    C = fit.covariance[np.ix_(places, places)]
    angle = np.linspace(0.0, 2.0 * np.pi, ROUND)
    if not np.isfinite(C).all():
        return np.full((ROUND, 2), np.nan)
    sizes, axes = np.linalg.eigh(C / np.sqrt(np.outer(np.diag(C), np.diag(C))))
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) * np.sqrt(np.maximum(sizes, 0.0))
    moved: Floats = radius * (circle @ axes.T) * np.sqrt(np.diag(C)) + fit.theta[places]
    return moved


def _central(values: Floats) -> Floats:
    low, high = _limits(values)
    return values[(values >= low) & (values <= high)]


def _limits(values: Floats) -> tuple[float, float]:
    """Return limits that leave the farthest refits outside where they would press all others together."""
    low, middle, high = (float(q) for q in np.quantile(values, (0.005, 0.5, 0.995)))
    reach = 1.3 * max(high - middle, middle - low) or 1.0
    return max(float(values.min()), low - 0.3 * reach), min(float(values.max()), high + 0.3 * reach)
