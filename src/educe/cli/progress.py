"""Progress on the standard error: after a second, on a terminal, and nowhere else."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 1.0  # seconds without a word


@contextlib.contextmanager
def progress(words: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """Show a bar while the block runs; the block calls what it is given after each of `total` parts.

    words : what is going on;  total : number of parts, None if it is not known
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    done: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=_show, args=(words, total, done, stop), daemon=True)
    thread.start()
    try:
        yield done.append
    finally:
        stop.set()
        thread.join()


def _show(words: str, total: int | None, done: list[str], stop: threading.Event) -> None:
    if stop.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)
        while not stop.wait(0.1):
            last = f"{words}: {done[-1]}" if done else words
            bar.update(task, completed=len(done), description=last)
