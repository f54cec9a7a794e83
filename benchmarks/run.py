"""Run the benchmarks and write their tables into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import importlib
import importlib.metadata

SECTIONS = {  # name -> module
    "small_fits": "small_fits",
    "no_start": "no_start",
    "catalogue": "catalogue_fits",
    "profiles": "profiles",
    "coverage": "interval_coverage",
    "large_fit": "large_fit",
    "start_up": "start_up",
    "pages": "pages",
    "networks": "networks",
    "network_speed": "network_speed",
    "network_large": "network_large",
    "conformal": "conformal",
}
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench:start -->", "<!-- bench:end -->"


def main() -> None:
    """Run the sections named, all by default, and replace the generated part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and print instead of writing")
    chosen = parser.parse_args()
    modules = [SECTIONS[name] for name in chosen.sections or SECTIONS]
    parts = [importlib.import_module(module).run(quick=chosen.quick) for module in modules]
    text = "\n\n".join([_machine(), *parts])
    if chosen.quick or chosen.sections:
        print(text)
        return
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    print(f"wrote {PAGE}")


def _machine() -> str:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("educe", "numpy", "scipy", "lmfit")
    )
    processor = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return f"Machine: {processor}, {os.cpu_count()} cores (shared). Python {platform.python_version()}, {versions}."


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


if __name__ == "__main__":
    main()
