"""A folder with measurements, and educe called in it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from educe.cli import main
from educe.table import write

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one, with `line.csv` in it: y = 3 x + 1 and a little more."""
    monkeypatch.chdir(tmp_path)
    x = np.linspace(0.0, 4.0, 21)
    noise = 0.01 * np.cos(17.0 * x)
    write(tmp_path / "line.csv", {"x": x, "y": 3.0 * x + 1.0 + noise, "s": np.full(21, 0.02)})
    write(tmp_path / "decay.csv", {"t": x, "y": 2.0 * np.exp(-0.7 * x) + noise})
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Return a function that calls educe with these words."""
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False)
