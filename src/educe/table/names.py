"""Headers as people write them, and the names by which a formula can call the columns."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# "Temp [°C]", "time (s)", "U / V" (ISO 80000: quantity / unit; the spaces tell it from "km/h")
_WITH_UNIT = re.compile(r"^(?P<name>.*\S)\s*(?:\[(?P<a>[^\[\]]*)\]|\((?P<b>[^()]*)\)|\s/\s+(?P<c>\S+))$")


@dataclass(frozen=True)
class Heading:
    """One column's name for formulas, its unit ("" if none is told) and its header as written."""

    name: str
    unit: str
    label: str


def headings(labels: Sequence[str]) -> tuple[Heading, ...]:
    """Return a heading for each header: the unit taken off, the rest made an identifier.

    An empty header gets c1, c2, ... by position. Where two headers differ in their unit only, the unit
    stays in the name. Headers that are the same keep the same name: such a column cannot be asked for.

    >>> [(h.name, h.unit) for h in headings(["time (s)", "T [K]", "T [°C]", ""])]
    [('time', 's'), ('T_K', 'K'), ('T_C', '°C'), ('c4', '')]
    """
    plain = [_split(label.strip()) for label in labels]
    names = [_identifier(name, place) for place, (name, _) in enumerate(plain, start=1)]
    often = Counter(names)
    return tuple(
        Heading(name if often[name] == 1 else _identifier(label, place), unit, label)
        for place, (name, (_, unit), label) in enumerate(zip(names, plain, labels, strict=True), start=1)
    )


def repeated(found: Sequence[Heading]) -> dict[str, str]:
    """Return, for each name that several columns share, the sentence that refuses it."""
    places: dict[str, list[int]] = {}
    for place, heading in enumerate(found, start=1):
        places.setdefault(heading.name, []).append(place)
    return {
        name: f"the column name '{name}' occurs {len(where)} times (columns {', '.join(map(str, where))}); "
        "rename all but one."
        for name, where in places.items()
        if len(where) > 1
    }


def _split(label: str) -> tuple[str, str]:
    if label.isidentifier():
        return label, ""
    match = _WITH_UNIT.match(label)
    if not match:
        return label, ""
    return match["name"], (match["a"] or match["b"] or match["c"] or "").strip()


def _identifier(text: str, place: int) -> str:
    # NFKC, as Python reads names: the micro sign and the Greek mu are the same letter in a formula.
    letters = unicodedata.normalize("NFKC", text)
    words = "".join(letter if f"a{letter}".isidentifier() else " " for letter in letters).split()
    name = "_".join(words).strip("_")
    if not name:
        return f"c{place}"
    return name if name.isidentifier() else f"c_{name}"
