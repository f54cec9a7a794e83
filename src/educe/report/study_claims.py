"""What a study says, in sentences: each is true of its outcomes, whatever these turn out to be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from educe.report.numbers import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.studying.result import Study
    from educe.studying.scores import Score

TIE = 1.1  # errors whose ratio is at most this are called equal
NETWORK = "network"
WITH_A_LAW = ("law", "law and network")


def claims(study: Study, name: str) -> list[str]:
    """Return the sentences of one section: a question, "cost", or "where"."""
    makers = {
        "law": _law, "inputs": _inputs, "rows": _rows, "noise": _noise, "shape": _shape, "cost": _cost,
        "where": _where,
    }  # fmt: skip
    return list(makers[name](study))


def percent(error: float) -> str:
    """Return an error as a percentage of two digits.

    >>> percent(0.01234), percent(1.002), percent(float("inf"))
    ('1.2 %', '100 %', 'failed')
    """
    if not math.isfinite(error):
        return "failed"
    value = 100.0 * error
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.2g} %" if value >= 1e-4 else f"{value:.0e} %"


def seconds(value: float) -> str:
    """Return a time of two digits, with a unit that suits it.

    >>> seconds(0.0123), seconds(3.21), seconds(250.0)
    ('12 ms', '3.2 s', '250 s')
    """
    if not math.isfinite(value):
        return "failed"
    return (
        f"{1000 * value:.2g} ms" if value < 0.0995 else f"{value:.2g} s" if value < 99.5 else f"{value:.0f} s"
    )


def parameters(count: float) -> str:
    """Return a number of parameters, which may be an effective one.

    >>> parameters(2720.0), parameters(5.994)
    ('2,720', '6')
    """
    return f"{count:,.0f}" if count >= 9.95 else short(count, 2)


def times(ratio: float) -> str:
    """Return how many times as much, to two digits.

    >>> times(1.234), times(37.6), times(float("nan"))
    ('1.2 times', '38 times', 'an unknown number of times')
    """
    if not math.isfinite(ratio):
        return "an unknown number of times"
    return f"{ratio:.2g} times" if ratio < 99.5 else f"{ratio:,.0f} times"


def without_law(scores: tuple[Score, ...]) -> list[Score]:
    """Return the contenders that were given no law, the best first."""
    return [score for score in scores if score.kind not in WITH_A_LAW]


def found(scores: tuple[Score, ...], name: str) -> Score | None:
    """Return the score of one contender, None if it did not compete."""
    return next((score for score in scores if score.contender == name), None)


def against_network(scores: tuple[Score, ...]) -> str:
    """Return how the network stands to the best classical method of one setting."""
    network = found(scores, NETWORK)
    others = [score for score in without_law(scores) if score.kind != "network"]
    if network is None or not others:
        return "there is nothing to compare"
    best = others[0]
    there = f"the network {percent(network.inside)}, the best classical method, {best.contender}, "
    there += percent(best.inside)
    if network.inside == best.inside:
        return f"{there}: equal"
    ratio = network.inside / best.inside
    if max(ratio, 1.0 / ratio) <= TIE:
        return f"{there}: equal, within 10 %"
    return f"{there}: the network {'loses' if ratio > 1.0 else 'wins'}, by {times(max(ratio, 1.0 / ratio))}"


def _law(study: Study) -> Iterator[str]:
    for target in study.targets("law"):
        scores = study.scores("law", target)
        law, wrong, network = (found(scores, name) for name in ("law", "wrong law", NETWORK))
        both, mended = found(scores, "law + network"), found(scores, "wrong law + network")
        if law is None or wrong is None or network is None or both is None or mended is None:
            continue
        best = without_law(scores)[0]
        yield (
            f"**{target}, law known**: the law misses {percent(law.inside)} with {parameters(law.parameters)} "
            f"parameters; of all that know no law the best, {best.contender}, misses {percent(best.inside)} with "
            f"{parameters(best.parameters)}, which is {times(best.inside / law.inside)} as much. A network on what "
            f"the law leaves changes its error to {percent(both.inside)}."
        )
        more = wrong.inside / network.inside
        yield (
            f"**{target}, law wrong**: the wrong law misses {percent(wrong.inside)}, the network alone "
            f"{percent(network.inside)}; {'the wrong law' if more > 1 else 'the network'} is worse by "
            f"{times(max(more, 1 / more))}. With a network on what it leaves, the wrong law misses "
            f"{percent(mended.inside)}."
        )
        yield f"**{target}, law unknown**: {against_network(scores)}."
        outside = sorted(without_law(scores), key=lambda score: score.outside)
        yield (
            f"**{target}, outside the measured region**: the law misses {percent(law.outside)}, the wrong law "
            f"{percent(wrong.outside)}, the network {percent(network.outside)}; the best without a law there is "
            f"{outside[0].contender} with {percent(outside[0].outside)}."
        )


def _inputs(study: Study) -> Iterator[str]:
    for target in study.targets("inputs"):
        settings = study.settings("inputs", target)
        for d in (settings[0], settings[len(settings) // 2], settings[-1]):
            yield f"**{target}, {_inputs_of(d)}**: {against_network(study.scores('inputs', target, d))}."
        few, many = (
            found(study.scores("inputs", target, d), "polynomials") for d in (settings[0], settings[-1])
        )
        if few is not None and many is not None:
            yield (
                f"**{target}**: polynomials go from {percent(few.inside)} at {_inputs_of(settings[0])} to "
                f"{percent(many.inside)} at {_inputs_of(settings[-1])}, where 100 % is the mean."
            )


def _inputs_of(d: float | str) -> str:
    return "1 input" if d == 1.0 else f"{float(d):g} inputs"


def _rows(study: Study) -> Iterator[str]:
    for n in study.settings("rows"):
        yield f"**{float(n):,.0f} rows**: {against_network(study.scores('rows', setting=n))}."


def _noise(study: Study) -> Iterator[str]:
    for noise in study.settings("noise"):
        yield f"**{100 * float(noise):g} % noise**: {against_network(study.scores('noise', setting=noise))}."


def _shape(study: Study) -> Iterator[str]:
    for shape in study.settings("shape"):
        yield f"**{shape}**: {against_network(study.scores('shape', setting=shape))}."


def _cost(study: Study) -> Iterator[str]:
    for n in study.settings("rows"):
        scores = study.scores("rows", setting=n)
        network = found(scores, NETWORK)
        others = [score for score in without_law(scores) if score.kind != "network"]
        if network is None or not others:
            continue
        best = others[0]
        ratio = network.seconds / max(best.seconds, 1e-6)
        yield (
            f"**{float(n):,.0f} rows**: the network takes {seconds(network.seconds)} and "
            f"{parameters(network.parameters)} parameters; the best classical method, {best.contender}, "
            f"{seconds(best.seconds)} and {parameters(best.parameters)}: {times(ratio)} the time, "
            f"{times(network.parameters / best.parameters)} the parameters."
        )


def _where(study: Study) -> Iterator[str]:
    """Yield how often the network wins and loses, and the settings where it does so most."""
    judged: list[tuple[float, str, Score]] = []
    for question in study.questions:
        for target in study.targets(question):
            for setting in study.settings(question, target):
                scores = study.scores(question, target, setting)
                network = found(scores, NETWORK)
                others = [score for score in without_law(scores) if score.kind != "network"]
                if network is not None and others and others[0].inside > 0.0 and network.inside > 0.0:
                    judged.append(
                        (network.inside / others[0].inside, _named(question, target, setting), others[0])
                    )
    if not judged:
        return
    lost = sorted((each for each in judged if each[0] > TIE), key=lambda each: -each[0])
    won = sorted((each for each in judged if each[0] < 1.0 / TIE), key=lambda each: each[0])
    yield (
        f"In {len(judged)} settings without a law, the network is the best in {len(won)}, equal to the best classical "
        f"method within 10 % in {len(judged) - len(won) - len(lost)}, and worse in {len(lost)}."
    )
    for words, some in (("loses", lost), ("wins", won)):
        for ratio, named, best in some[:5]:
            much = times(max(ratio, 1.0 / ratio))
            yield f"It {words} most {'to' if ratio > 1 else 'against'} {best.contender} for {named}: {much}."


def _named(question: str, target: str, setting: float | str) -> str:
    if question == "inputs":
        return f"{target} with {_inputs_of(setting)}"
    if question == "rows":
        return f"{float(setting):,.0f} rows"
    if question == "noise":
        return f"{100 * float(setting):g} % noise"
    return f"the {target} truth" if question == "shape" else f"the {target}, its law unknown"
