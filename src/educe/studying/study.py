"""`study`: laws, networks and classical methods on the same data, over everything that may matter."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING

from educe.errors import ParameterError, check_whole
from educe.studying.outcome import Outcome, contenders, judged
from educe.studying.questions import Cell, cells
from educe.studying.result import Study, this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Task = tuple[Cell, str]


def study(
    only: Sequence[str] = (),
    *,
    full: bool = False,
    jobs: int | None = None,
    seed: int = 0,
    told: Callable[[str], None] = lambda _: None,
) -> Study:
    """Ask where networks predict better than laws and classical methods, and where worse.

    Every contender of `educe compare` learns from the same noisy rows, and is judged on 2,000 fresh points without
    noise inside the measured region, and as many around it.

    only : questions, of law, inputs, rows, noise and shape; all if none is named
    full : more draws and settings, some 25 times the work
    jobs : processes; None: as many as there are cores;  seed : of the first draw, the same seed draws the same data
    told : of each outcome, as it comes

    Returns a Study; a keyboard interrupt ends it early and keeps what is done. Raises ParameterError for a question
    that there is not, or fewer than one job.

    >>> from educe.studying.study import study
    >>> found = study(only=["nothing"])
    Traceback (most recent call last):
    ...
    educe.errors.ParameterError: there is no question 'nothing'; there are law, inputs, rows, noise, shape.
    """
    if jobs is not None and jobs < 1:
        raise ParameterError(f"jobs must be at least 1, not {jobs}.")
    check_whole("seed", seed, 0)
    began = time.perf_counter()
    work = tasks(only, full=full, seed=seed)
    found: list[Outcome] = []
    interrupted = False
    try:
        for outcome in _outcomes(work, jobs or len(os.sched_getaffinity(0))):
            found.append(outcome)
            told(f"{outcome.cell.question}: {outcome.contender}")
    except KeyboardInterrupt:
        interrupted = True
    place = {task: k for k, task in enumerate(work)}
    found.sort(key=lambda outcome: place[(outcome.cell, outcome.contender)])
    return Study(tuple(found), full, seed, time.perf_counter() - began, interrupted, this_machine())


def tasks(only: Sequence[str] = (), *, full: bool = False, seed: int = 0) -> list[Task]:
    """Return every contender of every data set."""
    return [(cell, who.name) for cell in cells(only, full=full, seed=seed) for who in contenders(cell)]


def _outcomes(work: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Yield outcomes as they come, long tasks first so that no core waits at the end."""
    work = sorted(work, key=lambda task: -task[0].n)
    if jobs == 1 or len(work) == 1:
        yield from (judged(*task) for task in work)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_deaf) as pool:
        waiting = [pool.submit(judged, *task) for task in work]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            with contextlib.suppress(RuntimeError):
                pool.shutdown(wait=False, cancel_futures=True)


def _deaf() -> None:
    """Leave Ctrl-C to the process that began the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
