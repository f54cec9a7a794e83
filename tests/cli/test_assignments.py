"""Bounds are read as they are written, whichever way round."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educe.cli.assignments import bounds, formulas, ranges, values
from educe.errors import ParameterError

numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(numbers, numbers)
def test_every_way_to_write_an_interval_reads_the_same(low: float, high: float) -> None:
    low, high = sorted((low, high))
    expected = {"a": (low, high)}
    for texts in (
        [f"{low!r}<=a<={high!r}"],
        [f" {high!r} >= a >= {low!r} "],
        [f"a>={low!r}", f"a<={high!r}"],
        [f"{low!r} ≤ a", f"{high!r} ≥ a"],
        [f"{low!r}=<a", f"a =< {high!r}"],
    ):
        assert bounds(texts, "--bound") == (expected, [])


def test_one_sided_bounds_are_open_to_the_other_side() -> None:
    assert bounds(["a<=5", "0<=b"], "--bound")[0] == {"a": (-math.inf, 5.0), "b": (0.0, math.inf)}


def test_strict_signs_are_closed_and_said() -> None:
    found, notes = bounds(["0<a<5"], "--bound")
    assert found == {"a": (0.0, 5.0)}
    assert notes == ["bounds are closed: 0<a<5 is taken as 0<=a<=5."]


@pytest.mark.parametrize(
    "text", ["", "a", "<=", "1<=2", "a<=b", "1<=a<=2<=3", "a<=", "inf<=a", "a<=nan", "a<=1e999", "a!=1"]
)
def test_what_is_no_bound_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="--bound"):
        bounds([text], "--bound")


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]\w{0,5}", fullmatch=True).filter(str.isidentifier), numbers, min_size=1
    )
)
def test_values_read_back_together_or_one_by_one(expected: dict[str, float]) -> None:
    texts = [f"{name}={value!r}" for name, value in expected.items()]
    assert values(texts, "--start") == values([",".join(texts)], "--start") == expected


def test_formulas_keep_their_text() -> None:
    assert formulas(["tau=1/k", " b = a == 1 "], "--derive") == {"tau": "1/k", "b": "a == 1"}


@pytest.mark.parametrize(
    "text", ["x", "x=1", "x=1:2:3", "x=:", "x=2:1", "x=1:1", "=1:2", "x=a:b", "x=-inf:1"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="--range"):
        ranges([text], "--range")
