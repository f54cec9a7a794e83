"""What a user waits for: import, the first fit of a new law, and `educe fit` as a whole process."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import table

FIRST = """
import time, educe, numpy as np
x = np.linspace(0.1, 4, 100)
rng = np.random.default_rng(0)
data = {"x": x, "y": 2.5*np.exp(-1.3*x) + 0.5 + 0.01*rng.standard_normal(100)}
educe.fit("y = q*x + r", data).stderr
began = time.process_time()
educe.fit("y = a*exp(-b*x) + c", data, start={"b": 1.0}).stderr
print(time.process_time() - began)
"""


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown: median CPU seconds of whole processes, taking turns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sensors.csv"
        _write(path)
        fit = [sys.executable, "-m", "educe", "fit", str(path), "z = a*sin(x) + b*cos(y)", "--json"]
        commands = {
            'python -c "import numpy, scipy.linalg"': [sys.executable, "-c", "import numpy, scipy.linalg"],
            'python -c "import educe"': [sys.executable, "-c", "import educe"],
            "educe --help": [sys.executable, "-m", "educe", "--help"],
            "educe fit (1,000-row CSV)": [*fit[:-1]],
            "educe fit --json": fit,
            'python -c "from scipy.optimize import curve_fit"': [
                sys.executable,
                "-c",
                "from scipy.optimize import curve_fit",
            ],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            _cpu(command)  # writes the byte code
        for _ in range(2 if quick else 11):
            for name, command in commands.items():
                seconds[name].append(_cpu(command))
    base = statistics.median(next(iter(seconds.values())))
    rows = [
        [name, f"{statistics.median(s):.3f}", f"{statistics.median(s) / base:.2f}"]
        for name, s in seconds.items()
    ]
    first = min(
        float(
            subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(5)
    )
    words = (
        "From the text of a law not seen before to its first fit with standard errors, educe imported: "
        f"{first * 1e3:.1f} ms."
    )
    return f"### Start-up\n\n{table(['whole process', 'CPU s', 'ratio'], rows)}\n\n{words}"


def _write(path: Path) -> None:
    import numpy as np

    rng = np.random.default_rng(7)
    x, y = rng.uniform(-3, 3, (2, 1000))
    z = 2 * np.sin(x) + 0.5 * np.cos(y) + 0.1 * rng.standard_normal(1000)
    path.write_text(
        "x,y,z\n"
        + "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in zip(x.tolist(), y.tolist(), z.tolist(), strict=False))
    )


def _cpu(command: list[str]) -> float:
    # a user's Python keeps its byte code; a shell that forbids it would have every run compile educe anew
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
