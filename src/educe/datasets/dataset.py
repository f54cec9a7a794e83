"""One set of measurements that ships with educe, and the values certified for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Certificate:
    """What the National Institute of Standards and Technology certifies for one problem, to 11 digits.

    parameters : name -> certified least-squares estimate
    stderr : name -> certified standard deviation of the estimate
    rss : residual sum of squares
    residual_sd : residual standard deviation, sqrt(rss/dof)
    dof : degrees of freedom, rows minus parameters
    difficulty : "lower", "average" or "higher"
    """

    parameters: Mapping[str, float]
    stderr: Mapping[str, float]
    rss: float
    residual_sd: float
    dof: int
    difficulty: str


@dataclass(frozen=True, eq=False)
class DataSet:
    """Named columns of measurements, with where they come from and a law that suits them.

    columns : name -> (n,) float64
    decimals : name -> the same numbers as they were published, as text
    law : a law in educe's grammar, or None
    starts : starting values for the parameters of `law`; two for a NIST problem
    meanings : column -> what it is, with its unit
    origin : "observed", "generated" (computed by the source, with or without noise) or "simulated" (by educe)
    certificate : the certified values of a NIST problem, else None
    """

    name: str
    title: str
    description: str
    source: str
    origin: str
    columns: Mapping[str, NDArray[np.float64]]
    decimals: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, str]
    law: str | None
    starts: tuple[Mapping[str, float], ...]
    certificate: Certificate | None

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))
