"""Laws from text: a grammar of names, numbers, operators and listed functions, and nothing else.

The text is never evaluated. Two stacks (Dijkstra 1961, "shunting yard") turn it into an expression without
recursion, so neither depth nor length can exhaust the machine; each refusal points at its place.

    z = a*sin(x) + b*cos(y)     `=` once: the left side says what was measured
    ^ is **                     -x^2 is -(x^2); 2^3^2 is 2^(3^2)
    pi, π                       the only reserved names; gamma(x) is the function, gamma alone is a name
    `Temp (C)`                  back quotes around a name that is not a plain word
    where(x > 0, a, b)          piecewise(c1, a, c2, b, ..., otherwise)

A call of a named law, `gaussian(x)`, stands for the law's text; its parameters keep their names. When several named
laws of one formula share a parameter name, it gets the ending _1 in the first law of the formula, _2 in the second,
and so on.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from educe.errors import FormulaError, nearest
from educe.formula.expression import Expression, apply, constant, names_in_order, substitute, symbol
from educe.formula.law import Law
from educe.formula.operations import CONDITIONS, FUNCTIONS, SPELLINGS
from educe.formula.scanning import DEEPEST_NESTING, Word, refusal, words
from educe.formula.text import INFIX, NOT, SIGN

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.formula.library import NamedLaw

MOST_NODES = 5_000
_CHAIN = "chain"  # the 'and' inside a < b < c


@lru_cache(maxsize=512)
def parse(text: str, variables: tuple[str, ...] = (), parameters: tuple[str, ...] = ()) -> Law:
    """Return the law that a text states.

    text : str -- "z = a*sin(x) + b*cos(y)"; without "=", only the right side
    variables : names that must be columns, whatever the data
    parameters : names that are parameters even if there are such columns

    Raises FormulaError, with the place, for anything that is not a formula.

    >>> law = parse("z = a*sin(x) + b*cos(y)")
    >>> law.target, law.roles({"x", "y", "z"}).parameters
    ('z', ('a', 'b'))
    """
    both = set(variables) & set(parameters)
    if both:
        raise FormulaError(f"{sorted(both)[0]} is named both as a variable and as a parameter; choose one.")
    left, right = _sides(text, words(text))
    law = Law(right, left, tuple(variables), tuple(parameters))
    for name in (*variables, *parameters):
        if name not in right.free_names:
            known = nearest(name, right.free_names)
            raise FormulaError(f"{name} does not occur in the law {law.text}.{known}")
    return law


def parse_expression(text: str) -> Expression:
    """Return the expression that a text without "=" states, such as a tie `2*a` or a derived quantity `1/k`.

    >>> print(parse_expression("2*x^2"))
    2*x**2
    """
    return _one_side(text, words(text))


def parse_condition(text: str) -> Expression:
    """Return the condition that a text states, such as `x > 0 and y < 2`.

    >>> print(parse_condition("0 < x < 1"))
    0 < x and x < 1
    """
    condition = _Reader(text, words(text)).read()
    if condition.operation not in CONDITIONS:
        raise FormulaError(f"'{text.strip()}' is not a condition; write one such as x > 0 and y <= 2.")
    return condition


def _sides(text: str, found: list[Word]) -> tuple[Expression | None, Expression]:
    signs = [index for index, word in enumerate(found) if word.text == "=" and word.kind == "operator"]
    if len(signs) > 1:
        raise refusal("A law has one '=' (compare with '==').", text, found[signs[1]].start)
    if not signs:
        return None, _one_side(text, found)
    sign = signs[0]
    left_words = [*found[:sign], Word("end", "", found[sign].start)]
    return _one_side(text, left_words), _one_side(text, found[sign + 1 :])


def _one_side(text: str, found: list[Word]) -> Expression:
    expression = _Reader(text, found).read()
    if expression.operation in CONDITIONS:
        raise refusal("A condition is not a value; use where(condition, a, b).", text, found[0].start)
    return expression


@dataclass
class _Open:
    """A bracket, sign or operator that waits for its right side."""

    text: str
    start: int
    tightness: int = 0
    base: int = 0  # operands on the stack when a bracket opened
    function: str = ""


@dataclass
class _Reader:
    """Reads one side of a law."""

    text: str
    found: list[Word]
    operands: list[Expression] = field(default_factory=list)
    waiting: list[_Open] = field(default_factory=list)
    nesting: int = 0
    made: int = 0
    laws: _LawCalls | None = None

    def read(self) -> Expression:
        """Return the expression of all words."""
        place = 0
        wants_operand = True
        while self.found[place].kind != "end":
            step = self._operand if wants_operand else self._after_operand
            place, wants_operand = step(place)
        end = self.found[place]
        if wants_operand:
            raise refusal("The formula ends where a name or number is expected.", self.text, end.start)
        self._close(0)
        if self.waiting:
            raise refusal("This bracket is never closed.", self.text, self.waiting[-1].start)
        return self.operands[0]

    def _operand(self, place: int) -> tuple[int, bool]:
        word = self.found[place]
        if word.kind == "number":
            self._build(lambda: _number(word.text), word.start)
            return place + 1, False
        if word.kind == "name":
            return self._name(place)
        if word.kind == "(":
            self._open(_Open("(", word.start, base=len(self.operands)))
            return place + 1, True
        if word.text in ("-", "+"):
            self._open(_Open("neg" if word.text == "-" else "pos", word.start, SIGN))
            return place + 1, True
        if word.text == "not":
            self._open(_Open("not", word.start, NOT))
            return place + 1, True
        if word.text == ")" and self._is_empty_call():
            raise refusal(f"{self.waiting[-1].function}() needs arguments.", self.text, word.start)
        raise refusal(f"A name, number or bracket is expected before '{word.text}'.", self.text, word.start)

    def _is_empty_call(self) -> bool:
        return bool(self.waiting) and self.waiting[-1].function != ""

    def _name(self, place: int) -> tuple[int, bool]:
        word, following = self.found[place], self.found[place + 1]
        if following.kind == "(" and not word.text.startswith("`"):
            self._check_function(word)
            self._open(_Open("(", following.start, base=len(self.operands), function=word.text))
            return place + 2, True
        if word.text in ("pi", "π"):
            self._push(apply("pi"), word)
        else:
            self._push(symbol(word.text.strip("`")), word)
        return place + 1, False

    def _check_function(self, word: Word) -> None:
        name = SPELLINGS.get(word.text, word.text)
        if name in FUNCTIONS or name in _SPECIAL_CALLS or name in _laws():
            return
        known = [*FUNCTIONS, *SPELLINGS, *_SPECIAL_CALLS, *_laws()]
        product = f" For a product write {word.text}*(...)." if len(word.text) == 1 else ""
        raise refusal(
            f"There is no function or named law '{word.text}'.{nearest(word.text, known)}{product}",
            self.text,
            word.start,
        )

    def _after_operand(self, place: int) -> tuple[int, bool]:
        word = self.found[place]
        if word.kind == "superscript":
            base, exponent = self.operands.pop(), word.text
            if base.operation in CONDITIONS:
                raise self._wrong_kind("**", base, word.start)
            self._build(lambda: apply("**", base, _number(exponent)), word.start)
            return place + 1, False
        if word.kind == ")":
            self._end_bracket(word)
            return place + 1, False
        if word.kind == ",":
            self._close(0)
            if not self._is_empty_call():
                raise refusal("A comma belongs between the arguments of a function.", self.text, word.start)
            return place + 1, True
        if word.kind == "operator" and word.text in INFIX:
            self._infix(word)
            return place + 1, True
        raise self._missing_operator(place)

    def _missing_operator(self, place: int) -> FormulaError:
        word, before = self.found[place], self.found[place - 1]
        if word.text == "=":
            return refusal("'=' is not allowed here; compare with '=='.", self.text, word.start)
        written = self.text[before.start : word.start].strip()
        if before.text in FUNCTIONS or before.text in SPELLINGS:
            return refusal(f"A function takes brackets: write {written}({word.text}).", self.text, word.start)
        function = self._raised_function(place)
        if word.kind == "(" and function:
            return refusal(
                f"A power of a function stands behind its brackets: write {function}(...)**2.",
                self.text,
                word.start,
            )
        return refusal(
            f"An operator is missing: write {written}*{word.text} for a product.", self.text, word.start
        )

    def _raised_function(self, place: int) -> str:
        """Return the function of which a power was written before its brackets, as in sin^2(x), or ""."""
        words = self.found[max(place - 3, 0) : place]
        if words[-1].kind == "superscript":
            words = words[-2:-1]
        elif len(words) == 3 and words[1].text == "**" and words[2].kind == "number":
            words = words[:1]
        name = words[0].text if len(words) == 1 else ""
        return name if name in FUNCTIONS or name in SPELLINGS else ""

    def _infix(self, word: Word) -> None:
        tightness = INFIX[word.text][1]
        right_to_left = word.text == "**"
        self._reduce_while(tightness + 1 if right_to_left else tightness, chain=tightness == INFIX["<"][1])
        self._open(_Open(word.text, word.start, tightness))

    def _reduce_while(self, tightness: int, *, chain: bool = False) -> None:
        """Apply what waits and binds at least as tightly; a < b < c keeps b for the second comparison."""
        while self.waiting and self.waiting[-1].tightness >= max(tightness, 1):
            top = self.waiting[-1]
            if chain and top.tightness == tightness and top.text != _CHAIN:
                middle = self.operands[-1]
                self._reduce()
                self._reduce_while(tightness)
                self.waiting.append(_Open(_CHAIN, top.start, tightness))
                self.operands.append(middle)
                return
            self._reduce()

    def _close(self, tightness: int) -> None:
        self._reduce_while(max(tightness, 1))

    def _reduce(self) -> None:
        top = self.waiting.pop()
        if top.tightness in (SIGN, INFIX["**"][1], NOT):
            self.nesting -= 1
        if top.text == "pos":
            self._refuse_condition(self.operands[-1], top)
            return
        count = 1 if top.text in ("neg", "not") else 2
        arguments = [self.operands.pop() for _ in range(count)][::-1]
        operation = "and" if top.text == _CHAIN else top.text
        for argument in arguments:
            if (operation in ("and", "or", "not")) != (argument.operation in CONDITIONS):
                raise self._wrong_kind(operation, argument, top.start)
        self._build(lambda: apply(operation, *arguments), top.start)

    def _wrong_kind(self, operation: str, argument: Expression, start: int) -> FormulaError:
        if operation in ("and", "or", "not"):
            return refusal(f"'{operation}' joins conditions such as x > 0.", self.text, start)
        return refusal("A condition is not a value; use where(condition, a, b).", self.text, start)

    def _refuse_condition(self, argument: Expression, opened: _Open) -> None:
        if argument.operation in CONDITIONS:
            raise self._wrong_kind("+", argument, opened.start)

    def _end_bracket(self, word: Word) -> None:
        self._close(0)
        if not self.waiting:
            raise refusal("This bracket was never opened.", self.text, word.start)
        opened = self.waiting.pop()
        self.nesting -= 1
        if opened.function:
            arguments = self.operands[opened.base :]
            del self.operands[opened.base :]
            self._build(lambda: self._called(opened, arguments), opened.start)

    def _called(self, opened: _Open, arguments: list[Expression]) -> Expression:
        name = SPELLINGS.get(opened.function, opened.function)
        if name in _SPECIAL_CALLS:
            return _SPECIAL_CALLS[name](name, arguments)
        if name in FUNCTIONS:
            return _function_call(name, arguments)
        if self.laws is None:
            self.laws = _LawCalls.found_in(self.found)
        return self.laws.expand(name, opened.start, arguments)

    def _open(self, opened: _Open) -> None:
        if opened.text in ("(", "neg", "pos", "not", "**"):
            self.nesting += 1
            if self.nesting > DEEPEST_NESTING:
                raise refusal(
                    f"More than {DEEPEST_NESTING} brackets, signs or powers are open here.",
                    self.text,
                    opened.start,
                )
        self.waiting.append(opened)

    def _push(self, expression: Expression, word: Word) -> None:
        self.operands.append(expression)
        self._count(word.start)

    def _build(self, build: Callable[[], Expression], start: int) -> None:
        try:
            self.operands.append(build())
        except FormulaError as error:
            if "\n" in str(error):
                raise
            raise refusal(str(error), self.text, start) from None
        self._count(start)

    def _count(self, start: int) -> None:
        self.made += 1
        if self.made > MOST_NODES or self.operands[-1].size > 4 * MOST_NODES:
            raise refusal(f"The formula has more than {MOST_NODES} parts.", self.text, start)


def _number(text: str) -> Expression:
    return constant(int(text) if text.isdigit() and len(text) < 16 else float(text))


def _function_call(name: str, arguments: list[Expression]) -> Expression:
    expected = FUNCTIONS[name].arity
    if len(arguments) != expected:
        raise FormulaError(f"{name} takes {expected} argument{'s' * (expected > 1)}, not {len(arguments)}.")
    _only_values(name, arguments)
    return apply(name, *arguments)


def _only_values(name: str, arguments: list[Expression]) -> None:
    if any(argument.operation in CONDITIONS for argument in arguments):
        raise FormulaError(f"{name} takes values, not conditions; use where(condition, a, b).")


def _extreme(name: str, arguments: list[Expression]) -> Expression:
    if len(arguments) < 2:
        raise FormulaError(f"{name} takes at least 2 arguments; it compares values of one row, not rows.")
    _only_values(name, arguments)
    result = arguments[0]
    for argument in arguments[1:]:
        result = apply(name, result, argument)
    return result


def _piecewise(name: str, arguments: list[Expression]) -> Expression:
    if len(arguments) < 3 or len(arguments) % 2 == 0 or (name == "where" and len(arguments) != 3):
        form = "where(condition, a, b)" if name == "where" else "piecewise(condition, a, ..., otherwise)"
        raise FormulaError(f"{name} is written {form}.")
    _only_values(name, [*arguments[1::2], arguments[-1]])
    result = arguments[-1]
    for condition, value in zip(arguments[-3::-2], arguments[-2::-2], strict=True):
        if condition.operation not in CONDITIONS:
            raise FormulaError(f"{name} needs a condition such as x > 0, not a value.")
        result = apply("where", condition, value, result)
    return result


def _pow(name: str, arguments: list[Expression]) -> Expression:
    if len(arguments) != 2:
        raise FormulaError(f"pow takes 2 arguments, not {len(arguments)}.")
    _only_values(name, arguments)
    return apply("**", *arguments)


_SPECIAL_CALLS: dict[str, Callable[[str, list[Expression]], Expression]] = {
    "where": _piecewise,
    "piecewise": _piecewise,
    "min": _extreme,
    "max": _extreme,
    "pow": _pow,
}


def _laws() -> dict[str, NamedLaw]:
    from educe.formula.library import LAWS

    return LAWS


@dataclass
class _LawCalls:
    """The named laws that one formula calls, and which of their parameter names need an ending."""

    order: list[int]  # places of the calls
    shared: frozenset[str]

    @classmethod
    def found_in(cls, found: list[Word]) -> _LawCalls:
        """Return the calls among the words."""
        calls = [
            (word.text, following.start)
            for word, following in itertools.pairwise(found)
            if word.kind == "name"
            and following.kind == "("
            and word.text in _laws()
            and word.text not in FUNCTIONS
        ]
        uses = Counter(parameter for name, _ in calls for parameter in _law_parts(name)[1])
        shared = frozenset(parameter for parameter, count in uses.items() if count > 1)
        return cls([start for _, start in calls], shared)

    def expand(self, name: str, start: int, arguments: list[Expression]) -> Expression:
        """Return the law's expression of these arguments."""
        body, parameters, variables = _law_parts(name)
        if len(arguments) != len(variables):
            raise FormulaError(f"{name} takes ({', '.join(variables)}), not {len(arguments)} arguments.")
        _only_values(name, arguments)
        replacements = dict(zip(variables, arguments, strict=True))
        for parameter in parameters:
            if parameter in self.shared:
                replacements[parameter] = symbol(f"{parameter}_{self.order.index(start) + 1}")
        return substitute(body, replacements)


@lru_cache(maxsize=256)
def _law_parts(name: str) -> tuple[Expression, tuple[str, ...], tuple[str, ...]]:
    """Return the expression, the parameters and the variables of a named law."""
    law = _laws()[name]
    body = _one_side(law.text, words(law.text))
    parameters = tuple(found for found in names_in_order([body]) if found not in law.variables)
    return body, parameters, tuple(law.variables)
