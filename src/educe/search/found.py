"""What the search for starting values found, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Minimum:
    """One local minimum of the residual sum of squares, near enough to be polished.

    theta : {name: value} of every parameter;  cost : weighted residual sum of squares on the rows searched
    found_from : how many starts led here
    rounds : in how many independent rounds it was found
    flaws : what is wrong with it although the cost is low: a pole, parameters that run away
    """

    theta: Mapping[str, float]
    cost: float
    found_from: int
    rounds: int = 1
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The minima found, best first, and the evidence that the first is the lowest.

    starts : tuple of Minimum, the best first, then by cost;  agreed : starts that led to the best
    rounds, samples : independent rounds, candidates whose cost was computed
    settled : the best minimum was found again from elsewhere and its residuals look like noise
    reasons : sentences -- why it is settled or not;  warnings : sentences the user should read
    symmetries : sentences -- other parameter values that give the very same curve
    aliases : sentences -- other frequencies that fit evenly spaced rows as well
    seconds : float, s
    """

    starts: tuple[Minimum, ...]
    agreed: int
    rounds: int
    samples: int
    settled: bool
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    symmetries: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def regular(self) -> Minimum | None:
        """The best minimum without flaws, None if there is none."""
        return next((start for start in self.starts if not start.flaws), None)
