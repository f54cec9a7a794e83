"""Learning-rate schedules: the factor by which the rate is multiplied in each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable

from educe.errors import ParameterError, listing, nearest

Schedule = Callable[[int, int], float]  # (epoch, epochs) -> factor


def constant(epoch: int, epochs: int) -> float:
    """Return 1 in every epoch."""
    return 1.0


def cosine(epoch: int, epochs: int) -> float:
    """Return half a cosine from 1 to 0. Source: Loshchilov and Hutter (2017), equation 5, without restarts.

    >>> [round(cosine(e, 4), 3) for e in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    return 0.5 * (1.0 + math.cos(math.pi * epoch / epochs))


def halving(epoch: int, epochs: int) -> float:
    """Return 1, halved after each tenth of the epochs.

    >>> halving(35, 100)
    0.125
    """
    return float(0.5 ** (10 * epoch // epochs))


def inverse(epoch: int, epochs: int) -> float:
    """Return 1 / (1 + 10 t), t the share of the epochs done. Source: Robbins and Monro (1951)."""
    return 1.0 / (1.0 + 10.0 * epoch / epochs)


def warmup(epoch: int, epochs: int) -> float:
    """Return a linear rise through the first twentieth of the epochs, then the cosine. Source: Goyal et al. (2017)."""
    rise = max(1, epochs // 20)
    return (epoch + 1) / rise if epoch < rise else cosine(epoch - rise, max(1, epochs - rise))


SCHEDULES: dict[str, Schedule] = {s.__name__: s for s in (constant, cosine, halving, inverse, warmup)}


def schedule_named(name: str) -> Schedule:
    """Return the schedule of this name; ParameterError with the nearest name if there is none."""
    if name not in SCHEDULES:
        raise ParameterError(
            f"schedule '{name}' is unknown; there are {listing(SCHEDULES)}.{nearest(name, SCHEDULES)}"
        )
    return SCHEDULES[name]
