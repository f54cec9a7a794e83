"""Results as LaTeX: the formula, and every number in it with all its digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.export.described import WrittenLaw
from educe.formula import parse_expression
from educe.formula.expression import apply, in_order, substitute
from educe.formula.latex import latex, latex_name

if TYPE_CHECKING:
    from educe.export.described import Array, WrittenNetwork
    from educe.formula import Expression


def source(written: WrittenLaw | WrittenNetwork) -> str:
    """Return an aligned block of equations, without dollar signs."""
    lines = _law(written) if isinstance(written, WrittenLaw) else _network(written)
    inner = " \\\\\n".join(f"  {line}" for line in lines)
    return f"% {written.about}\n\\begin{{aligned}}\n{inner}\n\\end{{aligned}}\n"


def digits(number: float) -> str:
    r"""Return a number with all its digits.

    >>> print(digits(-1.25e-07))
    -1.25 \cdot 10^{-7}
    """
    mantissa, _, exponent = repr(float(number)).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def matrix(values: Array) -> str:
    """Return a matrix, or a column of a vector, with all digits."""
    rows = values[:, None] if values.ndim == 1 else values
    inner = r" \\ ".join(" & ".join(digits(v) for v in row) for row in rows.tolist())
    return rf"\begin{{pmatrix}} {inner} \end{{pmatrix}}"


def _spelled(formula: Expression) -> Expression:
    """Return a formula with the logistic function written as a fraction, which every reader knows."""
    made: dict[Expression, Expression] = {}
    for node in in_order([formula]):
        arguments = tuple(made[a] for a in node.arguments)
        if node.operation == "expit":
            made[node] = substitute(parse_expression("1/(1 + exp(-u))"), {"u": arguments[0]})
        else:
            made[node] = apply(node.operation, *arguments) if arguments else node
    return made[formula]


def _law(law: WrittenLaw) -> list[str]:
    first = f"{latex_name(law.target or 'f')} &= {latex(law.expression)}"
    return [first, *(f"{latex_name(name)} &= {digits(value)}" for name, value in law.parameters.items())]


def _named(network: WrittenNetwork) -> str:
    """Return the left side: the target, or a column of several."""
    names = r" \\ ".join(map(latex_name, network.targets))
    return rf"\begin{{pmatrix}} {names} \end{{pmatrix}}" if network.several else names


def _network(network: WrittenNetwork) -> list[str]:
    last = len(network.layers) - 1
    value = r"\mathbf{a}_0"
    lines = []
    for k in range(last + 1):
        bend = network.bends[k]
        sums = rf"\mathbf{{W}}_{k} {value} + \mathbf{{b}}_{k}"
        name = _named(network) if k == last else rf"\mathbf{{a}}_{k + 1}"
        lines.append(f"{name} &= {sums}" if bend is None else rf"{name} &= g_{k}\left({sums}\right)")
        value = rf"\mathbf{{a}}_{k + 1}"
    lines += [
        rf"g_{k}(z) &= {latex(_spelled(bend))}"
        for k in range(last + 1)
        if (bend := network.bends[k]) is not None
    ]
    columns = [
        latex_name(name) + (rf" - {digits(c)}" if c > 0 else rf" + {digits(-c)}" if c else "")
        for name, c in zip(network.inputs, network.centre.tolist(), strict=True)
    ]
    stacked = r" \\ ".join(columns)
    lines.append(rf"\mathbf{{a}}_0 &= \begin{{pmatrix}} {stacked} \end{{pmatrix}}")
    for k, (W, b) in enumerate(network.layers):
        lines += [rf"\mathbf{{W}}_{k} &= {matrix(W)}", rf"\mathbf{{b}}_{k} &= {matrix(b)}"]
    return lines
