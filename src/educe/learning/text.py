"""A learned function as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

BARS = 30  # width of the picture of the starts


def render(learned: Learned) -> str:
    """Return the result as lines of text."""
    return "\n".join(_lines(learned))


def render_together(learned: LearnedTogether) -> str:
    """Return several targets' result as lines of text: what they share, then each."""
    return "\n".join(_lines_together(learned))


def _lines_together(learned: LearnedTogether) -> Iterator[str]:
    first, names = learned.each[0], ", ".join(learned.targets)
    yield f"{names} learned from {', '.join(learned.inputs)}  ({first.source}, {first.n} rows)"
    yield from (f"  left out: {rows} rows, {reason}" for reason, rows in first.left_out.items())
    yield from _network(first, learned.layers, learned.parameters_count)
    for one in learned.each:
        yield f"{one.target}"
        yield from (f"  {line}" for line in _errors(one))
    yield from _starts(first)
    yield from _tried(first)
    yield from (f"note: {note}" for note in first.notes)
    yield from (f"WARNING: {warning}" for warning in learned.warnings)


def _lines(learned: Learned) -> Iterator[str]:
    yield f"{learned.target} learned from {', '.join(learned.inputs)}  ({learned.source}, {learned.n} rows)"
    yield from (f"  left out: {rows} rows, {reason}" for reason, rows in learned.left_out.items())
    yield from _network(learned, learned.layers, learned.parameters_count)
    yield from _errors(learned)
    yield from _starts(learned)
    yield from _tried(learned)
    yield from (f"note: {note}" for note in learned.notes)
    yield from (f"WARNING: {warning}" for warning in learned.warnings)


def _network(learned: Learned, layers: tuple[int, ...], parameters: int) -> Iterator[str]:
    a = learned.scaled.architecture
    shape = "-".join(map(str, layers))
    yield f"network         {shape}, {parameters} parameters, {a.hidden} hidden, {a.output} output"
    yield f"trained by      {learned.optimizer} ({learned.loss}), penalty {learned.penalty:.3g}, seed {learned.seed}"
    yield f"                {learned.epochs} epochs; {learned.reason}"


def _errors(learned: Learned) -> Iterator[str]:
    yield f"train RMSE      {learned.train_rmse:.4g}"
    yield f"held-out RMSE   {learned.validation_rmse:.4g}   (rows that the network judged had not seen)"
    for level, share in learned.coverage.items():
        measured = "too few rows to say" if math.isnan(share) else f"held {share:.1%} of the rows not seen"
        yield f"{level:.0%} interval    {measured}"


def _starts(learned: Learned) -> Iterator[str]:
    """Yield how many starts reached the best loss, and the losses reached as a picture."""
    S = len(learned.starts)
    if S < 2:
        return
    yield f"local minima    {learned.reached} of {S} starts reached the best training RMSE"
    best = min(learned.starts)
    for low, high in ((1.0, 1.01), (1.01, 1.1), (1.1, 2.0), (2.0, math.inf)):
        count = sum(low <= _ratio(rmse, best) < high for rmse in learned.starts)
        words = f"{low:g} to {high:g} times" if high < math.inf else f"over {low:g} times"
        yield f"  {words:>18} | {'#' * math.ceil(BARS * count / S):<{BARS}} {count}"


def _ratio(rmse: float, best: float) -> float:
    return rmse / best if best > 0.0 else (1.0 if rmse == 0.0 else math.inf)


def _tried(learned: Learned) -> Iterator[str]:
    if len(learned.tried) < 2:
        return
    yield "chosen by cross-validation among"
    best: dict[tuple[int, ...], tuple[float, float]] = {}
    for t in learned.tried:
        best[t.hidden] = min(best.get(t.hidden, (math.inf, 0.0)), (t.rmse, t.penalty))
    for hidden, (rmse, penalty) in best.items():
        words = "-".join(map(str, hidden)) or "none (linear)"
        mark = "  <- chosen" if hidden == learned.layers[1:-1] else ""
        yield f"  hidden {words:<14} held-out RMSE {rmse:.4g} with penalty {penalty:.3g}{mark}"
