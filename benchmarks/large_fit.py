"""One million rows in memory, a*exp(-b*x) + c: CPU time, digits agreed and memory beside SciPy."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from timing import table

N = 1_000_000
START = {"a": 1.0, "b": 1.0, "c": 0.0}


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown; each tool runs in a process of its own, which reports its peak memory."""
    tools = ("educe.fit", "curve_fit", "curve_fit, exact jac")
    found = {
        tool: min((_measure(tool) for _ in range(1 if quick else 3)), key=lambda f: f["seconds"])
        for tool in tools
    }
    base = found["curve_fit"]["seconds"]
    rows = [
        [
            tool,
            f"{f['seconds']:.2f}",
            f"{base / f['seconds']:.1f}",
            f"{f['megabytes']:.0f}",
            ", ".join(f"{v:.10g}" for v in f["params"]),
        ]
        for tool, f in found.items()
    ]
    header = ["one million rows", "CPU s", "speed", "MB beyond data", "a, b, c"]
    words = "Memory is the peak of the process while fitting, less what it held with the data before the fit."
    return f"### One million rows in memory\n\n{table(header, rows)}\n\n{words}"


def _measure(tool: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, __file__, tool], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _child(tool: str) -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    x = rng.uniform(0.0, 4.0, N)
    y = 2.5 * np.exp(-1.3 * x) + 0.5 + 0.1 * rng.standard_normal(N)
    if tool == "educe.fit":
        import educe

        def call(x, y):
            return list(educe.fit("y = a*exp(-b*x) + c", {"x": x, "y": y}, start={"b": 1.0}).theta)
    else:
        from scipy.optimize import curve_fit

        def law(x, a, b, c):
            return a * np.exp(-b * x) + c

        def jac(x, a, b, c):
            e = np.exp(-b * x)
            return np.column_stack([e, -a * x * e, np.ones_like(x)])

        def call(x, y):
            return list(curve_fit(law, x, y, p0=list(START.values()), jac=jac if "jac" in tool else None)[0])

    call(x[:1000], y[:1000])
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")
    before = _status("VmRSS")
    began = time.process_time()
    params = call(x, y)
    seconds = time.process_time() - began
    peak = _status("VmHWM")
    print(
        json.dumps(
            {"seconds": seconds, "megabytes": (peak - before) / 1024, "params": [float(v) for v in params]}
        )
    )


def _status(key: str) -> int:
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(key))


if __name__ == "__main__":
    _child(sys.argv[1])
