"""One measured row carried forward through the network and its error carried back, with every number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.in_formulas import enclosed, in_tex, signed
from educe.formula.latex import latex_name
from educe.network.gradient import backward
from educe.report.blocks import Block, Chapter, Formula, Level, Line, Maths, Number, Table, number
from educe.report.wording import said

if TYPE_CHECKING:
    from educe.explanation.network_reading import Array, Reading

MOST_NODES = 6  # nodes of a layer that are all written out
FEW_NODES = 3  # of a wider layer
MOST_TERMS = 4  # terms of a sum that are written out
MOST_LINES = 24  # derivatives in the table


@dataclass(frozen=True, eq=False)
class Carried:
    """One row through the network, in measured units.

    reading : the network;  index : of the row, one whose residual is of middling size
    """

    reading: Reading
    index: int

    @property
    def x(self) -> Array:
        """Its inputs, (d,)."""
        x: Array = self.reading.x[self.index]
        return x

    @property
    def y(self) -> float:
        """What was measured."""
        return float(self.reading.y[self.index])

    @cached_property
    def _through(self) -> tuple[list[Array], list[Array]]:
        return self.reading.values(self.x[None])

    @property
    def sums(self) -> list[Array]:
        """Z_k, (width, 1) each."""
        return self._through[0]

    @property
    def values(self) -> list[Array]:
        """A_k, (width, 1) each; A_0 is x."""
        return self._through[1]

    @property
    def f(self) -> float:
        """The output: of counts the logarithm of what is expected."""
        return float(self.reading.output(self.x[None])[0])

    @property
    def loss(self) -> float:
        """The loss of this row alone."""
        return float(self.reading.loss.value(np.array(self.f), np.array(self.y)))

    @property
    def slope(self) -> float:
        """d loss / d output."""
        return float(self.reading.loss.derivative(np.array(self.f), np.array(self.y)))

    @cached_property
    def deltas(self) -> list[Array]:
        """D_k = d loss / d Z_k, (width, 1) each, from the last layer back."""
        r, a = self.reading, self.reading.architecture
        D = (
            r.network.scale
            * self.slope
            * a.activation(a.depth - 1).derivative(self.sums[-1], self.values[-1])
        )
        found = [D]
        for k in range(a.depth - 1, 0, -1):
            W = r.network.layers[k][0]
            D = (W.T @ D) * a.activation(k - 1).derivative(self.sums[k - 1], self.values[k])
            found.append(D)
        return found[::-1]

    @cached_property
    def gradient(self) -> Array:
        """d loss / d theta by the chain rule, (P,): what `network.gradient` computes in training."""
        r = self.reading
        slope = np.array([[r.network.scale * self.slope]])
        blocks = backward(r.architecture, r.theta, self.sums, self.values, slope)
        return r.architecture.flatten(blocks)

    def difference(self, j: int) -> float:
        """Return d loss / d theta_j by a central difference with two step lengths (Richardson)."""
        h = 1e-3 * max(1.0, abs(float(self.reading.theta[j]))) / max(1.0, float(np.abs(self.x).max()))
        wide, narrow = self._slope(j, h), self._slope(j, h / 2)
        return narrow + (narrow - wide) / 3.0

    def _slope(self, j: int, h: float) -> float:
        r = self.reading
        thetas = np.stack([r.theta, r.theta])
        thetas[0, j] += h
        thetas[1, j] -= h
        up, down = r.loss.value(r.output(self.x[None], thetas)[:, 0], np.array(self.y))
        return float(up - down) / (2.0 * h)


def carried(reading: Reading) -> Carried:
    """Return the row whose residual is the median one in size: neither lucky nor an outlier."""
    order = np.argsort(np.abs(reading.residuals), kind="stable")
    return Carried(reading, int(order[(3 * len(order)) // 4]))


def row(reading: Reading) -> Chapter:
    """Return the chapter that carries one row forward and back."""
    one = carried(reading)
    blocks: list[Block] = [
        said(
            "A row that was really measured, carried through the network and back. Its residual is larger "
            "than that of three rows in four, so there is something to learn from it."
        ),
        _given(one),
        said(
            "**Forward.** Each node forms its sum of what came before, with its own weights, adds its bias, "
            "and bends it:"
        ),
        *_forward(one),
        _missed(one),
        said(
            "**Back.** How would the loss of this row change if a sum changed a little? At the output that is "
            "the derivative of the loss; one layer further back, what each node passed on, weighted by what "
            "it was multiplied with, times the slope of its own bend:"
        ),
        *_back(one),
        said(
            "Each weight multiplied a value on the way forward, so its derivative is that value times the "
            "number just found; a bias multiplied 1. To check, each weight is also moved a little up and down "
            "and the loss computed anew:"
        ),
        _table(one),
        Level("full", (_agreement(one),)),
    ]
    return Chapter("row", "One measured row, forward and back", tuple(blocks), "school")


def _given(one: Carried) -> Table:
    r = one.reading
    cells: list[Line] = [number(f"row.x.{i}", v, 6) for i, v in enumerate(one.x.tolist())]
    header = tuple(r.column(name) for name in (*r.inputs, r.learned.target))
    return Table("The row", ("", *header), (("measured", *cells, number("row.y", one.y, 6)),))


def _forward(one: Carried) -> list[Block]:
    blocks: list[Block] = []
    a = one.reading.architecture
    for k in range(a.depth):
        shown = _written(a.layers[k + 1])
        for i in shown:
            blocks.append(_node(one, k, i))
        left = a.layers[k + 1] - len(shown)
        if left:
            blocks.append(said(f"and {left} more nodes of this layer in the same way.", kind="note"))
    return blocks


def _written(width: int) -> range:
    """Return the nodes of a layer that are written out."""
    return range(width if width <= MOST_NODES else FEW_NODES)


def _node(one: Carried, k: int, i: int) -> Formula:
    """Return the sum and the value of a node in numbers."""
    a = one.reading.architecture
    start = a.spans[k][0].start + i * a.layers[k]
    numbers: list[Number] = []
    text = ""
    for j in range(min(a.layers[k], MOST_TERMS)):
        w = one.reading.parameter(start + j)
        v = number(f"row.a.{k}.{j}", float(one.values[k][j, 0]), 4)
        numbers += [w, v]
        text += (in_tex(w) if not j else signed(w)) + rf" \cdot {enclosed(v)}"
    if a.layers[k] > MOST_TERMS:
        text += r" + \cdots"
    bias = one.reading.parameter(a.spans[k][1].start + i)
    z = number(f"row.z.{k}.{i}", float(one.sums[k][i, 0]), 5)
    value = number(f"row.a.{k + 1}.{i}", float(one.values[k + 1][i, 0]), 5)
    numbers += [bias, z, value]
    lines = [rf"z_{{{k},{i}}} = & {text}{signed(bias)}", rf"= & {in_tex(z)}"]
    if a.activation(k).name != "identity":
        bend = named(a.activation(k).name)
        lines.append(rf"a_{{{k + 1},{i}}} = & {bend}\left({in_tex(z)}\right) = {in_tex(value)}")
    inner = r" \\ ".join(lines)
    return Formula(rf"\begin{{array}}{{rl}} {inner} \end{{array}}", "a node in numbers", tuple(numbers))


def named(activation: str) -> str:
    """Return the name of an activation as it stands before a bracket."""
    known = {"sigmoid": r"\sigma", "tanh": r"\tanh", "sin": r"\sin"}
    return known.get(activation, rf"\mathrm{{{activation}}}")


def _missed(one: Carried) -> Formula:
    """Return prediction, residual and loss of the row."""
    r = one.reading
    f, y = number("row.f", one.f, 6), number("row.y", one.y, 6)
    loss = number("row.loss", one.loss, 5)
    numbers = [f, y, loss]
    tex = ""
    if r.stretched:
        scale, shift = (
            number("network.scale", r.network.scale, 4),
            number("network.shift", r.network.shift, 4),
        )
        a = number(f"row.a.{r.architecture.depth}.0", float(one.values[-1][0, 0]), 5)
        numbers += [scale, shift, a]
        tex = rf"f = {in_tex(shift)}{signed(scale)} \cdot {in_tex(a)} = {in_tex(f)} , \qquad "
    else:
        tex = rf"f = {in_tex(f)} , \qquad "
    symbol = r"\ell"
    return Formula(tex + _loss_in_numbers(r, symbol, f, y, loss), "the loss of the row", tuple(numbers))


def _loss_in_numbers(reading: Reading, symbol: str, f: Number, y: Number, loss: Number) -> str:
    a, minus = in_tex(f), f"- {enclosed(y)}"
    name = reading.learned.loss
    if name == "mse":
        return rf"{symbol} = \left({a} {minus}\right)^2 = {in_tex(loss)}"
    if name == "mae":
        return rf"{symbol} = \left| {a} {minus} \right| = {in_tex(loss)}"
    if name == "poisson":
        return rf"{symbol} = e^{{{a}}} {minus} \cdot {enclosed(f)} = {in_tex(loss)}"
    return rf"{symbol} = {in_tex(loss)}"


def _back(one: Carried) -> list[Block]:
    a = one.reading.architecture
    slope = number("row.slope", one.slope, 5)
    last = a.depth - 1
    blocks: list[Block] = [_at_output(one, slope)]
    for k in range(last - 1, -1, -1):
        for i in _written(a.layers[k + 1]):
            blocks.append(_delta(one, k, i))
    return blocks


def _at_output(one: Carried, slope: Number) -> Formula:
    r, a = one.reading, one.reading.architecture
    last = a.depth - 1
    D = number(f"row.D.{last}.0", float(one.deltas[-1][0, 0]), 5)
    numbers = [slope, D]
    tex = rf"\frac{{\partial \ell}}{{\partial f}} = {in_tex(slope)}"
    factors = in_tex(slope)
    if r.stretched:
        scale = number("network.scale", r.network.scale, 4)
        numbers.append(scale)
        factors += rf" \cdot {enclosed(scale)}"
    if a.output != "identity":
        bend = number(f"row.bend.{last}.0", _slope_of(one, last, 0), 5)
        numbers.append(bend)
        factors += rf" \cdot \underbrace{{{in_tex(bend)}}}_{{\sigma'(z_{{{last},0}})}}"
    delta = rf"\delta_{{{last},0}} = \frac{{\partial \ell}}{{\partial z_{{{last},0}}}} = "
    told = in_tex(D) if len(numbers) == 2 else f"{factors} = {in_tex(D)}"
    return Formula(rf"{tex} , \qquad {delta}{told}", "the derivative at the output", tuple(numbers))


def _slope_of(one: Carried, k: int, i: int) -> float:
    a = one.reading.architecture
    return float(a.activation(k).derivative(one.sums[k], one.values[k + 1])[i, 0])


def _delta(one: Carried, k: int, i: int) -> Formula:
    """Return delta of a hidden node in numbers."""
    a = one.reading.architecture
    numbers: list[Number] = []
    text = ""
    width, columns = a.layers[k + 2], a.layers[k + 1]
    for m in range(min(width, MOST_TERMS)):
        w = one.reading.parameter(a.spans[k + 1][0].start + m * columns + i)
        D = number(f"row.D.{k + 1}.{m}", float(one.deltas[k + 1][m, 0]), 5)
        numbers += [w, D]
        text += (in_tex(w) if not m else signed(w)) + rf" \cdot {enclosed(D)}"
    if width > MOST_TERMS:
        text += r" + \cdots"
    inside = rf"\left({text}\right)" if width > 1 else text
    bend = number(f"row.bend.{k}.{i}", _slope_of(one, k, i), 5)
    result = number(f"row.D.{k}.{i}", float(one.deltas[k][i, 0]), 5)
    numbers += [bend, result]
    slope = rf"\underbrace{{{in_tex(bend)}}}_{{\sigma'(z_{{{k},{i}}})}}"
    lines = [rf"\delta_{{{k},{i}}} = & {inside} \cdot {slope}", rf"= & {in_tex(result)}"]
    inner = r" \\ ".join(lines)
    tex = rf"\begin{{array}}{{rl}} {inner} \end{{array}}"
    return Formula(tex, "the derivative at a hidden node", tuple(numbers))


def _lines(one: Carried) -> list[int]:
    P = one.reading.architecture.parameters
    if P <= MOST_LINES:
        return list(range(P))
    half = MOST_LINES // 2
    return [*range(half), *range(P - half, P)]


def _table(one: Carried) -> Table:
    r = one.reading
    rows: list[tuple[Line, ...]] = []
    lines = _lines(one)
    for j in lines:
        exact, near = float(one.gradient[j]), one.difference(j)
        rows.append(
            (
                Maths(latex_name(r.architecture.symbols[j]), r.architecture.symbols[j]),
                r.parameter(j, 5),
                number(f"row.g.{j}", exact, 6),
                number(f"row.fd.{j}", near, 6),
            )
        )
    left = r.architecture.parameters - len(lines)
    return Table(
        "The derivative of this row's loss by each weight and bias",
        ("", "value", "by the chain rule", "by moving it"),
        tuple(rows),
        note=f"{left} more in the middle are left out." if left else "",
    )


def _agreement(one: Carried) -> Block:
    lines = _lines(one)
    exact = one.gradient[lines]
    near = np.array([one.difference(j) for j in lines])
    size = float(np.abs(exact).max()) or 1.0
    return said(
        "The two columns differ by {worst} of the largest derivative at most. Moving a weight costs two "
        "passes through the network for each of them; the chain rule gives all in one pass back, whatever "
        "their number.",
        {"worst": number("row.worst", float(np.abs(exact - near).max()) / size, 2)},
        kind="finding",
    )
