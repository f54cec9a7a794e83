"""Many rows, many fits, files larger than memory, a cluster: each figure a ratio in one run. `make bench-scale`."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

import scale_many
import scale_networks
from timing import table

PAGE = Path(__file__).parent.parent / "docs" / "scaling.md"
BEGIN, END = "<!-- bench:start -->", "<!-- bench:end -->"
SCHEMA = ("x", "y", "z")
GROUP = 1 << 20

LAWS = {  # name: law, truth, starts, the same for SciPy, its exact Jacobian
    "a\\*exp(-b\\*x) + c": ("z = a*exp(-b*x) + c", {"a": 2.0, "b": 0.7, "c": 0.5}, {"b": 0.9}),
    "a\\*sin(b\\*x) + c\\*cos(d\\*y)": (
        "z = a*sin(b*x) + c*cos(d*y)",
        {"a": 2.0, "b": 1.3, "c": 0.5, "d": 0.8},
        {"b": 1.27, "d": 0.83},
    ),
    "2-D Gaussian": (
        "z = a*exp(-(x - m)**2/(2*s**2) - (y - n)**2/(2*t**2)) + c",
        {"a": 2.0, "m": 0.3, "s": 0.8, "n": -0.2, "t": 1.1, "c": 0.5},
        {"m": 0.2, "s": 0.9, "n": -0.1, "t": 1.0},
    ),
    "a\\*sin(x) + b\\*cos(y)": ("z = a*sin(x) + b*cos(y)", {"a": 2.0, "b": 0.5}, {}),
}


def rows(n: int, law: str, truth: dict[str, float], seed: int = 0) -> dict[str, np.ndarray]:
    """Return simulated measurements of a law."""
    from educe.formula import evaluate, parse

    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-3, 3, n), rng.uniform(-3, 3, n)
    value = evaluate(parse(law).expression, {"x": x, "y": y, **truth})
    return {"x": x, "y": y, "z": value + 0.1 * rng.standard_normal(n)}


def cpu(work):
    """Return what the work gives, and the CPU seconds of this process that it takes."""
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def _least(work, rounds: int) -> tuple[float, float]:
    """Return the least CPU seconds and the least seconds of the clock over some rounds."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        _, seconds = cpu(work)
        found.append((seconds, time.perf_counter() - began))
    return min(f[0] for f in found), min(f[1] for f in found)


def in_memory(n: int, rounds: int) -> str:
    """Return the table of whole fits of n rows beside curve_fit."""
    from scipy.optimize import curve_fit

    import educe
    from educe.formula import gradient, parse

    lines = []
    for name, (law, truth, start) in LAWS.items():
        data = rows(n, law, truth)
        free = list(truth)
        f = parse(law).expression
        value, jacobian = _numpy(f, free), _numpy(gradient(f, free), free)
        p0 = [start.get(k, 1.0) for k in free]
        educe.fit(law, data, start=start or None)  # compiled, or read from the cache
        ours, wall = _least(
            lambda law=law, data=data, start=start: educe.fit(law, data, start=start or None).stderr, rounds
        )
        plain = _without_compiling(law, data, start)
        xy = (data["x"], data["y"])
        began = time.perf_counter()
        (theta, _), numeric = cpu(
            lambda value=value, xy=xy, data=data, p0=p0: curve_fit(value, xy, data["z"], p0)
        )
        theirs = time.perf_counter() - began
        began = time.perf_counter()
        _, exact = cpu(
            lambda value=value, xy=xy, data=data, p0=p0, jacobian=jacobian: curve_fit(
                value, xy, data["z"], p0, jac=jacobian
            )
        )
        theirs = min(theirs, time.perf_counter() - began)
        fit = educe.fit(law, data, start=start or None)
        apart = max(abs(fit.params[k] - v) / fit.stderr[k] for k, v in zip(free, theta, strict=True))
        best = min(numeric, exact)
        lines.append(
            [
                name,
                f"{ours:.2f}",
                f"{wall:.2f}",
                f"{plain:.2f}",
                f"{numeric:.1f}",
                f"{exact:.1f}",
                f"{best / ours:.0f}",
                f"{theirs / wall:.0f}",
                f"{best / plain:.1f}",
                f"{apart:.0e}",
            ]
        )
    header = [
        f"{n:.0e} rows in memory",
        "educe, CPU s",
        "wall s",
        "without compiling",
        "curve_fit, CPU s",
        "exact jac",
        "ratio of CPU",
        "ratio of wall",
        "without compiling",
        "apart, std. errors",
    ]
    return f"### Rows in memory\n\n{table(header, lines)}"


def _numpy(expressions, free):
    """Return SciPy's function of (x, y) and the parameters, as a user would write it in NumPy."""
    single = not isinstance(expressions, list)
    texts = [str(e) for e in ([expressions] if single else expressions)]
    names = {"sin": np.sin, "cos": np.cos, "exp": np.exp}
    body = texts[0] if single else f"column_stack([broadcast_to(v, x.shape) for v in ({', '.join(texts)},)])"
    names |= {"column_stack": np.column_stack, "broadcast_to": np.broadcast_to}
    return eval(f"lambda xy, {', '.join(free)}: (lambda x, y: {body})(*xy)", names)  # noqa: S307 -- a law from above


def _without_compiling(law, data, start) -> float:
    import educe
    from educe.engines import threaded

    kept, threaded.COMPILED_FROM = threaded.COMPILED_FROM, math.inf
    try:
        return cpu(lambda: educe.fit(law, data, start=start or None).stderr)[1]
    finally:
        threaded.COMPILED_FROM = kept


def triangles(n: int) -> str:
    """Return the table of one pass per row on one thread, beside the library's sine and the speed of memory."""
    from educe.engines.model import formula_model
    from educe.engines.threaded import Threaded
    from educe.formula import parse, parse_expression

    data = rows(n, LAWS["2-D Gaussian"][0], LAWS["2-D Gaussian"][1])
    sine = min(cpu(lambda: np.sin(data["x"]))[1] for _ in range(5)) / n * 1e9
    total = min(cpu(lambda: data["x"].sum())[1] for _ in range(5)) / n * 1e9
    lines = []
    for name, (law, truth, _) in LAWS.items():
        names = tuple(truth)
        model = formula_model(parse_expression("z"), parse(law).expression, names, eliminate=frozenset())
        problem = Threaded(model, [data[v] for v in model.variables], threads=1)
        theta = [truth[k] for k in model.names]
        problem.triangle(theta)
        ns = (
            min(cpu(lambda problem=problem, theta=theta: problem.triangle(theta))[1] for _ in range(5))
            / n
            * 1e9
        )
        lines.append([name, f"{ns:.1f}", f"{ns / sine:.2f}", f"{ns / (total * len(model.variables)):.1f}"])
    words = f"NumPy's sine takes {sine:.1f} ns here, reading a float64 from memory {total:.2f} ns, both on one thread."
    header = ["law", "ns a row, one thread", "sines of NumPy", "times reading its columns"]
    return f"### One triangle\n\n{table(header, lines)}\n\n{words}"


def digits_kept() -> str:
    """Return the table of digits that triangles of many rows and normal equations keep, judged in exact arithmetic."""
    from educe.engines.model import formula_model
    from educe.engines.threaded import Threaded
    from educe.formula import parse, parse_expression

    rng = np.random.default_rng(1)
    n, names, inputs = 70 * 1024, "abcde", "stuvw"
    law = parse("z = " + " + ".join(f"{a}*{x}" for a, x in zip(names, inputs, strict=True)))
    model = formula_model(parse_expression("z"), law.expression, tuple(names), eliminate=frozenset())
    lines = []
    for power in (2, 4, 6, 8, 10, 12):
        p = len(names)
        U = np.linalg.qr(rng.standard_normal((n, p)))[0]
        V = np.linalg.qr(rng.standard_normal((p, p)))[0]
        J = U * np.logspace(0, -power, p) @ V.T
        r = J @ rng.standard_normal(p) + 1e-7 * rng.standard_normal(n)
        columns = {**dict(zip(inputs, J.T, strict=True)), "z": r}
        R = Threaded(model, [columns[name] for name in model.variables]).triangle([0.0] * p)[0]
        exact = _solved_exactly(J, r)
        by_triangle = np.linalg.solve(np.triu(R[:p, :p]), R[:p, p])
        try:
            by_normal = np.linalg.solve(J.T @ J, J.T @ r)
        except np.linalg.LinAlgError:
            by_normal = np.full(p, np.inf)
        kept = [_digits(found, exact) for found in (by_triangle, by_normal)]
        lines.append([f"1e{power}", *(f"{k:.1f}" for k in kept), f"{kept[0] - kept[1]:.1f}"])
    header = ["condition", "digits by triangles", "by normal equations", "more"]
    return f"### Digits kept\n\n{table(header, lines)}"


def _solved_exactly(J: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return the least squares solution, from sums of products of whole numbers."""
    import mpmath

    columns = [[int(v) for v in np.ldexp(column, 200)] for column in (*J.T, r)]
    sums = [[sum(a * b for a, b in zip(x, y, strict=True)) for y in columns] for x in columns[:-1]]
    with mpmath.workdps(80):
        G = mpmath.matrix(sums) / mpmath.mpf(2) ** 400
        p = len(sums)
        return np.array([float(v) for v in mpmath.lu_solve(G[:, :p], G[:, p])])


def _digits(found: np.ndarray, exact: np.ndarray) -> float:
    error = float(np.linalg.norm(found - exact) / np.linalg.norm(exact))
    return max(0.0, min(16.0, -math.log10(error))) if error > 0 and math.isfinite(error) else 0.0


def written(path: Path, n: int) -> Path:
    """Write n rows of the sum of sine and cosine as Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    law, truth, _ = list(LAWS.values())[1]
    schema = pa.schema([(name, pa.float64()) for name in SCHEMA])
    with parquet.ParquetWriter(path, schema, compression="none", use_dictionary=False) as out:
        for k in range(0, n, GROUP):
            out.write_table(
                pa.table(rows(min(GROUP, n - k), law, truth, seed=k), schema=schema), row_group_size=GROUP
            )
    return path


STREAM = """
import json, sys, time
import educe, educe.engines.loops, pyarrow.parquet
from educe.engines.threaded import processors
from concurrent.futures import ThreadPoolExecutor
path, law = sys.argv[1:]
def read(k):
    with pyarrow.parquet.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
        return file.read_row_group(k, use_threads=False).num_rows  # decoded into memory, as the fit needs it
def peak():
    with open("/proc/self/status") as status:  # ru_maxrss would begin at the parent's
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
before = peak()
groups = range(pyarrow.parquet.ParquetFile(path).num_row_groups)
def reading():
    began = time.perf_counter()
    with ThreadPoolExecutor(processors()) as pool:
        n = sum(pool.map(read, groups))
    return time.perf_counter() - began
educe.fit(law, path, start={"b": 1.27, "d": 0.83}, memory="600MB")
grown = peak() - before
found = []
for _ in range(3):
    alone = reading()
    how = educe.fit(law, path, start={"b": 1.27, "d": 0.83}, memory="600MB").streaming
    found.append((how.seconds / how.passes / alone, alone, how))
ratio, alone, how = min(found)
print(json.dumps({"read": alone, "passes": how.passes, "seconds": how.seconds, "sample": how.sample_seconds,
                  "grown": grown / 1e3, "n": how.rows, "ratio": ratio}))
"""


def streamed(path: Path) -> str:
    """Return the table of a fit of a file beside only reading it."""
    small = written(path.with_name("small.parquet"), 2 * GROUP)
    for file in (small, path):  # compiling, which the first one does, is not reading
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", STREAM, str(file), list(LAWS.values())[1][0]],
            capture_output=True,
            text=True,
            check=True,
        )
    f = json.loads(done.stdout)
    line = [
        f"{f['n']:,}",
        f"{f['read']:.2f}",
        f"{f['sample']:.2f}",
        str(f["passes"]),
        f"{f['seconds'] / f['passes']:.2f}",
        f"{f['ratio']:.2f}",
        f"{f['grown']:.0f}",
    ]
    header = [
        "rows, Parquet, in the page cache",
        "only reading, s",
        "sample, s",
        "full passes",
        "s a pass",
        "of only reading",
        "MB beyond imports",
    ]
    return f"### A file larger than memory\n\n{table(header, [line])}\n\nOf three rounds the one with the least ratio."


def cluster(path: Path) -> str:
    """Return the table of the same fit on two worker processes beside one."""
    from distributed import Client, LocalCluster

    import educe

    law, start = list(LAWS.values())[1][0], {"b": 1.27, "d": 0.83}
    seconds, bits = {}, []
    for workers in (1, 2):
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as local,
            Client(local) as client,
        ):
            educe.fit(law, path, start=start, engine=client)
            fits = [educe.fit(law, path, start=start, engine=client) for _ in range(2)]
            bits.append(fits[0].theta.tobytes())
            seconds[workers] = min(fit.streaming.seconds for fit in fits)
    small = path.with_name("small.parquet")
    written(small, 4 * GROUP // 1024)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
        Client(local) as client,
    ):
        educe.fit(law, small, start=start, engine=client)
        hows = [educe.fit(law, small, start=start, engine=client).streaming for _ in range(5)]
        overhead = min(how.seconds / how.passes for how in hows) * 1e3
    line = [
        f"{seconds[1]:.1f}",
        f"{seconds[2]:.1f}",
        f"{seconds[1] / seconds[2]:.2f}",
        f"{overhead:.0f}",
        "yes" if bits[0] == bits[1] else "no",
    ]
    header = ["passes, one worker process, s", "two, s", "ratio", "ms a pass of a small file", "same bits"]
    return f"### A Dask cluster on this machine\n\n{table(header, [line])}"


def folder_in(folder: str, name: str) -> Path:
    """Return a new folder within one."""
    inside = Path(folder) / name
    inside.mkdir()
    return inside


def main() -> None:
    """Run all sections and replace the generated part of docs/scaling.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the rows, and print instead of writing"
    )
    parser.add_argument(
        "--only", help="one section: memory, triangles, digits, many, streamed, networks or cluster"
    )
    chosen = parser.parse_args()
    scale = 10 if chosen.quick else 1
    from run import _machine

    parts = [_machine()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        sections = {
            "triangles": lambda: triangles(4_000_000 // scale),
            "memory": lambda: in_memory(10_000_000 // scale, 1 if chosen.quick else 3),
            "digits": digits_kept,
            "many": lambda: scale_many.sections(Path(folder), scale),
            "streamed": lambda: streamed(written(file, 100_000_000 // scale)),
            "networks": lambda: scale_networks.section(folder_in(folder, "networks"), scale),
            "cluster": lambda: cluster(file if file.exists() else written(file, 100_000_000 // scale)),
        }
        for name, section in sections.items():
            if chosen.only in (None, name):
                parts.append(section())
                print(parts[-1], file=sys.stderr, flush=True)
    text = "\n\n".join(parts)
    if chosen.quick or chosen.only:
        print(text)
        return
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
