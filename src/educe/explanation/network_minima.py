"""Why two trainings give different weights and the same function, and how many starts found this minimum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.report.axes import ends
from educe.report.blocks import Block, Chapter, Level, Number, Picture, counted, number
from educe.report.drawing import Drawing
from educe.report.wording import line, said

if TYPE_CHECKING:
    from educe.explanation.network_reading import Array, Reading
    from educe.network.architecture import Architecture

FLIPS = ("tanh", "sin", "sigmoid")  # activations for which a node can be turned over
STRETCHES = ("relu", "identity")


_ODD = "a node can also be turned over: all its weights change their sign, before and after."
_TURNED = {
    "tanh": f"Since $\\tanh(-z) = -\\tanh z$, {_ODD}",
    "sin": f"Since $\\sin(-z) = -\\sin z$, {_ODD}",
    "sigmoid": "Since $\\sigma(-z) = 1 - \\sigma(z)$, a node can also be turned over: its weights change their sign, "
    "before and after, and the next bias takes up the 1.",
}


def minima(reading: Reading) -> Chapter:
    """Return the chapter about symmetries and starts."""
    a = reading.architecture
    blocks: list[Block] = []
    if a.depth > 1:
        blocks += _symmetric(reading)
    blocks += _starts(reading)
    return Chapter("minima", "Other weights, the same function", tuple(blocks), "school")


def same_function(architecture: Architecture) -> int:
    """Return how many sets of weights give the same function by exchanging nodes and turning them over.

    n! orders for each hidden layer of n nodes, and 2^n where the activation allows it.

    >>> from educe.network import Architecture
    >>> same_function(Architecture((2, 3, 1), "tanh"))
    48
    """
    count = 1
    for width in architecture.layers[1:-1]:
        count *= math.factorial(width) * (2**width if architecture.hidden in FLIPS else 1)
    return count


def exchanged(reading: Reading) -> Array:
    """Return other weights of the same function.

    The first two nodes of each hidden layer are exchanged, the last one is turned over where that can be.
    """
    a = reading.architecture
    blocks = [(W.copy(), b.copy()) for W, b in a.unflatten(reading.theta)]
    for k in range(a.depth - 1):
        (W, b), (after, bias) = blocks[k], blocks[k + 1]
        if len(b) > 1:
            order = [1, 0, *range(2, len(b))]
            W, b, after = W[order], b[order], after[:, order]
        if a.hidden in FLIPS:
            W[-1], b[-1] = -W[-1], -b[-1]
            if a.hidden == "sigmoid":  # sigma(-z) = 1 - sigma(z)
                bias = bias + after[:, -1]
            after[:, -1] = -after[:, -1]
        blocks[k], blocks[k + 1] = (W, b), (after, bias)
    return a.flatten(blocks)


def _symmetric(reading: Reading) -> list[Block]:
    a = reading.architecture
    count = same_function(a)
    widths = a.layers[1:-1]
    tex = r" \cdot ".join(f"{n}!" + (rf" \cdot 2^{{{n}}}" if a.hidden in FLIPS else "") for n in widths)
    other = exchanged(reading)
    apart = float(np.abs(reading.output(reading.x, other) - reading.output(reading.x)).max())
    flip = _TURNED.get(a.hidden, "")
    blocks: list[Block] = [
        said(
            "Train again with another seed, and other weights come out. Most of that difference means "
            "nothing. The nodes of a "
            f"hidden layer can change places, if their weights go with them: nothing tells them apart. {flip}"
        ),
        said(
            f"So the same function has ${tex}$ = {{count}} sets of weights, all equally good: the loss has "
            f"that many equal "
            "minima, and a training ends in one of them by chance.",
            {"count": _large("minima.same", count)},
            kind="finding",
        ),
        said(
            "Tried out: with nodes exchanged and turned over, the {P} weights are others, and the predictions "
            "for the measured rows differ by {apart} at most, which is rounding.",
            {
                "P": counted("parameters", a.parameters),
                "apart": number("minima.apart", apart, 2),
            },
        ),
    ]
    if a.hidden in STRETCHES:
        words = (
            "a node's weights can be multiplied by any positive number, if those after it are divided by it"
        )
        blocks.append(
            Level(
                "full", (said(f"With `{a.hidden}` that is not all: {words}. The minima are whole valleys."),)
            )
        )
    return blocks


def _large(key: str, count: int) -> Number:
    if count < 10**9:
        return counted(key, count)
    return number(key, float(count), 3) if count < 1e300 else Number(key, math.inf, "more than 1e300")


def _starts(reading: Reading) -> list[Block]:
    learned = reading.learned
    many = len(learned.starts)
    if many < 2:
        return [
            said(
                "This training began at one start, so nothing can be said here about other minima.",
                kind="note",
            )
        ]
    kept = "kept the best" if reading.averaged == 1 else "averaged {M} of those that ended lowest"
    return [
        said(
            "There are also minima that are truly different, most of them worse. That is why training began "
            f"{{starts}} times, at random weights each time, and {kept}. {{reached}} of the {{starts}} starts "
            "reached the lowest loss, to 1 %.",
            {
                "M": counted("averaged", reading.averaged),
                "starts": counted("starts", many),
                "reached": counted("reached", learned.reached),
            },
        ),
        _picture(reading),
    ]


def _picture(reading: Reading) -> Picture:
    learned = reading.learned
    losses = np.sort(np.array(learned.starts, dtype=np.float64))
    losses = losses[np.isfinite(losses)]
    rank = np.arange(1.0, len(losses) + 1)
    log = bool(losses[0] > 0.0 and losses[-1] > 2.0 * losses[0])
    unit = "training RMSE" if learned.loss == "mse" else f"training loss ({learned.loss})"
    drawing = Drawing(height=280)
    panel = drawing.panel(
        (0.4, len(losses) + 0.6),
        ends(losses, log=log, margin=0.1),
        x_label="start, best first",
        y_label=unit,
        log_y=log,
    )
    panel.level(float(losses[0]))
    best = losses <= 1.01 * losses[0]
    panel.dots(rank[best], losses[best], "dot", radius=4.5)
    panel.dots(rank[~best], losses[~best], "far", radius=4.5)
    return Picture(
        "starts",
        "What each start reached.",
        line("The loss of {k} starts as points, the best first.", {"k": counted("starts", len(losses))}),
        drawing.svg(),
        "Dark points reached the lowest loss, to 1 %.",
    )
