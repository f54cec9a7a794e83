"""What very many fits take of memory: measured, and what is said of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.many.decays import X, decays

from educe.errors import ParameterError
from educe.many.fit_many import fit_many
from educe.many.room import sizes
from educe.many.sources import held_arrays

MEASURE = """
import resource, sys
import educe
import pyarrow.parquet
import scipy.optimize
from educe.engines import compiled_fits, lanes, loops
law = "y = a*exp(-k*x) + c"
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = educe.fit_many(law, sys.argv[1], by="pixel", memory=sys.argv[2], start={"k": 1.0})
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(found), found.converged.sum(), (after - before) * 1024)
"""


@pytest.mark.slow
def test_a_file_of_many_parts_takes_no_more_than_its_budget(tmp_path: Path) -> None:
    """Frame after frame of an image: the rows of each pixel lie all over the file, 310 MB of columns in memory."""
    write_frames(tmp_path / "few.parquet", 130_000)
    write_frames(tmp_path / "many.parquet", 650_000)
    measured(tmp_path / "few.parquet", 390e6)  # compiles, for later runs
    count, converged, taken = measured(tmp_path / "many.parquet", 390e6)
    assert count == converged == 650_000
    assert taken <= 390e6


def write_frames(path: Path, B: int) -> None:
    y = np.tile(decays(1000)[1], (B // 1000, 1))
    with parquet.ParquetWriter(
        path, pa.schema({"pixel": pa.int32(), "x": pa.float64(), "y": pa.float64()})
    ) as out:
        for frame in range(len(X)):
            columns = {
                "pixel": np.arange(B, dtype=np.int32),
                "x": np.full(B, X[frame]),
                "y": y[:, frame].copy(),
            }
            out.write_table(pa.table(columns))


def measured(path: Path, budget: float) -> tuple[float, ...]:
    """Return the data sets, those that converged, and the bytes taken, of a fit in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), f"{budget:.0f}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(map(float, done.stdout.split()))


def test_what_is_too_much_is_said_with_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    y = decays(50)[1]
    table = pa.table({"x": np.tile(X, 50), "y": y.ravel(), "pixel": np.repeat(np.arange(50), 20)})
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(
        ParameterError,
        match=r"50 data sets with 3 parameters takes 0 MB .* 101 MB in all, more than the 50 MB that",
    ):
        fit_many("y = a*exp(-k*x) + c", tmp_path / "a.parquet", by="pixel", memory="50MB")
    monkeypatch.setattr("educe.many.room.available", lambda: 1000.0)
    with pytest.raises(ParameterError, match="more than the 0 MB that is free"):
        fit_many("y = a*exp(-k*x) + c", {"x": X, "y": y})


def test_the_sizes_of_a_plain_case() -> None:
    result, part = sizes(held_arrays({"x": X, "y": decays(50)[1]}, ["x", "y"], ["y"]), 3, 2)
    assert result == 50 * 8 * 15
    assert part == pytest.approx(8 * 3 * (1000 + 2**20) * 4)
