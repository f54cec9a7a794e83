"""Who looks at a training: what is told meanwhile, and the file in which it is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable


@dataclass(frozen=True)
class Stand:
    """Where a training stands, as it is told at every look.

    stage : what is being done, in words;  epoch : epochs done, or steps of one descent, of at most `epochs`
    loss, unseen : of rows trained on and of rows held out, scaled; None where not known yet
    left : s that this stage will take at most, None where that cannot be told yet
    """

    stage: str
    epoch: int = 0
    epochs: int = 1
    loss: float | None = None
    unseen: float | None = None
    left: float | None = None

    def __str__(self) -> str:
        """Return it as a line for a progress bar."""
        counted = self.stage.endswith("epoch")  # steps of a descent pass too quickly to be read
        words = [f"{self.stage} {self.epoch}/{self.epochs}" if counted else self.stage]
        words += [f"loss {self.loss:.3g}"] if self.loss is not None else []
        words += [f"not seen {self.unseen:.3g}"] if self.unseen is not None else []
        words += [f"at most {told(self.left)} left"] if self.left is not None else []
        return ", ".join(words)


def told(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> told(4.2), told(200.0), told(9000.0)
    ('4 s', '3 min', '2.5 h')
    """
    if seconds < 100.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 6000.0 else f"{seconds / 3600.0:.1f} h"


@dataclass(frozen=True)
class Watching:
    """A function told of every look, and the file of the checkpoints."""

    watch: Callable[[Stand], None] | None = None
    checkpoint: str | os.PathLike[str] | None = None
    resume: bool = False

    def tell(self, stand: Stand) -> None:
        """Tell whoever watches."""
        if self.watch is not None:
            self.watch(stand)


@dataclass
class Pace:
    """How long a stage still takes, from its pace so far."""

    began: float = field(default_factory=time.monotonic)
    first: float = 0.0

    def left(self, done: float) -> float | None:
        """Return the seconds left, given the share of the work that is done, in [0, 1]."""
        if done <= self.first:
            return None
        return (time.monotonic() - self.began) / (done - self.first) * (1.0 - done)
