"""A learned function as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from educe.report.sentences import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.learning.choosing import Tried
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

BARS = 30  # width of the picture of the starts
MOST_NOTES = 6
NAMED = 30  # weights that are few enough to be printed


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
    yield from _notes(first)
    yield from (f"WARNING: {warning}" for warning in learned.warnings)


def _lines(learned: Learned) -> Iterator[str]:
    yield f"{learned.target} learned from {', '.join(learned.inputs)}  ({learned.source}, {learned.n} rows)"
    yield from (f"  left out: {rows} rows, {reason}" for reason, rows in learned.left_out.items())
    yield from _network(learned, learned.layers, learned.parameters_count)
    yield from _errors(learned)
    yield from _weights(learned)
    yield from _starts(learned)
    yield from _tried(learned)
    yield from _notes(learned)
    yield from (f"WARNING: {warning}" for warning in learned.warnings)


def _network(learned: Learned, layers: tuple[int, ...], parameters: int) -> Iterator[str]:
    a = learned.scaled.architecture
    shape = "-".join(map(str, layers))
    yield f"network         {shape}, {parameters} parameters, {a.hidden} hidden, {a.output} output"
    yield f"trained by      {learned.optimizer} ({learned.loss}), penalty {learned.penalty:.3g}, seed {learned.seed}"
    yield f"                {learned.epochs} epochs; {learned.reason}"


def _errors(learned: Learned) -> Iterator[str]:
    of = unit(learned, learned.target)
    yield f"train RMSE      {learned.train_rmse:.4g}{of}"
    yield f"held-out RMSE   {learned.validation_rmse:.4g}{of}   (rows that the network judged had not seen)"
    for level, share in learned.coverage.items():
        measured = "too few rows to say" if math.isnan(share) else f"held {share:.1%} of the rows not seen"
        yield f"{level:.0%} interval    {measured}"


def _notes(learned: Learned) -> Iterator[str]:
    """Yield the notes; of very many, as of a step that was halved again and again, the first and the last."""
    notes = learned.notes
    if len(notes) > MOST_NOTES:
        notes = (*notes[:2], f"... and {len(notes) - 3} more like these, until", notes[-1])
    yield from (f"note: {note}" for note in notes)


def _starts(learned: Learned) -> Iterator[str]:
    """Yield how many starts reached the best loss, and the losses reached as a picture."""
    S = len(learned.starts)
    if S < 2:
        return
    yield f"local minima    {learned.reached} of {S} starts reached the best training RMSE{_shared(learned)}"
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
    how = "cross-validation" if len(learned.members) > 1 else "rows held out"
    yield f"chosen by {how}{_shared(learned)} among"
    best: dict[tuple[int, ...], Tried] = {}
    for t in learned.tried:
        if t.hidden not in best or t.rmse < best[t.hidden].rmse:
            best[t.hidden] = t
    for t in learned.tried:  # of the one chosen, what is said is of the penalty it was trained with
        if _chosen(learned, t) and math.isclose(t.penalty, learned.penalty, rel_tol=1e-9):
            best[t.hidden] = t
    for hidden, t in best.items():
        words = "-".join(map(str, hidden)) or "none (linear)"
        words += f", {t.networks} averaged" if t.networks > 1 else ""
        mark = "  <- chosen" if _chosen(learned, t) else ""
        yield f"  hidden {words:<20} held-out RMSE {t.rmse:.4g} with penalty {t.penalty:.3g}{mark}"


def _chosen(learned: Learned, t: Tried) -> bool:
    """Tell whether the network is of this shape; an average of networks is one, with their nodes side by side."""
    return t.networks == learned.averaged and tuple(t.networks * w for w in t.hidden) == learned.layers[1:-1]


def _shared(learned: Learned) -> str:
    """Return of what an error is, where the network has several targets."""
    return "" if learned.outputs == 1 else f" (of all targets, in the unit of {learned.target})"


def _weights(learned: Learned) -> Iterator[str]:
    """Yield the network with its numbers, in measured units, where they are few."""
    network = learned.network
    if learned.parameters_count > NAMED:
        return
    yield f"formula         {_formula(learned)}"
    for title, letter in (("weights", "omega"), ("biases", "b_")):
        cells = [f"{name} = {value:.5g}" for name, value in network.named.items() if name.startswith(letter)]
        width = max(map(len, cells)) + 3
        for begin in range(0, len(cells), 4):
            line = "".join(f"{cell:<{width}}" for cell in cells[begin : begin + 4])
            yield f"{title if begin == 0 else '':<16}{line.rstrip()}"


def _formula(learned: Learned) -> str:
    """Return the network as the theory writes it, and what is inside and outside of it.

    W_k and b_k are numbered through all layers: W_0 row by row holds omega_0, omega_1, ..., b_0 the first biases.
    """
    a, network = learned.scaled.architecture, learned.network
    inner = "x"
    for k in range(a.depth):
        name = a.output if k == a.depth - 1 else a.hidden
        weights = f"W_{k}^T" if k and k == a.depth - 1 else f"W_{k}"
        total = f"{weights} {inner} + b_{k}"
        inner = f"({total})" if name == "identity" and k < a.depth - 1 else f"{name}({total})"
    inner = inner.removeprefix("identity(").removesuffix(")") if a.output == "identity" else inner
    if (network.scale, network.shift) != (1.0, 0.0):
        inner = f"{network.shift:.5g} + {network.scale:.5g} {inner}"
    return f"{learned.target} = exp({inner})" if learned.link == "exp" else f"{learned.target} = {inner}"
