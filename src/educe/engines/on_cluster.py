"""Passes over rows on a Dask cluster, one task for each worker and pass; the answer is that of one process, to the bit.

The scheduler, the workers and what happens when one dies are Dask's. A task knows only the file, which pieces of it to
read and where the parameters stand, so it can be done again anywhere. The files must be seen by all workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from educe.engines.streamed import Part, Run, Work


def on_cluster(client: Any) -> Run:
    """Return the run on the workers of a Dask client.

    client : dask.distributed.Client

    Raises ParameterError for anything else, or where the cluster has no worker.
    """
    if not (hasattr(client, "submit") and hasattr(client, "scheduler_info") and hasattr(client, "gather")):
        raise ParameterError(f"engine is a client of a Dask cluster, not {type(client).__name__}.")

    def run(work: Work, pieces: Iterable[int]) -> Iterator[list[Part]]:
        threads = client.nthreads()
        if not threads:
            raise ParameterError("the cluster has no workers; start some, then fit again.")
        numbers = list(pieces)
        shares = [
            share.tolist() for share in np.array_split(numbers, min(sum(threads.values()), len(numbers)))
        ]
        futures = [client.submit(carried_out, work, share, pure=False) for share in shares]
        for future in futures:  # in the order of the pieces, whichever comes first
            yield from future.result()

    return run


def carried_out(work: Work, pieces: list[int]) -> list[list[Part]]:
    """Return the parts of each piece; runs on a worker."""
    return [work(piece) for piece in pieces]
