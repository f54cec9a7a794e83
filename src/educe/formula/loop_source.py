"""Expressions as loops over the rows of a block, for a compiler.

A block of rows is small enough for the nearest cache. What is dear and used by several outputs is computed once,
in a loop of its own, into a buffer; then each output is one loop, in which cheap work is repeated rather than
kept: a compiler turns one loop with one result into vector instructions, and often fails on a loop with many.
Sine and cosine of one angle share their loop, since they share most of their work.
What depends on parameters alone stands before the loops, and so does every array that they go through: a compiler
that cannot tell whether an index is negative, or whether a result overwrites a parameter, gives up vectors.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from educe.formula.expression import Expression, apply, in_order
from educe.formula.languages import Language, piece_of
from educe.formula.operations import CONDITIONS, OPERATIONS
from educe.formula.text import ATOM, PRODUCT

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHEAP = CONDITIONS | {"+", "-", "*", "neg", "abs", "max", "min", "where", "sign", "floor", "ceil"}
_TEMPLATES = {
    "**": "math.pow({0}, {1})",
    "and": "({0} and {1})",
    "or": "({0} or {1})",
    "not": "(not {0})",
    "where": "({1} if {0} else {2})",
    "sign": "(1.0 if {0} > 0.0 else (-1.0 if {0} < 0.0 else {0}))",
    "heaviside": "(1.0 if {0} > 0.0 else (0.0 if {0} < 0.0 else 0.5 + {0}))",
    "max": "({0} if {0} >= {1} or {0} != {0} else {1})",
    "min": "({0} if {0} <= {1} or {0} != {0} else {1})",
    "cbrt": "math.copysign(math.pow(abs({0}), 1.0 / 3.0), {0})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "exp": "exp({0})",
    "expit": "expit({0})",
    "abs": "abs({0})",
    "log10": "math.log10({0})",
    "log2": "(math.log({0}) * 1.4426950408889634)",
}
OF_MATH = frozenset(
    (
        *("tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        *("expm1", "log", "log1p", "sqrt", "hypot", "floor", "ceil", "erf", "erfc", "gamma", "lgamma"),
    )
)
SIGNS = frozenset(("+", "-", "*", "/", "neg", "<", "<=", ">", ">=", "==", "!="))


def _template(operation: str) -> str:
    if operation in _TEMPLATES:
        return _TEMPLATES[operation]
    if operation in OF_MATH:
        return f"math.{operation}({', '.join(f'{{{k}}}' for k in range(OPERATIONS[operation].arity))})"
    return OPERATIONS[operation].c if operation in SIGNS else ""


LOOPS = Language("a compiled loop", _template, "{0} = {1}", "{0} = {1}", {})


def loop_source(data: Sequence[str], arguments: Sequence[str], outputs: Sequence[Expression]) -> str:
    """Return the body of a function that fills `out[k, i]` for every output k and row i < n of a block at row `at`.

    data : columns, which the body calls x0, x1, ...;  arguments : parameters, p[0], p[1], ...
    Rows of `kept` hold what several outputs share.

    Raises FormulaError if an operation has no place in a compiled loop, as digamma.

    >>> from educe.formula import parse_expression
    >>> print(loop_source(["x"], ["a", "k"], [parse_expression("a*exp(-k*x)")]))
    x0 = x0[at:at + n]
    p0 = p[0]
    p1 = p[1]
    out0 = out[0]
    for i in range(n):
        out0[i] = p0 * exp(-p1 * x0[i])
    """
    return "\n".join(_Writer(data, arguments, outputs).lines)


def buffers(outputs: Sequence[Expression], data: Sequence[str]) -> int:
    """Return how many rows of `kept` the body uses."""
    return len(_shared(outputs, frozenset(data)))


class _Writer:
    def __init__(self, data: Sequence[str], arguments: Sequence[str], outputs: Sequence[Expression]) -> None:
        self.data = frozenset(data)
        self.places = {name: f"x{k}[i]" for k, name in enumerate(data)}
        self.places |= {name: f"p{k}" for k, name in enumerate(arguments)}
        shared = _shared(outputs, self.data)
        used = frozenset[str]().union(*(output.free_names for output in outputs))
        self.lines = [
            *(f"x{k} = x{k}[at:at + n]" for k, name in enumerate(data) if name in used),
            *(f"p{k} = p[{k}]" for k, name in enumerate(arguments) if name in used),
            *(f"kept{k} = kept[{k}]" for k in range(len(shared))),
            *(f"out{k} = out[{k}]" for k in range(len(outputs))),
        ]
        self.known: dict[Expression, tuple[str, int]] = {}
        self.inverses: dict[Expression, str] = {}
        self.scalars = 0
        nodes = in_order(outputs)
        for node in nodes:
            if not node.arguments:
                self.known[node] = piece_of(node, {}, self.places, LOOPS)
            elif self._is_scalar(node):
                self._write_scalar(node)
        places = {node: f"kept{k}[i]" for k, node in enumerate(shared)}
        for node, place in places.items():
            if node in self.known:
                continue
            turned = _turned(node)
            if turned in places:
                sine, cosine = (node, turned) if node.operation == "sin" else (turned, node)
                self._write_loop(node.arguments[0], f"{places[sine]}, {places[cosine]}", "sincos({})")
                self.known[turned] = places[turned], ATOM
            else:
                self._write_loop(node, place)
            self.known[node] = place, ATOM
        for k, output in enumerate(outputs):
            self._write_loop(output, f"out{k}[i]")

    def _is_scalar(self, node: Expression) -> bool:
        return node.free_names.isdisjoint(self.data)

    def _write_scalar(self, node: Expression) -> None:
        text, _ = piece_of(node, self.known, self.places, LOOPS)
        self.lines.append(f"s{self.scalars} = {text}")
        self.known[node] = f"s{self.scalars}", ATOM
        self.scalars += 1

    def _write_loop(self, output: Expression, target: str, form: str = "{}") -> None:
        """Write one loop that gives the target the output, in a form; what it uses twice has a name within it."""
        nodes = _within(output, self.known)
        uses = Counter(argument for node in nodes for argument in node.arguments)
        inner = dict(self.known)
        steps: list[str] = []
        for node in nodes:
            text, binding = self._piece(node, inner)
            if node.arguments and node is not output and uses[node] > 1:
                steps.append(f"t{len(steps)} = {text}")
                text, binding = f"t{len(steps) - 1}", ATOM
            inner[node] = text, binding
        value = form.format(inner[output][0])
        self.lines += ["for i in range(n):", *(f"    {line}" for line in [*steps, f"{target} = {value}"])]

    def _piece(self, node: Expression, known: dict[Expression, tuple[str, int]]) -> tuple[str, int]:
        if node.operation == "/" and self._is_scalar(node.arguments[1]) and node.arguments[1].free_names:
            above, below = known[node.arguments[0]], self._reciprocal(node.arguments[1])
            return f"{above[0] if above[1] >= PRODUCT else f'({above[0]})'} * {below}", PRODUCT
        return piece_of(node, known, self.places, LOOPS)

    def _reciprocal(self, node: Expression) -> str:
        """Return the name of 1/node: many rows are divided by it, and a product is quicker."""
        if node not in self.inverses:
            self.inverses[node] = f"s{self.scalars}"
            self.lines.append(f"s{self.scalars} = 1.0 / {self.known[node][0]}")
            self.scalars += 1
        return self.inverses[node]


def _within(output: Expression, known: dict[Expression, tuple[str, int]]) -> list[Expression]:
    """Return the nodes below an output that are not known yet, arguments first."""
    found: dict[Expression, None] = {}
    stack = [(output, False)]
    while stack:
        node, ready = stack.pop()
        if node in found or node in known:
            continue
        if ready:
            found[node] = None
            continue
        stack.append((node, True))
        stack += [(argument, False) for argument in reversed(node.arguments)]
    return list(found)


def _shared(outputs: Sequence[Expression], data: frozenset[str]) -> list[Expression]:
    """Return the dear nodes that two outputs or more need, or whose other half is needed, arguments first."""
    needed: Counter[Expression] = Counter()
    for output in outputs:
        needed.update(set(in_order([output])))
    nodes = [node for node in in_order(outputs) if _dear(node, data)]
    return [node for node in nodes if needed[node] > 1 or _turned(node) in needed]


def _turned(node: Expression) -> Expression | None:
    """Return the cosine where the node is a sine, the sine where it is a cosine, of the same angle."""
    if node.operation not in ("sin", "cos"):
        return None
    return apply("cos" if node.operation == "sin" else "sin", *node.arguments)


def _dear(node: Expression, data: frozenset[str]) -> bool:
    if node.free_names.isdisjoint(data) or not node.arguments or node.operation in _CHEAP:
        return False
    if node.operation == "/":
        return not node.arguments[1].free_names.isdisjoint(data)
    if node.operation == "**":
        return not isinstance(node.arguments[1].value, int)
    return True
