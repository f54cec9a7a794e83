"""`educe predict` of files that are read row by row: the same numbers as of the whole file."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.cli.conftest import Run

import educe


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    x = np.linspace(0, 3, 40)
    fit = educe.fit("y = a*exp(-k*x)", {"x": x, "y": 2 * np.exp(-x) + 0.01 * np.cos(9 * x)}, start={"k": 1.0})
    fit.save(tmp_path / "fit.json")
    new = pa.table({"x": [*np.linspace(0, 5, 50), None], "name": [f"row {k}" for k in range(51)]})
    parquet.write_table(new, tmp_path / "new.parquet", row_group_size=7)
    return str(tmp_path / "fit.json"), str(tmp_path / "new.parquet")


def test_the_same_numbers_piece_by_piece(run: Run, files: tuple[str, str], tmp_path: Path) -> None:
    whole, parts = str(tmp_path / "whole.parquet"), str(tmp_path / "parts.parquet")
    assert run("predict", *files, "-o", whole).exit_code == 0
    said = run("predict", *files, "-o", parts, "--memory", "1GB")
    assert said.exit_code == 0, said.stderr
    assert "51 rows; 1 without a prediction, 20 outside the measured region" in said.stdout
    a, b = parquet.read_table(whole), parquet.read_table(parts)
    assert a.column_names == b.column_names
    for name in a.column_names:
        left, right = a[name].to_pylist(), b[name].to_pylist()
        assert [None if v != v else v for v in left] == [None if v != v else v for v in right]


def test_a_condition_met_nowhere_is_refused(run: Run, files: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    for more in ((), ("--memory", "1GB")):
        result = run("predict", *files, "-o", str(out), "--where", "x > 99", *more)
        assert result.exit_code == 2
        assert "no row is left" in result.stderr


@pytest.mark.parametrize(
    ("more", "words"),
    [(("out.csv", "1GB"), "are written as .parquet"), (("out.parquet", "1MB"), "memory is limited to 1 MB")],
)
def test_refusals(
    run: Run, files: tuple[str, str], tmp_path: Path, more: tuple[str, str], words: str
) -> None:
    out = tmp_path / more[0]
    result = run("predict", *files, "-o", str(out), "--memory", more[1])
    assert result.exit_code == 2
    assert words in result.stderr
    assert not out.exists()
