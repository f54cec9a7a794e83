"""The catalogue of laws without starting values: what is right, what calls itself settled, and what it costs."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from typing import TYPE_CHECKING

from catalogue import entries
from search import RIGHT, Outcome, of_catalogue
from timing import table

if TYPE_CHECKING:
    from collections.abc import Mapping

DRAWS, QUICK = 20, 2
WORKERS = 2
SLOWEST = 10


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown."""
    draws, laws = QUICK if quick else DRAWS, entries()
    tasks = [(law, number) for law in laws for number in range(draws)]
    with ProcessPoolExecutor(WORKERS) as pool:
        outcomes = list(pool.map(of_catalogue, tasks, chunksize=4))
    texts = {law.name: law.law.text for law in laws}
    parts = [_words(outcomes, len(laws), draws), _failures(outcomes), _slowest(outcomes, texts)]
    return "\n\n".join(["### A catalogue of laws without starting values", *parts])


def _words(outcomes: list[Outcome], laws: int, draws: int) -> str:
    seconds = [one.seconds for one in outcomes]
    right = sum(one.right for one in outcomes)
    lower = sum(one.excess < -RIGHT for one in outcomes)
    settled = sum(one.settled for one in outcomes)
    wrong = sum(one.settled and not one.right for one in outcomes)
    return (
        f"{laws} laws of physics, chemistry, biology and engineering, {draws} draws each: true parameters over "
        "wide ranges, units of 1e-9 to 1e9, 20 to 2,000 rows, noise of 1 to 10 %. A draw is right when the sum of "
        "squares is no higher (1e-6 relative) than the one that a descent from the true parameters reaches. "
        f"Right: {right:,} of {len(outcomes):,} ({lower:,} of them lower than from the truth). "
        f"Settled: {settled:,}; settled but wrong: {wrong:,}. "
        f"CPU time of the search: median {median(seconds):.3f} s, most {max(seconds):.2f} s."
    )


def _failures(outcomes: list[Outcome]) -> str:
    missed = [
        f"- {one.name}, draw {one.number} ({one.n} rows): {100 * one.excess:.2g} % above"
        f"{', called settled' if one.settled else ', said not to be settled'}"
        for one in outcomes
        if not one.right
    ]
    return "\n".join(["Every failure by name:", "", *missed]) if missed else "No draw failed."


def _slowest(outcomes: list[Outcome], texts: Mapping[str, str]) -> str:
    of: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        of[one.name].append(one)
    slow = sorted(of, key=lambda name: -median(one.seconds for one in of[name]))[:SLOWEST]
    rows = [
        [
            f"{name}: `{_short(texts[name])}`",
            f"{sum(one.right for one in of[name])}/{len(of[name])}",
            f"{sum(one.settled for one in of[name])}/{len(of[name])}",
            f"{median(one.seconds for one in of[name]):.2f}",
            f"{max(one.seconds for one in of[name]):.2f}",
        ]
        for name in slow
    ]
    return f"The ten slowest laws:\n\n{table(['law', 'right', 'settled', 'median CPU s', 'most'], rows)}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
