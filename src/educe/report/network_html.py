"""A learned function as a block for notebooks: what predicts what, how well, and what to know before believing it."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from educe.report.numbers import count, short
from educe.report.sentences import unit
from educe.report.style import BLOCK
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

LEVEL = 0.95
HEADER = ("target", "RMSE, rows not seen", "RMSE, training", "inside the 95 % interval", "")


def render(learned: Learned | LearnedTogether) -> str:
    """Return a compact block: the network, a row of key numbers for each target, the warnings."""
    first = learned.each[0]
    facts = (
        f"{'-'.join(map(str, learned.layers))} network, {learned.parameters_count} parameters, "
        f"{first.optimizer} ({first.loss}), seed {first.seed}; {count(first.n, 'row')} of {first.source}"
    )
    body = [
        f'<p class="law"><b>{_text(", ".join(learned.targets))}</b> learned from {_text(", ".join(first.inputs))}</p>',
        *(f'<p class="warning">{_text(sentence)}</p>' for sentence in learned.warnings),
        _table(learned.each),
        f'<p class="quiet">{_text(facts)}</p>',
    ]
    return f'<div class="educe-fit"><style>{BLOCK}</style>{"".join(body)}</div>'


def _table(each: Sequence[Learned]) -> str:
    head = "".join(f"<th>{word}</th>" for word in HEADER)
    rows = "".join(_row(one) for one in each)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(one: Learned) -> str:
    held = one.coverage.get(LEVEL, math.nan)
    inside = f"{held:.1%} of rows not seen" if math.isfinite(held) else "too few rows to say"
    minima = f"{one.reached} of {len(one.starts)} starts reached the best" if len(one.starts) > 1 else ""
    of = unit(one, one.target)
    cells = (f"{short(one.validation_rmse, 4)}{of}", f"{short(one.train_rmse, 4)}{of}", inside, minima)
    return f"<tr><th>{_text(one.target)}</th>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"


def _text(words: str) -> str:
    return escape(printable(words))
