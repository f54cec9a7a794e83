"""Expressions: nodes of a graph in which equal subexpressions are one object.

An `Expression` is a number, a name or an operation applied to expressions. It never changes. Building the same
expression twice gives the same object (hash-consing), so `==` is identity, work that formulas share is shared by
construction, and a formula and all its derivatives form one graph.

`str(expression)` is text that `parse` reads back as the same object. That holds because a node is only ever made
by a builder below, and only when none of the builder's rules applies: building a node again from its own
arguments applies no rule.
"""

from __future__ import annotations

import math
import threading
from fractions import Fraction
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from educe.errors import FormulaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Number = int | float

LARGEST_INTEGER = 2**53  # beyond it, integers are not exact in float64


class Expression:
    """A number, a name, or an operation applied to expressions; immutable, equal when identical.

    operation : str -- "constant", "symbol", or the name of an operation: "+", "*", "neg", "sin", "where", "<", ...
    arguments : tuple of Expression
    value : int or float of a constant, str of a symbol, otherwise None
    free_names : frozenset of str -- every name that occurs
    size : int -- number of nodes when written out (shared ones counted each time)

    >>> x, a = symbol("x"), symbol("a")
    >>> print(a * x**2 + 1)
    a*x**2 + 1
    >>> a * x is a * x
    True
    """

    __slots__ = ("__weakref__", "arguments", "free_names", "operation", "size", "value")

    operation: str
    arguments: tuple[Expression, ...]
    value: Number | str | None
    free_names: frozenset[str]
    size: int

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an Expression does not change: {name}")

    def __reduce__(self) -> str | tuple[object, ...]:
        return _made, (self.operation, self.arguments, self.value)

    def __copy__(self) -> Expression:
        return self

    def __deepcopy__(self, memo: object) -> Expression:
        return self

    def __add__(self, other: Expression | Number) -> Expression:
        return add(self, as_expression(other))

    def __radd__(self, other: Number) -> Expression:
        return add(constant(other), self)

    def __sub__(self, other: Expression | Number) -> Expression:
        return subtract(self, as_expression(other))

    def __rsub__(self, other: Number) -> Expression:
        return subtract(constant(other), self)

    def __mul__(self, other: Expression | Number) -> Expression:
        return multiply(self, as_expression(other))

    def __rmul__(self, other: Number) -> Expression:
        return multiply(constant(other), self)

    def __truediv__(self, other: Expression | Number) -> Expression:
        return divide(self, as_expression(other))

    def __rtruediv__(self, other: Number) -> Expression:
        return divide(constant(other), self)

    def __pow__(self, other: Expression | Number) -> Expression:
        return power(self, as_expression(other))

    def __rpow__(self, other: Number) -> Expression:
        return power(constant(other), self)

    def __neg__(self) -> Expression:
        return negative(self)

    def __pos__(self) -> Expression:
        return self

    def __bool__(self) -> bool:
        raise FormulaError(f"{self} is a formula, not a truth value.")

    def __str__(self) -> str:
        from educe.formula.text import written

        return written(self)

    def __repr__(self) -> str:
        return f"<Expression {self}>" if self.size < 1000 else f"<Expression of {self.size} nodes>"


_nodes: WeakValueDictionary[object, Expression] = WeakValueDictionary()
_lock = threading.Lock()
_store = object.__setattr__
_NO_NAMES: frozenset[str] = frozenset()


def _made(operation: str, arguments: tuple[Expression, ...], value: Number | str | None) -> Expression:
    """Return the one node of this content, making it if it does not exist."""
    key = (operation, value, arguments)
    found = _nodes.get(key)
    if found is not None:
        return found
    node = object.__new__(Expression)
    _store(node, "operation", operation)
    _store(node, "arguments", arguments)
    _store(node, "value", value)
    if operation == "symbol":
        names = frozenset((str(value),))
    elif len(arguments) == 1:
        names = arguments[0].free_names
    else:
        names = _NO_NAMES.union(*[argument.free_names for argument in arguments])
    _store(node, "free_names", names)
    _store(node, "size", 1 + sum([argument.size for argument in arguments]))
    with _lock:
        return _nodes.setdefault(key, node)


def constant(value: Number) -> Expression:
    """Return the expression of a finite number; whole numbers up to 2**53 are kept as integers.

    Raises FormulaError if the number is not finite.
    """
    if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        value = _as_float(value)
    elif value == int(value):
        value = int(value)
    else:
        value = float(value)
    return _made("constant", (), value)


def _as_float(value: Number) -> float:
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise FormulaError(f"A number in the formula is {result}; numbers must be finite (up to 1.8e308).")
    return result


def symbol(name: str) -> Expression:
    """Return the expression of a name."""
    return _made("symbol", (), name)


def as_expression(value: Expression | Number) -> Expression:
    """Return the value itself if it is an expression, otherwise the constant."""
    return value if isinstance(value, Expression) else constant(value)


def apply(operation: str, *arguments: Expression) -> Expression:
    """Return the operation applied to the arguments, simplified where that is exact."""
    builder = _BUILDERS.get(operation)
    return builder(*arguments) if builder is not None else _made(operation, arguments, None)


ZERO = constant(0)
ONE = constant(1)
MINUS_ONE = constant(-1)


def _number(node: Expression) -> Number | None:
    return node.value if node.operation == "constant" else None  # type: ignore[return-value]


def _leading_number(node: Expression) -> Number | None:
    """Return c if the node is the number c or a product c*u."""
    return _number(node.arguments[0]) if node.operation == "*" else _number(node)


def add(a: Expression, b: Expression) -> Expression:
    """Return a + b."""
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    if b.operation == "neg":
        return subtract(a, b.arguments[0])
    leading = _leading_number(b)
    if leading is not None:
        folded = _folded(a, b, Fraction.__add__)
        if folded is not None:
            return folded
        if leading < 0:
            return subtract(a, negative(b))
    return _made("+", (a, b), None)


def subtract(a: Expression, b: Expression) -> Expression:
    """Return a - b."""
    if b is ZERO:
        return a
    if a is ZERO:
        return negative(b)
    if b.operation == "neg":
        return add(a, b.arguments[0])
    leading = _leading_number(b)
    if leading is not None:
        folded = _folded(a, b, Fraction.__sub__)
        if folded is not None:
            return folded
        if leading < 0:
            return add(a, negative(b))
    return _made("-", (a, b), None)


def multiply(a: Expression, b: Expression) -> Expression:
    """Return a * b, with signs drawn to the front."""
    if a is ZERO or b is ZERO:
        return ZERO
    if a is ONE:
        return b
    if b is ONE:
        return a
    if a is MINUS_ONE:
        return negative(b)
    if b is MINUS_ONE:
        return negative(a)
    if a.operation == "neg":
        return negative(multiply(a.arguments[0], b))
    if b.operation == "neg":
        return negative(multiply(a, b.arguments[0]))
    if a.operation == "constant":
        folded = _folded(a, b, Fraction.__mul__)
        if folded is not None:
            return folded
        if b.operation == "*":
            folded = _folded(a, b.arguments[0], Fraction.__mul__)
            if folded is not None:
                return multiply(folded, b.arguments[1])
    return _made("*", (a, b), None)


def divide(a: Expression, b: Expression) -> Expression:
    """Return a / b, with signs drawn to the front. Raises FormulaError if b is the number 0."""
    if b is ZERO:
        raise FormulaError(f"Division by zero: ({_short(a)})/0.")
    if b is ONE or a is ZERO:
        return a
    if b is MINUS_ONE:
        return negative(a)
    if a.operation == "neg":
        return negative(divide(a.arguments[0], b))
    if b.operation == "neg":
        return negative(divide(a, b.arguments[0]))
    folded = _folded(a, b, Fraction.__truediv__)
    return folded if folded is not None else _made("/", (a, b), None)


def power(a: Expression, b: Expression) -> Expression:
    """Return a ** b. Raises FormulaError if both are numbers and the power is not finite."""
    if b is ZERO:
        return ONE
    if b is ONE or a is ONE:
        return a
    base, exponent = _number(a), _number(b)
    if base is not None and exponent is not None:
        value = _finite_power(base, exponent)
        if (
            isinstance(base, int)
            and isinstance(exponent, int)
            and exponent > 0
            and abs(value) <= LARGEST_INTEGER
        ):
            return constant(base**exponent)
    return _made("**", (a, b), None)


def negative(a: Expression) -> Expression:
    """Return -a."""
    if a.operation == "constant":
        return constant(-a.value)  # type: ignore[operator]
    if a.operation == "neg":
        return a.arguments[0]
    if a.operation == "*" and a.arguments[0].operation == "constant":
        return multiply(negative(a.arguments[0]), a.arguments[1])
    return _made("neg", (a,), None)


def where(condition: Expression, a: Expression, b: Expression) -> Expression:
    """Return a where the condition holds, b elsewhere."""
    return a if a is b else _made("where", (condition, a, b), None)


_BUILDERS: dict[str, Callable[..., Expression]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
    "neg": negative,
    "where": where,
}


def _folded(
    a: Expression, b: Expression, operation: Callable[[Fraction, Fraction], Fraction]
) -> Expression | None:
    """Return the number that the operation gives on two numbers, if float64 holds it exactly."""
    left, right = _number(a), _number(b)
    if left is None or right is None:
        return None
    exact: Fraction = operation(Fraction(left), Fraction(right))
    try:
        value = int(exact) if exact.denominator == 1 else float(exact)
        return constant(value) if Fraction(float(value)) == exact else None
    except OverflowError:
        raise FormulaError(f"A number in the formula overflows: {_short(a)} with {_short(b)}.") from None


def _finite_power(base: Number, exponent: Number) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        raise FormulaError(f"{base}**{exponent} overflows; numbers must stay below 1.8e308.") from None
    except ValueError:  # 0**-1, (-8)**0.5
        raise FormulaError(f"{base}**{exponent} is not a real number.") from None


def _short(node: Expression) -> str:
    return str(node) if node.size <= 20 else "..."


def in_order(expressions: Iterable[Expression]) -> list[Expression]:
    """Return every node once, arguments before what uses them, in order of first appearance."""
    done: set[Expression] = set()
    order: list[Expression] = []
    stack = [(expression, False) for expression in expressions][::-1]
    while stack:
        node, arguments_done = stack.pop()
        if node in done:
            continue
        if arguments_done or not node.arguments:
            done.add(node)
            order.append(node)
            continue
        stack.append((node, True))
        stack.extend([(argument, False) for argument in reversed(node.arguments) if argument not in done])
    return order


def names_in_order(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """Return the names in order of first appearance, reading from left to right."""
    return tuple(str(node.value) for node in in_order(expressions) if node.operation == "symbol")


def substitute(expression: Expression, replacements: Mapping[str, Expression]) -> Expression:
    """Return the expression with names replaced, all at the same time.

    >>> x, y = symbol("x"), symbol("y")
    >>> print(substitute(x - y, {"x": y, "y": x}))
    y - x
    """
    if expression.free_names.isdisjoint(replacements):
        return expression
    rebuilt: dict[Expression, Expression] = {}
    for node in in_order([expression]):
        rebuilt[node] = _replaced(node, rebuilt, replacements)
    return rebuilt[expression]


def _replaced(
    node: Expression, rebuilt: Mapping[Expression, Expression], replacements: Mapping[str, Expression]
) -> Expression:
    if node.operation == "symbol":
        return replacements.get(str(node.value), node)
    if node.free_names.isdisjoint(replacements):
        return node
    return apply(node.operation, *[rebuilt[argument] for argument in node.arguments])
