"""What a page costs: the time to write the report of a result, and its size: `python benchmarks/pages.py`.

What is timed is the explanation alone, of a result at hand of which nothing has been asked yet.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import educe
from timing import table

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 1_000_000  # rows
LAW = "z = a*sin(x) + b*cos(y)"


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown: median CPU seconds of writing each page, and its bytes."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        for name, made in RESULTS.items():
            result = made(10_000 if quick else MANY)
            seconds = [_timed(result, path) for _ in range(2 if quick else 6)][1:]
            size = path.stat().st_size
            rows.append([name, f"{statistics.median(seconds):.3f}", f"{size / 1e6:.2f}"])
    words = (
        "From a result of which nothing has been asked yet to its page on the disk, CPU seconds, median of 5; a first "
        "page, which loads what all need, is not counted. A page holds its pictures, its numbers and its script, and "
        "asks nothing of any network."
    )
    return f"### Pages\n\n{table(['page about', 'CPU s', 'MB'], rows)}\n\n{words}"


def _timed(result: Any, path: Path) -> float:
    untouched = _untouched(result)
    began = time.process_time()
    untouched.report(path)
    return time.process_time() - began


def _untouched(result: Any) -> Any:
    """Return the same result without what it has computed on demand."""
    if isinstance(result, educe.LearnedTogether):
        return educe.LearnedTogether(tuple(map(_untouched, result.each)))
    return dataclasses.replace(result)


def sensors(n: int) -> dict[str, np.ndarray]:
    """Return readings of the text's two sensors: z = 2 sin(x) + 0.5 cos(y) and noise of 0.1."""
    random = np.random.default_rng(7)
    x, y = random.uniform(-math.pi, math.pi, (2, n))
    return {"x": x, "y": y, "z": 2.0 * np.sin(x) + 0.5 * np.cos(y) + 0.1 * random.standard_normal(n)}


def decay(n: int) -> dict[str, np.ndarray]:
    """Return a decay, sampled evenly: y = 3 exp(-0.4 t) and noise of 0.05."""
    t = np.linspace(0.0, 10.0, n)
    return {"t": t, "y": 3.0 * np.exp(-0.4 * t) + 0.05 * np.random.default_rng(1).standard_normal(n)}


def _network(target: str | list[str] = "z") -> Any:
    data = sensors(500)
    data["w"] = data["x"] * np.cos(data["y"])
    return educe.learn(
        data, target, inputs=["x", "y"], hidden=3, activation="sigmoid", penalty=1e-5, starts=6
    )


def _board() -> Any:
    return educe.compare(sensors(200), "z", laws=[LAW], without=["network", "Gaussian process"], jobs=1)


RESULTS: dict[str, Callable[[int], Any]] = {
    "a law linear in its parameters, 500 rows": lambda _: educe.fit(LAW, sensors(500)),
    "a law that is not, 100 rows": lambda _: educe.fit("y = a*exp(-k*t)", decay(100)),
    "the same, 1,000,000 rows": lambda n: educe.fit("y = a*exp(-k*t)", decay(n)),
    "two inputs, 1,000,000 rows": lambda n: educe.fit(LAW, sensors(n)),
    "a 2-3-1 network, 500 rows": lambda _: _network(),
    "a 2-3-2 network, both targets": lambda _: _network(["z", "w"]),
    "a comparison of ten, 200 rows": lambda _: _board(),
}


if __name__ == "__main__":
    print(run())
