"""Networks on files larger than memory: passes beside training in memory and only reading; memory; sorted files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from timing import table

GROUP = 1 << 20
NOISE = 0.1
NEW = 100_000

PROGRAM = """
import json, sys, time
import educe, educe.learning.streaming, pyarrow.parquet, scipy.spatial, threadpoolctl
import importlib.util
if importlib.util.find_spec("jax"):
    import educe.engines.network_compiled
def peak():
    with open("/proc/self/status") as status:  # ru_maxrss would begin at the parent's
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
before = peak()
path, options = sys.argv[1], json.loads(sys.argv[2])
memory = options.pop("memory")
data = path
if memory is None:
    found = pyarrow.parquet.read_table(path)
    data = {name: found[name].to_numpy() for name in found.column_names}
passes = []
cpu = time.process_time()
net = educe.learn(data, "z", memory=memory, watch=lambda stand: passes.append((time.process_time(), stand)), **options)
cpu = time.process_time() - cpu
looks = [(at, stand) for at, stand in passes if stand.unseen is not None and stand.epochs == passes[-1][1].epochs]
share = (looks[-1][1].epoch - looks[0][1].epoch) / looks[-1][1].epochs
net.save(sys.argv[3])
grown = (peak() - before) / 1e3
began = time.perf_counter()
file = pyarrow.parquet.ParquetFile(path, memory_map=True, pre_buffer=False)
for k in range(file.num_row_groups):
    file.read_row_group(k, use_threads=False)
reading = time.perf_counter() - began
print(json.dumps({"reading": reading, "cpu": cpu, "seconds": net.seconds, "grown": grown, "n": net.n,
                  "pass": (looks[-1][0] - looks[0][0]) / (share * net.epochs), "epochs": net.epochs,
                  "engine": net.engine, "layers": list(net.layers), "unseen": net.validation_rmse}))
"""


def law(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the function that is learned."""
    return 2.0 * np.sin(x) + 0.5 * x * np.cos(y)


def measured(n: int, seed: int) -> dict[str, np.ndarray]:
    """Return simulated measurements of it."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-3.0, 3.0, (2, n))
    return {"x": x, "y": y, "z": law(x, y) + NOISE * rng.standard_normal(n)}


def written(path: Path, n: int, *, by: str | None = None) -> Path:
    """Write n rows as Parquet, sorted by a column if one is named."""
    schema = pa.schema([(name, pa.float64()) for name in "xyz"])
    with parquet.ParquetWriter(path, schema, compression="none", use_dictionary=False) as out:
        if by is not None:
            parts = [measured(min(GROUP, n - k), k) for k in range(0, n, GROUP)]
            data = {name: np.concatenate([part[name] for part in parts]) for name in "xyz"}
            order = np.argsort(data[by])
            found = pa.table({name: column[order] for name, column in data.items()}, schema=schema)
            out.write_table(found, row_group_size=GROUP)
            return path
        for k in range(0, n, GROUP):
            out.write_table(pa.table(measured(min(GROUP, n - k), k), schema=schema), row_group_size=GROUP)
    return path


def trained(path: Path, **options: Any) -> dict[str, Any]:
    """Return what a training in a process of its own took, and its error against the law."""
    import educe

    kept = path.with_suffix(".json")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(path), json.dumps(options), str(kept)],
        capture_output=True,
        text=True,
        check=True,
    )
    new = measured(NEW, 10**6)
    error = educe.load(kept).predict(new) - law(new["x"], new["y"])
    return json.loads(done.stdout) | {"error": float(np.sqrt(np.mean(error**2)))}


def section(folder: Path, scale: int) -> str:
    """Return the tables. scale : 1, or by how much fewer rows are taken."""
    return (
        f"### Networks on files larger than memory\n\n{_beside(folder, scale)}\n\n{_by_itself(folder, scale)}"
    )


def _beside(folder: Path, scale: int) -> str:
    n = 2_000_000 // scale
    one = {
        "hidden": [32, 32],
        "optimizer": "adam",
        "schedule": "cosine",
        "epochs": 4,
        "batch": 256,
        "validation": 1 / 7,
    }
    rows, sorted_rows = written(folder / "rows.parquet", n), written(folder / "sorted.parquet", n, by="z")
    runs = {
        "in memory": trained(rows, memory=None, **one),
        "file": trained(rows, memory="500MB", **one),
        "file sorted by z": trained(sorted_rows, memory="500MB", **one),
    }
    seen, base = n * 6 / 7, runs["in memory"]["pass"]
    lines = [
        [
            name,
            f"{run['reading']:.2f}",
            f"{run['cpu'] - run['epochs'] * run['pass']:.1f}",
            f"{run['pass']:.1f}",
            f"{seen / run['pass']:,.0f}",
            f"{run['pass'] / base:.2f}",
            f"{run['error']:.4f}",
            f"{run['grown']:.0f}",
        ]
        for name, run in runs.items()
    ]
    header = [
        f"2-32-32-1, Adam, 4 passes, {n:,} rows",
        "only reading, s",
        "before the passes, CPU s",
        "a pass, CPU s",
        "rows a CPU second",
        "of memory's pass",
        "RMSE against the law",
        "MB beyond imports",
    ]
    words = (
        f"By {runs['file']['engine']} throughout. The noise is {NOISE}; the law's own deviation 1.6. In memory the "
        "rate falls from epoch to epoch, of a file from part to part."
    )
    return f"{table(header, lines)}\n\n{words}"


def _by_itself(folder: Path, scale: int) -> str:
    lines = []
    for n in (10_000_000 // scale, 30_000_000 // scale):
        run = trained(written(folder / "large.parquet", n), memory="500MB")
        lines.append(
            [
                f"{run['n']:,}",
                "-".join(map(str, run["layers"])),
                f"{run['reading']:.2f}",
                f"{run['seconds']:.0f}",
                f"{run['cpu']:.0f}",
                f"{run['epochs']}",
                f"{run['unseen']:.4f}",
                f"{run['error']:.4f}",
                f"{run['grown']:.0f}",
            ]
        )
    header = [
        "no options, --memory 500MB, rows",
        "network",
        "only reading, s",
        "in all, s",
        "CPU s",
        "passes",
        "RMSE held out",
        "against the law",
        "MB beyond imports",
    ]
    return table(header, lines)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        print(section(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 1))
