"""A board as text."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from educe.report.numbers import count, short
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    for label, words in facts(board):
        yield from textwrap.wrap(f"{label:<12}{printable(words)}", WIDTH, subsequent_indent=" " * 12)
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
    return score.place if score.place in ("failed", "not reached") else score.verdict


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


def facts(board: Board) -> list[tuple[str, str]]:
    """Return what a reader must know about the numbers: a label and words each."""
    repeats = "" if board.repeats == 1 else f", {board.repeats} times over"
    unit = f" {board.unit}" if board.unit else ""
    ranked = [score for score in board.contenders if score.place not in ("failed", "not reached")]
    return [
        (
            "RMSE",
            f"of {board.target}{f' in{unit}' if unit else ''}, from {', '.join(board.inputs)}, on rows held out in "
            f"{board.folds} folds{repeats}",
        ),
        ("expected", _expected(board, unit)),
        ("noise", _noise(board, unit)),
        *([("tied", ", ".join(board.ties))] if board.ties else []),
        *([("outside", f"RMSE on {board.regions} outer regions, each held out")] if board.regions else []),
        ("data", f"{count(board.n, 'row')} of {board.source}"),
        *(("left out", f"{count(rows, 'row')}, {reason}") for reason, rows in board.left_out.items()),
        *(("note", note) for note in board.notes),
        *(("note", f"{score.name}: {score.note}") for score in ranked if score.note),
        *(
            (score.place, f"{score.name}: {score.verdict}")
            for score in board.contenders
            if score not in ranked
        ),
    ]


def _expected(board: Board, unit: str) -> str:
    """Return the error to expect of the one taken: the board's own is that of fits to fewer rows."""
    told = f"RMSE {short(board.expected.rmse, 4)}{unit} of {cut(board.winner)} on new rows, fitted to all {board.n:,}"
    if board.expected.corrected:
        return f"{told}; {short(board.expected.held_out, 4)} is that of fits to folds"
    return f"{told}, or less: the RMSE of fits to folds, not corrected ({board.expected.why})"


def _noise(board: Board, unit: str) -> str:
    floor = board.floor
    if not floor.told:
        return f"cannot be told: {floor.words}"
    ends = f"{short(floor.lower, 3)} to {short(floor.upper, 3)}"
    return f"{short(floor.sigma, 3)}{unit} ({ends}), {floor.words}"
