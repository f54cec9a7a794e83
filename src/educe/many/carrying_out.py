"""All parts of very many data sets, fitted here or on a cluster, those that are done already left out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.many import Ends
from educe.many.sources import Held
from educe.many.work import carried_out
from educe.table import TextFile
from educe.table.blocks import stamps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from educe.many.finished import Finished
    from educe.many.sources import Source
    from educe.many.work import Work


def all_ends(
    work: Work,
    source: Source,
    done: Finished,
    order: Sequence[int],
    *,
    engine: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ends:
    """Return where the fits of all data sets end, their parameters in this order.

    done : keeps each part as soon as it is fitted;  engine : a Dask client, or None for this process
    progress : called as progress(data sets done, of how many)
    """
    B, p = len(source.keys), len(work.model.names)
    whole = Ends(
        np.empty((B, p)), np.empty((B, p)), np.empty(B), np.empty(B, np.int64), np.empty(B, np.int64)
    )
    total = 0

    def place(number: int, ends: Ends) -> None:
        nonlocal total
        here = slice(source.edges[number], source.edges[number + 1])
        for all_values, values in zip(whole, ends, strict=True):
            all_values[here] = values[:, order] if values.ndim == 2 else values
        total += here.stop - here.start
        if progress is not None:
            progress(total, B)

    to_do: list[int] = []
    for number in range(len(source.edges) - 1):
        kept = done.read(source.edges[number])
        if kept is None:
            to_do.append(number)
        else:
            place(number, kept)
    for number, ends in zip(to_do, _carried_out(work, source, to_do, engine), strict=True):
        done.write(source.edges[number], ends)
        place(number, ends)
    return whole


def _carried_out(work: Work, source: Source, numbers: Sequence[int], engine: Any) -> Iterator[Ends]:
    tasks = ((work, source.piece(number)) for number in numbers)
    if engine is None:
        return (carried_out(*task) for task in tasks)
    from educe.engines.on_cluster import in_order

    return in_order(engine, carried_out, tasks)


def fingerprint(work: Work, source: Source, file: Any, where: str | None) -> str:
    """Return what tells one call from another: law, limits, starts, and the rows, or the file that holds them."""
    limits = [work.limits.lower.tolist(), work.limits.upper.tolist(), work.limits.steps]
    single = work.single
    words = [
        single.law.text,
        limits,
        work.sigma,
        work.poisson,
        single.seed,
        sorted((single.fixed or {}).items()),
    ]
    place = file.path if isinstance(file, TextFile) else file
    known = [] if place is None else stamps(place)
    mark = hashlib.sha256(repr([*words, where, known, source.keys.names]).encode())
    for array in (
        work.starts,
        source.offsets,
        *(source.sets.columns.values() if isinstance(source, Held) else ()),
    ):
        mark.update(np.ascontiguousarray(array).data)
    return mark.hexdigest()
