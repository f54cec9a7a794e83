"""Memory that stays with the process: a step of a training then asks the system for none.

The C library of Linux hands large arrays back to the system as soon as they are freed, and the next array of that
size comes page by page, each cleared: two thirds of the time of a gradient over some thousand rows. It learns from
use: once an array of nearly 32 MiB was freed, what is smaller is kept for the next one (`mallopt(3)`,
M_MMAP_THRESHOLD, which is dynamic). The array is never written to, so it takes no memory itself.
"""

from __future__ import annotations

from functools import cache

import numpy as np

LARGEST = 31 * 1024 * 1024  # bytes; arrays of 32 MiB and more are always handed back


@cache
def keep_memory() -> None:
    """Let the C library keep what is freed, up to some 64 MiB; where it does not work in this way, nothing happens."""
    np.empty(LARGEST, dtype=np.uint8)
