"""Headers into names that a formula can call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educe.table.names import headings, repeated


@pytest.mark.parametrize(
    ("label", "name", "unit"),
    [
        ("x", "x", ""),
        ("Temp [°C]", "Temp", "°C"),
        ("time (s)", "time", "s"),
        ("time(s)", "time", "s"),
        ("U / V", "U", "V"),
        ("km/h", "km_h", ""),
        ("Temp °C", "Temp_C", ""),
        ("wind speed [m/s]", "wind_speed", "m/s"),
        ("θ", "θ", ""),
        ("2theta", "c_2theta", ""),
        ("µ", "μ", ""),  # micro sign into Greek mu, as Python reads names
        ("", "c1", ""),
        ("%", "c1", ""),
        ("x.y", "x_y", ""),
        ("[V]", "V", ""),
    ],
)
def test_name_and_unit(label: str, name: str, unit: str) -> None:
    (heading,) = headings([label])
    assert (heading.name, heading.unit, heading.label) == (name, unit, label)


def test_headers_that_differ_in_their_unit_only_keep_it_in_the_name() -> None:
    assert [heading.name for heading in headings(["T [K]", "T [°C]", "p"])] == ["T_K", "T_C", "p"]


def test_names_that_are_the_same_are_refused_with_their_places() -> None:
    refused = repeated(headings(["x", "y", "x"]))
    assert list(refused) == ["x"]
    assert "'x' occurs 2 times (columns 1, 3)" in refused["x"]


@given(st.lists(st.text(max_size=12), max_size=5))
def test_every_name_can_stand_in_a_formula(labels: list[str]) -> None:
    for heading in headings(labels):
        assert heading.name.isidentifier()
        assert not heading.name.startswith("_")
