"""A law that has a name: its formula, what its symbols mean, and values with which it can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class NamedLaw:
    """One law of the library.

    name : str -- an identifier, used like a function: ``y = gaussian(x)``
    text : str -- its right side in educe's grammar
    title : str
    description : str -- what it describes; who wrote it down, and when
    inputs : variable -> (low, high, meaning), in the order in which the law is called
    parameters : parameter -> (typical value, meaning)
    group : str -- the chapter of the library

    >>> line = NamedLaw("line", "m*x", "Line", "A line.", {"x": (0, 1, "input")}, {"m": (2, "slope")})
    >>> line.variables, line.example, line.ranges, line.meaning
    (('x',), {'m': 2.0}, {'x': (0.0, 1.0)}, {'m': 'slope'})
    """

    name: str
    text: str
    title: str
    description: str
    inputs: Mapping[str, tuple[float, float, str]]
    parameters: Mapping[str, tuple[float, str]]
    group: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables, in call order."""
        return tuple(self.inputs)

    @property
    def signature(self) -> str:
        """How the law is called, ``gaussian(x)``."""
        return f"{self.name}({', '.join(self.inputs)})"

    @property
    def meaning(self) -> dict[str, str]:
        """What each parameter is, in words."""
        return {name: words for name, (_, words) in self.parameters.items()}

    @property
    def example(self) -> dict[str, float]:
        """A typical value for each parameter."""
        return {name: float(value) for name, (value, _) in self.parameters.items()}

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """For each variable the interval over which the example is worth drawing."""
        return {name: (float(low), float(high)) for name, (low, high, _) in self.inputs.items()}
