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
    from educe.learning.together import LearnedTogether
    from educe.network.architecture import Block
    from educe.network.network import Network

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
    r"""A network to be written elsewhere: its layers, one after the other, of x - centre.

    targets, inputs : names of the columns;  about : a sentence for a comment
    centre : (d,), zeros where the scaling of the inputs is folded into the first layer whole
    layers : W_k (nodes, inputs of the layer), b_k (nodes,)
    bends : what becomes of a sum z of layer k, as a formula of z; None where nothing does
    example : values of the inputs, in the middle of the measurements
    """

    targets: tuple[str, ...]
    inputs: tuple[str, ...]
    about: str
    centre: Array
    layers: tuple[tuple[Array, Array], ...]
    bends: tuple[Expression | None, ...]
    example: tuple[float, ...]

    @property
    def several(self) -> bool:
        """Whether the function returns more than one value."""
        return len(self.targets) > 1


def described(result: Fit | Learned | LearnedTogether) -> WrittenLaw | WrittenNetwork:
    """Return what is to be written of a fit or a network.

    Raises FormulaError for a law that is a Python function which could not be read as a formula.
    """
    # results are known here as types only; a network has its targets, a fit its law
    if hasattr(result, "law"):
        return _law(cast("Fit", result))
    return _network(result)


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


def _network(learned: Learned | LearnedTogether) -> WrittenNetwork:
    first = learned.each[0]
    architecture, s = first.scaled.architecture, first.scales
    near = bool(np.all(np.abs(s.centre) <= FOLDED * s.spread))
    centre = np.zeros_like(s.centre) if near else s.centre
    networks = [
        one.scaled.with_scaled_inputs(s.centre - centre, s.spread).with_scaled_output(
            one.scales.middle, one.scales.unit
        )
        for one in learned.each
    ]
    layers, bends = _joined(networks, exponential=first.link == "exp")
    shape = "-".join(map(str, learned.layers))
    about = (
        f"{', '.join(learned.targets)} from {', '.join(first.inputs)}: a {shape} network, {architecture.hidden} "
        f"hidden, {architecture.output} output; learned by educe from {first.n} rows of {first.source}"
        f"{_times(first, first.inputs)}"
    )
    return WrittenNetwork(
        learned.targets,
        first.inputs,
        told(about),
        centre,
        tuple(layers),
        tuple(bends),
        tuple(s.centre.tolist()),
    )


def _joined(networks: Sequence[Network], *, exponential: bool) -> tuple[list[Block], list[Expression | None]]:
    """Return layers and bends of networks that share all but their last layer, as of one with an output for each.

    exponential : whether they are the logarithms of what is predicted

    What stretches a bounded output is a formula of one target, and one more layer of several.
    """
    first = networks[0]
    a, layers = first.architecture, first.layers
    last = [network.layers[-1] for network in networks]
    layers[-1] = np.concatenate([W for W, _ in last]), np.concatenate([b for _, b in last])
    bends = [_formula(a.hidden)] * (a.depth - 1) + [_formula(a.output)]
    stretched = any(network.scale != 1.0 or network.shift != 0.0 for network in networks)
    if stretched and len(networks) > 1:
        layers.append(
            (
                np.diag([network.scale for network in networks]),
                np.array([network.shift for network in networks]),
            )
        )
        bends.append(None)
    elif stretched:
        bends[-1] = first.shift + first.scale * _of_z(bends[-1])
    if exponential:
        bends[-1] = substitute(parse_expression("exp(z)"), {"z": _of_z(bends[-1])})
    return layers, bends


def _of_z(bend: Expression | None) -> Expression:
    return parse_expression("z") if bend is None else bend


def _formula(name: str) -> Expression | None:
    formula = parse_expression(activation_named(name).formula)
    return None if formula.operation == "symbol" else formula
