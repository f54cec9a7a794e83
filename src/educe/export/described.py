"""What is written in another language: a law with its constants, or a network with its matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from educe.errors import FormulaError
from educe.export.identifiers import told
from educe.formula import Expression, Law, parse_expression
from educe.formula.expression import constant, substitute
from educe.network.activations import activation_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.fitting.result import Fit
    from educe.learning.result import Learned

Array = NDArray[np.float64]

FOLDED = (
    100.0  # centre over spread up to which folding the scaling into W_0 and b_0 costs no digit that matters
)


@dataclass(frozen=True, eq=False)
class WrittenLaw:
    """A law to be written elsewhere.

    target, inputs : names of the columns;  about : a sentence for a comment
    expression : of inputs and parameters;  parameters : {name: value}
    example : values of the inputs, of one row
    """

    target: str
    inputs: tuple[str, ...]
    about: str
    expression: Expression
    parameters: dict[str, float]
    example: tuple[float, ...]

    @property
    def with_numbers(self) -> Expression:
        """The expression with the values of its parameters, all digits, and the inputs alone left as names."""
        return substitute(self.expression, {name: constant(v) for name, v in self.parameters.items()})


@dataclass(frozen=True, eq=False)
class WrittenNetwork:
    r"""A network to be written elsewhere: y = link(shift + scale f(x - centre)), f the layers.

    target, inputs : names of the columns;  about : a sentence for a comment
    centre : (d,), zeros where the scaling of the inputs is folded into the first layer whole
    layers : W_k (nodes, inputs of the layer), b_k (nodes,);  hidden, output : formulas of z, "" for z itself
    exponential : whether the network is the logarithm of what is predicted
    example : values of the inputs, in the middle of the measurements
    """

    target: str
    inputs: tuple[str, ...]
    about: str
    centre: Array
    layers: tuple[tuple[Array, Array], ...]
    hidden: Expression | None
    output: Expression | None
    scale: float
    shift: float
    exponential: bool
    example: tuple[float, ...]

    @property
    def ending(self) -> Expression | None:
        """What becomes of the last value z, as a formula of z; None where nothing does."""
        z = parse_expression("z")
        end = z if self.output is None else self.output
        if self.scale != 1.0 or self.shift != 0.0:
            end = self.shift + self.scale * end
        if self.exponential:
            end = substitute(parse_expression("exp(z)"), {"z": end})
        return None if end is z else end

    def activation(self, k: int) -> Expression | None:
        """Return what becomes of a sum z of layer k."""
        return self.hidden if k < len(self.layers) - 1 else self.ending


def described(result: Fit | Learned) -> WrittenLaw | WrittenNetwork:
    """Return what is to be written of a fit or a network.

    Raises FormulaError for a law that is a Python function which could not be read as a formula.
    """
    # results are known here as types only; a network has its scaling, a fit its law
    return _law(cast("Fit", result)) if hasattr(result, "law") else _network(result)


def _law(fit: Fit) -> WrittenLaw:
    if not isinstance(fit.law, Law):
        raise FormulaError(
            f"{fit.law.text} could not be read as a formula, so it cannot be written in another language."
        )
    # of several data sets, also which row belongs to which
    inputs = fit.law.roles(tuple(fit.rows.columns)).variables
    about = f"{fit.law.text}; fitted by educe to {fit.n} rows of {fit.source}{_times(fit, inputs)}"
    values = {name: value for name, value in fit.params.items() if name in fit.law.expression.free_names}
    example = tuple(float(fit.rows.columns[name][0]) for name in inputs)
    return WrittenLaw(fit.response, tuple(inputs), told(about), fit.law.expression, values, example)


def _times(result: Fit | Learned, inputs: Sequence[str]) -> str:
    """Return since when inputs that are times count."""
    units = {name: result.units.get(name, "") for name in inputs}
    return "".join(f"; {name} in {unit}" for name, unit in units.items() if unit.startswith("s since "))


def _network(learned: Learned) -> WrittenNetwork:
    architecture, s = learned.scaled.architecture, learned.scales
    near = bool(np.all(np.abs(s.centre) <= FOLDED * s.spread))
    centre = np.zeros_like(s.centre) if near else s.centre
    network = learned.scaled.with_scaled_inputs(s.centre - centre, s.spread)
    network = network.with_scaled_output(s.middle, s.unit)
    shape = "-".join(map(str, learned.layers))
    about = (
        f"{learned.target} from {', '.join(learned.inputs)}: a {shape} network, {architecture.hidden} hidden, "
        f"{architecture.output} output; learned by educe from {learned.n} rows of {learned.source}"
        f"{_times(learned, learned.inputs)}"
    )
    return WrittenNetwork(
        learned.target,
        learned.inputs,
        told(about),
        centre,
        tuple(network.layers),
        _formula(architecture.hidden) if architecture.depth > 1 else None,
        _formula(architecture.output),
        network.scale,
        network.shift,
        learned.link == "exp",
        tuple(s.centre.tolist()),
    )


def _formula(name: str) -> Expression | None:
    formula = parse_expression(activation_named(name).formula)
    return None if formula.operation == "symbol" else formula
