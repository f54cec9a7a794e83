"""Expressions as C99 functions of doubles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from educe.errors import FormulaError
from educe.formula.languages import Language, straight_code
from educe.formula.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from educe.formula.expression import Expression

_OWN_FUNCTIONS = {
    "educe_sign": "(x > 0) - (x < 0)",
    "educe_heaviside": "x > 0 ? 1.0 : x < 0 ? 0.0 : 0.5",
    "educe_sinc": "x == 0 ? 1.0 : sin(x) / x",
    "educe_expit": "x >= 0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x))",
}
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

C = Language(
    "C",
    lambda operation: OPERATIONS[operation].c,
    "const double {0} = {1};",
    "const int {0} = {1};",
    {name: f"static double {name}(double x) {{ return {value}; }}" for name, value in _OWN_FUNCTIONS.items()},
)


def c_source(
    expression: Expression, variables: Iterable[str], parameters: Iterable[str], *, name: str = "law"
) -> str:
    """Return the text of `double name(const double *x, const double *theta)`.

    variables, parameters : names in the order in which x and theta hold them
    name : str -- of the C function

    Raises FormulaError if a name of the expression is in neither list, or if C has no such function.

    >>> from educe.formula import parse_expression
    >>> print(c_source(parse_expression("m*x + b"), ["x"], ["m", "b"], name="line"))
    #include <math.h>
    <BLANKLINE>
    /* x: x; theta: m, b */
    double line(const double *x, const double *theta)
    {
        return theta[0] * x[0] + theta[1];
    }
    <BLANKLINE>
    """
    if not _IDENTIFIER.fullmatch(name):
        raise FormulaError(f"'{name}' is not a name for a C function; use letters, digits and underscores.")
    variables, parameters = tuple(variables), tuple(parameters)
    places = {n: f"theta[{k}]" for k, n in enumerate(parameters)}
    places |= {n: f"x[{k}]" for k, n in enumerate(variables)}
    lines, value = straight_code(expression, places, C)
    body = "\n".join(f"    {line}" for line in [*lines, f"return {value};"])
    listed = f"/* x: {_comment(variables)}; theta: {_comment(parameters)} */"
    unused = "".join(f"    (void){argument};\n" for argument in ("x", "theta") if f"{argument}[" not in body)
    head = f"double {name}(const double *x, const double *theta)"
    return f"{preamble(body)}{listed}\n{head}\n{{\n{unused}{body}\n}}\n"


def preamble(code: str) -> str:
    """Return what stands above C code: the include, and the functions that C lacks."""
    # POSIX, not C99: a strict compiler's <math.h> hides them, and an undeclared function is taken to return int
    bessel = [f"double {name}(double x);" for name in ("j0", "j1") if re.search(rf"\b{name}\(", code)]
    functions = [*bessel, *C.needed(code)]
    return "".join(["#include <math.h>\n\n", *(f"{f}\n" for f in functions), *["\n"] * bool(functions)])


def _comment(names: Iterable[str]) -> str:
    return ", ".join("".join(c if c.isalnum() else "_" for c in name) for name in names)
