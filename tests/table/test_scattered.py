"""Rows laid out by chance: fair parts, the same whatever the order of the rows, equal rows merged."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from educe.errors import FileError
from educe.table import scattered
from educe.table.scattered import Scatter, keys_of, parts_of, refuse_without_room


def laid_out(rows: np.ndarray, *, first: float = 0.2, seed: int = 0, pieces: int = 3):
    scatter, weights = Scatter(rows.shape[1], len(rows), seed), np.ones(len(rows))
    for some, w in zip(np.array_split(rows, pieces), np.array_split(weights, pieces), strict=True):
        if len(some):
            scatter.add(list(some.T), w)
    return scatter.gathered(first)


def read(found) -> list[np.ndarray]:
    return [found.part(k) for k in range(len(found.sizes))]


def same_bits(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return [x.tobytes() for x in a] == [x.tobytes() for x in b]


@settings(max_examples=50, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=st.integers(-2, 2)),
    st.integers(0, 5),
    st.integers(1, 5),
)
def test_every_distinct_row_is_there_once_with_the_weights_of_all_its_copies(rows, seed, pieces) -> None:
    found = laid_out(rows, seed=seed, pieces=pieces)
    all_ = np.concatenate(read(found))
    distinct, counts = np.unique(rows + 0.0, axis=0, return_counts=True)
    order = np.lexsort(all_[:, :-1].T[::-1])
    assert np.array_equal(all_[order, :-1] + 0.0, distinct)
    assert np.array_equal(all_[order, -1], counts)


@pytest.mark.parametrize("order", ["sorted", "backwards", "shuffled"])
def test_the_parts_do_not_depend_on_the_order_of_the_rows_nor_on_how_they_are_cut(order) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(5000, 3))
    rows[:500] = rows[500:1000]
    at = {
        "sorted": np.lexsort(rows.T),
        "backwards": np.arange(5000)[::-1],
        "shuffled": rng.permutation(5000),
    }[order]
    one, other = laid_out(rows), laid_out(rows[at], pieces=11)
    assert one.digest == other.digest
    assert same_bits(read(one), read(other))


def test_each_part_of_a_sorted_file_is_a_fair_sample(monkeypatch) -> None:
    monkeypatch.setattr(scattered, "PART", 60_000)
    x = np.linspace(0.0, 1.0, 200_000)
    found = laid_out(np.column_stack((x, x)), first=0.1)
    assert len(found.sizes) == 4
    assert found.sizes[0] == pytest.approx(20_000, rel=0.05)
    assert min(found.sizes[1:]) > 0.95 * max(found.sizes[1:])
    for part in read(found):
        counts = np.bincount((10 * part[:, 0]).astype(int).clip(0, 9), minlength=10)
        assert np.square(counts - len(part) / 10).sum() / (len(part) / 10) < 40  # chi squared of 9 dof
        place = np.corrcoef(np.arange(len(part)), part[:, 0])[0, 1]
        assert abs(place) < 5 / np.sqrt(len(part))


def test_of_many_copies_of_few_rows_enough_are_held_out() -> None:
    x = np.arange(300.0).repeat(1000)
    found = laid_out(x[:, None], first=1 / 7)
    assert len(found.sizes) == 2
    assert sum(found.sizes) == 300
    assert 30 < found.sizes[0] < 60


@pytest.mark.parametrize("n", [1000, 10_000, 1_000_000, 10_000_000, 10**9])
@pytest.mark.parametrize("first", [0.01, 1 / 7, 0.5, 0.99])
def test_the_first_part_gets_its_share_and_the_others_are_alike(n, first) -> None:
    cells = Scatter(1, n, 0)._cells
    sizes = parts_of([n // cells] * cells, first)
    assert sum(sizes) == n // cells * cells
    assert sizes[0] == pytest.approx(first * sum(sizes), abs=n / cells)
    assert min(sizes[1:]) * 2 >= max(sizes[1:])


def test_another_seed_is_another_layout() -> None:
    rows = np.random.default_rng(0).normal(size=(1000, 2))
    one, other = (laid_out(rows, first=0.5, seed=seed) for seed in (0, 1))
    assert one.digest != other.digest
    held = [set(map(bytes, found.part(0))) for found in (one, other)]
    assert 150 < len(held[0] & held[1]) < 350


def test_zero_and_minus_zero_are_one_row() -> None:
    found = laid_out(np.array([[0.0], [-0.0]]))
    assert sum(found.sizes) == 1


def test_parts_may_be_empty() -> None:
    found = laid_out(np.array([[1.0]]))
    assert sorted(found.sizes) == [0, 1]
    assert sum(len(part) for part in read(found)) == 1


def test_keys_are_even_over_their_range() -> None:
    keys = keys_of([np.arange(100_000.0), np.zeros(100_000)], 3)
    assert len(np.unique(keys)) == 100_000
    counts = np.bincount((keys >> np.uint64(60)).astype(int), minlength=16)
    assert np.square(counts - 6250).sum() / 6250 < 50  # chi squared of 15 dof


def test_a_disk_without_room_is_said_before_anything_is_written(monkeypatch) -> None:
    monkeypatch.setattr(
        scattered.shutil, "disk_usage", lambda _: scattered.shutil._ntuple_diskusage(10, 9, 1000)
    )
    refuse_without_room(10, 2)
    with pytest.raises(FileError, match="TMPDIR"):
        refuse_without_room(1000, 2)


def test_a_disk_that_fills_meanwhile_is_said(monkeypatch) -> None:
    class Full:
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    scatter = Scatter(1, 10**5, 0)
    monkeypatch.setattr(scatter, "_stream", Full())
    with pytest.raises(FileError, match="No space left on device"):
        scatter.add([np.array([1.0])], np.array([1.0]))


def test_nothing_is_left_on_the_disk_where_the_process_is_killed(tmp_path) -> None:
    code = (
        "import numpy as np, os, signal\n"
        "from educe.table.scattered import Scatter\n"
        "s = Scatter(1, 10**5, 0); s.add([np.arange(1e5)], np.ones(100_000)); g = s.gathered(0.1)\n"
        "print(sum(g.sizes), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env={"TMPDIR": str(tmp_path)}, capture_output=True, text=True
    )
    assert found.stdout.strip() == "100000"
    assert list(tmp_path.iterdir()) == []
