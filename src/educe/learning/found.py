"""What a training found, in scaled units: handed from the trainer to the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from educe.learning.choosing import Tried
    from educe.network.architecture import Architecture

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Unseen:
    """Predictions of rows by networks that did not see them.

    index : (k,) which rows;  fold : (k,) which member did not see it;  values : (targets, k) its prediction, scaled
    members : (folds, P)
    """

    index: Index
    fold: Index
    values: Array
    members: Array


@dataclass(frozen=True, eq=False)
class Found:
    """The end of a training.

    starts : training loss (mean) that each start reached, without penalty;  history : training loss by epoch
    """

    architecture: Architecture
    theta: Array
    penalty: float
    optimizer: str
    engine: str
    epochs: int
    reason: str
    starts: tuple[float, ...]
    history: tuple[float, ...]
    unseen: Unseen
    tried: tuple[Tried, ...] = ()
    notes: tuple[str, ...] = field(default=())
