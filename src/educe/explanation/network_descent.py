"""Going down: one plain step in numbers, why plain descent crawls on this loss, and what the other methods change."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.descent.rules import rule_named
from educe.explanation.network_landscape import loss_curves, plane_picture, spectrum
from educe.explanation.network_paths import SQUARED, closed, curvature
from educe.formula.latex import latex_name
from educe.network.network import Network
from educe.report.blocks import (
    Beside,
    Block,
    Chapter,
    Formula,
    Inline,
    Items,
    Level,
    Line,
    Maths,
    Table,
    counted,
    number,
)
from educe.report.wording import line, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.explanation.network_paths import Descents, Path
    from educe.explanation.network_reading import Array, Reading

MOST_LINES = 16  # parameters of the step that are shown
MOST_CURVED = 600  # parameters up to which all eigenvalues are computed
TINY = 1e-13  # of the largest eigenvalue: below it an eigenvalue is rounding
WORDS = {
    "gradient-descent": "gradient descent",
    "momentum": "momentum",
    "adam": "Adam",
    "l-bfgs": "L-BFGS",
    SQUARED: "Levenberg-Marquardt",
}


def step(reading: Reading, descents: Descents) -> Chapter:
    """Return the chapter with one step of gradient descent."""
    rate = rule_named("gradient-descent")[1]
    L, g = descents.loss(descents.start, None)
    after = descents.start - rate * g
    lower = descents.loss(after, None)[0]
    size = float(np.linalg.norm(g))
    blocks: list[Block] = [
        said(
            "Training begins at random weights. Here is the first step of [[gradient descent]] from a start "
            "drawn as in training, in the units in which educe trains: inputs and target scaled to mean 0 and "
            "deviation 1."
        ),
        Formula(
            r"\theta \leftarrow \theta - \eta \, \nabla L(\theta) , \qquad \eta = " + f"{rate:g}",
            "theta - eta grad L",
        ),
        _moved(reading, descents.start, g, after),
        said(
            "The gradient is {size} long. The step lowers the loss from {before} to {after}. That is all "
            "there is to training: this, again and again.",
            {
                "size": number("step.norm", size, 4),
                "before": number("step.before", L, 6),
                "after": number("step.after", lower, 6),
            },
            kind="finding",
        ),
        Level("full", (_promised(g, rate, L, lower),)),
    ]
    return Chapter("step", "One step down", tuple(blocks), "school")


def _promised(g: Array, rate: float, before: float, after: float) -> Block:
    promise = rate * float(g @ g)
    return said(
        "A slope promises $\\eta \\left\\| \\nabla L \\right\\|^2$ = {promise}; the step gained {gain}. What "
        "is missing is the bend of the loss: halve $\\eta$ and the promise is kept better, but the step is "
        "half as long.",
        {"promise": number("step.promise", promise, 4), "gain": number("step.gain", before - after, 4)},
    )


def _moved(reading: Reading, theta: Array, g: Array, after: Array) -> Table:
    a = reading.one
    count = min(a.parameters, MOST_LINES)
    rows: list[tuple[Line, ...]] = [
        (
            Maths(latex_name(a.symbols[j]), a.symbols[j]),
            number(f"start.{j}", float(theta[j]), 5),
            number(f"start.gradient.{j}", float(g[j]), 5),
            number(f"start.after.{j}", float(after[j]), 5),
        )
        for j in range(count)
    ]
    left = a.parameters - count
    return Table(
        "The first step, weight by weight",
        ("", "before", line("$\\partial L / \\partial \\theta$"), "after"),
        tuple(rows),
        note=f"and {left} more." if left else "",
    )


def crawl(reading: Reading, descents: Descents) -> Iterator[Chapter]:
    """Yield the chapter about the curvature of this loss, unless it has none or is too large to tell."""
    if reading.learned.loss == "mae" or reading.one.parameters > MOST_CURVED:
        return
    values = np.linalg.eigvalsh(curvature(descents.loss, descents.end)).astype(np.float64)
    largest = float(values[-1])
    felt = values[values > TINY * largest]
    least, condition = float(felt[0]), largest / float(felt[0])
    start = float(np.linalg.eigvalsh(curvature(descents.loss, descents.start))[-1])
    blocks: list[Block] = [
        said(
            "Near the minimum the loss is a bowl, and a very uneven one: in some directions its wall rises "
            "steeply, in others the floor is almost flat. The [[eigenvalue|eigenvalues]] $\\lambda$ of its "
            "matrix of second derivatives (here in the form of [[Gauss-Newton]]) say how steeply."
        ),
        Formula(
            r"H = \frac{1}{N} \sum_{i=1}^{N} \ell''(f_i) \, \frac{\partial f_i}{\partial \theta} "
            r"\frac{\partial f_i}{\partial \theta}^{T} + \frac{2 \rho}{N} \, I_{\omega}",
            "H",
        ),
        spectrum(felt, len(values) - len(felt)),
        said(
            "The largest eigenvalue is {largest}, the least that can be told from zero {least}. A step of the "
            "plain rule multiplies the error along each direction by $1 - \\eta \\lambda$; beyond $\\eta = "
            "2/\\lambda_{\\max}$ = {rate} the steepest one grows instead of shrinking, and the loss explodes. "
            "(At the start of the training the largest eigenvalue was {start}: a rate that suits the start "
            "need not suit the end.)",
            {
                "largest": number("curve.largest", largest, 4),
                "least": number("curve.least", least, 3),
                "rate": number("curve.rate", 2.0 / largest, 3),
                "start": number("curve.start", start, 3),
            },
        ),
        said(
            "With a rate as large as that, the flattest direction loses half of its error only every {steps} "
            "steps: the [[condition number]] is {condition}. That is why plain descent crawls here.",
            {
                "steps": number("curve.half", math.log(2.0) * condition / 2.0, 2),
                "condition": number("curve.condition", condition, 3),
            },
            kind="finding",
        ),
        Level("full", (_unscaled(reading, descents.end, condition),)),
    ]
    yield Chapter("crawl", "Why plain descent crawls here", tuple(blocks), "full")


def _unscaled(reading: Reading, end: Array, condition: float) -> Block:
    """Return what the condition number would be without scaling."""
    values = np.linalg.eigvalsh(measured_curvature(reading, end))
    felt = values[values > TINY * values[-1]]
    there = float(values[-1] / felt[0])
    comment = (
        "worse, which is why educe scales before it trains"
        if there > 2.0 * condition
        else "much the same here"
    )
    return said(
        f"In measured units, without the scaling, the condition number of the same minimum would be "
        f"{{there}}: {comment}.",
        {"there": number("curve.unscaled", there, 3)},
    )


def measured_curvature(reading: Reading, end: Array) -> Array:
    """Return the Gauss-Newton matrix of the mean loss in the parameters of a network in measured units.

    end : (P,) parameters of the network as it was trained, of scaled rows
    """
    from educe.engines.network_gradient import NetworkGradient
    from educe.network.losses import loss_named

    X, y, w = reading.rows
    s = reading.learned.scales
    network = (
        Network(reading.one, end).with_scaled_inputs(s.centre, s.spread).with_scaled_output(s.middle, s.unit)
    )
    t = (y - network.shift) / network.scale
    loss = loss_named(reading.learned.loss, bend=(reading.learned.bend or 1.0) / abs(network.scale))
    gradient = NetworkGradient(network.architecture, loss, np.ascontiguousarray(X.T), t, w / w.mean())
    return network.scale**2 * curvature(gradient, network.theta)


def methods(reading: Reading, descents: Descents) -> Chapter:
    """Return the chapter in which every method goes down the same loss."""
    paths = tuple(closed(path, descents.loss) for path in descents.paths)
    ideas: list[Line] = [
        line(
            "**Momentum** keeps part of the last step. Along a flat valley the steps add up; across it they cancel."
        ),
        line("**Adam** gives each weight a rate of its own, long where its slopes have been small."),
        line(
            "**L-BFGS** guesses the curvature from how the gradient has changed, and searches along each direction."
        ),
    ]
    if paths[-1].name == SQUARED:
        ideas.append(
            line(
                "**Levenberg-Marquardt** computes the curvature: each step solves $\\left( H + \\lambda I "
                "\\right) \\delta = -\\nabla L$. Undamped ($\\lambda = 0$) that is **Gauss-Newton**, which "
                "jumps to the bottom of the bowl at once where it is one; damping keeps the steps short where "
                "it is not. It costs a matrix of {P} by {P2} a step and is worth it while that is small.",
                {
                    "P": counted("parameters", reading.one.parameters),
                    "P2": counted("parameters", reading.one.parameters),
                },
            )
        )
    some = f" {len(reading.y):,} of the rows are used." if reading.thinned else ""
    blocks: list[Block] = [
        said(f"All from the same start, on the loss of this network, carried out for this page.{some}"),
        Items(tuple(ideas)),
        plane_picture(descents, WORDS),
        Beside(tuple(loss_curves(paths, WORDS))),
        _table(reading, paths),
        _winner(reading, descents, paths),
    ]
    return Chapter("methods", "All methods, from the same start", tuple(blocks), "school")


def _table(reading: Reading, paths: tuple[Path, ...]) -> Table:
    rows: list[tuple[Line, ...]] = []
    for path in paths:
        last = float(path.losses[-1])
        rows.append(
            (
                WORDS[path.name],
                "" if path.rate is None else number(f"methods.{path.name}.rate", path.rate, 3),
                counted(f"methods.{path.name}.steps", len(path.losses) - 1),
                number(f"methods.{path.name}.loss", last, 5) if math.isfinite(last) else "exploded",
                number(f"methods.{path.name}.milliseconds", 1e3 * path.seconds, 3),
            )
        )
    return Table(
        "What each reached",
        ("", "rate", "steps", "loss", "ms of this machine"),
        tuple(rows),
        note="The loss of scaled rows, penalty included. Rates are educe's usual ones; times are of NumPy on one core.",
    )


def _winner(reading: Reading, descents: Descents, paths: tuple[Path, ...]) -> Block:
    whole = reading.averaged > 1
    trained = reading.mean_loss() if whole else descents.loss(reading.learned.scaled.theta, None)[0]
    finite = [path for path in paths if math.isfinite(path.losses[-1])]
    best = min(finite, key=lambda path: float(path.losses[-1]))
    plain = paths[0]
    pieces: dict[str, Inline] = {}
    words = (
        f"{WORDS[best.name]} came lowest: {{best}} in {{steps}} steps, where plain descent stood at {{plain}} "
        f"after {{many}}. "
    )
    lowest = float(best.losses[-1])
    if whole:
        words += "The average of {M} such networks, which was learned, has a mean loss of {trained}, penalty apart."
        pieces["M"] = counted("averaged", reading.averaged)
    elif abs(lowest - trained) <= 1e-3 * trained:
        words += "The network that was learned has {trained}: the same minimum."
    else:
        words += (
            "The network that was learned has {trained}; it is the best of more starts, or of more steps."
        )
    pieces |= {
        "best": number(f"methods.{best.name}.loss", lowest, 5),
        "steps": counted(f"methods.{best.name}.steps", len(best.losses) - 1),
        "plain": number("methods.gradient-descent.loss", float(plain.losses[-1]), 5),
        "many": counted("methods.gradient-descent.steps", len(plain.losses) - 1),
        "trained": number("methods.trained", trained, 5),
    }
    return said(words, pieces, kind="finding")
