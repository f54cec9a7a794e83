"""What is minimised, and its gradient by the chain rule: sigma, the loss, and the four blocks with their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.network_form import sigma
from educe.network.initialise import initialise
from educe.report.axes import ends
from educe.report.blocks import (
    Block,
    Chapter,
    Formula,
    Inline,
    Level,
    Number,
    Picture,
    Prose,
    counted,
    number,
)
from educe.report.drawing import Drawing, key
from educe.report.wording import line, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.explanation.network_reading import Reading
    from educe.network.activations import Activation

CURVE = 160  # points of a curve


def bend(reading: Reading) -> Iterator[Chapter]:
    """Yield the chapter about the activation, unless nothing is bent."""
    a = reading.architecture
    activation = a.activation(0)
    if activation.name == "identity":
        return
    blocks: list[Block] = [
        said(
            "Without a bend in between, sums of sums would only be sums, and the network a plane. This one "
            "bends with "
            f"`{activation.name}`; its slope is what the way back needs."
        ),
        Formula(
            rf"\sigma(z) = {activation.latex} , \qquad \sigma'(z) = {activation.latex_derivative}",
            "sigma and its derivative",
        ),
        _picture(reading, activation),
    ]
    if a.output not in ("identity", a.hidden):
        out = a.activation(a.depth - 1)
        blocks.append(
            Formula(
                rf"\sigma_{{\mathrm{{out}}}}(z) = {out.latex} , \qquad \sigma'_{{\mathrm{{out}}}}(z) = "
                rf"{out.latex_derivative}",
                "the activation of the output",
            )
        )
    yield Chapter("bend", "What bends the sums", tuple(blocks), "school")


def _picture(reading: Reading, activation: Activation) -> Picture:
    """Draw sigma and its derivative, and where the sums of the hidden nodes lie for the measured rows."""
    sums = reading.values(reading.x)[0][0]
    low, high = np.quantile(sums, 0.005), np.quantile(sums, 0.995)
    reach = float(min(max(abs(low), abs(high), 3.0), 12.0))
    z = np.linspace(-reach, reach, CURVE)
    value = activation.value(z)
    slope = activation.derivative(z, value)
    nodes = sums[:8]
    drawing = Drawing(height=330 + 12 * len(nodes))
    panel = drawing.panel(
        (-reach, reach), ends(value, slope), x_label="sum z", y_label="σ(z), σ′(z)", bottom=330
    )
    panel.curve(z, value)
    panel.curve(z, slope, "second")
    key(drawing, (("curve", "σ"), ("second", "σ′")))
    for i, row in enumerate(nodes):
        a, b = (float(panel.x.at(np.clip(q, -reach, reach))) for q in np.quantile(row, (0.05, 0.95)))
        y = 340 + 12 * i
        drawing.parts.append(f'<path class="fourth" d="M{a:.1f} {y}H{max(b, a + 1):.1f}"/>')
        drawing.parts.append(f'<text x="{a - 6:.1f}" y="{y + 4}" text-anchor="end" class="small">z{i}</text>')
    return Picture(
        "activation",
        "The bend, its slope, and where this network uses it.",
        "The activation and its derivative as curves; bars below show where the sums of hidden nodes lie.",
        drawing.svg(),
        "Each bar below spans the middle 90 % of the sums of one node of the first hidden layer, over the "
        "measured rows. Where a bar lies on a straight part of the curve, that node hardly bends; where the "
        "slope is near zero, it is hard to teach.",
    )


def loss(reading: Reading) -> Chapter:
    """Return the chapter about the loss."""
    learned = reading.learned
    blocks: list[Block] = [
        said(
            "How wrong is the network? For each of the {n} rows the loss takes the difference between what it "
            "says, $f$, and what was measured, $y$; the mean over all rows is one number, and training makes "
            "it small.",
            {"n": counted("n", learned.n)},
        ),
        Formula(_tex(reading), "L", _numbers(reading), caption=_caption(reading)),
    ]
    if learned.loss == "mse":
        blocks.append(
            said(
                "Its root is a typical error in the unit of {target}: {rmse} on the rows that were learned from.",
                {
                    "target": reading.column(learned.target),
                    "rmse": number("train_rmse", learned.train_rmse, 5),
                },
                kind="finding",
            )
        )
    return Chapter("loss", "What training makes small", tuple(blocks), "school")


def _tex(reading: Reading) -> str:
    one = {
        "mse": r"\left( f(\mathbf{x}_i) - y_i \right)^2",
        "mae": r"\left| f(\mathbf{x}_i) - y_i \right|",
        "poisson": r"\left( e^{f(\mathbf{x}_i)} - y_i \, f(\mathbf{x}_i) \right)",
        "huber": r"\varrho\left( f(\mathbf{x}_i) - y_i \right)",
    }[reading.learned.loss]
    weight = "" if np.ptp(reading.rows[2]) == 0.0 else "w_i "
    tex = rf"L = \frac{{1}}{{N}} \sum_{{i=1}}^{{N}} {weight}{one}"
    if reading.learned.penalty:
        tex += r" + \frac{\rho}{N} \sum_j \omega_j^2"
    return tex + rf" , \qquad N = {reading.learned.n}"


def _numbers(reading: Reading) -> tuple[Number, ...]:
    return (counted("n", reading.learned.n),)


def _caption(reading: Reading) -> tuple[Inline, ...]:
    learned = reading.learned
    words, pieces = "The sum has $N$ terms, one for each row.", dict[str, Inline]()
    if learned.penalty:
        words += (
            " The last part is a penalty on large weights, of strength $\\rho$ = {rho} for scaled inputs and "
            "target; it keeps the function smooth between the rows."
        )
        pieces["rho"] = number("penalty", learned.penalty, 3)
    if learned.loss == "huber":
        words += " $\\varrho(r) = r^2$ up to {bend} and a straight line beyond, so that far rows pull less."
        pieces["bend"] = number("bend", learned.bend or 0.0, 4)
    if learned.loss == "poisson":
        words += " It is the likelihood of counts whose expectation is $e^f$ (Poisson), up to a constant."
    return line(words, pieces)


def gradient(reading: Reading) -> Chapter:
    """Return the chapter that derives grad L layer by layer."""
    a = reading.architecture
    blocks: list[Block] = [
        said(
            "Which way is down? The gradient holds the derivative of $L$ by every weight and bias. The "
            "[[chain rule]] gives it in blocks, one for each matrix and each column of biases:"
        ),
        Formula(_blocks_of(reading), "grad L"),
        said(
            "Write all $N$ rows at once, one column each: $A_0$ holds the inputs, $Z_k = W_k A_k + b_k$ the "
            "sums of layer $k$, $A_{k+1} = \\sigma(Z_k)$ what comes out. Let $D_k = \\partial L / \\partial "
            "Z_k$. Below each factor stands its shape."
        ),
        *(Formula(tex, "a block of the gradient") for tex in _derived(reading)),
        said(
            "$\\odot$ multiplies entry by entry, and $1$ is a column of ones, so that a bias sums over the "
            "rows. Nothing else is needed: training computes exactly these lines, from the last layer to the "
            "first."
        ),
        Level("full", tuple(_why(reading))),
    ]
    if a.depth > 2:
        blocks.insert(
            4,
            said("The middle lines hold for every hidden layer: what changes is the number.", kind="note"),
        )
    return Chapter("gradient", "The gradient, by the chain rule", tuple(blocks), "full")


def _blocks_of(reading: Reading) -> str:
    lines = []
    for k in range(reading.architecture.depth):
        lines += [
            rf"\frac{{\partial L}}{{\partial \mathbf{{W}}_{{{k}}}}}",
            rf"\frac{{\partial L}}{{\partial \mathbf{{b}}_{{{k}}}}}",
        ]
    inner = r" \\ ".join(lines)
    return rf"\nabla L = \begin{{bmatrix}} {inner} \end{{bmatrix}}"


def _under(tex: str, shape: str) -> str:
    return rf"\underbrace{{{tex}}}_{{{shape}}}"


def _derived(reading: Reading) -> list[str]:
    """Return D_k and the two blocks of each layer, from the last to the first."""
    a = reading.architecture
    lines = []
    for k in range(a.depth - 1, -1, -1):
        i, o = a.layers[k], a.layers[k + 1]
        lines.append(_under(f"D_{k}", rf"{o} \times N") + " = " + _delta(reading, k))
        lines.append(
            rf"\frac{{\partial L}}{{\partial \mathbf{{W}}_{{{k}}}}} = "
            + _under(f"D_{k}", rf"{o} \times N")
            + r" \, "
            + _under(f"A_{k}^T", rf"N \times {i}")
            + r" , \qquad "
            + rf"\frac{{\partial L}}{{\partial \mathbf{{b}}_{{{k}}}}} = "
            + _under(f"D_{k}", rf"{o} \times N")
            + r" \, "
            + _under("1", r"N \times 1")
        )
    return lines


def _delta(reading: Reading, k: int) -> str:
    a = reading.architecture
    o, symbol = a.layers[k + 1], sigma(a, k)
    bend = (r" \odot " + _under(rf"{symbol}'(Z_{k})", rf"{o} \times N")) if symbol else ""
    if k == a.depth - 1:
        slope = {
            "mse": r"2 \left( f - y \right)",
            "mae": r"\mathrm{sign}\left( f - y \right)",
            "poisson": r"\left( e^{f} - y \right)",
            "huber": r"2 \, \mathrm{clip}\left( f - y \right)",
        }[reading.learned.loss]
        scale = r" \cdot \mathrm{scale}" if reading.stretched else ""
        return r"\frac{1}{N} \, " + _under(slope, rf"{o} \times N") + scale + bend
    return (
        _under(rf"\mathbf{{W}}_{k + 1}^T", rf"{o} \times {a.layers[k + 2]}")
        + r" \, "
        + _under(f"D_{k + 1}", rf"{a.layers[k + 2]} \times N")
        + bend
    )


def _at_the_end(reading: Reading) -> Prose:
    """Return how small the gradient is where training stopped, beside that of a random start."""
    if reading.averaged > 1:
        return said(
            "The learned network is the average of {M} networks of the same shape, each at a minimum of its "
            "own loss. The next chapters follow one of them down.",
            {"M": counted("averaged", reading.averaged)},
            kind="finding",
        )
    a = reading.one
    end = float(np.abs(reading.trained(reading.learned.scaled.theta, None)[1]).max())
    start = float(np.abs(reading.trained(initialise(a, reading.learned.seed)[0], None)[1]).max())
    verdict = (
        "all {P} derivatives are nearly zero at once, which is what a minimum is."
        if end < 1e-3 * start
        else "not all of the {P} derivatives are zero yet; training was ended by another rule than this."
    )
    return said(
        "At random weights the longest entry of this gradient is {start}, penalty included. Where training "
        "stopped it "
        f"is {{largest}}: {verdict}",
        {
            "start": number("start.longest", start, 3),
            "largest": number("end.gradient", end, 2),
            "P": counted("parameters", a.parameters),
        },
        kind="finding",
    )


def _why(reading: Reading) -> list[Block]:
    blocks: list[Block] = [
        said(
            "Why these lines: $L$ depends on $W_k$ only through $Z_k$, and entry $(m, j)$ of $W_k$ multiplies "
            "entry $j$ of $A_k$ in sum $m$, row by row. Summed over the rows that is a product of two "
            "matrices. And $L$ depends on $Z_{k-1}$ only through $A_k$, which every sum of $Z_k$ uses with "
            "its own weight: hence $W_k^T$. (In the matrix form above the last $W$ is written as a column; "
            "here each $W_k$ has a line for each node of its layer.)"
        ),
        _at_the_end(reading),
    ]
    return blocks
