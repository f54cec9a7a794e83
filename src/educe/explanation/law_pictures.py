"""The pictures of a law: data and law, residuals, and the function that moves a curve in the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from educe.explanation.law_sets import can_draw, sets_picture
from educe.report.axes import SIGNED, colour, ends
from educe.report.blocks import Block, Picture, counted
from educe.report.contours import contour
from educe.report.drawing import Drawing, Panel, key
from educe.report.sentences import label, response
from educe.report.surface import Surface
from educe.report.wording import line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.explanation.law_reading import Reading
    from educe.least_squares.triangle import Array
    from educe.uncertainty.prediction import Prediction

CROWD = 4_000  # rows beyond which single points are not drawn
CURVE, GRID = 240, 31  # points of a curve; of a surface along each input
ON_SURFACE = 600  # points on a surface
MOST_INPUTS = 4  # inputs over which residuals are drawn
MAP = 36  # cells of a map along each input
BAR = 24  # steps of a colour bar


def standardised(reading: Reading) -> tuple[Array, bool]:
    """Return the residuals in units of their own standard deviation; as they are where there is no such scale."""
    from educe.report.panels import standardised as scaled

    r, words = scaled(reading.fit)
    return r, words == "standardised residual"


def data_pictures(reading: Reading) -> list[Block]:
    """Return what was measured beside what the law says."""
    inputs = len(reading.inputs)
    if can_draw(reading):
        return [sets_picture(reading), _against_fitted(reading)]
    if inputs == 1:
        return [_curve(reading)]
    if inputs == 2:
        return [_surface(reading), _map(reading)]
    return [_against_fitted(reading) if reading.fit.law_variables else _in_order(reading)]


def _said_crowd(reading: Reading) -> str:
    if len(reading.fit.rows.response) <= CROWD:
        return ""
    return " There are too many rows to draw each: cells stand out the more, the more rows they hold."


def _points(panel: Panel, x: Array, y: Array) -> None:
    if len(x) > CROWD:
        panel.density(x, y)
    else:
        panel.dots(x, y)


def logarithmic(x: Array) -> bool:
    """Whether values spread over decades, most of them crowded at the low end of a linear axis."""
    from educe.report.panels import logarithmic as spread

    return spread(x)


def _curve(reading: Reading) -> Picture:
    fit = reading.fit
    name = fit.law_variables[0]
    x, y = fit.rows.columns[name], fit.rows.response
    log = logarithmic(x)
    grid = (np.geomspace if log else np.linspace)(x.min(), x.max(), CURVE)
    wide = cast("Prediction", fit.predict({name: grid}, interval="prediction"))
    near = cast("Prediction", fit.predict({name: grid}, interval="confidence"))
    drawing = Drawing()
    panel = drawing.panel(
        ends(x, log=log),
        _heights(y, near.values),
        x_label=label(fit, name),
        y_label=label(fit, response(fit)),
        log_x=log,
    )
    panel.band(grid, wide.lower, wide.upper, "wideband")
    panel.band(grid, near.lower, near.upper, "band")
    if fit.rows.sigma is not None and len(y) <= 500:
        panel.bars(x, y - fit.rows.sigma, y + fit.rows.sigma)
    _points(panel, x, y)
    panel.curve(grid, near.values)
    key(
        drawing,
        (("dot", "measured"), ("curve", "law"), ("band", "law 95 %"), ("wideband", "new reading 95 %")),
    )
    return Picture(
        "data-and-law",
        "What was measured, and the law.",
        line(
            "A curve through {n} measured points, with its error band.", {"n": counted("rows.kept", len(y))}
        ),
        drawing.svg(),
        f"The dark band holds the law with 95 % confidence, the light one 95 of 100 new "
        f"readings.{_said_crowd(reading)}",
        wide=True,
    )


def _heights(*values: Array) -> tuple[float, float]:
    """Return the ends of the axis of the response: what was measured decides, a pole of the law does not."""
    low, high = ends(values[0], margin=0.08)
    reach = 0.5 * (high - low)
    law = values[1][np.isfinite(values[1])] if len(values) > 1 else values[0]
    inside = np.clip(law, low - reach, high + reach)
    return ends(np.array([low, high]), inside, margin=0.02)


def _in_order(reading: Reading) -> Picture:
    fit = reading.fit
    rows = np.arange(1.0, len(fit.rows.response) + 1)
    drawing = Drawing()
    panel = drawing.panel(
        ends(rows), ends(fit.rows.response, fit.fitted), x_label="row", y_label=label(fit, response(fit))
    )
    _points(panel, rows, fit.rows.response)
    panel.curve(rows, fit.fitted)
    return Picture(
        "data-and-law",
        "What was measured, and the law.",
        "Measured values row by row, and the law.",
        drawing.svg(),
        _said_crowd(reading),
    )


def _against_fitted(reading: Reading) -> Picture:
    fit = reading.fit
    y, f = fit.rows.response, fit.fitted
    both = ends(y, f)
    drawing = Drawing(height=400)
    named = response(fit)
    panel = drawing.panel(both, both, x_label=f"{named}, from the law", y_label=f"{named}, measured")
    _points(panel, f, y)
    panel.curve(both, both)
    return Picture(
        "against-fitted",
        "Measured against predicted.",
        "Each row as a point: what the law says across, what was measured upwards; a right law scatters about "
        "the diagonal.",
        drawing.svg(),
        f"A right law scatters about the diagonal.{_said_crowd(reading)}",
    )


def _grid(reading: Reading, size: int) -> tuple[Array, Array, Array]:
    """Return two inputs and the law over them, (size, size), nan beyond the measured region."""
    fit = reading.fit
    names = fit.law_variables
    x, y = (np.linspace(fit.rows.columns[n].min(), fit.rows.columns[n].max(), size) for n in names)
    gx, gy = np.meshgrid(x, y)
    found = cast(
        "Prediction", fit.predict({names[0]: gx.ravel(), names[1]: gy.ravel()}, interval="confidence")
    )
    values = np.where(found.outside, np.nan, found.values).reshape(gx.shape)
    low, high = ends(fit.rows.response, margin=0.3)
    return x, y, np.where(np.isfinite(values), np.clip(values, low, high), np.nan)


def _thinned(reading: Reading, most: int) -> NDArray[np.intp]:
    """Return the numbers of at most so many rows, evenly taken."""
    n = len(reading.fit.rows.response)
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.intp)


def _surface(reading: Reading) -> Picture:
    fit = reading.fit
    names = fit.law_variables
    x, y, z = _grid(reading, GRID)
    kept = _thinned(reading, ON_SURFACE)
    points = np.column_stack([*(fit.rows.columns[n][kept] for n in names), fit.rows.response[kept]])
    labels = (label(fit, names[0]), label(fit, names[1]), label(fit, response(fit)))
    surface = Surface(x, y, z, points, labels)
    some = "" if len(kept) == len(fit.rows.response) else f" {len(kept)} of the rows are drawn, evenly taken."
    return Picture(
        "surface",
        "The law as a surface, with what was measured.",
        line(
            "A surface over two inputs; {n} measured points lie about it.",
            {"n": counted("rows.drawn", len(kept))},
        ),
        surface.svg(),
        f"Drag it, or use the sliders, to turn it.{some}",
        surface.scene(),
    )


def _map(reading: Reading) -> Picture:
    fit = reading.fit
    names = fit.law_variables
    x, y, z = _grid(reading, MAP)
    low, high = ends(fit.rows.response, z, margin=0.0)
    drawing = Drawing(height=400)
    panel = _plan(drawing, reading, label(fit, response(fit)))
    crowded = len(fit.rows.response) > CROWD
    if crowded:
        edges, means = _binned(reading, fit.rows.response)
        panel.cells(*edges, _painted(means, low, high))
    else:
        panel.cells(_edges(x), _edges(y), _painted(z, low, high))
    for level in np.linspace(low, high, 9)[1:-1]:
        panel.segments(contour(x, y, z, float(level)), "contour")
    if not crowded:
        shares = (fit.rows.response - low) / ((high - low) or 1.0)
        a, b = (fit.rows.columns[n] for n in names)
        panel.painted(a, b, [colour(share) for share in shares.tolist()])
    _bar(drawing, panel, low, high)
    told = (
        "cells: mean measured, lines: the law at equal steps"
        if crowded
        else "the law as colours and lines, measured points in the same colours"
    )
    return Picture(
        "map",
        "The same from above.",
        f"A map of the law over two inputs: {told}.",
        drawing.svg(),
        f"{told[0].upper()}{told[1:]}: a point that stands out lies off the law.",
    )


def _plan(drawing: Drawing, reading: Reading, words: str) -> Panel:
    fit = reading.fit
    a, b = fit.law_variables
    return drawing.panel(
        ends(fit.rows.columns[a], margin=0.02),
        ends(fit.rows.columns[b], margin=0.02),
        x_label=label(fit, a),
        y_label=f"{label(fit, b)}; colours: {words}",
        right=74,
        grid=False,
    )


def _edges(centres: Array) -> Array:
    half = (centres[1] - centres[0]) / 2
    return np.append(centres - half, centres[-1] + half)


def _binned(reading: Reading, values: Array) -> tuple[tuple[Array, Array], Array]:
    """Return edges of cells over two inputs and the mean of values in each, nan where there are none."""
    a, b = (reading.fit.rows.columns[n] for n in reading.fit.law_variables)
    counts, x, y = np.histogram2d(a, b, bins=MAP)
    sums, _, _ = np.histogram2d(a, b, bins=(x, y), weights=values)
    with np.errstate(invalid="ignore"):
        return (x, y), (sums / counts).T


def _painted(z: Array, low: float, high: float, stops: tuple[str, ...] | None = None) -> list[list[str]]:
    width = (high - low) or 1.0
    chosen: Any = {} if stops is None else {"stops": stops}
    return [
        [colour(round((v - low) / width * BAR) / BAR, **chosen) if math.isfinite(v) else "" for v in row]
        for row in z.tolist()
    ]


def _bar(
    drawing: Drawing, panel: Panel, low: float, high: float, stops: tuple[str, ...] | None = None
) -> None:
    """Draw the colours beside a map, with the values at their ends."""
    shares = np.linspace(0.0, 1.0, BAR)[:, None]
    painted = [row[0] for row in _painted(low + shares * (high - low), low, high, stops)]
    drawing.colour_bar(panel, painted, low, high)


def residual_pictures(reading: Reading) -> list[Block]:
    """Return the residuals over what the law says or over the inputs, and how they are spread."""
    fit = reading.fit
    r, scaled = standardised(reading)
    names = reading.inputs
    if len(names) == 1:
        over = [(label(fit, names[0]), fit.rows.columns[names[0]], logarithmic(fit.rows.columns[names[0]]))]
    else:
        over = [(f"{response(fit)}, from the law", fit.fitted, False)]
    pictures: list[Block] = [_over(reading, k, *each) for k, each in enumerate(over)]
    pictures.append(_spread(r, scaled))
    if len(names) == 2:
        pictures += [_residual_map(reading, r, scaled), _against_fitted(reading)]
    elif len(names) > 2:
        more = [(label(fit, n), fit.rows.columns[n], False) for n in names[:MOST_INPUTS]]
        pictures += [_over(reading, k, *each) for k, each in enumerate(more, 1)]
    return pictures


def _over(reading: Reading, number: int, words: str, x: Array, log: bool) -> Picture:
    r, scaled = standardised(reading)
    reach = (
        max(2.8, 1.1 * float(np.abs(r).max(initial=0.0)))
        if scaled
        else 1.1 * float(np.abs(r).max(initial=0.0)) or 1.0
    )
    drawing = Drawing(height=290)
    panel = drawing.panel(
        ends(x, log=log),
        (-reach, reach),
        x_label=words,
        y_label="residual / its standard deviation" if scaled else "residual",
        log_x=log,
    )
    if scaled:
        panel.band(np.array(ends(x, log=log)), np.full(2, -2.0), np.full(2, 2.0), "wideband")
    panel.level(0.0)
    far = np.abs(r) > 3 if scaled else np.zeros(len(r), bool)
    _points(panel, x[~far] if len(x) <= CROWD else x, r[~far] if len(x) <= CROWD else r)
    if far.any() and len(x) <= CROWD:
        panel.dots(x[far], r[far], "far", radius=4.0)
    return Picture(
        f"residuals-{number}",
        f"Residuals over {words}.",
        "Residuals as points about zero; of a right law they show no pattern.",
        drawing.svg(),
        f"{'The band should hold 95 of 100. ' if scaled else ''}A bow, a slope or a funnel would mean that the "
        f"law lacks something.{_said_crowd(reading)}",
    )


def _spread(r: Array, scaled: bool) -> Picture:
    """Return the histogram of the residuals beside the normal curve."""
    reach = (
        max(3.5, float(np.abs(r).max(initial=0.0)) * 1.05)
        if scaled
        else float(np.abs(r).max(initial=0.0)) * 1.05 or 1.0
    )
    bins = int(np.clip(2 * len(r) ** (1 / 3), 8, 60))
    counts, edges = np.histogram(r, bins=bins, range=(-reach, reach))
    grid = np.linspace(-reach, reach, 161)
    size = 1.0 if scaled else float(r.std()) or 1.0
    normal = (
        len(r) * (edges[1] - edges[0]) * np.exp(-0.5 * (grid / size) ** 2) / (size * math.sqrt(2 * math.pi))
    )
    drawing = Drawing(height=290)
    top = 1.12 * max(float(counts.max()), float(normal.max()))
    words = "residual / its standard deviation" if scaled else "residual"
    panel = drawing.panel((-reach, reach), (0.0, top), x_label=words, y_label="rows")
    panel.columns(edges, counts)
    panel.curve(grid, normal, "second")
    key(drawing, (("bars-band", "residuals"), ("second", "normal noise")))
    return Picture(
        "spread",
        "How the residuals are spread.",
        "A histogram of the residuals beside the bell curve of normal noise.",
        drawing.svg(),
        "Bars beside the bell curve of normal noise of the same size.",
    )


def _residual_map(reading: Reading, r: Array, scaled: bool) -> Picture:
    fit = reading.fit
    crowded = len(r) > CROWD
    drawing = Drawing(height=400)
    panel = _plan(drawing, reading, "residual")
    reach = 3.0 if scaled else float(np.quantile(np.abs(r), 0.99)) or 1.0
    if crowded:
        edges, means = _binned(reading, r)
        reach = float(np.nanquantile(np.abs(means), 0.99)) or 1.0
        panel.cells(*edges, _painted(means, -reach, reach, SIGNED))
    else:
        painted = [colour((v + reach) / (2 * reach), SIGNED) for v in r.tolist()]
        a, b = (fit.rows.columns[n] for n in fit.law_variables)
        panel.painted(a, b, painted)
    _bar(drawing, panel, -reach, reach, SIGNED)
    return Picture(
        "residual-map",
        "Where the law misses.",
        "A map of the residuals over two inputs.",
        drawing.svg(),
        f"{'Mean residual of each cell. ' if crowded else ''}Orange lies above the law, purple below; of a "
        f"right law the colours mix.",
    )
