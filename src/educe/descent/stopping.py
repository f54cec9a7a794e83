"""Why training stops: each reason with its inequality."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from educe.errors import ParameterError


class Reason(Enum):
    """A stopping reason; its value is the sentence that is shown."""

    EPOCHS = "stopped: the number of epochs was reached"
    """epoch >= epochs."""

    PATIENCE = "stopped early: the validation loss no longer falls; the network of its lowest point is kept"
    """No check of the last `patience` lowered the validation loss."""

    FLAT = "converged: the training loss no longer falls"
    """The loss fell by less than `tolerance` of itself between two checks, or its gradient is zero."""

    GAIN = "converged: one more step would lower the cost by less than a billionth of itself"
    """Levenberg-Marquardt: the promised reduction is at most 1e-9 of the cost."""

    ITERATIONS = "stopped: the number of iterations was reached"
    """Levenberg-Marquardt: iterations >= the limit."""

    DAMPING = "stopped: no step lowers the cost any more"
    """Levenberg-Marquardt: the damping exceeds 1e12 times the mean of diag(J'J)."""

    EXPLODED = "stopped: the loss exploded however small the step"
    """The rate was halved `halvings` times."""

    INTERRUPTED = "stopped by the user; the best network so far is kept"
    """KeyboardInterrupt."""


@dataclass(frozen=True)
class Limits:
    """When to look and when to stop.

    epochs : at most;  check : epochs between two looks at the loss (progress, validation, checkpoint)
    patience : checks without a lower validation loss;  tolerance : relative, of the training loss per check
    explosion : factor over the lowest loss that counts as an explosion;  halvings : at most
    """

    epochs: int = 2000
    check: int = 20
    patience: int = 25
    tolerance: float = 1e-9
    explosion: float = 10.0
    halvings: int = 30

    def __post_init__(self) -> None:
        """Refuse limits that cannot hold."""
        if self.epochs < 1 or self.check < 1 or self.patience < 1:
            raise ParameterError(
                f"epochs, check and patience must be at least 1, not {self.epochs}, {self.check}, {self.patience}."
            )
