"""Work on a Dask cluster: passes over rows, and parts of very many fits; the answer is that of one process, to the bit.

The scheduler, the workers and what happens when one dies are Dask's. A task knows only the file, which pieces of it to
read and where the parameters stand, so it can be done again anywhere. The files must be seen by all workers.
"""

from __future__ import annotations

import warnings
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError, FitError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from educe.engines.streamed import Part, Run, Work

AHEAD = 2  # tasks for each thread that are under way at once
LOOK, PATIENCE = 5.0, 120.0  # s between two looks at the workers, and without any


def on_cluster(client: Any) -> Run:
    """Return the run on the workers of a Dask client.

    client : dask.distributed.Client

    Raises ParameterError for anything else, or where the cluster has no worker.
    """
    _check(client)

    def run(work: Work, pieces: Iterable[int]) -> Iterator[list[Part]]:
        threads = _threads(client)
        numbers = list(pieces)
        shares = [share.tolist() for share in np.array_split(numbers, min(threads, len(numbers)))]
        futures = [client.submit(carried_out, work, share, pure=False) for share in shares]
        for future in futures:  # in the order of the pieces, whichever comes first
            yield from future.result()

    return run


def carried_out(work: Work, pieces: list[int]) -> list[list[Part]]:
    """Return the parts of each piece; runs on a worker."""
    return [work(piece) for piece in pieces]


def in_order(client: Any, task: Callable[..., Any], given: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield what a task returns for each tuple of arguments, in their order, carried out on the workers.

    client : dask.distributed.Client. At most AHEAD tasks for each of its threads are under way, so that arguments and
    results never fill the scheduler; workers that join meanwhile get their share.

    Raises ParameterError as `on_cluster`, FileError where a worker cannot read a file, FitError for a task whose
    workers died again and again, or where no worker is left.
    """
    from distributed.scheduler import KilledWorker

    _check(client)
    under_way: deque[Any] = deque()
    try:
        for arguments in given:
            while len(under_way) >= AHEAD * _threads(client):
                yield _result(client, under_way.popleft())
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Sending large graph")  # the rows, on purpose
                under_way.append(client.submit(task, *arguments, pure=False))
        while under_way:
            yield _result(client, under_way.popleft())
    except KilledWorker as died:
        raise FitError(
            "workers of the cluster died again and again on the same task; they may have too little memory: "
            f"{str(died).splitlines()[0]}"
        ) from None
    except FileError as refused:
        raise FileError(f"a worker of the cluster: {refused} All must see it under the same path.") from None
    finally:
        client.cancel(list(under_way))


def _result(client: Any, future: Any) -> Any:
    """Return the result of a task; FitError once the cluster has been without workers for PATIENCE seconds."""
    alone = 0.0
    while True:
        try:
            return future.result(timeout=LOOK)
        except TimeoutError:
            if future.done():  # raised by the task itself
                raise
        alone = 0.0 if client.nthreads() else alone + LOOK
        if alone >= PATIENCE:
            raise FitError(
                f"the cluster has had no worker for {PATIENCE:.0f} s; start some, then fit again: what a checkpoint "
                "keeps is not lost."
            )


def _check(client: Any) -> None:
    if not (hasattr(client, "submit") and hasattr(client, "scheduler_info") and hasattr(client, "gather")):
        raise ParameterError(f"engine is a client of a Dask cluster, not {type(client).__name__}.")


def _threads(client: Any) -> int:
    threads = sum(client.nthreads().values())
    if not threads:
        raise ParameterError("the cluster has no workers; start some, then fit again.")
    return int(threads)
