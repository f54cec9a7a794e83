"""Files larger than memory: the data sets and the bits of the same rows in memory, in little room."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet
from tests.many.decays import LAW, decays, rows, spoiled

from educe.errors import FileError, ParameterError, TableError
from educe.many.data_sets import grouped
from educe.many.filed import Bucket, Wanted, coding_in, filed
from educe.many.fit_many import fit_many
from educe.many.result import Many
from educe.many.sources import cut
from educe.table.blocks import blocks
from educe.table.writing import write

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SMALL = {"memory": "1GB"}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts of little data: a part is at most 700 rows."""
    monkeypatch.setattr("educe.many.sources.PART_ROWS", 700)


def same(a: Many, b: Many) -> bool:
    """Whether two results are the same to the last bit, keys and rows left out among it."""
    arrays = ("theta", "stderr", "rss", "dof", "status", "steps")
    equal = all(getattr(a, name).tobytes() == getattr(b, name).tobytes() for name in arrays)
    keys = all(a.keys[name].tolist() == b.keys[name].tolist() for name in a.by)
    return equal and keys and a.by == b.by and a.left_out == b.left_out and a.n == b.n


def parquet_of(table: dict[str, np.ndarray], path: Path) -> None:
    parquet.write_table(pa.table(table), path, row_group_size=501)


@pytest.mark.parametrize("mixed", [False, True], ids=["sorted", "mixed"])
@pytest.mark.parametrize(
    ("name", "write_to"),
    [
        ("a.parquet", parquet_of),
        ("a.arrow", lambda t, path: feather.write_feather(pa.table(t), path, chunksize=501)),
        ("a.csv", lambda t, path: write(path, t)),
    ],
)
def test_a_file_gives_the_bits_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write_to: Callable, mixed: bool
) -> None:
    monkeypatch.setattr("educe.table.blocks.PIECE", 1000)
    table = spoiled(120, mixed=mixed)
    write_to(table, tmp_path / name)
    here = fit_many(LAW, tmp_path / name, by="pixel", where="x < 3.9")
    there = fit_many(LAW, tmp_path / name, by="pixel", where="x < 3.9", **SMALL)
    assert same(here, there)
    assert len(there) == 120 - 3  # those of which nothing is left
    assert there.left_out["condition x < 3.9 not met"] == 120
    assert there.converged.sum() > 100


def wanted(path: Path, key: tuple[str, ...] = ("pixel",)) -> Wanted:
    rows_ = blocks(path, by=key)
    return Wanted(rows_, key, coding_in(rows_, key), ("x", "y"), ("x", "y"), None)


def test_rows_that_stand_together_are_read_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("educe.table.blocks.PIECE", 1000)
    parquet_of(rows(decays(300)[1]), tmp_path / "a.parquet")
    source = filed(wanted(tmp_path / "a.parquet"), lambda _: None).grouped()
    assert source.folder is None
    assert len(source.edges) > 8
    assert max(len(source.piece(k).wanted.rows.pieces) for k in range(len(source.edges) - 1)) <= 3


def test_rows_that_do_not_are_written_again_and_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("educe.table.blocks.PIECE", 1000)
    table = rows(decays(300)[1], np.random.default_rng(0).permutation(6000))
    parquet_of(table, tmp_path / "a.parquet")
    source = filed(wanted(tmp_path / "a.parquet"), lambda _: None).grouped()
    folder = source.folder
    assert folder is not None
    whole, _ = grouped(table["pixel"], {"x": table["x"], "y": table["y"]})
    for number in range(len(source.edges) - 1):
        part, judge = source.piece(number)(), whole.part(source.edges[number], source.edges[number + 1])
        assert part.offsets.tolist() == judge.offsets.tolist()
        assert part.columns["y"].tobytes() == judge.columns["y"].tobytes()
    del source
    assert not folder.exists()


def test_a_file_in_one_lump_is_not_read_again_for_each_part(tmp_path: Path) -> None:
    parquet.write_table(pa.table(rows(decays(300)[1])), tmp_path / "a.parquet")
    source = filed(wanted(tmp_path / "a.parquet"), lambda _: None).grouped()
    assert len(source.pieces) == 1
    assert source.folder is not None


def test_no_room_to_group_is_said_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educe.table.blocks.PIECE", 1000)
    parquet_of(spoiled(300, mixed=True), tmp_path / "a.parquet")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(
        FileError, match="Set TMPDIR to a folder with more, or write the file sorted by pixel"
    ):
        fit_many(LAW, tmp_path / "a.parquet", by="pixel", **SMALL)


def test_grouped_rows_that_are_lost_are_named(tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes(b"\x93NUMPY")
    for name in ("cut", "none"):
        with pytest.raises(FileError, match="all workers of a cluster must see the folder"):
            Bucket(str(tmp_path / name), ("x",))()


@pytest.mark.parametrize("key", ["sensor", "day", ["sensor", "day"], "good"])
def test_keys_of_any_kind_from_a_file_read_by_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | list[str]
) -> None:
    monkeypatch.setattr("educe.table.blocks.PIECE", 1000)
    table = spoiled(60, mixed=True)
    number = table.pop("pixel") // 3
    sensor = np.array([f"sensor {k % 12:d}" if k % 13 else None for k in number], dtype=object)
    day = np.datetime64("2024-01-01") + (number // 12).astype("timedelta64[D]")
    columns = {**table, "sensor": sensor, "day": day, "good": number % 2 == 0}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=400)
    here, there = (fit_many(LAW, tmp_path / "a.parquet", by=key, **how) for how in ({}, SMALL))
    memory = fit_many(LAW, columns, by=key)
    assert same(here, there)
    assert same(memory, there)
    assert len(there) == len(set(zip(*(memory.keys[name] for name in memory.by), strict=True)))


def test_text_keys_of_a_text_file(tmp_path: Path) -> None:
    table = rows(decays(30)[1])
    names = np.array([f"{k:03d}" for k in table.pop("pixel")], dtype=object)
    write(tmp_path / "a.csv", {"serial number": names, **table})
    here, there = (fit_many(LAW, tmp_path / "a.csv", by="serial_number", **how) for how in ({}, SMALL))
    assert same(here, there)
    assert there.keys["serial_number"].tolist()[:3] == ["000", "003", "006"]


def test_a_folder_of_files(tmp_path: Path) -> None:
    table = rows(decays(40)[1])
    for part in range(4):
        parquet_of(
            {n: c[part * 200 : part * 200 + 200] for n, c in table.items()}, tmp_path / f"{part}.parquet"
        )
    assert same(fit_many(LAW, tmp_path, by="pixel"), fit_many(LAW, table, by="pixel"))
    parquet.write_table(pa.table({"x": [1.0], "y": [1.0], "pixel": ["a"]}), tmp_path / "4.parquet")
    with pytest.raises(TableError, match="'pixel' is text in one file and numbers in another"):
        fit_many(LAW, tmp_path, by="pixel")


def test_an_interrupted_fit_of_a_file_goes_on(tmp_path: Path) -> None:
    parquet_of(spoiled(120, mixed=True), tmp_path / "a.parquet")
    whole = fit_many(LAW, tmp_path / "a.parquet", by="pixel", **SMALL)

    def stop(done: int, _: int) -> None:
        if done > 60:
            raise KeyboardInterrupt

    folder = tmp_path / "checkpoint"
    options = {"by": "pixel", "checkpoint": folder, **SMALL}
    with pytest.raises(KeyboardInterrupt):
        fit_many(LAW, tmp_path / "a.parquet", progress=stop, **options)
    assert list(folder.glob("*.npz"))
    with pytest.raises(FileError, match="of another law, other data or other options"):
        fit_many(LAW, tmp_path / "a.parquet", where="x < 2", **options)
    assert same(fit_many(LAW, tmp_path / "a.parquet", **options), whole)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"memory": "10MB"}, ParameterError, "in all, more than the 10 MB that it is limited to"),
        ({"memory": "much"}, ParameterError, "memory is a size"),
        ({"by": "pixl"}, TableError, "has no column 'pixl'; .* Did you mean 'pixel'"),
        ({"where": "x > 100"}, TableError, "no row is left; 400 left out: condition x > 100 not met"),
        ({"sigma": "x"}, ParameterError, "sigma must be above 0; x is 0 somewhere"),
        ({"loss": "poisson", "where": "y < 0.8"}, ParameterError, "below 0"),
    ],
)
def test_what_cannot_be_used_is_refused_before_it_begins(
    tmp_path: Path, options: dict, error: type[Exception], words: str
) -> None:
    table = rows(decays(20)[1])
    table["y"][3] = -1.0
    parquet_of(table, tmp_path / "a.parquet")
    with pytest.raises(error, match=words):
        fit_many(LAW, tmp_path / "a.parquet", **{"by": "pixel", **SMALL, **options})


def test_a_budget_is_for_files() -> None:
    with pytest.raises(ParameterError, match="memory is for a file"):
        fit_many(LAW, rows(decays(3)[1]), by="pixel", memory="1GB")


def test_parts_follow_from_sizes_alone() -> None:
    sizes = np.random.default_rng(0).integers(1, 900, 200)
    sizes[50] = 5000
    edges = cut(np.concatenate([[0], np.cumsum(sizes)]))
    assert edges[0] == 0
    assert edges[-1] == 200
    assert all(b > a for a, b in itertools.pairwise(edges))
    held = [sizes[a:b].sum() for a, b in itertools.pairwise(edges)]
    assert all(rows_ <= 700 or b - a == 1 for rows_, a, b in zip(held, edges, edges[1:], strict=False))
    assert all(one + sizes[b] > 700 for one, b in zip(held, edges[1:-1], strict=False))
