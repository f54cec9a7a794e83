"""How hard to look: little at first, more as long as the answer is not settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Effort:
    """One round's budget.

    samples, per_parameter : candidates drawn, in all and for each nonlinear parameter
    starts, kept, finalists : descents begun, after 12 steps, after 30 more (then up to 150)
    generations : times that good candidates are crossed before the best descend
    atoms, beams, sweeps : the dictionary of the pursuit, partial sums kept, passes of improvement
    """

    samples: int
    per_parameter: int
    starts: int
    kept: int
    finalists: int
    generations: int
    atoms: int
    beams: int
    sweeps: int

    def draws(self, parameters: int) -> int:
        """Return the number of candidates for that many nonlinear parameters."""
        return self.samples + self.per_parameter * parameters


TINY = Effort(60, 30, 12, 6, 3, 0, 300, 2, 1)
MIDDLE = Effort(400, 300, 24, 10, 4, 1, 700, 4, 2)
FULL = Effort(3000, 1500, 64, 20, 6, 3, 1500, 8, 2)


def rounds() -> Iterator[Effort]:
    """Yield the budgets of the rounds, in order."""
    yield from (TINY, TINY, MIDDLE, MIDDLE)
    yield from (FULL,) * 5
