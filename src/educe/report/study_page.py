"""The page of a study: tables and sentences, every number of which is one of its outcomes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from educe.report.study_claims import claims, parameters, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.studying.result import Study
    from educe.studying.scores import Score

TITLES = {
    "law": "A law: known, wrong, unknown",
    "inputs": "More inputs",
    "rows": "More rows",
    "noise": "More noise",
    "shape": "Smooth, kinked, discontinuous, oscillating",
    "cost": "What it costs",
    "where": "Where the network loses, and where it wins",
}
SEEN = {
    "law": "Each contender's error inside the measured region (with the range of the draws) and outside it",
    "inputs": "Error over the number of inputs, for a truth along oblique directions and for a sum over inputs",
    "rows": "Error over the number of rows",
    "noise": "Error over the size of the noise",
    "shape": "Each contender's error for four shapes of the truth",
    "cost": "Error over seconds and over parameters, and seconds over rows",
}
ORDER = (
    "mean", "linear", "polynomials", "additive splines", "tensor splines", "nearest neighbours", "random forest",
    "gradient boosting", "Gaussian process", "textbook network", "network", "law", "law + network", "wrong law",
    "wrong law + network",
)  # fmt: skip


def render(study: Study, figures: str = "") -> str:
    """Return the page as Markdown; `figures` is the folder of its figures, "" for the page's own."""
    parts = [_head(study)]
    for name in [*study.questions, *(["cost"] if "rows" in study.questions else []), "where"]:
        parts.append(f"## {TITLES[name]}")
        parts.append("\n".join(f"- {claim}" for claim in claims(study, name)))
        parts += TABLES[name](study)
        if name in SEEN:
            parts.append(f"![{SEEN[name]}]({figures}study-{name}.svg)")
    return "\n\n".join(part for part in parts if part) + "\n"


def told(study: Study) -> str:
    """Return the findings as lines for the terminal."""
    lines = [_counted(study)]
    for name in [*study.questions, *(["cost"] if "rows" in study.questions else []), "where"]:
        lines += ["", TITLES[name], *(f"  - {claim}" for claim in claims(study, name))]
    if study.interrupted:
        lines += ["", "interrupted: only what was done until then is here"]
    return "\n".join(line.replace("**", "").replace("`", "") for line in lines)


def _head(study: Study) -> str:
    return f"""# Where networks win, and where they lose

{_counted(study)} Each contender of `educe compare` learns from the same noisy rows and is judged on 2,000
fresh points *without* noise inside the measured region, and on 2,000 around it. The **error** is the root mean square
of what it misses, in per cent of the truth's standard deviation: the mean reaches 100 %, the truth has 0 %.
Numbers are medians over the draws of the data. *The network* chooses its own width, depth and penalty; the *textbook
network* has one hidden layer of three sigmoids. *The best classical method* is picked with hindsight for each setting,
by its error on the fresh points, which is hard on the network.

Every number and every verdict below is computed from the outcomes in [study.json](study.json); `educe study` draws the
data and makes all of it again, page and figures included. Seconds are CPU time of one core: {study.machine}."""


def _counted(study: Study) -> str:
    work = sum(outcome.seconds for outcome in study.outcomes) / 60.0
    return (
        f"{len(study.outcomes):,} fits on {study.data_sets:,} data sets, {work:.1f} minutes of one core"
        f"{', interrupted before the end' if study.interrupted else ''}."
    )


def _of_law(study: Study) -> list[str]:
    tables = []
    for target in study.targets("law"):
        scores = study.scores("law", target)
        rows = [
            [
                s.contender, percent(s.inside), f"{percent(s.low)} – {percent(s.high)}", percent(s.outside),
                parameters(s.parameters), seconds(s.seconds),
            ]
            for s in scores
        ]  # fmt: skip
        tables.append(
            table([target, "error inside", "of the draws", "outside", "parameters", "seconds"], rows)
        )
    return tables


def _inputs_of(d: float | str) -> str:
    return "1 input" if d == 1.0 else f"{d:g} inputs"


def _of_inputs(study: Study) -> list[str]:
    tables = []
    for target in study.targets("inputs"):
        settings = study.settings("inputs", target)
        tables.append(_across(study, "inputs", target, settings, _inputs_of, f"error, {target}"))
    rows = []
    for d in study.settings("inputs"):
        network = next((s for s in study.scores("inputs", "directions", d) if s.contender == "network"), None)
        k = int(d)
        found = "" if network is None else parameters(network.parameters)
        rows.append([f"{k}", f"{math.comb(k + 5, 5):,}", f"{10**k:,}", found])
    header = [
        "inputs",
        "full polynomial of degree 5",
        "grid of 10 points a side",
        "the network's choice (directions)",
    ]
    tables.append("What each would need, in numbers to be found:\n\n" + table(header, rows))
    return tables


def _of_rows(study: Study) -> list[str]:
    return [_across(study, "rows", None, study.settings("rows"), lambda n: f"{n:,.0f} rows", "error")]


def _of_noise(study: Study) -> list[str]:
    return [_across(study, "noise", None, study.settings("noise"), lambda s: f"{100 * s:g} % noise", "error")]


def _of_shape(study: Study) -> list[str]:
    return [_across(study, "shape", None, study.settings("shape"), str, "error")]


def _of_cost(study: Study) -> list[str]:
    sizes = study.settings("rows")
    by_size = {n: {s.contender: s for s in study.scores("rows", setting=n)} for n in sizes}
    rows = []
    for name in _ordered(by_size[sizes[0]]):
        found = [by_size[n].get(name) for n in sizes]
        last = found[-1]
        rows.append(
            [
                name,
                *("" if s is None else seconds(s.seconds) for s in found),
                "" if last is None else parameters(last.parameters),
                "" if last is None else f"{last.microseconds:.2g} µs",
            ]
        )
    header = [
        "CPU time to fit",
        *(f"{n:,.0f} rows" for n in sizes),
        "parameters, most rows",
        "to predict a point",
    ]
    return [table(header, rows)]


TABLES: dict[str, Callable[[Study], list[str]]] = {
    "law": _of_law,
    "inputs": _of_inputs,
    "rows": _of_rows,
    "noise": _of_noise,
    "shape": _of_shape,
    "cost": _of_cost,
    "where": lambda _: [],
}


def _across(
    study: Study,
    question: str,
    target: str | None,
    settings: Sequence[float | str],
    words: Callable[[float | str], str] | Callable[[float], str],
    corner: str,
) -> str:
    """Return a table of contenders down and settings across; the least error of a column is bold."""
    columns = [study.scores(question, target, setting) for setting in settings]
    by_name: list[dict[str, Score]] = [{s.contender: s for s in column} for column in columns]
    least = [percent(column[0].inside) for column in columns]
    names = _ordered({name: None for column in by_name for name in column})
    rows = []
    for name in names:
        cells = ["–" if name not in column else percent(column[name].inside) for column in by_name]
        rows.append([name, *(f"**{c}**" if c == best else c for c, best in zip(cells, least, strict=True))])
    return table([corner, *(words(setting) for setting in settings)], rows)  # type: ignore[arg-type]


def _ordered(names: dict[str, Score] | dict[str, None]) -> list[str]:
    return [name for name in ORDER if name in names] + [name for name in names if name not in ORDER]


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
