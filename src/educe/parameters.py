"""A parameter of a law: its name, where the search may begin, and where it may lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

from educe.errors import ParameterError


@dataclass(frozen=True)
class Parameter:
    """One constant of a law.

    name : str
    start : float or None -- starting value, in the parameter's own unit; None: not given
    lower, upper : float -- bounds, lower < upper; infinite where there is none
    fixed : bool -- held at `start`

    Raises ParameterError if the bounds cross, the start lies outside them, or a fixed one has no value.

    >>> Parameter("k", start=2.0, lower=0.0).bounded
    True
    """

    name: str
    start: float | None = None
    lower: float = -math.inf
    upper: float = math.inf
    fixed: bool = False

    def __post_init__(self) -> None:
        if math.isnan(self.lower) or math.isnan(self.upper):
            raise ParameterError(f"{self.name}: a bound is not a number.")
        if self.lower > self.upper:
            raise ParameterError(
                f"{self.name}: lower bound {self.lower:g} is above upper bound {self.upper:g}. "
                "Give lower < upper."
            )
        if self.lower == self.upper:
            raise ParameterError(
                f"{self.name}: both bounds are {self.lower:g}. Fix the parameter instead: {self.name}={self.lower:g}."
            )
        if self.fixed and self.start is None:
            raise ParameterError(f"{self.name}: a fixed parameter needs its value.")
        if self.start is not None:
            if not math.isfinite(self.start):
                raise ParameterError(f"{self.name}: the starting value must be finite, not {self.start}.")
            if not self.lower <= self.start <= self.upper:
                raise ParameterError(
                    f"{self.name}: starting value {self.start:g} is outside its bounds "
                    f"{self.lower:g} .. {self.upper:g}."
                )

    @property
    def bounded(self) -> bool:
        """Whether either bound is finite."""
        return math.isfinite(self.lower) or math.isfinite(self.upper)
