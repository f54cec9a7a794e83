"""Frequencies that evenly spaced rows confuse: the lowest is given, the next are named, and they fit as well."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import educe
from educe.formula import parse
from educe.search import Found, search
from educe.search.aliases import common_spacing

STEP = 0.1
EVEN = 3.3 + STEP * np.arange(80)


def found(text: str, truth: dict[str, float], t: np.ndarray, **options: object) -> tuple[Found, np.ndarray]:
    law = parse(text)
    noise = 0.03 * np.random.default_rng(4).normal(size=len(t))
    response = np.asarray(law.evaluate({"t": t, **truth})) + noise
    return search(law.expression, response, {"t": t}, tuple(truth), **options), response  # type: ignore[arg-type]


def numbers(sentence: str, name: str) -> list[float]:
    listed = re.search(rf"so {name} = (.*) would fit", sentence)
    assert listed is not None
    return [float(number) for number in re.split(r", | or ", listed[1])]


def test_aliases_are_the_mirror_images_and_turns_of_the_lowest() -> None:
    answer, _ = found("y = a*sin(w*t + p) + c", {"a": 1.0, "w": 8.5, "p": 1.0, "c": 0.3}, EVEN)
    w, turn = answer.starts[0].theta["w"], 2 * np.pi / STEP
    assert w == pytest.approx(8.5, abs=0.05)
    assert numbers(answer.aliases[0], "w") == pytest.approx([turn - w, turn + w, 2 * turn - w], rel=1e-5)
    assert "the lowest frequency is given" in answer.aliases[0]


@pytest.mark.parametrize("text", ["y = a*sin(w*t) + b*cos(w*t)", "y = a*sin(2*pi*t/w) + b*cos(2*pi*t/w)"])
def test_an_alias_fits_as_well_by_linear_algebra(text: str) -> None:
    """The judge is a linear fit of a sine and a cosine with the frequency held."""
    answer, response = found(text, {"a": 1.0, "w": 3.1, "b": 0.4}, EVEN)
    lowest = answer.starts[0]
    for w in numbers(answer.aliases[0], "w"):
        angle = (2 * np.pi / w if "pi" in text else w) * EVEN
        _, cost, *_ = np.linalg.lstsq(np.stack([np.sin(angle), np.cos(angle)], axis=1), response)
        assert cost[0] == pytest.approx(lowest.cost, rel=2e-3)  # six digits of w are printed


def test_rows_without_common_spacing_have_no_aliases() -> None:
    t = np.sort(np.random.default_rng(1).uniform(0, 8, 80))
    answer, _ = found("y = a*sin(w*t + p)", {"a": 1.0, "w": 8.5, "p": 1.0}, t)
    assert answer.aliases == ()


def test_an_alias_that_would_not_fit_is_not_named() -> None:
    """Without a phase the mirror image has no sign to spare on a grid that misses zero."""
    answer, _ = found("y = cos(w*t)", {"w": 8.5}, EVEN + 0.037)
    assert answer.aliases == ()


def test_a_frequency_asked_for_above_is_given() -> None:
    truth = {"a": 1.0, "w": 8.5, "p": 1.0}
    answer, _ = found("y = a*sin(w*t + p)", truth, EVEN, bounds={"w": (50.0, 60.0)})
    assert answer.starts[0].theta["w"] == pytest.approx(2 * np.pi / STEP - 8.5, abs=0.05)
    assert answer.aliases == ()


def test_the_whole_table_sets_the_spacing() -> None:
    t = np.random.default_rng(0).permutation(STEP * np.arange(5_000))
    answer, _ = found("y = a*sin(w*t + p)", {"a": 1.0, "w": 8.5, "p": 1.0}, t)
    assert numbers(answer.aliases[0], "w")[0] == pytest.approx(2 * np.pi / STEP - 8.5, abs=1e-3)


def test_a_report_and_a_file_keep_them(tmp_path) -> None:  # type: ignore[no-untyped-def]
    t = np.arange(60) * 0.25
    noise = 0.02 * np.random.default_rng(0).normal(size=60)
    fit = educe.fit("y = a*sin(w*t + p)", {"t": t, "y": np.sin(2 * t + 1) + noise})
    assert fit.search is not None
    assert fit.search.aliases[0].startswith("t has steps of 0.25, so w = ")
    assert "t has steps of 0.25" in " ".join(str(fit).split())
    fit.save(tmp_path / "fit.json")
    loaded = educe.load(tmp_path / "fit.json")
    assert loaded.search is not None
    assert loaded.search.aliases == fit.search.aliases


@given(
    steps=st.lists(st.integers(1, 5), min_size=3, max_size=40),
    spacing=st.floats(1e-9, 1e9),
    origin=st.integers(-100, 100),
)
def test_a_common_spacing_divides_every_gap(steps: list[int], spacing: float, origin: int) -> None:
    x = (origin + np.cumsum([0, *steps])) * spacing
    found = common_spacing(x)
    if found is not None:
        gaps = np.diff(x) / found
        assert gaps == pytest.approx(np.round(gaps), abs=1e-2)
    if min(steps) == 1 and np.median(steps) <= 4:
        assert found == pytest.approx(spacing, rel=1e-6)
