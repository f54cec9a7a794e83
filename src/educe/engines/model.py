"""A law made ready for a solver: which parameters are free, in which order, and the functions that fill columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from educe.formula import Stage, affine_parts, compile_stages, constant, gradient, linear_parameters
from educe.least_squares.separable import OFFSET, Pattern

if TYPE_CHECKING:
    from educe.formula import Expression, Program
    from educe.least_squares.triangle import Array

Fill = Callable[..., None]
"""fill(*parameters, out): writes its k-th output into out[k], each (m,) for a block of m rows."""


class Model(Protocol):
    """What an engine needs of a law, whether it is a formula or a function that cannot be looked into.

    names : free parameters in the solver's order, linear ones first
    variables, inputs : columns of law and response, and of the law alone, in order
    pattern : how the linear ones are eliminated, or None;  exact : whether derivatives are exact
    """

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def variables(self) -> tuple[str, ...]: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def pattern(self) -> Pattern | None: ...
    @property
    def exact(self) -> bool: ...

    def whole(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*theta, out) for p columns of J and one of response - f."""

    def wide(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*alpha, out) for the phi_k, their derivatives, and response - f0."""

    def summed(self, columns: Sequence[Array]) -> tuple[Fill, Fill] | None:
        """Return fill(*alpha, out) for the phi_k and response - f0, and after it fill(*c, out) for df/dalpha.

        None where the wide columns are as few.
        """

    def response(self, columns: Sequence[Array]) -> Array:
        """Return the measured response, (m,)."""

    def prediction(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*theta, out) for p columns of J and one of f; columns without the response's."""


@dataclass(frozen=True)
class FormulaModel:
    """A model from a formula: exact derivatives, linear parameters found in the formula itself."""

    names: tuple[str, ...]
    variables: tuple[str, ...]
    pattern: Pattern | None
    inputs: tuple[str, ...]
    whole_program: Program
    wide_program: Program | None
    summed_program: Program | None
    response_program: Program
    prediction_program: Program
    response_column: int | None = None
    exact: bool = True

    def whole(self, columns: Sequence[Array]) -> Fill:
        return self.whole_program.bind(*columns)[0]

    def wide(self, columns: Sequence[Array]) -> Fill:
        assert self.wide_program is not None
        return self.wide_program.bind(*columns)[0]

    def summed(self, columns: Sequence[Array]) -> tuple[Fill, Fill] | None:
        if self.summed_program is None:
            return None
        basis, slopes = self.summed_program.bind(*columns)
        return basis, slopes

    def response(self, columns: Sequence[Array]) -> Array:
        if self.response_column is not None:
            return columns[self.response_column]
        out = np.empty(len(columns[0]))
        with np.errstate(all="ignore"):  # what is not finite is refused by row
            self.response_program.bind(*columns)[0]([out])
        return out

    def prediction(self, columns: Sequence[Array]) -> Fill:
        return self.prediction_program.bind(*columns)[0]


@lru_cache(maxsize=256)
def formula_model(
    response: Expression, law: Expression, names: tuple[str, ...], *, eliminate: frozenset[str]
) -> FormulaModel:
    """Return the model of a law whose free parameters are `names`; all its other names are columns.

    response, law : expressions of the left and right side
    names : free parameters, in the law's order
    eliminate : those that may be eliminated if they enter linearly (not bounded, not under a robust loss)
    """
    inputs = tuple(name for name in sorted(law.free_names) if name not in names)
    variables = tuple(sorted({*inputs, *response.free_names}))
    linear = linear_parameters(law, tuple(n for n in names if n in eliminate)) if eliminate else ()
    others = tuple(n for n in names if n not in linear)
    order = (*linear, *others)
    derivatives = gradient(law, order)
    whole = compile_stages(variables, [Stage(order, (*derivatives, response - law))], scalar=True)
    wide, pattern = _eliminated(response, law, linear, others, variables) if linear else (None, None)
    summed = None
    if pattern is not None and not pattern.diagonal:
        offset, basis = affine_parts(law, linear)
        stages = [
            Stage(others, (*basis, response - offset)),
            Stage(linear, tuple(derivatives[len(linear) :])),
        ]
        summed = compile_stages(variables, stages, scalar=True)
    return FormulaModel(
        names=order,
        variables=variables,
        pattern=pattern,
        inputs=inputs,
        whole_program=whole,
        wide_program=wide,
        summed_program=summed,
        response_program=compile_stages(variables, [Stage((), (response,))], scalar=True),
        response_column=variables.index(str(response.value)) if response.operation == "symbol" else None,
        prediction_program=compile_stages(inputs, [Stage(order, (*derivatives, law))], scalar=True),
    )


def _eliminated(
    response: Expression,
    law: Expression,
    linear: tuple[str, ...],
    others: tuple[str, ...],
    variables: tuple[str, ...],
) -> tuple[Program, Pattern]:
    """Return the program of the wide triangle's columns, and which column is the derivative of what."""
    offset, basis = affine_parts(law, linear)
    slopes = [gradient(phi, others) for phi in (*basis, offset)]
    terms = [*range(len(linear)), OFFSET]
    entries = [
        ((k, j), slopes[row][j])
        for j in range(len(others))
        for row, k in enumerate(terms)
        if slopes[row][j] != constant(0)
    ]
    columns = tuple(place for place, _ in entries)
    outputs = (*basis, *(slope for _, slope in entries), response - offset)
    program = compile_stages(variables, [Stage(others, outputs)], scalar=True)
    return program, Pattern(len(linear), len(others), columns)
