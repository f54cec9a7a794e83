"""Timing that holds on a shared machine: CPU time of this thread, tools taking turns, the least of several rounds."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def take_turns(
    tools: Mapping[str, Callable[[], Any]], *, rounds: int = 9, seconds: float = 0.02
) -> dict[str, float]:
    """Return for each tool the least CPU seconds of one call.

    In each round every tool is called often enough to fill `seconds`, one tool after the other, so that a slow
    moment of the machine meets all of them.
    """
    calls = {name: max(1, int(seconds / max(_once(tool), 1e-7))) for name, tool in tools.items()}
    best = dict.fromkeys(tools, math.inf)
    for _ in range(rounds):
        for name, tool in tools.items():
            began = time.thread_time()
            for _ in range(calls[name]):
                tool()
            best[name] = min(best[name], (time.thread_time() - began) / calls[name])
    return best


def _once(tool: Callable[[], Any]) -> float:
    tool()
    began = time.perf_counter()
    tool()
    return time.perf_counter() - began


def geometric_mean(values: list[float]) -> float:
    """Return the geometric mean; nan of nothing."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def digits(found: float, certified: float, most: float = 11.0) -> float:
    """Return the log relative error: how many leading digits are right, between 0 and `most`."""
    if not math.isfinite(found):
        return 0.0
    error = abs(found - certified) / abs(certified)
    return most if error == 0.0 else min(most, max(0.0, -math.log10(error)))


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
