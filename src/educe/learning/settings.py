"""How a network is to be trained: every option, checked at the door."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from operator import index

from educe.descent.rules import RULES
from educe.descent.schedules import schedule_named
from educe.errors import ParameterError, check_whole, listing, nearest
from educe.network.activations import activation_named
from educe.network.initialise import INITIALISATIONS
from educe.network.losses import loss_named

SMALL = "levenberg-marquardt"
OPTIMIZERS = (SMALL, "l-bfgs", *RULES)
ENGINES = ("auto", "numpy", "jax")
MANY = 2e7  # rows times parameters
MOST_SQUARED = 500
"""Parameters up to which Levenberg-Marquardt, of P^2 n operations a step, is the default."""


@dataclass(frozen=True)
class Settings:
    """Options of `learn`; None lets educe choose."""

    hidden: tuple[int, ...] | None = None
    activation: str = "tanh"
    output: str = "identity"
    loss: str = "mse"
    bend: float | None = None
    penalty: float | None = None
    optimizer: str | None = None
    initialisation: str | None = None
    starts: int | None = None
    epochs: int | None = None
    batch: int | None = None
    rate: float | None = None
    schedule: str = "constant"
    folds: int = 5
    validation: float | None = None
    budget: float = 20.0
    seed: int = 0
    engine: str = "auto"
    precision: str = "float64"

    @property
    def squares(self) -> bool:
        """Whether Levenberg-Marquardt may train it: it minimises squares, and no other optimizer was named."""
        return self.loss == "mse" and self.optimizer in (None, SMALL)

    def __post_init__(self) -> None:
        """Refuse options that cannot hold."""
        activation_named(self.activation)
        activation_named(self.output)
        schedule_named(self.schedule)
        _one_of("optimizer", self.optimizer, (None, *OPTIMIZERS))
        _one_of("initialisation", self.initialisation, (None, *INITIALISATIONS))
        _one_of("engine", self.engine, ENGINES)
        _one_of("precision", self.precision, ("float64", "float32"))
        for name, least in (("starts", 1), ("epochs", 1), ("batch", 1), ("folds", 2)):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), least)
        check_whole("seed", self.seed, 0)
        if self.validation is not None and not 0.0 < self.validation < 1.0:
            raise ParameterError(
                f"validation is the share of the rows held out, above 0 and below 1, not {self.validation!r}."
            )
        for name in ("penalty", "rate", "budget", "bend"):
            _positive(name, getattr(self, name), or_zero=name == "penalty")
        loss_named(self.loss, bend=1.0 if self.bend is None else self.bend)
        if self.hidden is not None and not all(isinstance(w, int) and w >= 1 for w in self.hidden):
            raise ParameterError(f"hidden must be widths of at least 1, as in (16, 16), not {self.hidden!r}.")
        if self.optimizer == SMALL and self.loss != "mse":
            raise ParameterError(
                f"{SMALL} minimises sums of squares; for the loss {self.loss} take l-bfgs or adam."
            )
        if self.bend is not None and self.loss != "huber":
            raise ParameterError(f"bend is of the huber loss; the loss {self.loss} has none.")
        self._check_first_order()
        if self.loss == "poisson" and self.output != "identity":
            raise ParameterError(f"the poisson loss needs the output 'identity', not '{self.output}'.")

    def _check_first_order(self) -> None:
        """Refuse options that the method would not look at, and precisions that the engine does not have."""
        usual = Settings.__dataclass_fields__
        for name in ("batch", "rate", "schedule", "engine", "precision"):
            value = getattr(self, name)
            idle = value == usual[name].default or (name == "engine" and value == "numpy")
            if not idle and self.optimizer not in RULES:
                taken = "the optimizer chosen by itself" if self.optimizer is None else self.optimizer
                raise ParameterError(
                    f"{name} {value!r} is for {listing(RULES)}; {taken} does not use it. Name one of them as optimizer."
                )
        if self.precision == "float32" and self.engine == "numpy":
            raise ParameterError("precision 'float32' is of the engine jax; numpy trains in float64.")


def usual_optimizer(rows: int, parameters: int) -> str:
    """Return the optimizer of a training that is not by squares: mini-batches where a whole batch would take long."""
    return "adam" if rows * parameters > MANY else "l-bfgs"


def widths_of(hidden: int | Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the widths of hidden layers however they were given.

    >>> widths_of(3), widths_of([16, 16]), widths_of(None)
    ((3,), (16, 16), None)
    """
    if hidden is None:
        return None
    try:
        return (index(hidden),) if not isinstance(hidden, Iterable) else tuple(index(w) for w in hidden)
    except TypeError:
        raise ParameterError(
            f"hidden must be widths, whole numbers as in (16, 16), not {hidden!r}."
        ) from None


def _positive(name: str, value: object, *, or_zero: bool) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ParameterError(f"{name} must be a number above 0, not {value!r}.")
    if value < 0.0 or (value == 0.0 and not or_zero):
        raise ParameterError(f"{name} must be above 0, not {value!r}.")


def _one_of(what: str, given: str | None, allowed: tuple[str | None, ...]) -> None:
    if given not in allowed:
        names = [name for name in allowed if name is not None]
        raise ParameterError(
            f"{what} '{given}' is unknown; there are {listing(names)}.{nearest(str(given), names)}"
        )
