"""A board as text."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from educe.report.numbers import count, short
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from educe.comparison.board import Board, Score

WIDTH = 100
LONGEST = 34  # letters of a name


def render(board: Board) -> str:
    """Return the board as lines of text."""
    return "\n".join(_lines(board))


def _lines(board: Board) -> Iterator[str]:
    yield from textwrap.wrap(printable(board.verdict), WIDTH)
    yield from textwrap.wrap(printable(board.reason), WIDTH)
    yield ""
    yield from table(board)
    yield ""
    yield from (line for words in facts(board) for line in textwrap.wrap(printable(words), WIDTH))
    if board.ended:
        yield f"WARNING: {board.ended}; this is the board of what was finished"


HEADER = ("contender", "RMSE", "sd", "numbers", "fit", "outside", "in 95 %", "")


def table(board: Board) -> list[str]:
    """Return the table of contenders: equal columns, names to the left, numbers to the right."""
    rows = [HEADER, *(cells(score) for score in board.contenders)]
    sizes = [max(len(row[k]) for row in rows) for k in range(len(HEADER))]
    return [
        "  ".join(
            f"{cell:<{size}}" if k in (0, len(HEADER) - 1) else f"{cell:>{size}}"
            for k, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ).rstrip()
        for row in rows
    ]


def cells(score: Score) -> tuple[str, ...]:
    """Return one contender's line."""
    return (
        cut(printable(score.name)),
        number(score.rmse_mean),
        number(score.rmse_sd, 2),
        numbers(score.parameters_count),
        time(score.fit_seconds),
        number(score.outside_rmse),
        "" if math.isnan(score.coverage) else f"{100.0 * score.coverage:.1f} %",
        place(score),
    )


def place(score: Score) -> str:
    """Return a contender's place in a word or two, with by how much it is worse."""
    if score.place == "taken":
        return "taken"
    if score.place == "tie":
        return "tie"
    return score.verdict if len(score.verdict) <= 60 else score.verdict[:57] + "..."


def number(value: float, digits: int = 4) -> str:
    """Return a number in short, or nothing where there is none."""
    return short(value, digits) if math.isfinite(value) else ""


def numbers(value: float) -> str:
    """Return a count of parameters; effective ones to one digit."""
    if not math.isfinite(value):
        return "?"
    return f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:.1f}"


def time(seconds: float) -> str:
    """Return a time with its unit.

    >>> time(0.00042), time(0.25), time(3.2)
    ('0.4 ms', '250 ms', '3.2 s')
    """
    if not math.isfinite(seconds):
        return ""
    if seconds >= 1.0:
        return f"{seconds:.1f} s"
    return f"{1000.0 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000.0 * seconds:.1f} ms"


def cut(name: str, most: int = LONGEST) -> str:
    """Return a name, its middle left out where it is long; what says that a network was added stays."""
    if len(name) <= most:
        return name
    tail = " + network" if name.endswith(" + network") else ""
    return name[: most - len(tail) - 3] + "..." + tail


def facts(board: Board) -> list[str]:
    """Return what a reader must know about the numbers, in sentences."""
    repeats = "" if board.repeats == 1 else f", {board.repeats} times over"
    unit = f" {board.unit}" if board.unit else ""
    noise = (
        f"noise           {short(board.floor.sigma, 3)}{unit} "
        f"({short(board.floor.lower, 3)} to {short(board.floor.upper, 3)}), {board.floor.words}"
        if board.floor.told
        else f"noise           cannot be told: {board.floor.words}"
    )
    ties = [f"tied            {_listed(board.ties)}"] if board.ties else []
    outside = [f"outside         RMSE on {board.regions} outer regions held out"] if board.regions else []
    return [
        f"RMSE            of {board.target}{f' in{unit}' if unit else ''}, from {', '.join(board.inputs)}, "
        f"on rows held out in {board.folds} folds{repeats}",
        noise,
        *ties,
        *outside,
        f"data            {count(board.n, 'row')} of {board.source}",
        *(f"left out        {count(rows, 'row')}, {reason}" for reason, rows in board.left_out.items()),
        *(f"note: {note}" for note in board.notes),
        *(f"note: {score.name}: {score.note}" for score in board.contenders if score.note),
        *(
            f"{score.name}: {score.verdict}"
            for score in board.contenders
            if len(score.verdict) > 60 and score.place not in ("taken", "tie")
        ),
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
