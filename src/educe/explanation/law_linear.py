"""Why what is linear need not be searched for, and where the starting values of the rest came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.explanation.law_reading import MOST_SHOWN, Reading
from educe.formula import affine_parts
from educe.formula.latex import latex, latex_name
from educe.report import sentences
from educe.report.blocks import Block, Chapter, Formula, Items, Level, Line, Prose, Table, counted, number
from educe.report.wording import line, said

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MINIMA = 5  # minima of the search that are listed


def linear(reading: Reading) -> Iterator[Chapter]:
    """Yield the chapter about the constants that enter linearly, if there are some that a formula shows."""
    fit = reading.fit
    if not fit.linear or reading.expression is None or reading.robust:
        return
    named = [reading.name(name) for name in fit.linear]
    listed = ", ".join(f"{{n{k}}}" for k in range(len(named)))
    places = {f"n{k}": name for k, name in enumerate(named)}
    one = len(named) == 1
    how = "in all its constants" if reading.wholly_linear else f"in {listed}"
    blocks: list[Block] = [
        said(
            "This law is linear "
            + how
            + (": it multiplies" if one else ": each of them multiplies")
            + " something that can be computed without knowing it, and nothing else.",
            places,
        ),
        Formula(_parts(reading), "f = f0 + sum c_k phi_k"),
        *_basis(reading),
    ]
    blocks.append(_consequence(reading))
    yield Chapter("linear", "What is linear needs no search", tuple(blocks), "full")


def _parts(reading: Reading) -> str:
    return (
        r"f = \varphi_0 + \sum_{k} c_k \, \varphi_k , \qquad c = \left("
        + ", ".join(latex_name(name) for name in reading.fit.linear)
        + r"\right)"
    )


def _basis(reading: Reading) -> list[Block]:
    assert reading.expression is not None
    offset, basis = affine_parts(reading.expression, reading.fit.linear)
    shown = [rf"\varphi_0 = {latex(offset)}"] if str(offset) != "0" else []
    shown += [rf"\varphi_{{{k}}} = {latex(phi)}" for k, phi in enumerate(basis[:MOST_SHOWN], 1)]
    return [Formula(r" , \qquad ".join(shown), "phi")]


def _consequence(reading: Reading) -> Prose:
    if reading.wholly_linear:
        return said(
            "Then the residuals are $r - \\Phi c$ with a table $\\Phi$ that never changes, the straight line "
            "of Gauss-Newton is "
            "the law itself, and the one step that it takes is the solution.",
            kind="finding",
        )
    return said(
        "For any values of the others, the best of these follow at once from one triangle, as in a straight "
        "line fit. So the "
        "solver walks in the other constants alone, {q} in place of {p}, with the linear ones following at "
        "every place: "
        "elimination, or [[variable projection]] (Golub and Pereyra 1973). Fewer steps, fewer wrong minima, and no "
        "starting values for what is eliminated.",
        {
            "q": counted("nonlinear", reading.fit.p - len(reading.fit.linear)),
            "p": counted("p", reading.fit.p),
        },
        kind="finding",
    )


def starts(reading: Reading) -> Chapter:
    """Return the chapter about starting values."""
    fit = reading.fit
    blocks: list[Block] = []
    if fit.search is None:
        blocks.append(said("Starting values: {how}.", {"how": sentences.starting_values(fit)}))
        if fit.started and not reading.wholly_linear:
            blocks.append(_given(reading))
    else:
        blocks += _searched(reading)
    return Chapter("starts", "Where the starting values came from", tuple(blocks), "school")


def _given(reading: Reading) -> Table:
    rows: list[tuple[Line, ...]] = [
        (reading.name(name), number(f"started.{name}", value), reading.value(name))
        for name, value in reading.fit.started.items()
        if name in reading.fit.names
    ]
    return Table("From where to where", ("parameter", "start", "found"), tuple(rows))


def _searched(reading: Reading) -> list[Block]:
    found = reading.fit.search
    assert found is not None
    blocks: list[Block] = [
        said(
            "A sum of squares can have several valleys, and a walk ends in the one where it begins. So educe "
            "looked for the "
            "deepest: {samples} candidate places were drawn and their costs compared, the promising ones were "
            "followed "
            "down, in {rounds} independent rounds. {agreed} starts led to the minimum that is shown here.",
            {
                "samples": counted("search.samples", found.samples),
                "rounds": counted("search.rounds", found.rounds),
                "agreed": counted("search.agreed", found.agreed),
            },
        )
    ]
    told = [*found.reasons, *found.symmetries, *found.aliases[:2]]
    if told:
        blocks.append(Items(tuple(map(sentences.sentence, told))))
    if len(found.starts) > 1:
        blocks.append(Level("full", (_minima(reading),)))
    return blocks


def _minima(reading: Reading) -> Table:
    found = reading.fit.search
    assert found is not None
    names = reading.fit.names[:MOST_SHOWN]
    rows: list[tuple[Line, ...]] = []
    for k, minimum in enumerate(found.starts[:MOST_MINIMA]):
        values = [number(f"search.{k}.{name}", minimum.theta.get(name, float("nan")), 4) for name in names]
        flaws = "; ".join(minimum.flaws) or ("this one" if k == 0 else "")
        rows.append(
            (str(k + 1), number(f"search.{k}.cost", minimum.cost, 6), *values, str(minimum.found_from), flaws)
        )
    header: tuple[Line, ...] = ("minimum", line("$S$"), *map(reading.name, names), "starts", "")
    return Table("The lowest minima that were met", header, tuple(rows), words=True)
