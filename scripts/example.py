"""Write docs/example.html: the explanation of the law that the first page of the documentation fits.

A test makes it again and compares, so run this after a change of what pages say: `python scripts/example.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

EXAMPLE = Path(__file__).parents[1] / "docs" / "example.html"


def written() -> str:
    """Return the page about the sensors of `educe demo`."""
    from educe.cli.chapters import sensors
    from educe.explanation.law import explain
    from educe.report.page import render

    with TemporaryDirectory() as folder:
        return render(explain(sensors(Path(folder)).found))


if __name__ == "__main__":
    EXAMPLE.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"wrote {EXAMPLE}\n")
