"""The network written out: matrix form, matrices, vector form, every weight; in symbols, then in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.explanation.in_formulas import bare, in_tex
from educe.formula.latex import latex_name
from educe.report.blocks import Block, Chapter, Formula, Level, Number, Prose, counted, number
from educe.report.wording import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.explanation.network_reading import Reading
    from educe.network.architecture import Architecture

MOST = 6  # lines and columns of a matrix, terms of a sum, beyond which the middle is left out
SHOWN = 3  # of them then stand before the dots
DIGITS = 4


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of a network as they are to be shown: as symbols, or as numbers that are noted down."""

    reading: Reading
    numbers: list[Number] | None = None

    def at(self, j: int) -> str:
        """Return parameter j."""
        if self.numbers is None:
            name, _, index = self.reading.architecture.symbols[j].partition("_")
            return rf"\omega_{{{index}}}" if name == "omega" else f"b_{{{index}}}"
        value = self.reading.parameter(j, DIGITS)
        self.numbers.append(value)
        return bare(value)

    def weight(self, k: int, i: int, j: int) -> str:
        """Return the weight of layer k from node j to node i."""
        start = self.reading.architecture.spans[k][0].start
        return self.at(start + i * self.reading.architecture.layers[k] + j)

    def bias(self, k: int, i: int) -> str:
        """Return the bias of node i of layer k."""
        return self.at(self.reading.architecture.spans[k][1].start + i)


def form(reading: Reading) -> Chapter:
    """Return the chapter with the displays of f."""
    a = reading.architecture
    shape = "-".join(map(str, a.layers))
    blocks: list[Block] = [
        said(
            f"The network has {len(a.layers)} columns of nodes, {shape}: it takes the inputs, forms weighted "
            f"sums of them, bends "
            "each sum with $\\sigma$, and goes on with the results. Its {P} weights and biases are all that "
            "was learned. The same function in four forms, each longer and plainer than the one before.",
            {"P": counted("parameters", a.parameters)},
        ),
        *_average(reading),
        said("**Matrix form.** One line says it all:"),
        Formula(_matrix_form(reading), "f(x) in matrices", caption=_bends(reading)),
        said("**The matrices**, in symbols:"),
        *_matrices(reading, Weights(reading)),
    ]
    blocks += [
        said("and with the numbers that were learned, in the units of the measurements:"),
        *_numbered(reading),
    ]
    blocks.append(Level("school", tuple(_written_out(reading))))
    return Chapter("form", "The function, written out", tuple(blocks), "school")


def _average(reading: Reading) -> list[Block]:
    """Return how an average of networks is one network."""
    if reading.averaged == 1:
        return []
    return [
        said(
            "It is the average of {M} networks that were trained from different starts. Side by side, without "
            "connections between them, they are this one network: its hidden nodes are all of theirs, and its last "
            "weights hold the share of each.",
            {"M": counted("averaged", reading.averaged)},
            kind="note",
        )
    ]


def headline(reading: Reading) -> tuple[Formula, ...]:
    """Return the function in one line, for the head of the page."""
    learned = reading.learned
    return (Formula(_matrix_form(reading), f"{learned.target} from {', '.join(learned.inputs)}"),)


def _numbered(reading: Reading) -> list[Block]:
    blocks: list[Block] = list(_matrices(reading, Weights(reading, [])))
    blocks.append(
        said(
            "Training saw inputs and target scaled to mean 0 and deviation 1. That scaling is folded into "
            "these numbers, so they take the columns as they were measured.",
            kind="note",
        )
    )
    return blocks


def _bends(reading: Reading) -> str:
    a = reading.architecture
    if a.depth == 1:
        return "There is no hidden layer: the function is a plane."
    ends = "" if a.output == a.hidden else f"; the last sum is {_ending(a.output)}"
    return f"σ is {a.hidden}, applied to each entry{ends}."


def _ending(output: str) -> str:
    return "left as it is" if output == "identity" else f"bent by {output}"


def sigma(architecture: Architecture, k: int) -> str:
    r"""Return the symbol of the activation of layer k, "" for none: \sigma, or one of its own for the output."""
    name = architecture.output if k == architecture.depth - 1 else architecture.hidden
    if name == "identity":
        return ""
    return r"\sigma" if name == architecture.hidden and architecture.depth > 1 else r"\sigma_{\mathrm{out}}"


def bent(symbol: str, inside: str) -> str:
    """Return what is inside with the activation around it."""
    return rf"{symbol}\left({inside}\right)" if symbol else inside


def _matrix_form(reading: Reading) -> str:
    a = reading.architecture
    inside = r"\mathbf{x}"
    for k in range(a.depth):
        if k == a.depth - 1 and k:
            inside = rf"{inside}^{{T}} \mathbf{{W}}_{{{k}}} + \mathbf{{b}}_{{{k}}}"
        else:
            inside = rf"\mathbf{{W}}_{{{k}}} {inside} + \mathbf{{b}}_{{{k}}}"
        inside = bent(sigma(a, k), inside)
    left = r"f(\mathbf{x}) = " + inside
    if reading.counts:
        return rf"{left} , \qquad {reading.target_tex} = e^{{f(\mathbf{{x}})}}"
    if not reading.stretched:
        return rf"{reading.target_tex} \approx {left}"
    return rf"{left} , \qquad {reading.target_tex} \approx \mathrm{{shift}} + \mathrm{{scale}} \cdot f(\mathbf{{x}})"


def _places(count: int) -> list[int | None]:
    """Return which entries are shown, None for the dots.

    >>> _places(3), _places(9)
    ([0, 1, 2], [0, 1, 2, None, 8])
    """
    if count <= MOST:
        return list(range(count))
    return [*range(SHOWN), None, count - 1]


def _matrices(reading: Reading, weights: Weights) -> list[Block]:
    a = reading.architecture
    parts = [_inputs(reading)] if weights.numbers is None else []
    for k in range(a.depth):
        parts += _of_layer(reading, weights, k)
    if reading.stretched and weights.numbers is not None:
        scale = number("network.scale", reading.network.scale, DIGITS)
        shift = number("network.shift", reading.network.shift, DIGITS)
        weights.numbers.extend((scale, shift))
        parts.append(rf"\mathrm{{scale}} = {in_tex(scale)} , \qquad \mathrm{{shift}} = {in_tex(shift)}")
    noted = list(weights.numbers or ())
    blocks: list[Block] = []
    for k, part in enumerate(parts):
        blocks.append(Formula(part, "a matrix", tuple(noted) if k == 0 else ()))
    return blocks


def _of_layer(reading: Reading, weights: Weights, k: int) -> list[str]:
    """Return W_k and b_k in LaTeX: the last W is a column, as in the matrix form."""
    a = reading.architecture
    rows, columns = a.layers[k + 1], a.layers[k]
    last = k == a.depth - 1 and k > 0
    shown = _table(rows, columns, lambda i, j: weights.weight(k, i, j), turned=last)
    biases = _table(rows, 1, lambda i, _: weights.bias(k, i))
    shape = rf"{columns} \times {rows}" if last else rf"{rows} \times {columns}"
    return [
        rf"\mathbf{{W}}_{{{k}}} = {shown} \quad ({shape})",
        rf"\mathbf{{b}}_{{{k}}} = {biases} \quad ({rows})",
    ]


def _table(rows: int, columns: int, cell: Callable[[int, int], str], *, turned: bool = False) -> str:
    lines = []
    down, across = (columns, rows) if turned else (rows, columns)
    for i in _places(down):
        if i is None:
            lines.append(" & ".join([r"\vdots"] * len(_places(across))))
            continue
        cells = [r"\cdots" if j is None else cell(j, i) if turned else cell(i, j) for j in _places(across)]
        lines.append(" & ".join(cells))
    inner = r" \\ ".join(lines)
    return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}"


def _inputs(reading: Reading) -> str:
    d = len(reading.inputs)
    symbols = _table(d, 1, lambda i, _: f"x_{{{i}}}")
    names = _table(d, 1, lambda i, _: latex_name(reading.inputs[i]))
    return rf"\mathbf{{x}} = {symbols} = {names}"


def _written_out(reading: Reading) -> list[Block]:
    a = reading.architecture
    blocks: list[Block] = []
    if a.depth > 1:
        blocks += [
            said(
                "**Vector form.** The layer before the last as a column, lying down, times the last weights:"
            )
        ]
        blocks.append(Formula(_vector_form(reading, Weights(reading)), "f(x) in vectors"))
    blocks.append(said("**Fully expanded**, every weight in its place:"))
    blocks += _expanded(reading, Weights(reading))
    numbers = Weights(reading, [])
    blocks.append(said("and with the learned numbers:"))
    blocks += _expanded(reading, numbers)
    if a.depth > 2:
        blocks.append(_how_long(reading))
    return blocks


def _how_long(reading: Reading) -> Prose:
    """Return how many symbols the function would have if nothing were shared."""
    return said(
        "Nested into one line without sharing anything, the function would name {symbols} weights and biases, "
        "many of them again and again; layer by layer it needs each once.",
        {"symbols": counted("form.symbols", _nested(reading.architecture))},
        kind="note",
    )


def _nested(a: Architecture) -> int:
    """Return how many weights and biases the function names when it is nested into one line.

    >>> from educe.network import Architecture
    >>> _nested(Architecture((2, 3, 1)))
    13
    """
    names = 0  # of one node of the layer so far
    for width in a.layers[:-1]:
        names = width * (names + 1) + 1
    return names


def _vector_form(reading: Reading, weights: Weights) -> str:
    a = reading.architecture
    k = a.depth - 1
    column = _table(a.layers[k], 1, lambda i, _: _node(reading, weights, k - 1, i))
    last = _table(1, a.layers[k], lambda i, j: weights.weight(k, i, j), turned=True)
    inside = rf"{{{column}}}^{{T}} {last} + {weights.bias(k, 0)}"
    return r"f(\mathbf{x}) = " + bent(sigma(a, k), inside)


def _node(reading: Reading, weights: Weights, k: int, i: int) -> str:
    """Return node i of layer k with its sum written out, of inputs x or of the values before it."""
    a = reading.architecture
    names = (
        [f"x_{{{j}}}" for j in range(a.layers[0])]
        if k == 0
        else [f"a_{{{k},{j}}}" for j in range(a.layers[k])]
    )
    terms = [None if j is None else (weights.weight(k, i, j), names[j]) for j in _places(a.layers[k])]
    return bent(sigma(a, k), _sum(terms, weights.bias(k, i)))


def _sum(terms: list[tuple[str, str] | None], bias: str) -> str:
    r"""Return a sum of products and a bias, minus signs drawn into it, None as dots.

    >>> print(_sum([("-2.5", "x_{0}"), None, ("1.5", "x_{8}")], "-3"))
    -2.5 \, x_{0} + \cdots + 1.5 \, x_{8} - 3
    """
    return "".join(_pieces(terms, bias)).strip()


def _pieces(terms: list[tuple[str, str] | None], bias: str) -> list[str]:
    """Return the terms of a sum, each but the first with its sign before it."""
    first, *others = [r"\cdots" if term is None else rf"{term[0]} \, {term[1]}" for term in terms]
    return [first, *(_joined(piece) for piece in (*others, bias))]


def _in_lines(left: str, symbol: str, pieces: list[str]) -> str:
    """Return a long sum with a line for each term, inside the activation if there is one."""
    first, *others = pieces
    lines = [rf"{left} = {symbol} & {first}" if not symbol else rf"{left} = {symbol}\big( & {first}"]
    lines += [rf"& {{}} {piece.strip()}" for piece in others]
    if symbol:
        lines[-1] += r" \big)"
    inner = r" \\ ".join(lines)
    return rf"\begin{{array}}{{rl}} {inner} \end{{array}}"


def _joined(piece: str) -> str:
    return f" - {piece[1:]}" if piece.startswith("-") else f" + {piece}"


def _expanded(reading: Reading, weights: Weights) -> list[Block]:
    """Return f with every weight in its place; of a deep network layer by layer, of a wide one its ends."""
    a = reading.architecture
    last = a.depth - 1
    formulas: list[str] = []
    for k in range(last - 1 if a.depth > 2 else 0):
        formulas += _layer_by_layer(reading, weights, k)
    if a.depth > 2:
        formulas += _layer_by_layer(reading, weights, last - 1)
        inner = [f"a_{{{last},{j}}}" for j in range(a.layers[last])]
    elif a.depth == 2:
        inner = [
            "" if j not in _places(a.layers[last]) else _node(reading, weights, 0, j)
            for j in range(a.layers[last])
        ]
    else:
        inner = [f"x_{{{j}}}" for j in range(a.layers[0])]
    terms = [None if j is None else (weights.weight(last, 0, j), inner[j]) for j in _places(a.layers[last])]
    pieces = _pieces(terms, weights.bias(last, 0))
    formulas.append(_in_lines(r"f(\mathbf{x})", sigma(a, last), pieces))
    noted = tuple(weights.numbers or ())
    return [Formula(tex, "f(x)", noted if n == 0 else ()) for n, tex in enumerate(formulas)]


def _layer_by_layer(reading: Reading, weights: Weights, k: int) -> list[str]:
    a = reading.architecture
    shown = [i for i in _places(a.layers[k + 1]) if i is not None]
    chosen = shown[:2] if len(shown) > 2 else shown
    lines = [rf"a_{{{k + 1},{i}}} = {_node(reading, weights, k, i)}" for i in chosen]
    if a.layers[k + 1] > len(chosen):
        left = a.layers[k + 1] - len(chosen)
        lines.append(rf"\text{{and {left} more like them}}")
    return [r" , \quad ".join(lines[:1]), *lines[1:]]
