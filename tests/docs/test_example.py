"""The example page of the documentation is what educe writes now."""

import importlib.util
from pathlib import Path

import pytest
from tests.explanation.markup import PageReader

ROOT = Path(__file__).parents[2]


def test_the_example_page_is_fresh():
    """Words are compared exactly, numbers to nine digits: other machines may round the last ones otherwise."""
    spec = importlib.util.spec_from_file_location("example", ROOT / "scripts" / "example.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    kept = PageReader(example.EXAMPLE.read_text(encoding="utf-8"))
    made = PageReader(example.written())
    advice = "docs/example.html is old: run python scripts/example.py"
    assert [e.tag for e in kept.elements] == [e.tag for e in made.elements], advice
    assert [d.key for d in kept.data] == [d.key for d in made.data], advice
    rounding = {"triangle.gain", "triangle.0.2", "triangle.1.2"}
    for old, new in zip(kept.data, made.data, strict=True):
        if old.key not in rounding:
            assert old.value == pytest.approx(new.value, rel=1e-9), advice
    headings = [
        ["".join(e.words) for e in page.elements if e.tag in ("h1", "h2", "p")] for page in (kept, made)
    ]
    changed = [pair for pair in zip(*headings, strict=True) if pair[0] != pair[1] and "10⁻" not in pair[0]]
    assert changed == [], advice
