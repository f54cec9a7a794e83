"""What each hidden node does: the network as a diagram, and what every node adds to the prediction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.network_pictures import CURVE, bar, colours
from educe.report.axes import SIGNED, Axis, ends, fitted_in, width_of
from educe.report.blocks import Block, Chapter, Line, Picture, Table, counted, number
from educe.report.drawing import Drawing, Panel, key
from educe.report.markup import text
from educe.report.numbers import short
from educe.report.wording import line, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.explanation.network_reading import Array, Reading

MOST_NODES = 6  # of a layer that are drawn
MOST_LINKS = 12  # links up to which weights stand beside them
LABELS = (0.3, 0.2, 0.4, 0.7, 0.8, 0.6, 0.5)  # places of a weight along its line
SMALL_MAP = 26  # cells of a small map along each side
STYLES = ("second", "third", "fourth", "start", "edge", "curve")


def nodes(reading: Reading) -> Iterator[Chapter]:
    """Yield the chapter about the hidden nodes, if there are any."""
    a = reading.architecture
    if a.depth == 1:
        return
    blocks: list[Block] = [
        said(
            "Each line carries a value from the left to the right and multiplies it with its weight. Thick "
            "lines matter much for the measured rows, thin ones little; dashed orange ones are negative."
        ),
        _diagram(reading),
        said(
            "What comes out at the end is a sum: each node of the last hidden layer adds its value times its "
            "weight, and the bias is added once."
        ),
    ]
    d = len(reading.inputs)
    blocks.append(_curves(reading) if d == 1 else _maps(reading) if d == 2 else _spans(reading))
    if d > 1:
        blocks.append(_influence(reading))
    yield Chapter("nodes", "What each node does", tuple(blocks))


def _shown(width: int) -> list[int]:
    return list(range(width if width <= MOST_NODES else MOST_NODES - 1))


def _diagram(reading: Reading) -> Picture:
    a = reading.architecture
    most = max(len(_shown(width)) for width in a.layers)
    drawing = Drawing(width=640, height=70 + min(82.0, 300 / most) * most)
    places = [_column(drawing, a.layers, k) for k in range(len(a.layers))]
    spreads = [values.std(axis=1) for values in reading.values(reading.x)[1]]
    labelled = (
        all(len(_shown(w)) == w for w in a.layers)
        and sum(W.size for W, _ in reading.network.layers) <= MOST_LINKS
    )
    for k, (W, _) in enumerate(reading.network.layers):
        strength = np.abs(W) * spreads[k]
        top = float(strength.max()) or 1.0
        for i, end in places[k + 1].items():
            for j, begin in places[k].items():
                drawing.parts.append(_link(begin, end, float(strength[i, j]) / top, W[i, j] < 0.0))
        if labelled:
            _weights(drawing, places[k], places[k + 1], W)
    for k, column in enumerate(places):
        for i, (x, y) in column.items():
            drawing.parts.append(f'<circle class="node" cx="{x:.1f}" cy="{y:.1f}" r="15"/>')
            drawing.parts.append(
                f'<text class="small" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{_inside(a.depth, k, i)}</text>'
            )
        left = a.layers[k] - len(column)
        if left:
            x = next(iter(column.values()))[0]
            drawing.parts.append(
                f'<text x="{x:.1f}" y="{drawing.height - 6:.0f}" text-anchor="middle">and {left} more</text>'
            )
    _names(drawing, reading, places)
    return Picture(
        "diagram",
        "The network.",
        line(
            "Columns of nodes, {P} weights and biases on the lines between them.",
            {"P": counted("parameters", a.parameters)},
        ),
        drawing.svg(),
        "Weights in measured units. A line is as thick as its weight times the spread of what it carries.",
        wide=True,
    )


def _column(drawing: Drawing, layers: tuple[int, ...], k: int) -> dict[int, tuple[float, float]]:
    """Return where the nodes of a layer stand."""
    shown = _shown(layers[k])
    room = drawing.height - 50
    x = 110 + k * (drawing.width - 220) / max(len(layers) - 1, 1)
    step = min(82.0, room / max(len(shown), 1))
    top = 14 + room / 2 - step * (len(shown) - 1) / 2
    return {i: (x, top + step * n) for n, i in enumerate(shown)}


def _link(begin: tuple[float, float], end: tuple[float, float], share: float, negative: bool) -> str:
    """Return a line of a thickness, as a filled strip; of a negative weight in dashes."""
    (x0, y0), (x1, y1) = begin, end
    length = math.hypot(x1 - x0, y1 - y0)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    half = 0.4 + 2.8 * share
    nx, ny = -uy * half, ux * half
    pieces = []
    dash, step = (9.0, 14.0) if negative else (length, length)
    place = 0.0
    while place < length:
        stop = min(place + dash, length)
        a, b = (x0 + ux * place, y0 + uy * place), (x0 + ux * stop, y0 + uy * stop)
        pieces.append(
            f"M{a[0] + nx:.1f} {a[1] + ny:.1f}L{b[0] + nx:.1f} {b[1] + ny:.1f}"
            f"L{b[0] - nx:.1f} {b[1] - ny:.1f}L{a[0] - nx:.1f} {a[1] - ny:.1f}Z"
        )
        place += step
    return f'<path class="{"link minus" if negative else "link"}" d="{"".join(pieces)}"/>'


def _weights(
    drawing: Drawing, begins: dict[int, tuple[float, float]], ends_: dict[int, tuple[float, float]], W: Array
) -> None:
    """Write each weight on its line, at the first of a few places where no other weight stands."""
    taken: list[tuple[float, float, float]] = []
    for i, (x1, y1) in ends_.items():
        for j, (x0, y0) in begins.items():
            words = text(short(float(W[i, j]), 3).replace("-", "−"))
            half = width_of(words, 11.5) / 2 + 2
            places = [(x0 + s * (x1 - x0), y0 + s * (y1 - y0)) for s in LABELS]
            x, y = next((p for p in places if not _over(p, half, taken)), places[0])
            taken.append((x, y, half))
            drawing.parts.append(
                f'<text class="small backed" x="{x:.1f}" y="{y - 4:.1f}" text-anchor="middle">{words}</text>'
            )


def _over(place: tuple[float, float], half: float, taken: list[tuple[float, float, float]]) -> bool:
    return any(abs(place[0] - x) < half + other and abs(place[1] - y) < 15 for x, y, other in taken)


def _inside(depth: int, k: int, i: int) -> str:
    return f"x{i}" if k == 0 else "f" if k == depth else f"a{i}"


def _names(drawing: Drawing, reading: Reading, places: list[dict[int, tuple[float, float]]]) -> None:
    for i, (x, y) in places[0].items():
        words = text(fitted_in(reading.inputs[i], 85))
        drawing.parts.append(
            f'<text class="label" x="{x - 22:.1f}" y="{y + 4:.1f}" text-anchor="end">{words}</text>'
        )
    for x, y in places[-1].values():
        words = text(fitted_in(reading.learned.target, 85))
        drawing.parts.append(f'<text class="label" x="{x + 22:.1f}" y="{y + 4:.1f}">{words}</text>')


def added(reading: Reading, X: Array) -> Array:
    """Return what each node of the last hidden layer adds to the sum of the output, (nodes, m)."""
    W = reading.network.layers[-1][0][0]
    values = reading.values(X)[1][-2]
    found: Array = W[:, None] * values * reading.network.scale
    return found


def _ranked(reading: Reading) -> list[int]:
    """Return the nodes of the last hidden layer that are shown, those that vary most first."""
    spread = added(reading, reading.x).std(axis=1)
    return [int(i) for i in np.argsort(-spread, kind="stable")[:MOST_NODES]]


def _rest(reading: Reading) -> str:
    left = reading.architecture.layers[-2] - MOST_NODES
    return f" The {MOST_NODES} nodes that add most are drawn, {left} add less." if left > 0 else ""


def _curves(reading: Reading) -> Picture:
    x = reading.x[:, 0]
    grid = np.linspace(x.min(), x.max(), CURVE)
    parts = added(reading, grid[:, None])
    middle = parts - parts.mean(axis=1, keepdims=True)
    shown = _ranked(reading)
    drawing = Drawing(width=640, height=360)
    panel = drawing.panel(
        ends(x),
        ends(middle[shown]),
        x_label=reading.labels[0],
        y_label=f"added to {reading.target}",
        top=16,
    )
    panel.level(0.0)
    for n, i in enumerate(shown):
        panel.curve(grid, middle[i], STYLES[n])
    key(drawing, [(STYLES[n], f"a{i}") for n, i in enumerate(shown)])
    return Picture(
        "parts",
        "What each node adds.",
        "A curve for each hidden node: its value times its weight, about its mean.",
        drawing.svg(),
        f"Each curve is drawn about its own mean; added up, with the means and the bias, they are the learned "
        f"function.{_rest(reading)}",
        wide=True,
    )


def _maps(reading: Reading) -> Picture:
    """Draw what each node adds over both inputs, as small maps in the same colours."""
    shown = _ranked(reading)
    a, b = reading.x.T
    u, v = (np.linspace(each.min(), each.max(), SMALL_MAP) for each in (a, b))
    gu, gv = np.meshgrid(u, v)
    parts = added(reading, np.column_stack((gu.ravel(), gv.ravel())))
    middle = parts - parts.mean(axis=1, keepdims=True)
    reach = float(np.abs(middle[shown]).max()) or 1.0
    columns = min(3, len(shown))
    side, gap = 168.0, 22.0
    rows = -(-len(shown) // columns)
    drawing = Drawing(width=640, height=rows * (side + 38) + 8)
    for n, i in enumerate(shown):
        left, top = 6 + (n % columns) * (side + gap), 30 + (n // columns) * (side + 38)
        _small(drawing, (left, top, side), colours(middle[i], -reach, reach, SIGNED))
        drawing.parts.append(f'<text class="label" x="{left}" y="{top - 8}">node a{i}</text>')
    panel_right = 6 + columns * (side + gap)
    _bar_at(drawing, panel_right, side, reach)
    names = f"{reading.inputs[0]} to the right, {reading.inputs[1]} upwards"
    return Picture(
        "parts",
        "What each node adds.",
        f"A small map for each hidden node of what it adds to the prediction; {names}.",
        drawing.svg(),
        f"Each map spans the measured region, {names}; orange adds to {reading.learned.target}, purple takes "
        f"from it, each about its own mean. All maps added up, with the means and the bias, are the learned "
        f"function.{_rest(reading)}",
        wide=True,
    )


def _small(drawing: Drawing, box: tuple[float, float, float], fills: list[str]) -> None:
    left, top, side = box
    cell = side / SMALL_MAP
    paths: dict[str, list[str]] = {}
    for k, fill in enumerate(fills):
        x, y = left + (k % SMALL_MAP) * cell, top + side - (k // SMALL_MAP + 1) * cell
        paths.setdefault(fill, []).append(
            f"M{x:.1f} {y:.1f}h{cell + 0.4:.2f}v{cell + 0.4:.2f}h-{cell + 0.4:.2f}z"
        )
    for fill, pieces in paths.items():
        drawing.parts.append(f'<path fill="{fill}" shape-rendering="crispEdges" d="{"".join(pieces)}"/>')


def _bar_at(drawing: Drawing, x: float, side: float, reach: float) -> None:
    panel = Panel(drawing, Axis(0, 1, 0, x - 8), Axis(-reach, reach, 30 + side, 30))
    bar(drawing, panel, -reach, reach, SIGNED)


def _spans(reading: Reading) -> Table:
    """Return how far what each node adds varies over the measured rows."""
    parts = added(reading, reading.x)
    rows: list[tuple[Line, ...]] = [
        (
            f"a{i}",
            number(f"nodes.low.{i}", float(parts[i].min()), 4),
            number(f"nodes.high.{i}", float(parts[i].max()), 4),
            number(f"nodes.spread.{i}", float(parts[i].std()), 3),
        )
        for i in _ranked(reading)
    ]
    return Table(
        f"What each node adds over the measured rows, the liveliest first.{_rest(reading)}",
        ("node", "least", "most", "spread"),
        tuple(rows),
    )


def slopes(reading: Reading, X: Array) -> Array:
    """Return the derivative of the output by each input at rows, (d, m): the chain rule carried on to the inputs."""
    a, layers = reading.architecture, reading.network.layers
    Z, A = reading.values(X)
    D = reading.network.scale * a.activation(a.depth - 1).derivative(Z[-1], A[-1])
    for k in range(a.depth - 1, 0, -1):
        D = (layers[k][0].T @ D) * a.activation(k - 1).derivative(Z[k - 1], A[k])
    found: Array = layers[0][0].T @ D
    return found


def _influence(reading: Reading) -> Table:
    found = slopes(reading, reading.x)
    spread = reading.x.std(axis=0)
    size = np.sqrt(np.square(found).mean(axis=1)) * spread
    order = np.argsort(-size, kind="stable")
    rows: list[tuple[Line, ...]] = [
        (
            reading.column(reading.inputs[i]),
            number(f"influence.{i}", float(size[i]), 4),
            number(f"slope.{i}", float(found[i].mean()), 4),
        )
        for i in order.tolist()
    ]
    what = f"ln {reading.learned.target}" if reading.counts else reading.learned.target
    return Table(
        f"How far {what} moves when one input moves by its own spread and the others stay",
        ("input", "moves by", "mean slope"),
        tuple(rows),
        note="Root mean square over the measured rows of slope times spread.",
    )
