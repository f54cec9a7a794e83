"""Laws from physics, chemistry, biology and engineering, each with where it is used and what to draw for it."""

from __future__ import annotations

import re
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.formula import evaluate, parse, parse_expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.formula.law import Law

Array = NDArray[np.float64]
RANGE = re.compile(
    r"(?P<kind>\+-|uniform|log|spaced)?\s*(?P<low>-?[\d.]+)\.\.(?P<high>-?[\d.]+)\s*(?P<unit>.*)"
)
WORDS = {"law", "use", "rows", "hard", "scaled", "same_unit", "unitless", "repeat"}


@dataclass(frozen=True)
class Entry:
    """One law of the catalogue: its name, text, use, and the ranges of inputs and parameters."""

    name: str
    law: Law
    use: str
    ranges: Mapping[str, str]
    options: Mapping[str, Any]

    @property
    def hard(self) -> bool:
        return bool(self.options.get("hard", False))


@dataclass(frozen=True)
class Draw:
    """One simulated measurement: columns, response, and the parameters that made it."""

    columns: Mapping[str, Array]
    response: Array
    truth: Mapping[str, float]


def entries() -> list[Entry]:
    """Return every law of the catalogue."""
    found = []
    for file in sorted(Path(__file__).parent.glob("*.toml")):
        for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            ranges = {key: text for key, text in table.items() if key not in WORDS}
            options = {key: value for key, value in table.items() if key in WORDS - {"law", "use"}}
            ranges.update(_repeated(options.get("repeat", {})))
            found.append(Entry(name, parse(table["law"]), table["use"], ranges, options))
    return found


def _repeated(repeat: Mapping[str, Any]) -> dict[str, str]:
    ranges = {}
    count = repeat.get("count", 0)
    for stem, text in repeat.items():
        for k in range(1, count + 1) if stem != "count" else ():
            place = re.sub(r"^spaced", f"spaced{k}of{count}", text)
            ranges[f"{stem}{k}"] = place
    return ranges


def draw(entry: Entry, number: int) -> Draw:
    """Return measurement number `number` of a law: units of 1e-9 .. 1e9, 20 .. 2,000 rows, noise of 1 .. 10 %."""
    rng = np.random.default_rng([zlib.crc32(entry.name.encode()), number])
    inputs = [name for name, text in entry.ranges.items() if text.startswith("input ")]
    units = _units(entry, inputs, rng)
    low, high = entry.options.get("rows", (20, 2000))
    n = round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))
    columns = {name: units[name] * _layout(entry.ranges[name], n, rng) for name in inputs}
    if len(inputs) > 1:
        columns = {name: rng.permutation(x) for name, x in columns.items()}
    truth = {name: _value(entry.ranges[name], units, rng) for name in entry.ranges if name not in inputs}
    if "scaled" in entry.options:
        name, text = entry.options["scaled"].split(" = ")
        truth[name] = float(evaluate(parse_expression(text), {**truth, **units, name: truth[name]}))
    exact = np.broadcast_to(evaluate(entry.law.expression, {**columns, **truth}), (n,))
    noise = np.exp(rng.uniform(np.log(0.01), np.log(0.1))) * exact.std()
    return Draw(columns, exact + noise * rng.standard_normal(n), truth)


def _units(entry: Entry, inputs: list[str], rng: np.random.Generator) -> dict[str, float]:
    response = entry.law.target or "y"
    units = {name: 10.0 ** rng.uniform(-9, 9) for name in [*inputs, response]}
    units.update(dict.fromkeys(entry.options.get("unitless", ()), 1.0))
    same = entry.options.get("same_unit", ())
    units.update(dict.fromkeys(same[1:], units[(*same, response)[0]]))
    return units


def _layout(text: str, n: int, rng: np.random.Generator) -> Array:
    match = RANGE.fullmatch(text.removeprefix("input "))
    assert match is not None, text
    low, high = float(match["low"]), float(match["high"])
    u = np.linspace(0, 1, n) if rng.random() < 0.5 else np.sort(rng.random(n))
    return low * (high / low) ** u if match["kind"] == "log" else low + (high - low) * u


def _value(text: str, units: Mapping[str, float], rng: np.random.Generator) -> float:
    place = re.match(r"spaced(\d+)of(\d+)", text)
    match = RANGE.fullmatch(re.sub(r"^spaced\d+of\d+", "spaced", text))
    assert match is not None, text
    low, high = float(match["low"]), float(match["high"])
    if place is not None:
        k, count = int(place[1]), int(place[2])
        value = low + (high - low) * (k - 0.5 + rng.uniform(-0.2, 0.2)) / count
    elif match["kind"] == "uniform":
        value = rng.uniform(low, high)
    else:
        value = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        value *= rng.choice([-1.0, 1.0]) if match["kind"] == "+-" else 1.0
    return float(value * evaluate(parse_expression(match["unit"]), units)) if match["unit"] else float(value)
