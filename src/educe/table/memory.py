"""How much memory is free, and whether a file is to be held in it."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

from educe.errors import ParameterError

SMALL = 1e8  # bytes of a file that is always read whole
MOST_OF_FREE = 0.25  # share of the free memory from which a file is read row by row


def available() -> float:
    """Return the bytes of memory that can be had, or infinity where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * float(line.split()[1])
    except (OSError, ValueError):
        pass
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return math.inf


def is_large(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is to be read row by row: it is a folder, or would take much of the free memory."""
    if os.path.isdir(path):
        return True
    with contextlib.suppress(OSError):
        size = os.path.getsize(path)
        return size > SMALL and size > available() * MOST_OF_FREE
    return False


def bytes_of(text: str | float) -> float:
    """Return the bytes that a text such as ``"500MB"`` or ``"2 GB"`` means.

    Raises ParameterError if it means none.

    >>> bytes_of("500MB")
    500000000.0
    """
    units = {"": 1.0, "B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
    words = str(text).strip().upper()
    number = words.rstrip("KMGTB ")
    unit = words[len(number) :].strip()
    try:
        value = float(number) * units[unit]
    except (ValueError, KeyError):
        raise ParameterError(f"memory is a size such as 500MB or 2GB, not '{text}'.") from None
    if not 0.0 < value < math.inf:
        raise ParameterError(f"memory must be above 0, not '{text}'.")
    return value
