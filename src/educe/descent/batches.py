"""Which rows make each mini-batch: a function of seed and epoch alone, so that a run can be taken up anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def steps_per_epoch(n: int, batch: int | None) -> int:
    """Return the number of steps in one epoch: n // batch, and 1 for full batch.

    Every batch has the same size; the rows left over sit out this epoch, others the next.
    """
    if batch is not None and not 1 <= batch <= n:
        raise ParameterError(f"a batch must have between 1 and {n} rows, not {batch}.")
    return 1 if batch is None else n // batch


def batch_rows(n: int, batch: int, seed: int, epoch: int) -> NDArray[np.intp]:
    """Return the rows of every batch of one epoch, (steps, batch), a new order in each epoch.

    >>> batch_rows(5, 2, seed=0, epoch=3).shape
    (2, 2)
    """
    steps = steps_per_epoch(n, batch)
    order = np.random.default_rng((seed, epoch)).permutation(n)
    return order[: steps * batch].reshape(steps, batch)
