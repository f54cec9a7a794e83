"""Results as ONNX graphs of doubles: one input for each column, (N,), and one output for each target, (N,).

Only operations for which ONNX Runtime has a kernel of doubles are used, or what is made of them; a law that needs
another one is refused, since single precision would change its digits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError, FormulaError
from educe.export.described import WrittenLaw
from educe.formula import parse_expression
from educe.formula.expression import Expression, apply, in_order, substitute

if TYPE_CHECKING:
    from educe.export.described import Array, WrittenNetwork

OPSET, IR = 17, 8  # of 2022; every run time of today reads them

_NODES = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow", "neg": "Neg", "sin": "Sin", "cos": "Cos",
    "tanh": "Tanh", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "sign": "Sign", "floor": "Floor",
    "ceil": "Ceil", "max": "Max", "min": "Min", "expit": "Sigmoid", "<": "Less", "<=": "LessOrEqual",
    ">": "Greater", ">=": "GreaterOrEqual", "==": "Equal", "and": "And", "or": "Or", "not": "Not",
    "where": "Where",
}  # fmt: skip
_MADE = {
    name: parse_expression(text)
    for name, text in {
        "tan": "sin(u)/cos(u)",
        "cosh": "0.5*(exp(u) + exp(-u))",
        "sinh": "tanh(u)*0.5*(exp(u) + exp(-u))",
        "expm1": "tanh(0.5*u)*(exp(u) + 1)",
        # below 0.01 the series: 1 + u would lose the digits of u
        "log1p": "where(abs(u) < 0.01, u*(1 - u*(1/2 - u*(1/3 - u*(1/4 - u*(1/5 - u*(1/6 - u/7)))))), log(1 + u))",
        "log10": f"log(u)*{1 / math.log(10)!r}",
        "log2": f"log(u)*{1 / math.log(2)!r}",
        "cbrt": "sign(u)*abs(u)**(1/3)",
        "hypot": "sqrt(u*u + v*v)",
        "heaviside": "0.5*(1 + sign(u))",
        "sinc": "where(u == 0, 1, sin(u)/where(u == 0, 1, u))",
    }.items()
}


def model(written: WrittenLaw | WrittenNetwork) -> bytes:
    """Return the bytes of an ONNX model. Raises FileError without the package onnx."""
    try:
        from onnx import checker, helper
    except ModuleNotFoundError:
        raise FileError("ONNX needs the package onnx: pip install 'educe[onnx]'.") from None
    graph = _Graph(helper, (*written.inputs, *_outputs(written)))
    if isinstance(written, WrittenLaw):
        names = {name: name for name in written.inputs}
        graph.add("Identity", [graph.value(written.with_numbers, names)], *_outputs(written))
        if not written.inputs:
            raise FormulaError("a law without variables is one number; there is nothing to write as ONNX.")
    else:
        _network(graph, written)
    made = graph.built(written)
    checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())


class _Graph:
    """Nodes and constants as they are added; every value has a name that no column has."""

    def __init__(self, helper: Any, taken: tuple[str, ...]) -> None:
        self.helper = helper
        self.mark = "step"
        while any(name.startswith(self.mark) for name in taken):
            self.mark += "_"
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, inputs: list[str], output: str = "", *, axis: int | None = None) -> str:
        """Add a node, and return the name of its value."""
        output = output or f"{self.mark}{len(self.nodes)}"
        attributes = {} if axis is None else {"axis": axis}
        self.nodes.append(self.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, values: Array | float) -> str:
        """Keep numbers, and return their name."""
        return self._kept(np.asarray(values, dtype=np.float64), 11)  # 11: DOUBLE

    def axes(self, *axes: int) -> str:
        """Keep numbers of axes, and return their name."""
        return self._kept(np.array(axes, dtype=np.int64), 7)  # 7: INT64

    def place(self, k: int) -> str:
        """Keep the number of a column, and return its name."""
        return self._kept(np.array(k, dtype=np.int64), 7)

    def _kept(self, array: np.ndarray[Any, Any], kind: int) -> str:
        name = f"{self.mark}c{len(self.constants)}"
        self.constants.append(self.helper.make_tensor(name, kind, array.shape, array.ravel().tolist()))
        return name

    def value(self, expression: Expression, names: dict[str, str]) -> str:
        """Return the name of the value of an expression, given those of its symbols."""
        known: dict[Expression, str] = {}
        expression = _of_kernels(expression)
        for node in in_order([expression]):
            if node.operation == "constant":
                known[node] = self.constant(float(node.value))  # type: ignore[arg-type]
            elif node.operation == "pi":
                known[node] = self.constant(math.pi)
            elif node.operation == "symbol":
                known[node] = names[str(node.value)]
            else:
                known[node] = self.add(_NODES[node.operation], [known[a] for a in node.arguments])
        return known[expression]

    def built(self, written: WrittenLaw | WrittenNetwork) -> Any:
        """Return the model of all that was added."""
        h = self.helper
        inputs = [h.make_tensor_value_info(name, 11, ["N"]) for name in written.inputs]
        outputs = [h.make_tensor_value_info(name, 11, ["N"]) for name in _outputs(written)]
        graph = h.make_graph(self.nodes, "educe", inputs, outputs, self.constants, written.about)
        return h.make_model(
            graph, opset_imports=[h.make_opsetid("", OPSET)], ir_version=IR, producer_name="educe"
        )


def _network(graph: _Graph, network: WrittenNetwork) -> None:
    """Add a network: the columns side by side, (N, inputs), then layer by layer, (N, nodes)."""
    one = graph.axes(1)
    a = graph.add("Concat", [graph.add("Unsqueeze", [name, one]) for name in network.inputs], axis=1)
    if network.centre.any():
        a = graph.add("Sub", [a, graph.constant(network.centre)])
    for k, (W, b) in enumerate(network.layers):
        sums = graph.add("MatMul", [a, graph.constant(W.T)])
        a = graph.add("Add", [sums, graph.constant(b)])
        bend = network.bends[k]
        if bend is not None:
            a = graph.value(bend, {"z": a})
    if not network.several:
        graph.add("Squeeze", [a, one], *network.targets)
        return
    for k, target in enumerate(network.targets):
        graph.add("Gather", [a, graph.place(k)], target, axis=1)


def _outputs(written: WrittenLaw | WrittenNetwork) -> tuple[str, ...]:
    return (written.target or "value",) if isinstance(written, WrittenLaw) else written.targets


def _of_kernels(expression: Expression) -> Expression:
    """Return the expression with every operation that has no kernel of doubles made of others.

    Raises FormulaError where that cannot be done.
    """
    made: dict[Expression, Expression] = {}
    for node in in_order([expression]):
        arguments = tuple(made[a] for a in node.arguments)
        if not arguments:
            made[node] = node
        elif node.operation in _MADE:
            made[node] = substitute(_MADE[node.operation], dict(zip("uv", arguments, strict=False)))
        elif node.operation == "!=":
            made[node] = apply("not", apply("==", *arguments))
        elif node.operation in _NODES:
            made[node] = apply(node.operation, *arguments)
        else:
            raise FormulaError(
                f"ONNX Runtime has no {node.operation} in double precision; this cannot be written as ONNX."
            )
    return made[expression]
