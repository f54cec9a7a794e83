"""Codes stand for keys: equal where keys are equal, in the same order, and back to the keys."""

import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.errors import TableError
from educe.table.distinct import Distinct, counted, distances, ranks_in
from educe.table.key_columns import key_column
from educe.table.keys import Plain, Ranked, Survey, coding_of

WORDS = st.sampled_from(["", "a", "aa", "b", "Å", "10", "9", "x y", None])
NUMBERS = st.one_of(st.integers(-3, 40), st.integers(-(2**63), 2**63 - 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=80), st.sampled_from(["i1", "i8", "f8", "u2", "u8"]))
def test_counting_agrees_with_numpy(values: list[int], kind: str) -> None:
    array = np.array(values).astype(kind)
    found, often = counted(array)
    judge, judged = np.unique(array, return_counts=True)
    assert found.dtype == array.dtype
    assert found.tolist() == judge.tolist()
    assert often.tolist() == judged.tolist()
    assert ranks_in(judge, array).tolist() == np.unique(array, return_inverse=True)[1].tolist()
    assert (ranks_in(judge[1:], array)[array == judge[0]] == -1).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(NUMBERS, max_size=30), min_size=1, max_size=6))
def test_stretches_add_up(stretches: list[list[int]]) -> None:
    tally = Distinct()
    for stretch in stretches:
        tally.add(np.array(stretch, dtype=np.int64))
    everything = np.array([value for stretch in stretches for value in stretch], dtype=np.int64)
    judge, judged = np.unique(everything, return_counts=True)
    assert tally.values().tolist() == judge.tolist()
    assert tally.counts().tolist() == judged.tolist()


def test_much_is_merged_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educe.table.distinct.STRETCH", 16)
    values = np.random.default_rng(0).integers(0, 10**12, 5000)
    tally = Distinct()
    tally.add(values)
    assert tally.values().tolist() == sorted(set(values.tolist()))


def test_distances_do_not_overflow_narrow_numbers() -> None:
    assert distances(np.array([-128, 127], np.int8), np.int8(-128)).tolist() == [0, 255]
    assert distances(np.array([2**64 - 1], np.uint64), np.uint64(2**64 - 3)).tolist() == [2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WORDS, st.integers(-5, 5)), min_size=1, max_size=60), st.integers(1, 20))
def test_codes_of_several_columns_order_and_name_the_keys(rows: list, cut: int) -> None:
    """A key in two stretches: codes ascend as (word, number) do, and a narrowed, pickled coding gives the same."""
    survey = Survey(["word", "number"])
    stretches = [
        [
            key_column("word", pa.array([r[0] for r in part], pa.string())),
            key_column("number", [r[1] for r in part]),
        ]
        for part in (rows[:cut], rows[cut:])
        if part
    ]
    for stretch in stretches:
        survey.add(stretch)
    coding = survey.coding()
    codes, absent = [], []
    for stretch in stretches:
        found = coding.codes(stretch)
        codes += found.codes.tolist()
        absent += [False] * len(found.codes) if found.missing is None else found.missing.tolist()
    assert absent == [word is None for word, _ in rows]
    present = sorted(
        {
            (word.encode(), word, number, code)
            for (word, number), code in zip(rows, codes, strict=True)
            if word is not None
        }
    )
    assert [code for *_, code in present] == sorted({code for *_, code in present})
    if not present:
        return
    keys = coding.keys(np.array([code for *_, code in present]))
    assert keys["word"].tolist() == [word for _, word, _, _ in present]
    assert keys["number"].tolist() == [number for _, _, number, _ in present]
    low, high = present[0][-1], present[len(present) // 2][-1]
    narrow = pickle.loads(pickle.dumps(coding.narrowed(low, high)))  # noqa: S301 -- as Dask does
    again = [narrow.codes(stretch) for stretch in stretches]
    seen = [c for found in again for c, m in zip(found.codes, _mask(found), strict=True) if not m]
    inside = [c for c, gone in zip(codes, absent, strict=True) if not gone and low <= c <= high]
    assert set(inside) <= set(seen)


def _mask(found: object) -> np.ndarray:
    return np.zeros(len(found.codes), bool) if found.missing is None else found.missing  # type: ignore[attr-defined]


def test_one_column_of_numbers_is_its_own_code() -> None:
    column = key_column("p", np.array([3.0, np.nan, 1.0]))
    coding = coding_of([column])
    assert isinstance(coding, Plain)
    codes, missing = coding.codes([column])
    assert codes is column.numbers
    assert missing is not None
    assert missing.tolist() == [False, True, False]
    assert isinstance(coding_of([key_column("p", ["a"])]), Ranked)


def test_files_of_a_folder_must_agree() -> None:
    numbers, words = key_column("p", [1, 2]), key_column("p", ["a", "b"])
    survey = Survey(["p"])
    survey.add([words])
    with pytest.raises(TableError, match="'p' is text in one file and numbers in another"):
        survey.add([numbers])
    with pytest.raises(TableError, match="'p' is text in one file and numbers in another"):
        coding_of([numbers]).codes([words])
    days = key_column("p", pa.array([1, 2], pa.date32()))
    hours = key_column("p", pa.array([1, 2], pa.timestamp("s")))
    with pytest.raises(TableError, match=r"is date32.* in one file and timestamp"):
        coding_of([days]).codes([hours])


def test_few_bytes_for_each_row() -> None:
    """Two columns of a million pixels are one 4-byte code, text a 4-byte place in its dictionary."""
    row, col = np.divmod(np.arange(1000, dtype=np.int16), 50)
    column = coding_of([key_column("row", row), key_column("col", col)]).codes(
        [key_column("row", row), key_column("col", col)]
    )
    assert column.codes.dtype == np.int32
    texts = key_column("sensor", pa.array(["a rather long name of a sensor"] * 10_000))
    assert texts.texts.nbytes < 5 * 10_000
