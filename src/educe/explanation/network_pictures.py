"""Pictures of a learned function: curve or surface with the measurements, rows not seen, residuals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from educe.report.axes import SIGNED, VALUES, colour, ends
from educe.report.blocks import Picture, counted
from educe.report.contours import contour
from educe.report.drawing import Drawing, key
from educe.report.surface import Surface
from educe.report.wording import line

if TYPE_CHECKING:
    from educe.explanation.network_reading import Array, Reading
    from educe.report.drawing import Panel
    from educe.uncertainty.prediction import Prediction

CURVE, GRID, MAP = 200, 29, 40  # points of a curve; of a surface and of a map along each side
CROWD = 3_000  # points beyond which cells are drawn
ON_SURFACE = 400
BAR = 24


def data_pictures(reading: Reading) -> list[Picture]:
    """Return what was measured beside what is predicted."""
    d = len(reading.inputs)
    if d == 1:
        return [_curve(reading)]
    if d == 2:
        return [_surface(reading), unseen(reading)]
    return [unseen(reading)]


def _predicted(reading: Reading, X: Array) -> Prediction:
    return cast("Prediction", reading.learned.predict(X, interval="prediction"))


def _curve(reading: Reading) -> Picture:
    x, y = reading.x[:, 0], reading.y
    grid = np.linspace(x.min(), x.max(), CURVE)
    band = _predicted(reading, grid[:, None])
    drawing = Drawing()
    panel = drawing.panel(
        ends(x),
        ends(y, band.values, margin=0.06),
        x_label=reading.labels[0],
        y_label=reading.target,
    )
    panel.band(grid, band.lower, band.upper, "wideband")
    panel.dots(x, y)
    panel.curve(grid, band.values)
    key(drawing, (("dot", "measured"), ("curve", "network"), ("wideband", "new reading 95 %")))
    return Picture(
        "data-and-network",
        "What was measured, and the network.",
        line(
            "A curve through {n} measured points, with the interval of a new reading.",
            {"n": counted("rows.kept", len(y))},
        ),
        drawing.svg(),
        "The light band is made to hold 95 of 100 new readings.",
        wide=True,
    )


def over_two(reading: Reading, size: int) -> tuple[Array, Array, Array]:
    """Return places along both inputs and the predictions over them, (size, size), nan beyond the measured region."""
    a, b = reading.x.T
    u, v = np.linspace(a.min(), a.max(), size), np.linspace(b.min(), b.max(), size)
    gu, gv = np.meshgrid(u, v)
    X = np.column_stack((gu.ravel(), gv.ravel()))
    values = np.where(reading.learned.region.outside(X), np.nan, reading.predicted(X))
    return u, v, values.reshape(gu.shape)


def _surface(reading: Reading) -> Picture:
    learned = reading.learned
    u, v, z = over_two(reading, GRID)
    kept = np.linspace(0, len(reading.y) - 1, min(ON_SURFACE, len(reading.y))).astype(np.intp)
    points = np.column_stack((reading.x[kept], reading.y[kept]))
    surface = Surface(u, v, z, points, (reading.labels[0], reading.labels[1], reading.target))
    return Picture(
        "surface",
        "The learned function as a surface, with what was measured.",
        line(
            "A surface over two inputs; {n} measured points lie about it.",
            {"n": counted("rows.drawn", len(kept))},
        ),
        surface.svg(),
        "Drag it, or use the sliders, to turn it."
        + (" Some of the rows are drawn." if len(kept) < learned.n else ""),
        surface.scene(),
    )


def unseen(reading: Reading) -> Picture:
    """Draw measured against predicted for rows that the networks judged had not seen."""
    checked, target = reading.learned.checked, reading.target
    both = ends(checked.y, checked.predicted)
    drawing = Drawing(height=400)
    panel = drawing.panel(both, both, x_label=f"{target}, predicted", y_label=f"{target}, measured")
    panel.curve(both, both, "zero")
    if len(checked.y) > CROWD:
        panel.density(checked.predicted, checked.y)
    else:
        panel.dots(checked.predicted, checked.y, "faint" if len(checked.y) > 300 else "dot")
    return Picture(
        "unseen",
        "Measured against predicted, on rows not seen.",
        line("{n} rows as points about the diagonal.", {"n": counted("checked", len(checked.y))}),
        drawing.svg(),
        "Each point was predicted by a network that had not learned from it. The closer to the diagonal, the better.",
    )


def residual_pictures(reading: Reading) -> list[Picture]:
    """Return the residuals over the inputs: over one a scatter, over two a map, over more over the prediction."""
    pictures = [_over_predicted(reading) if len(reading.inputs) != 1 else _over_input(reading)]
    pictures.append(_residual_map(reading) if len(reading.inputs) == 2 else _spread(reading))
    return pictures


def _over(reading: Reading, x: Array, label: str, name: str) -> Picture:
    r = reading.residuals
    reach = 1.08 * float(np.abs(r).max()) or 1.0
    drawing = Drawing(height=300)
    panel = drawing.panel(ends(x), (-reach, reach), x_label=label, y_label="residual")
    panel.level(0.0)
    panel.dots(x, r, "faint" if len(r) > 300 else "dot")
    return Picture(
        name,
        f"Residuals over {label}.",
        "Residuals as points about zero; a bow, a slope or a funnel is something the network misses.",
        drawing.svg(),
        "A bow or a slope would be something that the network misses.",
    )


def _over_input(reading: Reading) -> Picture:
    return _over(reading, reading.x[:, 0], reading.labels[0], "residuals")


def _over_predicted(reading: Reading) -> Picture:
    return _over(reading, reading.predicted(reading.x), f"{reading.target}, predicted", "residuals")


def _spread(reading: Reading) -> Picture:
    r = reading.residuals
    reach = 1.05 * float(np.abs(r).max()) or 1.0
    counts, edges = np.histogram(r, bins=int(np.clip(2 * len(r) ** (1 / 3), 8, 50)), range=(-reach, reach))
    drawing = Drawing(height=300)
    panel = drawing.panel(
        (-reach, reach), (0.0, 1.1 * float(counts.max())), x_label="residual", y_label="rows"
    )
    panel.columns(edges, counts)
    return Picture(
        "spread", "How the residuals are spread.", "A histogram of the residuals.", drawing.svg(),
        "Errors of many small causes pile up like a bell.",
    )  # fmt: skip


def _residual_map(reading: Reading) -> Picture:
    """Draw each row at its place, coloured by its residual: orange above, purple below."""
    a, b = reading.x.T
    r = reading.residuals
    reach = float(np.quantile(np.abs(r), 0.98)) or 1.0
    drawing = Drawing(height=400)
    panel = plan(drawing, reading, "residual")
    shown = colours(np.clip(r, -reach, reach), -reach, reach, SIGNED)
    panel.painted(a, b, shown)
    bar(drawing, panel, -reach, reach, SIGNED)
    return Picture(
        "residual-map",
        "Where it misses.",
        "Each measured row at its place, coloured by its residual.",
        drawing.svg(),
        "Orange rows were measured higher than predicted, purple ones lower. A patch of one colour would be a "
        "feature of the function that the network has not caught.",
    )


def plan(drawing: Drawing, reading: Reading, words: str) -> Panel:
    """Return a panel over both inputs, with room for a colour bar."""
    a, b = reading.x.T
    return drawing.panel(
        ends(a, margin=0.02),
        ends(b, margin=0.02),
        x_label=reading.labels[0],
        y_label=f"{reading.labels[1]}; colours: {words}",
        right=74,
        grid=False,
    )


def colours(values: Array, low: float, high: float, stops: tuple[str, ...] = VALUES) -> list[str]:
    """Return the colour of each value between two ends, "" where it is not finite."""
    width = (high - low) or 1.0
    return [
        colour(round(min(max((v - low) / width, 0.0), 1.0) * BAR) / BAR, stops) if math.isfinite(v) else ""
        for v in np.asarray(values, dtype=np.float64).tolist()
    ]


def bar(drawing: Drawing, panel: Panel, low: float, high: float, stops: tuple[str, ...] = VALUES) -> None:
    """Draw the scale of colours beside a panel."""
    drawing.colour_bar(panel, colours(np.linspace(low, high, BAR), low, high, stops), low, high)


def level_lines(panel: Panel, u: Array, v: Array, z: Array, low: float, high: float) -> None:
    """Draw lines of equal height at even steps."""
    for level in np.linspace(low, high, 9)[1:-1]:
        panel.segments(contour(u, v, z, float(level)), "contour")
