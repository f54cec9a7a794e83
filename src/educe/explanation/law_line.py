"""The smallest case, y = m x + b: the same least squares, by hand, from sums and means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.explanation.in_formulas import in_tex
from educe.formula import affine_parts
from educe.formula.latex import latex_name
from educe.report.blocks import Chapter, Formula, Level, counted, number
from educe.report.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.explanation.law_reading import Reading
    from educe.least_squares.triangle import Array


class Line(NamedTuple):
    """A straight line: which parameter is the slope, which the height at zero, over which column."""

    slope: str
    height: str
    column: str


def straight(reading: Reading) -> Line | None:
    """Return what is what if the law is a straight line in one column with both constants free, else None."""
    fit = reading.fit
    plain = fit.p == 2 and len(fit.linear) == 2 and len(fit.law_variables) == 1
    if not plain or reading.expression is None or reading.weighted or reading.robust:
        return None
    offset, basis = affine_parts(reading.expression, fit.names)
    column = fit.law_variables[0]
    parts = dict(zip(map(str, basis), fit.names, strict=True))
    if str(offset) != "0" or set(parts) != {column, "1"}:
        return None
    return Line(parts[column], parts["1"], column)


def line(reading: Reading) -> Iterator[Chapter]:
    """Yield the hand computation of a straight line."""
    found = straight(reading)
    if found is None or reading.fit.rows.thinned:
        return
    x, y = reading.fit.rows.columns[found.column], reading.fit.rows.response
    if not 0.0 < float(((x - x.mean()) ** 2).sum()) < math.inf:
        return
    yield Chapter(
        "line",
        "The smallest case, by hand",
        (
            said(
                "A straight line is the smallest case of all that this page tells, small enough for paper and "
                "pencil. It passes "
                "through the mean of all rows, and its slope is how much $y$ rises with $x$, each row weighted "
                "by how far "
                "it lies from the mean."
            ),
            Level("school", _by_hand(found, x, y)),
        ),
    )


def _by_hand(found: Line, x: Array, y: Array) -> tuple[Formula, ...]:
    m, b = latex_name(found.slope), latex_name(found.height)
    x_, y_ = float(x.mean()), float(y.mean())
    across = float(((x - x_) * (y - y_)).sum())
    along = float(((x - x_) ** 2).sum())
    n = counted("n", len(x))
    mean_x, mean_y = number("mean.x", x_, 6), number("mean.y", y_, 6)
    sum_xy, sum_xx = number("sum.xy", across, 6), number("sum.xx", along, 6)
    slope, height = (
        number("line.slope", across / along, 7),
        number("line.height", y_ - across / along * x_, 7),
    )
    total_x, total_y = number("sum.x", float(np.sum(x)), 6), number("sum.y", float(np.sum(y)), 6)
    count = n.shown.replace(",", r"\,")
    return (
        Formula(
            rf"\bar{{x}} = \frac{{1}}{{n}} \sum_i x_i = \frac{{{in_tex(total_x)}}}{{{count}}} = "
            rf"{in_tex(mean_x)} , \qquad "
            rf"\bar{{y}} = \frac{{{in_tex(total_y)}}}{{{count}}} = {in_tex(mean_y)}",
            "means",
            (total_x, total_y, mean_x, mean_y),
        ),
        Formula(
            rf"{m} = \frac{{\sum_i (x_i - \bar{{x}})(y_i - \bar{{y}})}}{{\sum_i (x_i - \bar{{x}})^2}} "
            rf"= \frac{{{in_tex(sum_xy)}}}{{{in_tex(sum_xx)}}} = {in_tex(slope)}",
            "slope",
            (sum_xy, sum_xx, slope),
        ),
        Formula(
            rf"{b} = \bar{{y}} - {m} \, \bar{{x}} = {in_tex(mean_y)} - \left( {in_tex(slope)} \right) \cdot "
            rf"\left( {in_tex(mean_x)} \right) = {in_tex(height)}",
            "height at zero",
            (mean_y, slope, mean_x, height),
        ),
    )
