"""Profile curves: how far each parameter can go before the data protest, beside what a straight line would say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.report.numbers import count, rounded
from educe.report.palette import BAND, INK, LAW, QUIET, styled
from educe.report.sentences import LEVEL
from educe.report.typeset import entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from educe.fitting.result import Fit
    from educe.uncertainty.profile import Profile

ACROSS = 3
MOST = 12  # curves on a page


def draw(fit: Fit) -> Figure:
    """Return the figure of the profile of each parameter and derived quantity.

    Over the value stands zeta, the signed root of the rise of the sum of squares in units of the noise: straight
    where Wald's interval is right. The interval ends where it meets the dashed levels.
    """
    from matplotlib.figure import Figure

    found = list(fit.profile(level=LEVEL).values())
    shown = found[:MOST]
    across = min(ACROSS, len(shown))
    lines = -(-len(shown) // across)
    with styled():
        figure = Figure(
            figsize=(max(4.6, 3.1 * across), 2.8 * lines + 1.2), layout="constrained", facecolor="white"
        )
        grid = figure.subplots(lines, across, squeeze=False).ravel()
        for place, profile in zip(grid, shown, strict=False):
            curve(place, profile, scale=fit.stderr.get(profile.name, math.nan))
        for place in grid[len(shown) :]:
            place.set_axis_off()
        for row in range(lines):
            grid[row * across].set_ylabel("ζ, in standard deviations")
        handles, labels = grid[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        entitle(figure, fit)
        if len(found) > MOST:
            grid[len(shown) - 1].set_xlabel(f"(and {count(len(found) - MOST, 'other')})", color=QUIET)
    return figure


def curve(axes: Axes, profile: Profile, *, scale: float, words: bool = True) -> None:
    """Draw one profile with its interval.

    scale : standard error of the quantity, for the straight line
    """
    t = profile.multiplier
    inside = np.abs(profile.zeta) <= 1.6 * t
    values, zeta = profile.values[inside], profile.zeta[inside]
    axes.axhline(0.0, color=QUIET, lw=0.8, zorder=1)
    for level in (-t, t):
        axes.axhline(level, color=QUIET, lw=0.9, ls=(0, (4, 3)), zorder=1)
    ends = [end for end in profile.interval if math.isfinite(end)]
    if len(ends) == 2:
        axes.axvspan(*ends, color=BAND, alpha=0.16, lw=0, zorder=0)
    axes.plot(values, zeta, color=LAW, lw=2, zorder=3, label="profile")
    straight = _straight(profile, scale)
    if math.isfinite(straight):
        line = np.array([values.min(), values.max()])
        axes.plot(
            line,
            (line - profile.estimate) / straight,
            color=INK,
            lw=1,
            ls=":",
            zorder=2,
            label="straight: Wald",
        )
    axes.plot([profile.estimate], [0.0], ls="", marker="o", ms=5, mfc=INK, mec="white", zorder=4)
    reach = 1.15 * max(t, float(np.abs(zeta).max(initial=0.0)))
    axes.set_ylim(-reach, reach)
    if words:
        axes.set_title(_interval(profile), color=INK, parse_math=False)


def _straight(profile: Profile, scale: float) -> float:
    """Return the standard error of Wald's line: that given, or from its interval."""
    lower, upper = profile.wald
    return (upper - lower) / (2.0 * profile.multiplier) if math.isfinite(upper - lower) else scale


def _interval(profile: Profile) -> str:
    """Return the name with its interval, rounded, an open end as a dash."""
    lower, upper = profile.interval
    width = [
        end for end in (upper - profile.estimate, profile.estimate - lower) if math.isfinite(end) and end > 0
    ]
    error = min(width) / profile.multiplier if width else math.nan
    if not math.isfinite(error):
        return f"{profile.name}: no interval"
    known = [end for end in (lower, upper) if math.isfinite(end)]
    _, _, *texts = rounded(profile.estimate, error, *known)
    low = texts.pop(0) if math.isfinite(lower) else "…"
    high = texts.pop(0) if math.isfinite(upper) else "…"
    return f"{profile.name}: {low} to {high}"
