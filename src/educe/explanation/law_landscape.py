"""The sum of squares as a landscape over two constants, with the way down; and the curve that moves with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.in_memory import InMemory
from educe.explanation.law_script import script
from educe.least_squares.losses import LOSSES
from educe.report.axes import DEPTH, colour, ends
from educe.report.blocks import Block, Inline, Picture, counted
from educe.report.contours import contour
from educe.report.drawing import Drawing, Panel, key
from educe.report.numbers import short
from educe.report.sentences import label, response
from educe.report.wording import line

if TYPE_CHECKING:
    from educe.explanation.law_reading import Reading
    from educe.explanation.law_walk import Walk
    from educe.least_squares.point import Step
    from educe.least_squares.triangle import Array

SIDE = 61  # places along each constant
ROWS = 1_500  # rows from which a landscape is computed
CURVE = 160  # points of the moving curve
SHADES = 44
Frame = tuple["Array", float, "Step | None"]


@dataclass(frozen=True, eq=False)
class Landscape:
    """The sum of squares over two constants, the others held at their best values.

    names : of the two;  x, y : (m,);  cost : (m, m);  noise : the variance of a reading;  rows : behind it
    """

    names: tuple[str, str]
    x: Array
    y: Array
    cost: Array
    noise: float
    rows: int

    @property
    def depth(self) -> Array:
        """How many standard deviations of noise a place is above the lowest, (m, m)."""
        least = float(np.nanmin(self.cost))
        return np.asarray(np.sqrt(np.maximum(self.cost - least, 0.0) / self.noise))


def costs(reading: Reading, thetas: list[list[float]]) -> tuple[Array, int]:
    """Return the cost at places in the solver's order, from some of the rows scaled to all, and how many rows."""
    problem, fit = reading.fit.problem, reading.fit
    n = problem.n
    some = slice(None, None, max(1, n // ROWS))
    weights = None if problem.weights is None else problem.weights[some]
    small = InMemory(problem.model, [column[some] for column in problem.columns], weights)
    loss, bend = LOSSES[fit.convention.loss], fit.convention.loss_scale or 1.0
    found = np.empty(len(thetas))
    with np.errstate(all="ignore"):
        for k, theta in enumerate(thetas):
            squares = small.residuals(theta) ** 2
            found[k] = (bend**2 * loss.rho(squares / bend**2)).sum() if reading.robust else squares.sum()
    found[~np.isfinite(found)] = np.nan
    return found * n / small.n, small.n


def walk_pictures(reading: Reading, walked: Walk | None) -> list[Block]:
    """Return the pictures that replay the steps: a curve where there is one input, a landscape of two constants.

    walked : None for a law that is linear in all its constants: one step from zero
    """
    if not (reading.simple and reading.quick):
        return []
    frames = walked.frames if walked is not None else _one_step(reading)
    pictures: list[Block] = []
    steps = _steps(reading, frames)
    if len(reading.inputs) == 1 and reading.expression is not None:
        pictures.append(_moving_curve(reading, frames, steps))
    if reading.fit.p >= 2:
        pictures.append(_landscape_picture(reading, frames, steps))
    elif reading.fit.p == 1:
        pictures.append(_valley(reading, frames, steps))
    return pictures


def _one_step(reading: Reading) -> list[Frame]:
    fit = reading.fit
    theta = np.array([fit.params[name] for name in fit.names])
    R = np.array(fit.triangle)
    before = R[:, -1] + np.append(R[:-1, :-1] @ theta, 0.0)
    return [(np.zeros(fit.p), float(before @ before), None), (theta, fit.rss, None)]


def _steps(reading: Reading, frames: list[Frame]) -> list[dict[str, Any]]:
    """Return each step for the script: where, and in words."""
    found = []
    for k, (theta, cost, step) in enumerate(frames):
        words = "start" if k == 0 else f"step {k} of {len(frames) - 1}"
        if step is not None and not step.accepted:
            words += " (refused)"
        values = ", ".join(f"{n} = {short(v, 4)}" for n, v in zip(reading.fit.names[:4], theta, strict=False))
        found.append(
            {"theta": theta.tolist(), "cost": cost, "words": f"{words}: S = {short(cost, 5)}, {values}"}
        )
    return found


def _moving_curve(reading: Reading, frames: list[Frame], steps: list[dict[str, Any]]) -> Picture:
    from educe.report.panels import logarithmic

    fit = reading.fit
    name = fit.law_variables[0]
    x, y = fit.rows.columns[name], fit.rows.response
    log = logarithmic(x)
    grid = (np.geomspace if log else np.linspace)(x.min(), x.max(), CURVE)
    first, last = (_law(reading, theta, grid) for theta in (frames[0][0], frames[-1][0]))
    low, high = ends(y, margin=0.1)
    room = 0.6 * (high - low)
    seen = ends(
        np.array([low, high]), np.clip(first[np.isfinite(first)], low - room, high + room), margin=0.02
    )
    drawing = Drawing(height=360)
    panel = drawing.panel(
        ends(x, log=log), seen, x_label=label(fit, name), y_label=label(fit, response(fit)), log_x=log
    )
    if len(x) > 1_000:
        panel.density(x, y)
    else:
        panel.dots(x, y, "faint")
    panel.curve(grid, first, "start")
    panel.curve(grid, last, "curve moving-curve")
    key(drawing, (("start", "at the start"), ("curve", "at this step")))
    curve = {
        "function": "law",
        "grid": [float(f"{v:.8g}") for v in grid],
        "x": panel.x.as_data(),
        "y": panel.y.as_data(),
    }
    scene = {"kind": "replay", "group": "walk", "steps": steps, "curve": curve} if script(reading) else None
    return Picture(
        "replay",
        "The law, step by step.",
        "The measured points, the law at the start of the steps and at their end.",
        drawing.svg(),
        "Move the slider: the curve is computed in this page from the constants of each step.",
        scene,
    )


def _law(reading: Reading, theta: Array, grid: Array) -> Array:
    from educe.formula import evaluate

    assert reading.expression is not None
    values = dict(zip(reading.fit.names, theta.tolist(), strict=True))
    found = evaluate(reading.expression, {reading.fit.law_variables[0]: grid, **values})
    return np.array(np.broadcast_to(found, grid.shape))


def landscape(reading: Reading, places: list[Array]) -> Landscape:
    """Return the landscape that holds these places and some room about the minimum.

    places : (p,) each, in the law's order; the last is the minimum
    """
    fit = reading.fit
    i, j = chosen(reading)
    names = (fit.names[i], fit.names[j])
    side = SIDE if reading.expression is not None else SIDE // 2
    best = np.array([fit.params[name] for name in fit.names])
    axes = []
    for k in (i, j):
        error = fit.stderr[fit.names[k]]
        room = 4 * error if math.isfinite(error) else 0.2 * abs(best[k])
        low, high = ends(
            np.array([p[k] for p in places]), np.array([best[k] - room, best[k] + room]), margin=0.12
        )
        axes.append(np.linspace(low, high, side))
    order = [fit.names.index(name) for name in fit.solver_names]
    thetas = []
    for b in axes[1]:
        for a in axes[0]:
            theta = best.copy()
            theta[i], theta[j] = a, b
            thetas.append(theta[order].tolist())
    values, rows = costs(reading, thetas)
    cost = values.reshape(side, side)
    return Landscape(names, axes[0], axes[1], cost, _noise(reading, cost), rows)


def _noise(reading: Reading, cost: Array) -> float:
    """Return the variance of a reading, or a small share of the height of the landscape where that is not known."""
    scale = reading.fit.scale
    height = float(np.nanmax(cost) - np.nanmin(cost))
    return scale if math.isfinite(scale) and scale > 1e-12 * height else 1e-4 * height or 1.0


def chosen(reading: Reading) -> tuple[int, int]:
    """Return which two constants span the landscape: those that enter nonlinearly first."""
    fit = reading.fit
    ordered = sorted(range(fit.p), key=lambda k: (fit.names[k] in fit.linear, k))
    i, j = sorted(ordered[:2])
    return i, j


def _landscape_picture(reading: Reading, frames: list[Frame], steps: list[dict[str, Any]]) -> Picture:
    i, j = chosen(reading)
    places = [theta for theta, _, _ in frames]
    found = landscape(reading, places)
    drawing = Drawing(height=360)
    a, b = found.names
    panel = drawing.panel(
        (found.x[0], found.x[-1]), (found.y[0], found.y[-1]), x_label=a, y_label=b, grid=False
    )
    _shaded(panel, found)
    panel.curve([p[i] for p in places], [p[j] for p in places], "path")
    refused = [step.theta for _, _, step in frames if step is not None and not step.accepted]
    if refused:
        panel.dots([t[i] for t in refused], [t[j] for t in refused], "rejected", radius=3.2)
    panel.dots([p[i] for p in places], [p[j] for p in places], "stop", radius=3.6)
    _mark(panel, places[-1][i], places[-1][j])
    key(
        drawing,
        (("stop", "steps"), *((("rejected", "refused"),) if refused else ()), ("contour", "equal cost")),
    )
    path = {"i": i, "j": j, "x": panel.x.as_data(), "y": panel.y.as_data()}
    return Picture(
        "landscape",
        "The sum of squares as a landscape, and the way down.",
        line(
            "A map of the sum of squares over two constants, with the places of the steps; it ends in the "
            "lowest place."
        ),
        drawing.svg(),
        _landscape_words(reading, found),
        {"kind": "replay", "group": "walk", "steps": steps, "path": path},
    )


def _mark(panel: Panel, x: float, y: float) -> None:
    """Draw the ring about the step that is shown."""
    place = f'cx="{float(panel.x.at(x)):.1f}" cy="{float(panel.y.at(y)):.1f}"'
    panel.add(f'<circle class="here moving-mark" {place} r="8"/>')


def _landscape_words(reading: Reading, found: Landscape) -> tuple[Inline, ...]:
    fit = reading.fit
    a, b = (reading.name(name) for name in found.names)
    words = (
        "Lines of equal cost over {a} and {b}: the innermost is one standard deviation of noise above the "
        "lowest place, each next one twice as far."
    )
    if fit.p > 2:
        words += (
            " The other constants are held at their best values, so steps that moved them lie off this plane."
        )
    if found.rows < fit.n:
        words += " Computed from {rows} rows, evenly taken."
    return line(words, {"a": a, "b": b, "rows": counted("landscape.rows", found.rows)})


def _shaded(panel: Panel, found: Landscape) -> None:
    depth = found.depth
    height = np.log1p(depth)
    top = float(np.nanmax(height)) or 1.0
    half_x, half_y = (found.x[1] - found.x[0]) / 2, (found.y[1] - found.y[0]) / 2
    ex = np.clip(np.append(found.x - half_x, found.x[-1] + half_x), found.x[0], found.x[-1])
    ey = np.clip(np.append(found.y - half_y, found.y[-1] + half_y), found.y[0], found.y[-1])
    colours = [
        [colour(round(v / top * SHADES) / SHADES, DEPTH) if math.isfinite(v) else "" for v in row]
        for row in height.tolist()
    ]
    panel.cells(ex, ey, colours)
    level, levels = 1.0, 0
    while level < np.nanmax(depth) and levels < 14:
        panel.segments(contour(found.x, found.y, depth, level), "contour")
        level, levels = 2.0 * level, levels + 1


def _valley(reading: Reading, frames: list[Frame], steps: list[dict[str, Any]]) -> Picture:
    """Return the sum of squares over the only constant."""
    fit = reading.fit
    best = fit.theta[0]
    error = fit.standard_errors[0] if math.isfinite(fit.standard_errors[0]) else 0.2 * abs(best)
    reached = np.array([theta[0] for theta, _, _ in frames])
    low, high = ends(reached, np.array([best - 4 * error, best + 4 * error]), margin=0.12)
    grid = np.linspace(low, high, 161)
    cost, rows = costs(reading, [[v] for v in grid.tolist()])
    drawing = Drawing()
    panel = drawing.panel((low, high), ends(cost), x_label=fit.names[0], y_label="sum of squares S")
    panel.curve(grid, cost)
    panel.dots(reached, [c for _, c, _ in frames], "stop", radius=3.6)
    _mark(panel, best, frames[-1][1])
    path = {"i": 0, "j": None, "x": panel.x.as_data(), "y": panel.y.as_data()}
    some = (
        line(" Computed from {rows} rows, evenly taken.", {"rows": counted("landscape.rows", rows)})
        if rows < fit.n
        else ()
    )
    return Picture(
        "landscape",
        "The sum of squares as a valley, and the way down.",
        "A curve of the sum of squares over the constant, with the places of the steps; it ends in the lowest place.",
        drawing.svg(),
        ("The deeper, the better the law fits.", *some),
        {"kind": "replay", "group": "walk", "steps": steps, "path": path},
    )
