"""Whether a training fits into memory, said before it begins."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from educe.errors import ParameterError
from educe.learning.settings import MOST_SQUARED, SMALL
from educe.network.architecture import Architecture

if TYPE_CHECKING:
    from educe.learning.settings import Settings

NETWORKS = 24  # side by side


def refuse_if_too_large(shape: tuple[int, ...], targets: int, settings: Settings) -> None:
    """Raise ParameterError where the training needs more memory than the machine has free.

    shape : (inputs, rows)
    """
    if settings.hidden is None:
        return
    P = Architecture((shape[0], *settings.hidden, targets)).parameters
    squared = settings.optimizer == SMALL or (settings.optimizer is None and P <= MOST_SQUARED)
    widest = max((1, *settings.hidden))
    rows = min(shape[1], settings.batch or shape[1])
    need = 8.0 * (4 * NETWORKS * P * P if squared else 50 * P + 8 * rows * widest)
    free = available()
    if need > free:
        batch = int(free / (64.0 * widest)) or 1
        fits = "another optimizer, such as adam" if squared else f"a batch of at most {batch} rows"
        raise ParameterError(
            f"training a network of {P} parameters on {rows} rows at once needs some {need / 1e9:.1f} GB; "
            f"{free / 1e9:.1f} GB are free. What would fit: {fits}."
        )


def available() -> float:
    """Return the bytes of memory that are free, or infinity where the system does not say."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return math.inf
