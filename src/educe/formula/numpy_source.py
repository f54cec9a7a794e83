"""Expressions as straight-line NumPy code in stages.

What depends on data alone is computed in `bind`; products are regrouped so that scalars meet first and arrays as
late and as rarely as possible; what an earlier line computed is used again. Regrouping a product changes a result
by rounding (a few units in the last place); sums keep the order in which they were written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.errors import FormulaError
from educe.formula.evaluate import evaluate
from educe.formula.expression import Expression, in_order, symbol
from educe.formula.operations import CONDITIONS, OPERATIONS
from educe.formula.product_lines import Factors, Found, Partial, write_product
from educe.formula.products import Product, power, products_of
from educe.formula.straight_line import BIND, Listing, Part, Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

# Functions that cannot write into an array that is given to them.
_FRESH = CONDITIONS | {"where", "sinc", "dsinc", "heaviside", "polygamma"}


@dataclass(frozen=True)
class Stage:
    """What one call computes: outputs, from its own arguments and those of earlier stages."""

    arguments: tuple[str, ...]
    outputs: tuple[Expression, ...]


class Emitter:
    """Writes the lines for the outputs of all stages.

    scalar : bool -- the arguments are Python floats: what depends on them alone is computed in Python, and arrays
        of the data's shape are allocated once; otherwise the arguments may be arrays that broadcast with the data
    """

    def __init__(self, data: Sequence[str], stages: Sequence[Stage], *, scalar: bool) -> None:
        self.scalar = scalar
        self.listing = Listing()
        self.arguments: list[list[Variable]] = []
        self.functions: set[str] = set()
        self._data = frozenset(data)
        self._stage = BIND
        self._known: dict[Expression, Part] = {symbol(name): f"x{k}" for k, name in enumerate(data)}
        self._names = set(data)
        self._products = products_of(in_order([output for stage in stages for output in stage.outputs]))
        self._found: Found = {}
        self._memo: dict[object, Part] = {}  # constants, cells, products of scalars and of data
        self._emit_stages(stages)

    def source(self) -> str:
        """Return the source of the function `bind`, which returns the stages."""
        return self.listing.render(len(self._data), self.arguments, shape_of="x0")

    def _emit_stages(self, stages: Sequence[Stage]) -> None:
        for k, stage in enumerate(stages):
            self._stage = k
            self._add_arguments(stage.arguments)
            later = self._reached(stages[k + 1 :])
            for place, output in enumerate(stage.outputs):
                self._emit_output(output, f"out[{place}]", keep=output in later)
            self._forget_outputs()

    def _add_arguments(self, names: Sequence[str]) -> None:
        count = sum(len(arguments) for arguments in self.arguments)
        variables = [Variable("argument", self._stage, f"p{count + k}") for k in range(len(names))]
        self.arguments.append(variables)
        self._names.update(names)
        for name, variable in zip(names, variables, strict=True):
            self._known[symbol(name)] = (
                variable if self.scalar else self._scalar_line(["asarray(", variable, ")"])
            )

    def _reached(self, stages: Sequence[Stage]) -> set[Expression]:
        """Return every node that the lines of these stages will refer to."""
        reached: set[Expression] = set()
        stack = [output for stage in stages for output in stage.outputs]
        while stack:
            for operand in self._operands(stack.pop()):
                if operand not in reached:
                    reached.add(operand)
                    stack.append(operand)
        return reached

    def _forget_outputs(self) -> None:
        """Drop what only the caller's arrays hold: they may change between calls."""
        for node in [node for node, operand in self._known.items() if _is_output(operand)]:
            del self._known[node]

    # Which line a node needs

    def _product(self, node: Expression) -> Product:
        return self._products.get(node) or Product({node: 1})

    def _is_product(self, node: Expression) -> bool:
        return node not in self._product(node).factors

    def _operands(self, node: Expression) -> Sequence[Expression]:
        """Return the nodes that the line of this node refers to."""
        if self._is_product(node):
            return list(self._product(node).factors)
        if node.operation == "+" and node.arguments[0].operation == "neg":
            return node.arguments[0].arguments[0], node.arguments[1]
        return node.arguments

    def _varies(self, node: Expression) -> bool:
        """Whether the node depends on an argument of a stage."""
        return not node.free_names <= self._data

    def _is_scalar(self, node: Expression) -> bool:
        return node.free_names.isdisjoint(self._data)

    def _need(self, node: Expression) -> None:
        """Write the lines of a node and of all that it refers to."""
        stack = [node]
        while stack:
            missing = [operand for operand in self._operands(stack[-1]) if self._is_missing(operand)]
            if missing:
                stack += reversed(missing)
                continue
            ready = stack.pop()
            if self._is_missing(ready):
                self._known[ready] = self._emit(ready, None)

    def _is_missing(self, node: Expression) -> bool:
        return node not in self._known and bool(node.free_names)

    def _emit(self, node: Expression, target: str | None) -> Part:
        if node.operation == "symbol" and node.value not in self._names:
            raise FormulaError(f"{node} is neither a column nor a parameter at this stage.")
        if self._is_scalar(node):
            return self._emit_scalar(node)
        if self._is_product(node):
            return self._copied(self._emit_product(node, target), target)
        where = self._stage if self._varies(node) else BIND
        operation = node.operation
        operands = [self.operand(operand) for operand in self._operands(node)]
        if operation == "+" and node.arguments[0].operation == "neg":
            operation = "-"
            operands.reverse()
        return self.call(operation, operands, where, target)

    def _emit_output(self, node: Expression, target: str, *, keep: bool) -> None:
        for operand in self._operands(node):
            self._need(operand)
        if keep or self._is_scalar(node) or not self._varies(node):
            self._need(node)
        if not node.free_names:
            self.listing.add(self._stage, [f"{target}.fill({evaluate(node, {})!r})"])
        elif self._is_scalar(node):
            self._fill(target, self._known[node])
        elif node in self._known:
            self._copied(self._known[node], target)
        else:
            self._known[node] = self._emit(node, target)

    def _copied(self, operand: Part, target: str | None) -> Part:
        """Return the operand, having written it into the target if it is something else."""
        if target is None or operand == target:
            return operand
        self.listing.add(self._stage, [f"{target}[...] = ", operand])
        return target

    def _fill(self, target: str, value: Part) -> None:
        parts: list[Part] = [f"{target}.fill(", value, ")"] if self.scalar else [f"{target}[...] = ", value]
        self.listing.add(self._stage, parts)

    # Lines

    def operand(self, node: Expression) -> Part:
        """Return what stands for a node among the arguments of an array function."""
        if not node.free_names:
            return self.constant(evaluate(node, {}))
        operand = self._known[node]
        return self._cell(operand) if self._is_scalar(node) else operand

    def constant(self, value: float) -> Part:
        key = ("constant", value)
        if key not in self._memo:
            constant = Variable("fresh", BIND)
            self.listing.add(BIND, [constant, f" = array({float(value)!r})"], constant)
            self._memo[key] = constant
        return self._memo[key]

    def _cell(self, scalar: Part) -> Part:
        """Return the 0-d array that holds a scalar."""
        if not self.scalar:
            return scalar
        if scalar not in self._memo:
            cell = Variable("cell", self._stage)
            self.listing.add(self._stage, [cell, "[()] = ", scalar], cell)
            self._memo[scalar] = cell
        return self._memo[scalar]

    def call(self, operation: str, operands: Sequence[Part], where: int, target: str | None) -> Part:
        """Write the line of an array function and return what holds its result."""
        function = OPERATIONS[operation].numpy.rpartition(".")[2]
        self.functions.add(operation)
        listed: list[Part] = [function, "("]
        for operand in operands:
            listed += [operand, ", "]
        if target is not None and operation not in _FRESH:
            self.listing.add(where, [*listed[:-1], _into(operation), target, ")"])
            return target
        listed[-1] = ")"
        if target is not None:
            self.listing.add(where, [f"{target}[...] = ", *listed])
            return target
        return self._stored(operation, listed, where)

    def _stored(self, operation: str, listed: list[Part], where: int) -> Variable:
        if where == BIND or operation in _FRESH or not self.scalar:
            result = Variable("fresh", where)
            self.listing.add(where, [result, " = ", *listed], result)
        else:
            result = Variable("buffer", where)
            self.listing.add(where, [*listed[:-1], _into(operation), result, ")"], result)
        return result

    # Scalars

    def _emit_scalar(self, node: Expression) -> Part:
        if self._is_product(node):
            product = self._product(node)
            return self._scalar_product(dict(product.factors), product.over, product.under)
        operands = [self._scalar_operand(operand) for operand in self._operands(node)]
        operation = node.operation
        if operation == "+" and node.arguments[0].operation == "neg":
            return self._scalar_line([operands[1], " - ", operands[0]])
        if operation in ("+", "-", "<", "<=", ">", ">=", "==", "!="):
            return self._scalar_line([operands[0], f" {operation} ", operands[1]])
        if self.scalar and operation in ("and", "or"):
            return self._scalar_line([operands[0], f" {operation} ", operands[1]])
        if self.scalar and operation == "not":
            return self._scalar_line(["not ", operands[0]])
        if self.scalar and operation == "where":
            return self._scalar_line([operands[1], " if ", operands[0], " else ", operands[2]])
        return self._scalar_line(self._scalar_call(operation, operands))

    def _scalar_call(self, operation: str, operands: Sequence[Part]) -> list[Part]:
        self.functions.add(operation)
        function = OPERATIONS[operation].numpy.rpartition(".")[2]
        parts: list[Part] = [f"of_floats_{function}(" if self.scalar else f"{function}("]
        for operand in operands:
            parts += [operand, ", "]
        parts[-1] = ")"
        return parts

    def _scalar_operand(self, node: Expression) -> Part:
        return self._known[node] if node.free_names else f"({float(evaluate(node, {}))!r})"

    def _scalar_line(self, parts: list[Part]) -> Variable:
        result = Variable("scalar", self._stage)
        self.listing.add(self._stage, [result, " = ", *parts], result)
        return result

    def _scalar_product(self, factors: Factors, over: float, under: float) -> Part:
        key = ("scalars", frozenset(factors.items()), over, under)
        if key not in self._memo:
            self._memo[key] = self._new_scalar_product(factors, over, under)
        return self._memo[key]

    def _new_scalar_product(self, factors: Factors, over: float, under: float) -> Part:
        above = self._multiplied({factor: e for factor, e in factors.items() if e > 0}, over)
        inverse = {factor: -e for factor, e in factors.items() if e < 0}
        below = self._multiplied(inverse, under) if inverse or under != 1.0 else []
        if len(above) == 1 and not below and isinstance(above[0], Variable):
            return above[0]
        if not below:
            return self._scalar_line(above)
        divisor = below[0] if len(below) == 1 else self._scalar_line(below)
        if not self.scalar or isinstance(divisor, str):
            return self._scalar_line([*above, "/", divisor])
        # Python raises where NumPy gives inf or nan.
        return self._scalar_line(
            [*above, "/", divisor, " if ", divisor, " else by_zero(", *above, ", ", divisor, ")"]
        )

    def _multiplied(self, factors: Factors, coefficient: float) -> list[Part]:
        """Return the text of coefficient * factors, empty for 1 below a line."""
        parts: list[Part] = []
        for factor, exponent in factors.items():
            parts += [self._scalar_operand(factor), "*"] * exponent
        if coefficient == -1.0 and parts:
            return ["-", *parts[:-1]]
        if coefficient != 1.0 or not parts:
            return [f"({coefficient!r})", *(["*", *parts[:-1]] if parts else [])]
        return parts[:-1]

    # Products of arrays

    def _emit_product(self, node: Expression, target: str | None) -> Part:
        product = self._product(node)
        arrays: Factors = {}
        data: Factors = {}
        scalars: Factors = {}
        over, under = product.over, product.under
        for factor, exponent in product.factors.items():
            if not factor.free_names:
                value = power(float(evaluate(factor, {})), abs(exponent))
                over, under = (over * value, under) if exponent > 0 else (over, under * value)
            elif self._is_scalar(factor):
                scalars[factor] = exponent
            else:
                (arrays if self._varies(factor) else data)[factor] = exponent
        if not arrays and not scalars:
            return self.data_product(data, over, under)
        wanted = Partial(arrays, data, over, under, "", None)
        return write_product(self, self._found, wanted, scalars, where=self._stage, target=target)

    def number(self, factors: Factors, over: float, under: float) -> Part:
        """Return what stands for a product of scalars among the arguments of an array function."""
        return self._cell(self._scalar_product(factors, over, under))

    def data_product(self, factors: Factors, over: float, under: float) -> Part:
        """Return the product of factors of data alone, computed in `bind`."""
        key = ("data", frozenset(factors.items()), over, under)
        if key not in self._memo:
            wanted = Partial(factors, {}, over, under, "", None)
            self._memo[key] = write_product(self, self._found, wanted, {}, where=BIND, target=None)
        return self._memo[key]


def _into(operation: str) -> str:
    """Return what stands before the array that a function writes into; a bare place is quicker where allowed."""
    return ", out=" if operation in ("max", "min") else ", "


def _is_output(operand: Part) -> bool:
    return isinstance(operand, str) and operand.startswith("out[")
