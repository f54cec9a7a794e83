"""The table itself: finding, leaving out, counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from educe.errors import TableError
from educe.table import Table, as_table

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def test_a_missing_name_is_refused_with_the_nearest() -> None:
    table = as_table({"temperature": np.ones(2), "time": np.ones(2)})
    with pytest.raises(TableError, match=r"no column 'temprature'.*time.*Did you mean 'temperature'"):
        table.select(["temprature"])


def test_select_keeps_order_and_drops_the_rest() -> None:
    table = as_table({"x": np.ones(2), "y": np.ones(2), "z": np.ones(2)})
    assert list(table.select(["z", "x"]).columns) == ["z", "x"]


def test_where_nothing_is_missing_nothing_is_copied() -> None:
    x = np.array([1e200, -1e300])  # the squares overflow; all values are finite all the same
    table = as_table({"x": x})
    assert table.complete(["x"]) is table
    assert table["x"] is x


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=20))
def test_complete_leaves_out_exactly_the_rows_with_a_missing_value(rows: list[tuple[float, float]]) -> None:
    x, y = (np.array(column) for column in zip(*rows, strict=True))
    table = as_table({"x": x, "y": y, "other": np.full(len(rows), np.nan)})
    good = [row for row in rows if all(map(math.isfinite, row))]
    if not good:
        with pytest.raises(TableError, match=f"no row is left; {len(rows)} left out: missing or infinite"):
            table.complete(["x", "y"])
        return
    kept = table.complete(["x", "y"])
    assert list(zip(kept["x"], kept["y"], strict=True)) == good
    assert kept.n == len(good) == len(kept["other"])
    assert sum(kept.left_out.values()) == len(rows) - len(good)


def test_rows_left_out_are_counted_by_reason_and_their_places_kept() -> None:
    table = as_table({"x": np.array([1.0, np.nan, -3.0, 4.0, 5.0])})
    kept = table.complete(["x"])
    kept = kept.filter(kept["x"] > 0, "condition x > 0 not met").filter(
        np.array([True, False, True]), "again"
    )
    assert kept.left_out == {"missing or infinite value": 1, "condition x > 0 not met": 1, "again": 1}
    assert kept.kept is not None
    assert kept.kept.tolist() == [0, 4]
    assert kept["x"].tolist() == [1.0, 5.0]


def test_the_same_reason_twice_is_added() -> None:
    table = as_table({"x": np.arange(4.0)})
    kept = table.filter(table["x"] > 0, "why").filter(np.array([True, True, False]), "why")
    assert kept.left_out == {"why": 2}


@pytest.mark.parametrize("mask", [np.ones(3, dtype=bool), np.ones(2), np.ones((2, 1), dtype=bool)])
def test_a_mask_of_another_length_or_kind_is_refused(mask: np.ndarray) -> None:
    with pytest.raises(TableError, match="2 truth values"):
        as_table({"x": np.ones(2)}).filter(mask, "why")


def test_describe_tells_extremes_distinct_and_missing() -> None:
    table = Table({"x": np.array([2.0, 1.0, np.nan, 2.0])}, 4, "test", units={"x": "m"})
    (summary,) = table.describe()
    assert (summary.minimum, summary.maximum, summary.distinct, summary.missing) == (1.0, 2.0, 2, 1)
    assert summary.unit == "m"


def test_a_column_without_any_value_has_no_extremes() -> None:
    (summary,) = Table({"x": np.array([np.nan])}, 1, "test").describe(["x"])
    assert math.isnan(summary.minimum)
    assert summary.distinct == 0


def test_finite_marks_rows() -> None:
    table = as_table({"x": np.array([1.0, np.inf]), "y": np.array([np.nan, 1.0])})
    assert table.finite(["x"]).tolist() == [True, False]
    assert table.finite(["x", "y"]).tolist() == [False, False]
