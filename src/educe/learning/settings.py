"""How a network is to be trained: every option, checked at the door."""

from __future__ import annotations

from dataclasses import dataclass

from educe.descent.rules import RULES
from educe.descent.schedules import schedule_named
from educe.errors import ParameterError, listing, nearest
from educe.network.activations import activation_named
from educe.network.initialise import INITIALISATIONS
from educe.network.losses import loss_named

SMALL = "levenberg-marquardt"
OPTIMIZERS = (SMALL, "l-bfgs", *RULES)
ENGINES = ("auto", "numpy", "jax")
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
    budget: float = 20.0
    seed: int = 0
    engine: str = "auto"
    precision: str = "float64"

    def __post_init__(self) -> None:
        """Refuse options that cannot hold."""
        activation_named(self.activation)
        activation_named(self.output)
        loss_named(self.loss, bend=1.0 if self.bend is None else self.bend)
        schedule_named(self.schedule)
        _one_of("optimizer", self.optimizer, (None, *OPTIMIZERS))
        _one_of("initialisation", self.initialisation, (None, *INITIALISATIONS))
        _one_of("engine", self.engine, ENGINES)
        _one_of("precision", self.precision, ("float64", "float32"))
        for name in ("starts", "epochs", "batch"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ParameterError(f"{name} must be at least 1, not {value}.")
        if self.folds < 2:
            raise ParameterError(f"folds must be at least 2, not {self.folds}.")
        if self.seed < 0:
            raise ParameterError(f"seed must be a whole number of at least 0, not {self.seed}.")
        for name, value in (("penalty", self.penalty), ("rate", self.rate), ("budget", self.budget)):
            if value is not None and not (value > 0.0 or (name == "penalty" and value == 0.0)):
                raise ParameterError(f"{name} must be above 0, not {value!r}.")
        if self.hidden is not None and not all(isinstance(w, int) and w >= 1 for w in self.hidden):
            raise ParameterError(f"hidden must be widths of at least 1, as in (16, 16), not {self.hidden!r}.")
        if self.optimizer == SMALL and self.loss != "mse":
            raise ParameterError(
                f"{SMALL} minimises sums of squares; for the loss {self.loss} take l-bfgs or adam."
            )
        if self.loss == "poisson" and self.output != "identity":
            raise ParameterError(f"the poisson loss needs the output 'identity', not '{self.output}'.")


def _one_of(what: str, given: str | None, allowed: tuple[str | None, ...]) -> None:
    if given not in allowed:
        names = [name for name in allowed if name is not None]
        raise ParameterError(
            f"{what} '{given}' is unknown; there are {listing(names)}.{nearest(str(given), names)}"
        )
