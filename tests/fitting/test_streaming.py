"""Files read row by row give the fit of the same rows in memory, wherever the work is done."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

import educe
from educe.engines.streamed import Streamed, on_threads
from educe.errors import FileError, FormulaError, ParameterError, TableError
from educe.table.blocks import PIECE, blocks
from educe.table.memory import bytes_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LAW = "z = a*exp(-b*x) + c*y"
START = {"b": 0.5}


def sensors(n: int, seed: int = 5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 4, n), rng.uniform(-1, 1, n)
    return {"x": x, "y": y, "z": 2 * np.exp(-0.7 * x) + 0.3 * y + 0.05 * rng.standard_normal(n)}


def written(path: Path, data: dict[str, np.ndarray], group: int = 1000) -> Path:
    parquet.write_table(pa.table(data), path, row_group_size=group)
    return path


def agree(streamed: educe.Fit, whole: educe.Fit, rel: float = 1e-9) -> None:
    assert streamed.n == whole.n
    assert streamed.params == pytest.approx(whole.params, rel=rel)
    assert streamed.stderr == pytest.approx(whole.stderr, rel=1e-7)
    assert streamed.rss == pytest.approx(whole.rss, rel=1e-12)
    assert streamed.r_squared == pytest.approx(whole.r_squared, rel=1e-12)
    assert streamed.aic == pytest.approx(whole.aic, rel=1e-12)
    assert dict(streamed.left_out) == dict(whole.left_out)
    assert streamed.converged


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "csv"])
def test_a_file_read_row_by_row_gives_the_fit_of_its_rows_in_memory(tmp_path: Path, suffix: str) -> None:
    data = sensors(5000)
    data["z"][17] = np.nan
    path = tmp_path / f"sensors.{suffix}"
    table = pa.table(data)
    if suffix == "parquet":
        parquet.write_table(table, path, row_group_size=700)
    elif suffix == "arrow":
        with ipc.new_file(path, table.schema) as out:
            out.write_table(table, max_chunksize=900)
    else:
        lines = [
            "x,y,z",
            *(
                ",".join("" if np.isnan(v) else repr(float(v)) for v in row)
                for row in zip(*data.values(), strict=False)
            ),
        ]
        path.write_text("\n".join(lines) + "\n")
    agree(educe.fit(LAW, path, start=START, memory="900MB"), educe.fit(LAW, data, start=START))


def test_sigma_conditions_bounds_fixed_and_ties_are_kept(tmp_path: Path) -> None:
    data = {**sensors(4000), "s": np.random.default_rng(1).uniform(0.02, 0.2, 4000)}
    path = written(tmp_path / "s.parquet", data)
    options = {
        "sigma": "s",
        "absolute_sigma": True,
        "where": "x > 0.5",
        "start": START,
        "bounds": {"c": (0, 1)},
    }
    agree(educe.fit(LAW, path, memory=1e9, **options), educe.fit(LAW, data, **options))
    options = {"fixed": {"c": 0.3}, "ties": {"a": "4*b"}, "start": START}
    agree(educe.fit(LAW, path, memory=1e9, **options), educe.fit(LAW, data, **options))


def test_no_starting_values_are_needed(tmp_path: Path) -> None:
    data = sensors(3000)
    fit = educe.fit(LAW, written(tmp_path / "s.parquet", data), memory="1GB")
    agree(fit, educe.fit(LAW, data))
    assert fit.search is not None


def test_a_linear_law_takes_one_pass(tmp_path: Path) -> None:
    fit = educe.fit("z = a*sin(x) + b*cos(y)", written(tmp_path / "s.parquet", sensors(3000)), memory="1GB")
    assert fit.streaming is not None
    assert fit.streaming.passes == 1
    agree(fit, educe.fit("z = a*sin(x) + b*cos(y)", sensors(3000)))


def test_a_nonlinear_law_takes_at_most_three_passes_after_the_sample(tmp_path: Path) -> None:
    fit = educe.fit(
        LAW, written(tmp_path / "s.parquet", sensors(900_000), 300_000), start=START, memory="1GB"
    )
    assert fit.streaming is not None
    assert fit.streaming.passes <= 3
    assert len(fit.rows.response) < 25_000


def test_a_folder_is_one_table(tmp_path: Path) -> None:
    data = sensors(4000)
    for k in range(4):
        part = {name: column[k * 1000 : (k + 1) * 1000] for name, column in data.items()}
        written(tmp_path / f"part{k}.parquet", part)
    agree(educe.fit(LAW, tmp_path, start=START), educe.fit(LAW, data, start=START))


def test_files_of_a_folder_must_have_the_same_columns(tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", sensors(100))
    written(tmp_path / "b.parquet", {"x": np.ones(5)})
    with pytest.raises(FileError, match="All files of a folder must have the same"):
        educe.fit(LAW, tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="the folder holds no file"):
        educe.fit(LAW, tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"loss": "huber"}, "loss 'huber' needs all rows in memory"),
        ({"method": "gauss-newton"}, "method 'gauss-newton' needs all rows in memory"),
        ({"sigma_x": 0.1, "sigma": 0.1}, "sigma_x needs all rows in memory"),
        ({"sigma": [1.0, 2.0]}, "sigma is a column's name or one number"),
        ({"memory": "1MB"}, "memory is limited to 1 MB"),
        ({"memory": "lots"}, "memory is a size such as 500MB or 2GB, not 'lots'"),
    ],
)
def test_what_cannot_be_done_row_by_row_is_refused(tmp_path: Path, options: dict, words: str) -> None:
    path = written(tmp_path / "s.parquet", sensors(100))
    with pytest.raises(ParameterError, match=words):
        educe.fit(LAW, path, **{"memory": "1GB", "start": START, **options})


def test_times_are_refused(tmp_path: Path) -> None:
    data = {"t": np.arange(50).astype("datetime64[s]"), "z": np.arange(50.0)}
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table(data), path)
    with pytest.raises(TableError, match="column t holds times"):
        educe.fit("z = m*t + b", path, memory="1GB")


def test_text_below_the_head_of_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("x,z\n" + "1.5,2.5\n" * 400_000 + "1.5,broken\n")
    with pytest.raises(TableError, match="every cell must be a plain number"):
        educe.fit("z = a*x", path, memory="1GB")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormulaError, match="w is the left side of"):
        educe.fit("w = a*x", written(tmp_path / "s.parquet", sensors(100)), memory="1GB")


def test_the_same_bits_on_one_thread_and_on_two(tmp_path: Path) -> None:
    path = written(tmp_path / "s.parquet", sensors(9000), 1000)
    rows = blocks(path)
    object.__setattr__(rows, "pieces", tuple(p for k in range(9) for p in _one_group(rows, k)))
    fit = educe.fit(LAW, sensors(9000), start=START)
    from educe.fitting.streaming import Reader

    reader = Reader(rows, fit.plan, ("x", "y", "z"), None, None)
    found = [
        Streamed(fit.plan.model, reader, 9, on_threads(k), 1.0).triangle(fit._solver_theta)[0].tobytes()
        for k in (1, 2, 5)
    ]
    assert len(set(found)) == 1


def _one_group(rows, k):  # type: ignore[no-untyped-def]
    first = rows.pieces[0]
    return (type(first)(first.path, first.kind, k, k + 1, 1000),)


def test_the_same_bits_streamed_and_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a file are the spans of rows in memory, so one triangle is the other."""
    n = PIECE + 12_345
    data = sensors(n)
    path = written(tmp_path / "s.parquet", data, PIECE)
    monkeypatch.setattr("educe.engines.threaded.COMPILED_FROM", 1000)
    whole = educe.fit(LAW, data, start=START)
    streamed = educe.fit(LAW, path, start=START, memory="1GB")
    theta = streamed._solver_theta
    from educe.fitting.streaming import Reader

    rows = blocks(path)
    problem = Streamed(
        whole.plan.model, Reader(rows, whole.plan, ("x", "y", "z"), None, None), 2, on_threads(2), 1.0
    )
    assert problem.triangle(theta)[0].tobytes() == whole.problem.triangle(theta)[0].tobytes()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to tell the peak of memory")
def test_memory_stays_bounded(tmp_path: Path) -> None:
    """Six times the rows take no more memory; the whole file would."""
    path = tmp_path / "s.parquet"
    data = pa.table(sensors(PIECE))
    with parquet.ParquetWriter(path, data.schema, compression="none", use_dictionary=False) as out:
        for _ in range(12):
            out.write_table(data)
    code = (
        "import sys, educe, pyarrow.parquet, educe.engines.loops\n"
        "def peak():  # ru_maxrss would begin at the parent's\n"
        "    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "before = peak()\n"
        f"fit = educe.fit({LAW!r}, sys.argv[1], start={START!r}, memory='400MB')\n"
        "print((peak() - before) / 1e3, fit.n)"
    )
    out_ = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    ).stdout
    grown, n = out_.split()
    assert int(n) == 12 * PIECE
    assert float(grown) < 300


@pytest.mark.parametrize(("text", "size"), [("500MB", 5e8), ("2 GB", 2e9), (1024, 1024.0), ("1e3kb", 1e6)])
def test_sizes_are_read(text: str | float, size: float) -> None:
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-5MB", "0", "5XB", "nan", "inf"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        bytes_of(text)
