"""Dates and times of day: as seconds since the first of a column, and from when another column counts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from educe.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.table.table import Table

Moment = tuple[int, float]  # whole seconds, fraction of a second: their differences lose no digits

_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}(?:[.,][0-9]+)?))?"
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
_DATE = (
    r"(?:(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
    r"|(?P<dday>[0-9]{1,2})\.(?P<dmonth>[0-9]{1,2})\.(?P<dyear>[0-9]{4}))"
)
_MOMENT = re.compile(rf"{_DATE}(?:[T ]+{_CLOCK}\s?{_ZONE})?\Z")
_TIME_OF_DAY = re.compile(rf"{_CLOCK}\Z")

DAY = 86400
DATED = 366 * DAY  # a moment before this has no date: it is a time of day
_SINCE = "s since "
_LAST_DAY = date.max.toordinal()


def moment(text: str) -> Moment | None:
    """Return a date, a date and time of day, or a time of day; None for any other text.

    >>> moment("0001-01-02 00:00:01.5"), moment("00:01"), moment("noon")
    ((172801, 0.5), (60, 0.0), None)
    """
    match = _MOMENT.match(text)
    if match:
        parts = match.groupdict()
        try:
            day = date(
                int(parts["year"] or parts["dyear"]),
                int(parts["month"] or parts["dmonth"]),
                int(parts["day"] or parts["dday"]),
            )
        except ValueError:
            return None
        days, offset = day.toordinal(), _offset(parts["zone"])
    else:
        match = _TIME_OF_DAY.match(text)
        if not match:
            return None
        parts, days, offset = match.groupdict(), 0, 0
    whole, _, fraction = (parts["second"] or "0").replace(",", ".").partition(".")
    minutes = int(parts["hour"] or 0) * 60 + int(parts["minute"] or 0)
    return days * DAY + minutes * 60 + int(whole) - offset, float(f"0.{fraction}" if fraction else 0)


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def since(first: Moment) -> str:
    """Return the unit of a column that counts seconds since a moment.

    >>> since((63_844_934_401, 0.5)), since((60, 0.0))
    ('s since 2024-03-01 00:00:01.5', 's since 00:01:00')
    """
    days, seconds = divmod(first[0], DAY) if first[0] >= DATED else (0, first[0])
    if not 0 <= days <= _LAST_DAY or seconds < 0:
        return "s"
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    fraction = f"{first[1]:.12f}".rstrip("0")[1:] if first[1] else ""
    day = f"{date.fromordinal(days).isoformat()} " if days else ""
    return f"{_SINCE}{day}{clock}{fraction}"


def origin(unit: str) -> Moment | None:
    """Return the moment since which a column of that unit counts; None for any other unit.

    >>> origin("s since 00:01:00"), origin("s")
    ((60, 0.0), None)
    """
    return moment(unit.removeprefix(_SINCE)) if unit.startswith(_SINCE) else None


def counted_since(table: Table, units: Mapping[str, str]) -> Table:
    """Return the table with its times counted since the moments of `units`, so that both mean the same by 0.

    units : {column: unit} of the measurements that other rows are to be compared with; columns of numbers stay

    Raises TableError where one has dates and the other times of day.
    """
    columns, told = dict(table.columns), dict(table.units)
    for name, column in table.columns.items():
        then, now = origin(units.get(name, "")), origin(table.units.get(name, ""))
        if then is None or now is None:
            continue
        if (then[0] < DATED) != (now[0] < DATED):
            raise TableError(
                f"{table.source}: column '{name}' holds times of the kind '{_clock(told[name])}', but those that it is "
                f"to go on from are of the kind '{_clock(units[name])}'; write both with the date or both without."
            )
        columns[name] = column + ((now[0] - then[0]) + (now[1] - then[1]))
        told[name] = units[name]
    return replace(table, columns=columns, units=told)


def _clock(unit: str) -> str:
    return unit.removeprefix(_SINCE)
