"""The training once more: the weights of each step stand in the page, and the page computes what they say."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.explanation.network_landscape import edges
from educe.explanation.network_pictures import bar, colours, plan
from educe.formula import parse_expression
from educe.formula.js_source import JAVASCRIPT
from educe.formula.languages import straight_code
from educe.network.forward import forward
from educe.report.axes import VALUES, ends
from educe.report.blocks import Block, Chapter, Picture, counted
from educe.report.drawing import Drawing, key
from educe.report.numbers import short
from educe.report.wording import line, said

if TYPE_CHECKING:
    from educe.explanation.network_paths import Descents, Path
    from educe.explanation.network_reading import Array, Reading
    from educe.network.activations import Activation
    from educe.report.drawing import Panel

FRAMES = 48  # at most
NUMBERS = 40_000  # of all frames together
CURVE, MAP, ROWS = 120, 36, 250  # points of a curve; cells of a map along each side; rows of a scatter
DIGITS = 6


def replay(reading: Reading, descents: Descents, words: dict[str, str]) -> Chapter:
    """Return the chapter with the slider."""
    path = descents.shown
    whole = (
        " The learned function is the average of {M} such networks; this is one of their kind."
        if reading.averaged > 1
        else ""
    )
    blocks: list[Block] = [
        said(
            "From random weights to a function: move the slider, or play it. Every picture is computed in this page "
            f"from the weights of that step, by {words[path.name]}, from the start that all methods share.{whole}",
            {"M": counted("averaged", reading.averaged)},
        ),
        _picture(reading, path, words[path.name]),
    ]
    return Chapter("replay", "The training, once more", tuple(blocks))


def script(reading: Reading) -> tuple[str, ...]:
    """Return the network as a function of the page's script, and the scene that shows its training."""
    a = reading.one
    bends = ", ".join(_bend(a.activation(k)) for k in range(a.depth))
    own = "\n".join(JAVASCRIPT.needed(bends))
    scene = files("educe.explanation").joinpath("network_scenes.js").read_text(encoding="utf-8")
    return (f"educe.functions.bends = (() => {{\n{own}\nreturn [{bends}];\n}})();", scene)


def _bend(activation: Activation) -> str:
    lines, value = straight_code(parse_expression(activation.formula), {"z": "z"}, JAVASCRIPT)
    return f"(z) => {{ {' '.join(lines)} return {value}; }}"


def _frames(reading: Reading, path: Path) -> list[int]:
    count = int(min(FRAMES, len(path.steps), max(8, NUMBERS // reading.one.parameters)))
    return sorted(set(np.linspace(0, len(path.steps) - 1, count).round().astype(int).tolist()))


def _scene(reading: Reading, path: Path, method: str) -> dict[str, Any]:
    s = reading.learned.scales
    frames = []
    for k in _frames(reading, path):
        loss = reading.trained.mean_loss(path.places[k])
        squares = reading.learned.loss == "mse"
        told = f"RMSE {short(s.unit * loss**0.5, 4)}{reading.unit}" if squares else f"loss {short(loss, 5)}"
        words = f"step {int(path.steps[k]):,} of {method}: {told}"
        frames.append({"theta": _short(path.places[k]), "words": words})
    return {
        "kind": "training",
        "layers": list(reading.one.layers),
        "frames": frames,
        "middle": s.middle,
        "unit": s.unit,
        "exponential": reading.counts,
    }


def _short(values: Array) -> list[float]:
    return [float(f"{v:.{DIGITS}g}") for v in np.asarray(values).ravel().tolist()]


def said_by(reading: Reading, theta: Array, X: Array) -> Array:
    """Return what the scaled network says at inputs (n, d) in measured units."""
    s = reading.learned.scales
    values = s.middle + s.unit * forward(reading.one, theta, s.inputs(X))[0]
    return np.asarray(np.exp(values) if reading.counts else values, dtype=np.float64)


def _picture(reading: Reading, path: Path, method: str) -> Picture:
    scene = _scene(reading, path, method)
    d = len(reading.inputs)
    svg, told, caption = (_curve if d == 1 else _map if d == 2 else _scatter)(reading, path, scene)
    return Picture(
        "training",
        "The function, as it was learned.",
        line(told, {"frames": counted("replay.frames", len(scene["frames"]))}),
        svg,
        caption,
        scene,
        wide=d != 2,
    )


def _curve(reading: Reading, path: Path, scene: dict[str, Any]) -> tuple[str, str, str]:
    x, y = reading.x[:, 0], reading.y
    grid = np.linspace(x.min(), x.max(), CURVE)
    drawing = Drawing()
    panel = drawing.panel(ends(x), ends(y, margin=0.12), x_label=reading.labels[0], y_label=reading.target)
    panel.dots(x, y, "faint" if len(x) > 200 else "dot")
    panel.add(
        f'<path class="curve moving-curve" d="{panel.line(grid, said_by(reading, path.places[-1], grid[:, None]))}"/>'
    )
    key(drawing, (("dot", "measured"), ("curve", "network")))
    scene["curve"] = {
        "grid": _short(grid),
        "inputs": [_short(column) for column in reading.learned.scales.inputs(grid[:, None]).T],
        "x": panel.x.as_data(),
        "y": panel.y.as_data(),
    }
    return (
        drawing.svg(),
        "A curve that bends towards the measured points over {frames} steps.",
        "Dots are the measurements.",
    )


def _map(reading: Reading, path: Path, scene: dict[str, Any]) -> tuple[str, str, str]:
    a, b = reading.x.T
    u, v = np.linspace(a.min(), a.max(), MAP), np.linspace(b.min(), b.max(), MAP)
    gu, gv = np.meshgrid(u, v)
    X = np.column_stack((gu.ravel(), gv.ravel()))
    values = said_by(reading, path.places[-1], X)
    low, high = (float(q) for q in np.quantile(reading.y, (0.005, 0.995)))
    drawing = Drawing(height=400)
    panel = plan(drawing, reading, reading.target)
    panel.add(
        f'<g class="moving-cells" shape-rendering="crispEdges">{_cells(panel, u, v, colours(values, low, high))}</g>'
    )
    kept = np.linspace(0, len(a) - 1, min(len(a), 300)).astype(np.intp)
    panel.painted(a[kept], b[kept], colours(reading.y[kept], low, high))
    bar(drawing, panel, low, high)
    scene["map"] = {
        "inputs": [_short(row) for row in reading.learned.scales.inputs(X).T],
        "low": low,
        "high": high,
        "stops": list(VALUES),
    }
    return (
        drawing.svg(),
        "A map of the function that takes the colours of the measured points over {frames} steps.",
        "Dots are measurements in the same colours: where a dot cannot be told from what is around it, the "
        "function fits.",
    )


def _cells(panel: Panel, u: Array, v: Array, fills: list[str]) -> str:
    px, py = panel.x.at(edges(u)), panel.y.at(edges(v))
    left, right = panel.x.start, panel.x.end
    low, high = panel.y.start, panel.y.end
    px, py = np.clip(px, left, right), np.clip(py, high, low)
    return "".join(
        f'<rect x="{px[i]:.1f}" y="{py[j + 1]:.1f}" width="{px[i + 1] - px[i] + 0.4:.1f}" '
        f'height="{py[j] - py[j + 1] + 0.4:.1f}" fill="{fills[j * len(u) + i]}"/>'
        for j in range(len(v))
        for i in range(len(u))
    )


def _scatter(reading: Reading, path: Path, scene: dict[str, Any]) -> tuple[str, str, str]:
    kept = np.linspace(0, len(reading.y) - 1, min(ROWS, len(reading.y))).astype(np.intp)
    X, y = reading.x[kept], reading.y[kept]
    both = ends(y, margin=0.1)
    target = reading.target
    drawing = Drawing(height=400)
    panel = drawing.panel(both, both, x_label=f"{target}, measured", y_label=f"{target}, predicted")
    panel.curve(both, both, "zero")
    px = panel.x.at(y)
    py = np.clip(panel.y.at(said_by(reading, path.places[-1], X)), panel.y.end, panel.y.start)
    dots = "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in zip(px, py, strict=True))
    panel.add(f'<g class="dot moving-dots">{dots}</g>')
    scene["dots"] = {
        "inputs": [_short(row) for row in reading.learned.scales.inputs(X).T],
        "y": panel.y.as_data(),
    }
    return (
        drawing.svg(),
        "Predicted against measured for some rows, over {frames} steps.",
        "Each dot is a measured row; it comes to the diagonal as the network learns.",
    )
