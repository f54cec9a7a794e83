"""How much memory is free."""

from __future__ import annotations

import math
import os


def available() -> float:
    """Return the bytes of memory that are free, or infinity where the system does not say."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return math.inf
