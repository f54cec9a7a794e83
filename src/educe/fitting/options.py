"""What may be given to `fit`: arguments of another kind are refused before anything is computed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from educe.errors import ParameterError, check_whole, listing, nearest
from educe.formula import parse_expression
from educe.least_squares.losses import LOSSES
from educe.uncertainty.intervals import METHODS

if TYPE_CHECKING:
    from educe.fitting.starting import Progress, Start

ERRORS = ("model", "sandwich")


class Options(NamedTuple):
    """What may be asked of a fit, whichever way its rows take: the arguments of `fit`, where each is explained."""

    start: Start | None
    bounds: Mapping[str, tuple[float, float]] | None
    fixed: Mapping[str, float] | None
    ties: Mapping[str, str] | None
    sigma: Any
    sigma_x: Any
    absolute_sigma: bool
    loss: str
    loss_scale: float | None
    method: str
    where: str | None
    derive: Mapping[str, str] | None
    variables: Sequence[str]
    parameters: Sequence[str]
    iterations: int
    search: bool
    search_seconds: float
    seed: int
    intervals: str
    errors: str
    progress: Progress | None


_EXAMPLES = {
    "start": "{'a': 1.0}",
    "bounds": "{'a': (0, None)}",
    "fixed": "{'a': 1.0}",
    "ties": "{'b': '2*a'}",
    "derive": "{'tau': '1/k'}",
}


def check(asked: Options) -> None:
    """Refuse what cannot be, whatever the law and the rows: names that do not exist, and arguments of a wrong kind.

    Raises ParameterError.
    """
    where = asked.where
    mappings = {option: getattr(asked, option) for option in _EXAMPLES}
    if where is not None and not isinstance(where, str):
        raise ParameterError(
            f"where is a condition as text, such as 'x > 0 and y < 5', not {type(where).__name__}."
        )
    for option, given in mappings.items():
        if given is not None and not isinstance(given, Mapping):
            raise ParameterError(
                f"{option} is a dict, such as {_EXAMPLES[option]}, not {type(given).__name__}."
            )
    for option in ("ties", "derive"):
        for name, text in (mappings.get(option) or {}).items():
            if not isinstance(text, str):
                raise ParameterError(
                    f"{option}: {name} is given by a formula as text, such as '2*a', not {text!r}."
                )
    for option, given, allowed in (
        ("intervals", asked.intervals, METHODS),
        ("errors", asked.errors, ERRORS),
    ):
        if given not in allowed:
            close = nearest(given, allowed) if isinstance(given, str) else ""
            raise ParameterError(f"{option} '{given}' is not one of {', '.join(allowed)}.{close}")
    check_whole("seed", asked.seed, 0)
    if not asked.search_seconds >= 0.0:
        raise ParameterError(f"search_seconds must be at least 0, not {asked.search_seconds}.")
    loss = LOSSES.get(asked.loss)
    if asked.errors == "sandwich" and loss is not None and loss.redescending:
        raise ParameterError(
            f"errors 'sandwich' needs a loss that is convex, and {asked.loss} is not: choose linear, soft-l1 or huber."
        )
    if asked.absolute_sigma and asked.sigma is None:
        raise ParameterError("absolute_sigma says what sigma means; give sigma too.")


def check_derived(derive: Mapping[str, str], parameters: Collection[str]) -> None:
    """Refuse derived quantities that could not be computed once the law is fitted.

    parameters : names of all parameters of the law

    Raises ParameterError for a name that a parameter has, or a formula of anything but parameters.
    """
    for name, text in derive.items():
        if name in parameters:
            raise ParameterError(f"derive: {name} is a parameter of the law; give the quantity another name.")
        for unknown in sorted(parse_expression(text).free_names - set(parameters)):
            raise ParameterError(
                f"derive: {unknown} in '{text}' is not a parameter of the law; its parameters are "
                f"{listing(parameters)}.{nearest(unknown, parameters)}"
            )
