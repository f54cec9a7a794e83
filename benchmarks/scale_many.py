"""Very many small fits beside a loop over curve_fit, compiled and in NumPy, for `make bench-scale`."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from timing import table

if TYPE_CHECKING:
    from pathlib import Path

DECAY = "z = a*exp(-k*x) + c"
DECAY_START = {"a": 2.0, "k": 1.0, "c": 0.5}
LOOPED = 200  # fits of the loop, in each of the rounds
ROUNDS = 4


@contextmanager
def compiled_from(points: float):
    """Let fits be compiled from that many points on."""
    from educe.many import work

    kept, work.COMPILED_FROM = work.COMPILED_FROM, points
    try:
        yield
    finally:
        work.COMPILED_FROM = kept


def many_fits(B: int) -> str:
    """Return the table of fits a second; compiled, NumPy and loop take turns, and the best of each counts."""
    import educe

    lines = []
    for name, law, data, start in _cases(np.random.default_rng(0), B):
        few = {k: v[: len(v) // 5] if v.ndim > 1 else v for k, v in data.items()}
        found, best = None, {"compiled": (0.0, 0.0), "numpy": (0.0, 0.0), "loop": (0.0, 0.0)}
        with compiled_from(0):
            educe.fit_many(law, few, start=start)
        for _ in range(ROUNDS):
            with compiled_from(0):
                found, rates = _rates(partial(educe.fit_many, law, data, start=start))
            best["compiled"] = _better(best["compiled"], rates)
            with compiled_from(math.inf):
                _, rates = _rates(partial(educe.fit_many, law, few, start=start))
            best["numpy"] = _better(best["numpy"], rates)
            best["loop"] = _better(best["loop"], _loop(law, data, start))
        lines.append(_line(name, found, best))
    header = [
        f"{B:,} fits",
        "compiled, a CPU second",
        "a second, 2 cores",
        "NumPy, a second, 2 cores",
        "curve_fit loop",
        "compiled, ratio, one core",
        "2 cores",
        "NumPy, one core",
        "2 cores",
        "converged",
    ]
    return f"### Many small fits\n\n{table(header, lines)}"


def _better(a, b):
    return tuple(max(pair) for pair in zip(a, b, strict=True))


def _line(name, found, best):
    (cpu, wall), (single, numpy), (loop, _) = best["compiled"], best["numpy"], best["loop"]
    rates = [f"{cpu:,.0f}", f"{wall:,.0f}", f"{numpy:,.0f}", f"{loop:,.0f}"]
    ratios = [f"{rate / loop:.0f}" for rate in (cpu, wall, single, numpy)]
    return [name, *rates, *ratios, f"{found.converged.mean():.4f}"]


def _rates(work):
    """Return what the work gives, and its fits in a CPU second and in a second."""
    began, wall = time.process_time(), time.perf_counter()
    found = work()
    seconds, wall = time.process_time() - began, time.perf_counter() - wall
    return found, (len(found) / seconds, len(found) / wall)


def _cases(rng, B):
    for side in (5, 15):
        gx, gy = (a.ravel().astype(float) for a in np.meshgrid(np.arange(side), np.arange(side)))
        count = B if side == 5 else B // 5
        middle, wide = (side - 1) / 2, side / 5
        m, n = middle + rng.uniform(-0.5, 0.5, (2, count, 1))
        a, s = rng.uniform(500, 1500, (count, 1)), rng.uniform(0.9, 1.3, (count, 1)) * wide
        z = a * np.exp(-((gx - m) ** 2 + (gy - n) ** 2) / (2 * s**2)) + rng.uniform(5, 15, (count, 1))
        z += 10 * rng.standard_normal(z.shape)
        law = "z = a*exp(-((x - m)**2 + (y - n)**2)/(2*s**2)) + c"
        start = {"a": 1000.0, "m": middle, "n": middle, "s": 1.1 * wide, "c": 10.0}
        yield f"2-D Gaussian, {side}x{side} pixels", law, {"x": gx, "y": gy, "z": z}, start
    x, z, _ = decays(rng, B)
    yield "exponential, 20 points", DECAY, {"x": x, "z": z}, DECAY_START


def decays(rng, B):
    """Return 20 points for all, B noisy decays, and the sums of squares of their noise."""
    x = np.linspace(0, 4, 20)
    a, k, c = rng.uniform(1, 3, (B, 1)), rng.uniform(0.5, 1.5, (B, 1)), rng.uniform(0.2, 0.8, (B, 1))
    z = rng.standard_normal((B, 20))
    z *= 0.05
    noise = np.vecdot(z, z)
    z += c
    z += a * np.exp(-k * x)
    return x, z, noise


def _loop(law, data, start):
    """Return the fits of a loop over curve_fit in a CPU second, twice."""
    from scipy.optimize import curve_fit

    from educe.formula import parse

    free = list(start)
    inputs = [name for name in data if name != "z"]
    text = f"lambda xs, {', '.join(free)}: (lambda {', '.join(inputs)}: {parse(law).expression})(*xs)"
    value = eval(text, {"exp": np.exp})  # noqa: S307 -- a law from above
    xs = [data[name] for name in inputs]
    began = time.process_time()
    for b in range(LOOPED):
        curve_fit(value, xs, data["z"][b], list(start.values()))
    rate = LOOPED / (time.process_time() - began)
    return rate, rate


def no_cliff(most: int) -> str:
    """Return the table of fits a second from ten thousand data sets to the most, some of them dead or struck."""
    import educe

    lines, rng = [], np.random.default_rng(1)
    for B in (10**k for k in range(4, 1 + round(math.log10(most)))):
        x, z, noise = decays(rng, B)
        dead, struck = rng.random(B) < 0.05, rng.random(B) < 0.01
        z[dead] = 0.0
        z[struck, 7] = 1e4
        good = ~(dead | struck)
        data = {"x": x, "z": z}
        educe.fit_many(DECAY, data, start=DECAY_START)
        found, (cpu, wall) = _rates(partial(educe.fit_many, DECAY, data, start=DECAY_START))
        right = good & found.converged & (found.rss <= noise)  # no minimum is above the truth
        lines.append([f"{B:,}", f"{cpu:,.0f}", f"{wall:,.0f}", f"{good.sum():,}", f"{right.sum():,}"])
        del z, data, found
    header = [
        "exponentials of 20 points",
        "a CPU second",
        "a second, 2 cores",
        "good pixels",
        "of them right",
    ]
    text = "One in twenty is dead, one in a hundred has a point of 10,000; right: as near as the truth or nearer."
    return f"### From ten thousand fits to ten million\n\n{table(header, lines)}\n\n{text}"


def whole_process(folder: Path, B: int) -> str:
    """Return the table of one command from a file of rows in no order to a file of results."""
    import pyarrow as pa
    from pyarrow import parquet

    rng = np.random.default_rng(2)
    x, z, _ = decays(rng, B)
    order = rng.permutation(z.size)
    columns = {"pixel": np.repeat(np.arange(B), 20), "x": np.tile(x, B), "z": z.ravel()}
    file, out = folder / "pixels.parquet", folder / "decays.parquet"
    parquet.write_table(pa.table({name: column[order] for name, column in columns.items()}), file)
    command = [
        sys.executable,
        "-m",
        "educe",
        "fit",
        str(file),
        DECAY,
        "--by",
        "pixel",
        "--save",
        str(out),
        "-q",
    ]
    best = (math.inf, math.inf)
    for _ in range(3):
        out.unlink(missing_ok=True)
        before, began = os.times(), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall, after = time.perf_counter() - began, os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        best = min(best, (wall, used))
    rows = parquet.read_metadata(out).num_rows
    line = [f"{B:,}", f"{z.size:,}", f"{best[0]:.1f}", f"{best[1]:.1f}", f"{rows:,}"]
    header = ["exponentials", "rows, in no order", "s, whole process", "CPU s", "rows written"]
    return f"### From a Parquet file to a Parquet file\n\n{table(header, [line])}"


def sections(folder: Path, scale: int) -> str:
    """Return all tables of many fits."""
    parts = [
        many_fits(200_000 // scale),
        no_cliff(10_000_000 // scale),
        whole_process(folder, 1_000_000 // scale),
    ]
    return "\n\n".join(parts)
