"""Times count from the first of their column, and rows that come later go on counting from there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

import educe
from educe.errors import TableError
from educe.table import as_table
from educe.table.moments import counted_since, moment, origin, since

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 3, 1, 12, 30, 0, 250_000)


def stamps(seconds: np.ndarray) -> list[datetime]:
    return [START + timedelta(seconds=float(s)) for s in seconds]


@given(some.datetimes(min_value=datetime(2, 1, 2)))
def test_a_unit_tells_its_moment(at: datetime) -> None:
    found = moment(at.isoformat(sep=" "))
    assert found is not None
    assert origin(since(found)) == pytest.approx(found)


def test_units_that_are_no_moments() -> None:
    assert [origin(unit) for unit in ("", "s", "V", "s since the first of each data set")] == [None] * 4


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2026-03-01T12:30:00.25Z", "s since 2026-03-01 12:30:00.25"),
        ("2026-03-01T12:30:00+02:00", "s since 2026-03-01 10:30:00"),
        ("01.03.2026", "s since 2026-03-01 00:00:00"),
        ("09:05", "s since 09:05:00"),
    ],
)
def test_a_text_file_tells_since_when_it_counts(text: str, unit: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(f"t;y\n{text};1\n{text};2\n")
    assert as_table(tmp_path / "f.csv").units == {"t": unit}


def test_frames_tell_the_same() -> None:
    zoned = pd.DataFrame({"t": pd.Series(stamps(np.arange(3.0))).dt.tz_localize(UTC)})
    for data in ({"t": stamps(np.arange(3.0))}, zoned, {"t": np.array(stamps(np.arange(3.0)), "M8[ns]")}):
        assert as_table(data).units == {"t": "s since 2026-03-01 12:30:00.25"}


def test_later_rows_are_predicted_at_their_own_time(tmp_path: Path) -> None:
    t = np.arange(20.0)
    fit = educe.fit("y = a*exp(-k*t)", {"t": stamps(t), "y": 3 * np.exp(-0.1 * t)})
    fit.save(tmp_path / "fit.json")
    for known in (fit, educe.load(tmp_path / "fit.json")):
        found = known.predict({"t": stamps(t[7:])})
        np.testing.assert_allclose(found, 3 * np.exp(-0.1 * t[7:]), rtol=1e-9)
        band = known.predict({"t": stamps(t[7:] + 100.0)}, interval="confidence")
        assert not isinstance(band, np.ndarray)
        assert band.outside.all()
        np.testing.assert_allclose(known.predict({"t": t}), 3 * np.exp(-0.1 * t), rtol=1e-9)
    assert "t in s since 2026-03-01 12:30:00.25" in " ".join(str(fit).split())


def test_data_sets_that_begin_at_different_times_each_count_from_their_own() -> None:
    t = np.arange(20.0)
    first = {"t": stamps(t), "y": 3 * np.exp(-0.1 * t)}
    later = {"t": stamps(t + 1e6), "y": 5 * np.exp(-0.1 * t)}
    fit = educe.fit("y = a*exp(-k*t)", {"cold": first, "hot": later}, shared=["k"])
    assert fit.params["a_hot"] == pytest.approx(5)
    assert "t in s since the first of each data set" in " ".join(str(fit).split())


def test_dates_do_not_go_on_from_times_of_day() -> None:
    with pytest.raises(TableError, match=r"'2026-03-01 12:30:00.25', but .* of the kind '09:05:00'"):
        counted_since(as_table({"t": stamps(np.arange(2.0))}), {"t": "s since 09:05:00"})
