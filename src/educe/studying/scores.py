"""Outcomes brought together: the middle of all draws of one setting, for each contender."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from educe.studying.outcome import Outcome

TEXTBOOK = "textbook network"  # d-3-1, whatever the number d of inputs


@dataclass(frozen=True)
class Score:
    """How one contender did in one setting: medians over the draws, infinite where it mostly failed.

    contender, kind : who;  inside, outside : errors in units of the truth's deviation
    low, high : least and largest error inside;  parameters, seconds, microseconds : cost;  draws : of data
    """

    contender: str
    kind: str
    inside: float
    outside: float
    low: float
    high: float
    parameters: float
    seconds: float
    microseconds: float
    draws: int


def name_of(outcome: Outcome) -> str:
    """Return the contender's name, the same for every number of inputs."""
    return TEXTBOOK if outcome.contender.endswith("-3-1 sigmoid network") else outcome.contender


def scored(outcomes: Iterable[Outcome]) -> tuple[Score, ...]:
    """Return the scores of the contenders of these outcomes, the least error inside first."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(name_of(outcome), []).append(outcome)
    return tuple(
        sorted((_score(name, group) for name, group in groups.items()), key=lambda score: score.inside)
    )


def _score(name: str, group: list[Outcome]) -> Score:
    def middle(value: Callable[[Outcome], float]) -> float:
        return float(median(math.inf if math.isnan(value(o)) else value(o) for o in group))

    inside = [math.inf if math.isnan(o.inside) else o.inside for o in group]
    return Score(
        name,
        group[0].kind,
        float(median(inside)),
        middle(lambda o: o.outside),
        min(inside),
        max(inside),
        middle(lambda o: o.parameters),
        middle(lambda o: o.seconds),
        middle(lambda o: o.microseconds),
        len(group),
    )
