"""The questions, and the data sets by which each is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.errors import ParameterError, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

QUESTIONS = {
    "law": "a law is known, wrong, or unknown",
    "inputs": "there are more inputs",
    "rows": "there are more rows",
    "noise": "there is more noise",
    "shape": "the truth is smooth, kinked, discontinuous or oscillating",
}
"""What changes, by question. Inside and outside the measured region, and cost, are looked at in every one of them."""

SURE = 0.05  # noise of a data set, as a share of the truth's deviation, where noise is not the question


@dataclass(frozen=True)
class Cell:
    """One data set to be drawn, and what it is drawn for.

    question, target : by name;  setting : what this question varies, as a number or as a word
    inputs, n, noise : columns, rows, and the noise as a share of the truth's deviation;  seed : of the draw
    """

    question: str
    target: str
    setting: float | str
    inputs: int
    n: int
    noise: float
    seed: int


def cells(only: Sequence[str] = (), *, full: bool = False, seed: int = 0) -> list[Cell]:
    """Return the data sets of these questions, all if none is named; the first draw of each before the second.

    full : more draws, more settings

    Raises ParameterError for a question that there is not.
    """
    for name in only:
        if name not in QUESTIONS:
            raise ParameterError(
                f"there is no question '{name}'; there are {listing(QUESTIONS)}.{nearest(name, QUESTIONS)}"
            )
    asked = [name for name in QUESTIONS if not only or name in only]
    makers = {"law": _law, "inputs": _inputs, "rows": _rows, "noise": _noise, "shape": _shape}
    found = [cell for name in asked for cell in makers[name](full, seed)]
    return sorted(found, key=lambda cell: (cell.seed, asked.index(cell.question)))


def _law(full: bool, seed: int) -> Iterator[Cell]:
    for draw in range(20 if full else 5):
        yield Cell("law", "decay", "decay", 1, 100, 0.1, seed + draw)
        yield Cell("law", "surface", "surface", 2, 200, 0.1, seed + draw)


def _inputs(full: bool, seed: int) -> Iterator[Cell]:
    for draw in range(10 if full else 3):
        for d in range(1, 11) if full else (1, 2, 3, 5, 10):
            for target in ("directions", "additive"):
                yield Cell("inputs", target, float(d), d, 500, SURE, seed + draw)


def _rows(full: bool, seed: int) -> Iterator[Cell]:
    for n, draws in ((20, 5), (100, 5), (1000, 3), (10_000, 2), (100_000, 1)):
        for draw in range(4 * draws if full else draws):
            yield Cell("rows", "hills", float(n), 2, n, 0.1, seed + draw)


def _noise(full: bool, seed: int) -> Iterator[Cell]:
    for draw in range(20 if full else 5):
        for noise in (0.0, 0.01, 0.05, 0.2, 0.5):
            yield Cell("noise", "hills", noise, 2, 300, noise, seed + draw)


def _shape(full: bool, seed: int) -> Iterator[Cell]:
    for draw in range(20 if full else 5):
        for target in ("smooth", "kinked", "discontinuous", "oscillating"):
            yield Cell("shape", target, target, 1, 200, SURE, seed + draw)
