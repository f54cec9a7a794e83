"""The verdict: who is taken, who ties, and why, from the scores alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.comparison.contenders import KINDS
from educe.report.numbers import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.comparison.floor import Floor

CHANCE = 0.05  # share of comparisons in which a contender nobody beats may be called beaten
MUCH = 1.25  # times the least error: an error this large loses, even where its scatter hides it


SUBJECTS = {
    "mean": "The mean",
    "linear": "A linear law",
    "polynomials": "A polynomial",
    "additive splines": "A sum of splines",
    "tensor splines": "A product of splines",
    "nearest neighbours": "The mean of the nearest rows",
    "random forest": "A random forest",
    "gradient boosting": "Gradient boosting",
    "Gaussian process": "A Gaussian process",
    "network": "A network",
}


@dataclass(frozen=True)
class Standing:
    """What the verdict knows of a contender.

    rmse : on rows held out;  parameters : numbers needed, nan if not known
    p : the least probability, over all others, that chance alone makes the other's error so much lower
    """

    name: str
    kind: str
    rmse: float
    parameters: float
    p: float


@dataclass(frozen=True)
class Verdict:
    """Who is taken, and the others that nothing beats; one sentence, and its reason."""

    winner: str
    ties: tuple[str, ...]
    sentence: str
    reason: str


def judge(standings: Sequence[Standing], floor: Floor, target: str) -> Verdict:
    """Return the verdict on some contenders.

    Nobody beats a contender unless, of all the others together, one has an error so much lower that chance would do
    that in fewer than 5 of 100 comparisons (Bonferroni), or its error is a quarter above the least. Of those
    that nobody beats, the one with the fewest numbers is taken; of these the plainest kind; the others tie with it.
    """
    standing = unbeaten(standings)
    winner, *ties = sorted(standing, key=simplicity)
    laws = [s for s in standings if s.kind == "law"]
    if len(standings) == 1:
        words = _alone(winner, floor)
    elif winner.kind == "mean":
        words = f"Nothing here predicts {target} better than its mean", _by_chance(standings)
    elif winner.kind == "law":
        words = _law_wins(winner, standings, standing, floor)
    elif laws:
        words = _law_loses(winner, min(laws, key=lambda s: s.rmse), standing, floor)
    else:
        words = _without_law(winner, ties, floor)
    return Verdict(winner.name, tuple(s.name for s in ties), f"{words[0]}.", f"{_sentence(words[1])}.")


def unbeaten(standings: Sequence[Standing]) -> list[Standing]:
    """Return those that nobody beats, in the order given; the one of least error is always among them."""
    least = min(s.rmse for s in standings)
    level = CHANCE / max(len(standings) - 1, 1)
    return [s for s in standings if s.rmse == least or (s.p >= level and s.rmse <= MUCH * least)]


def simplicity(s: Standing) -> tuple[float, int, str]:
    """Return what orders contenders from simple to intricate: numbers, kind, name."""
    return (s.parameters if math.isfinite(s.parameters) else math.inf, KINDS.index(s.kind), s.name)


def numbers(parameters: float) -> str:
    """Return a count of numbers in words.

    >>> numbers(37.0), numbers(1.0), numbers(6.24)
    ('37 numbers', '1 number', 'some 6 numbers')
    """
    if not math.isfinite(parameters):
        return "an unknown count of numbers"
    whole = round(parameters)
    words = f"{whole:,} number" + ("" if whole == 1 else "s")
    return words if abs(parameters - whole) < 1e-9 else f"some {words}"


def _alone(winner: Standing, floor: Floor) -> tuple[str, str]:
    error = f"its error on rows not seen is {short(winner.rmse, 3)}{_noise(floor)}"
    return f"Only {_noun(winner)} was finished, and nothing else to compare it with", error


def _law_wins(
    winner: Standing, standings: Sequence[Standing], standing: Sequence[Standing], floor: Floor
) -> tuple[str, str]:
    rest = _of_networks(standings, standing)
    error = f"its error on rows not seen, {short(winner.rmse, 3)}"
    if not floor.told:
        return (
            f"Nothing here predicts better than the law {winner.name}{rest}",
            f"{error}, is the best that {_count(standings)} reached; how much of it is noise cannot be told: "
            f"{floor.words}",
        )
    noise = f"{short(floor.sigma, 3)} ({short(floor.lower, 3)} to {short(floor.upper, 3)}, {floor.words})"
    if winner.rmse <= floor.upper:
        return (
            f"The law {winner.name} explains everything that can be explained here{rest}",
            f"{error}, is no larger than the noise, {noise}",
        )
    return (
        f"Nothing here predicts better than the law {winner.name}{rest}, yet something is left",
        f"{error}, is above the noise, {noise}, and no contender finds what is left",
    )


def _of_networks(standings: Sequence[Standing], standing: Sequence[Standing]) -> str:
    """Return what networks need to do as well as the winner, if any competed."""
    able = [s for s in standing if s.kind == "network"]
    if able:
        return f"; a network needs {numbers(min(s.parameters for s in able))} to do as well"
    return "; no network does as well" if any(s.kind == "network" for s in standings) else ""


def _law_loses(
    winner: Standing, law: Standing, standing: Sequence[Standing], floor: Floor
) -> tuple[str, str]:
    if law in standing:
        return (
            f"{_subject(winner)} does as well as the law {law.name}, with fewer numbers",
            f"it needs {numbers(winner.parameters)} and the law {numbers(law.parameters)}; their errors on rows not "
            f"seen, {short(winner.rmse, 3)} and {short(law.rmse, 3)}, do not differ by more than chance",
        )
    lower = f"{1.0 - winner.rmse / law.rmse:.0%}"
    reason = f"errors on rows not seen are {short(winner.rmse, 3)} and {short(law.rmse, 3)}{_noise(floor)}"
    if winner.kind == "law and network":
        return f"The law {law.name} misses something: {_noun(winner)} has an error lower by {lower}", reason
    return (
        f"The law {law.name} misses something: {_noun(winner)} has an error lower by {lower}, "
        f"with {numbers(winner.parameters)}",
        reason,
    )


def _without_law(winner: Standing, ties: Sequence[Standing], floor: Floor) -> tuple[str, str]:
    error = f"its error on rows not seen is {short(winner.rmse, 3)}{_noise(floor)}"
    with_numbers = f", with {numbers(winner.parameters)}" if math.isfinite(winner.parameters) else ""
    if not ties:
        return (
            f"{_subject(winner)} predicts best{with_numbers}",
            f"{error}, and every other's is larger by more than chance",
        )
    return (
        f"{_subject(winner)} predicts as well as anything here{with_numbers}",
        f"{error}; {_listed([s.name for s in ties])} do not differ from it by more than chance, and are less simple",
    )


def _by_chance(standings: Sequence[Standing]) -> str:
    least = min(standings, key=lambda s: s.rmse)
    if least.kind == "mean":
        return f"of {_count(standings)} none has a lower error on rows not seen"
    return f"of {_count(standings)} none has an error on rows not seen that is lower by more than chance"


def _noise(floor: Floor) -> str:
    return f", and the noise is {short(floor.sigma, 3)}" if floor.told else ""


def _count(standings: Sequence[Standing]) -> str:
    return f"{len(standings)} contenders"


def _listed(names: Sequence[str], most: int = 4) -> str:
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _subject(s: Standing) -> str:
    """Return a contender as it begins a sentence."""
    if s.kind == "law":
        return f"The law {s.name}"
    return SUBJECTS.get(s.name, f"The {s.name}" if s.kind == "network" else s.name)


def _noun(s: Standing) -> str:
    """Return a contender as it stands within a sentence."""
    words = _subject(s)
    return words if words == s.name and s.name not in SUBJECTS else words[:1].lower() + words[1:]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
