"""What was learned, how well it predicts, how its size was chosen, and where it holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from educe.explanation.network_pictures import data_pictures, residual_pictures
from educe.report.blocks import Beside, Block, Chapter, Inline, Level, Line, Prose, Table, counted, number
from educe.report.numbers import count
from educe.report.sentences import sentence
from educe.report.wording import line, said

if TYPE_CHECKING:
    from educe.explanation.network_reading import Reading
    from educe.learning.choosing import Tried

MOST_TRIED = 12  # candidates that are listed


def listed(reading: Reading) -> tuple[str, dict[str, Inline]]:
    """Return places for the names of the inputs, "{x0} and {x1}", and what stands there."""
    names = reading.inputs[:6]
    pieces: dict[str, Inline] = {f"x{k}": reading.column(name) for k, name in enumerate(names)}
    places = [f"{{x{k}}}" for k in range(len(names))]
    if len(reading.inputs) > len(names):
        return f"{', '.join(places)} and {count(len(reading.inputs) - len(names), 'more column')}", pieces
    return (" and ".join((", ".join(places[:-1]), places[-1])) if len(places) > 1 else places[0]), pieces


def found(reading: Reading) -> Chapter:
    """Return the chapter about what was learned."""
    learned = reading.learned
    names, pieces = listed(reading)
    shape = "-".join(map(str, learned.layers))
    blocks: list[Block] = [
        said(
            f"No law was given. From {{n}} measured rows a network learned a function that predicts "
            f"{{target}} from {names}: a small machine of {shape} nodes with {{P}} numbers inside, all of "
            f"which were found by making its errors small.",
            {
                **pieces,
                "n": counted("n", learned.n),
                "target": reading.column(learned.target),
                "P": counted("parameters", learned.parameters_count),
            },
        ),
        _error(reading),
        *(Prose((sentence(words),), "warning") for words in learned.warnings),
        *data_pictures(reading),
        Level("school", tuple(_how(reading))),
    ]
    return Chapter("found", "What was learned", tuple(blocks))


def _error(reading: Reading) -> Prose:
    learned = reading.learned
    known = "{unit}" if reading.unit else ", in the unit of {target}"
    words = (
        f"On rows that it had not seen, its typical error (the [[RMSE]]) is {{unseen}}{known}; on those it "
        "learned from {seen}{unit}."
    )
    pieces: dict[str, Inline] = {
        "unseen": number("validation_rmse", learned.validation_rmse, 4),
        "seen": number("train_rmse", learned.train_rmse, 4),
        "target": reading.column(learned.target),
        "unit": reading.unit,
    }
    share = learned.coverage.get(0.95, math.nan)
    if math.isfinite(share):
        words += " Its 95 % [[interval]] held {share} % of the rows that it had not seen."
        pieces["share"] = number("coverage.0.95", 100.0 * share, 4)
    return said(words, pieces, kind="finding")


def _how(reading: Reading) -> list[Block]:
    learned = reading.learned
    blocks: list[Block] = [
        said(
            "Trained by {optimizer} on {source}; {reason} after {epochs} steps, seed {seed}.",
            {
                "optimizer": learned.optimizer,
                "source": learned.source,
                "reason": learned.reason,
                "epochs": counted("epochs", learned.epochs),
                "seed": counted("seed", learned.seed),
            },
            kind="note",
        )
    ]
    blocks += [Prose((sentence(words),), "note") for words in learned.notes]
    if len(learned.tried) > 1:
        blocks.append(_tried(reading))
    return blocks


def _shape(t: Tried) -> str:
    shape = "-".join(map(str, t.hidden)) or "none: a plane"
    return f"{t.networks} networks of {shape}" if t.networks > 1 else shape


def _tried(reading: Reading) -> Table:
    learned = reading.learned
    ranked = sorted(enumerate(learned.tried), key=lambda pair: (math.isnan(pair[1].rmse), pair[1].rmse))
    rows: list[tuple[Line, ...]] = [
        (
            _shape(t),
            number(f"tried.{k}.penalty", t.penalty, 3),
            number(f"tried.{k}.rmse", t.rmse, 4),
        )
        for k, t in ranked[:MOST_TRIED]
    ]
    left = len(learned.tried) - len(rows)
    sizes = len({t.hidden for t in learned.tried}) > 1
    what = "Its size and penalty were chosen" if sizes else "Its penalty was chosen"
    return Table(
        f"{what} by cross-validation: each candidate learned on some of the rows and was judged on the others",
        ("hidden nodes", "penalty", "error on rows not seen"),
        tuple(rows),
        note=f"The best first; {left} worse ones are left out." if left else "The best first.",
    )


def misses(reading: Reading) -> Chapter:
    """Return the chapter about the residuals."""
    blocks: list[Block] = [
        said(
            "What is left over, row by row: measured less predicted. If the network has caught what there is "
            "to catch, no pattern is left, only noise."
        ),
        Beside(tuple(residual_pictures(reading))),
    ]
    return Chapter("misses", "What it misses", tuple(blocks))


def region(reading: Reading) -> Chapter:
    """Return the chapter about where the function holds."""
    r = reading.learned.region
    rows: list[tuple[Line, ...]] = [
        (
            reading.column(name),
            number(f"region.low.{k}", float(r.low[k]), 6),
            number(f"region.high.{k}", float(r.high[k]), 6),
        )
        for k, name in enumerate(reading.inputs)
    ]
    blocks: list[Block] = [
        said(
            "A network knows what was measured and nothing else. Between the rows it is smooth; beyond them "
            "its nodes go on as they happen to, and the function means nothing. `educe predict` marks rows "
            "outside."
        ),
        Table("What was measured", ("input", "from", "to"), tuple(rows), note=_corners(reading)),
    ]
    return Chapter("region", "Where it holds", tuple(blocks))


def _corners(reading: Reading) -> Line:
    if len(reading.inputs) < 2:
        return ""
    return line("An empty corner between these ends counts as outside too.")
