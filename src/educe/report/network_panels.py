"""The panels of a learned function's figure: each draws one view of it into one set of axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from educe.report.palette import ALERT, BAND, INK, LAW, QUIET, VALUES
from educe.report.panels import GRID, area, colour_levels, dots, limits, logarithmic, span
from educe.report.sentences import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from educe.learning.result import Learned
    from educe.uncertainty.prediction import Prediction

    Floats = NDArray[np.float64]

LEVEL = 0.95


def curve(axes: Axes, learned: Learned) -> None:
    """Draw measurements, the learned function and the interval of a new reading over one input."""
    x, y = learned.checked.X[:, 0], learned.checked.y
    log = logarithmic(x)
    if log:
        axes.set_xscale("log")
    grid = (np.geomspace if log else np.linspace)(x.min(), x.max(), GRID)
    found = _predicted(learned, grid[:, None])
    if np.isfinite(found.lower).any():
        axes.fill_between(
            grid, found.lower, found.upper, fc=BAND, alpha=0.25, lw=0, label="new reading, 95 %"
        )
    some = "measured" if len(y) == learned.n else f"measured ({len(y)} of {learned.n} rows)"
    axes.plot(x, y, ls="", label=some, **dots(len(y)))
    axes.plot(grid, found.values, color=LAW, lw=2, label="network", zorder=4)
    axes.set_xlabel(label(learned, learned.inputs[0]), parse_math=False)
    axes.set_ylabel(label(learned, learned.target), parse_math=False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)


def surface(axes: Axes, learned: Learned) -> Any:
    """Draw the learned function over two inputs as colours, measured points on top in the same colours.

    Where nothing was measured nearby the surface is left white.
    """
    x, y, gx, gy, found = _over_two(learned)
    z = learned.checked.y
    values = np.where(found.outside, np.nan, found.values).reshape(gx.shape)
    levels = colour_levels(values, z)
    style: dict[str, Any] = {"cmap": VALUES, "vmin": levels[0], "vmax": levels[-1]}
    points = axes.scatter(x, y, c=z, s=area(len(z)), ec="white", lw=0.5, zorder=3, **style)
    axes.contourf(gx, gy, np.ma.masked_invalid(values), levels, extend="both", zorder=1, **style)
    axes.set_title("network, and measured points in its colours")
    _frame(axes, learned)
    return points


def half_width(axes: Axes, learned: Learned) -> Any:
    """Draw half the width of the interval of a new reading over two inputs."""
    _, _, gx, gy, found = _over_two(learned)
    half = np.where(found.outside, np.nan, 0.5 * (found.upper - found.lower)).reshape(gx.shape)
    _frame(axes, learned)
    if not np.isfinite(half).any():
        axes.set_title("too few rows for an interval")
        return None
    axes.set_title("half width of the 95 % interval")
    return axes.pcolormesh(gx, gy, np.ma.masked_invalid(half), cmap="cividis", vmin=0.0, rasterized=True)


def against_predicted(axes: Axes, learned: Learned) -> None:
    """Draw what was measured over what a network that had not seen it predicted."""
    y, f = learned.checked.y, learned.checked.predicted
    ends = limits(np.concatenate((y, f)))
    axes.plot(ends, ends, color=LAW, lw=1.4, zorder=4)
    axes.plot(f, y, ls="", **dots(len(y)))
    axes.set(xlim=ends, ylim=ends)
    axes.set_title("rows not seen in training")
    axes.set_xlabel(f"{label(learned, learned.target)}, predicted", parse_math=False)
    axes.set_ylabel(f"{label(learned, learned.target)}, measured", parse_math=False)


def minima(axes: Axes, learned: Learned) -> None:
    """Draw the loss that each start reached, lowest first: steps are local minima."""
    from matplotlib.ticker import MaxNLocator

    reached = np.sort(np.array([loss for loss in learned.starts if math.isfinite(loss)]))
    rank = np.arange(1, len(reached) + 1)
    best = rank <= learned.reached
    axes.plot(rank[best], reached[best], ls="", marker="o", ms=6, mfc=LAW, mec="white", mew=0.5)
    axes.plot(rank[~best], reached[~best], ls="", marker="X", ms=6, mfc=ALERT, mec="white", mew=0.5)
    axes.set_title(f"{learned.reached} of {len(learned.starts)} starts reached the best loss")
    _levelled(axes, reached)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("start, best first")
    axes.set_ylabel(_trained(learned))


def descent(axes: Axes, learned: Learned) -> None:
    """Draw the loss by epoch."""
    loss = np.array(learned.history)
    loss = np.sqrt(loss) if learned.loss == "mse" else loss
    axes.plot(np.arange(1, len(loss) + 1), loss, color=INK, lw=1.2)
    axes.axvline(learned.epochs, color=QUIET, lw=0.9, ls=(0, (4, 3)))
    axes.set_title(f"{learned.optimizer}, {len(loss)} epochs")
    if len(loss) > 100:
        axes.set_xscale("log")
    _levelled(axes, loss)
    axes.set_xlabel("epoch")
    axes.set_ylabel(_trained(learned))


def _trained(learned: Learned) -> str:
    """Return what the training lowered, in words for an axis."""
    words = "training RMSE" if learned.loss == "mse" else f"training loss ({learned.loss})"
    return words if learned.outputs == 1 else f"{words}, all targets"


def _levelled(axes: Axes, losses: Floats) -> None:
    """Take a logarithmic scale where losses lie further apart than two to one."""
    if losses.min() > 0.0 and losses.max() > 2.0 * losses.min():
        axes.set_yscale("log")


def _predicted(learned: Learned, X: Floats) -> Prediction:
    return cast("Prediction", learned.predict(X, interval="prediction", level=LEVEL))


def _over_two(learned: Learned) -> tuple[Floats, Floats, Floats, Floats, Prediction]:
    x, y = learned.checked.X.T
    gx, gy = np.meshgrid(span(x), span(y))
    return x, y, gx, gy, _predicted(learned, np.column_stack((gx.ravel(), gy.ravel())))


def _frame(axes: Axes, learned: Learned) -> None:
    x, y = learned.checked.X.T
    axes.set_xlabel(label(learned, learned.inputs[0]), parse_math=False)
    axes.set_ylabel(label(learned, learned.inputs[1]), parse_math=False)
    axes.set_xlim(limits(x))
    axes.set_ylim(limits(y))
