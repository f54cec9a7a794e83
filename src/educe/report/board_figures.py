"""The figure of a board: each contender's error beside the best, the noise, and the error outside."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from educe.report.board import cut, numbers
from educe.report.numbers import count, short
from educe.report.palette import ALERT, BAND, INK, LAW, QUIET, styled
from educe.report.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from educe.comparison.board import Board, Score

COLOURS = {"taken": LAW, "tie": BAND, "worse": QUIET}
MARKERS = {"taken": "o", "tie": "s", "worse": "D"}
FAR = 30.0  # times the error of the one taken: what is further off is drawn at the edge


def draw(board: Board) -> Figure:
    """Return the figure of a board: a line for each contender, best at the top.

    A mark at its RMSE on rows held out, a bar for the 95 % interval of its difference from the one taken, a hollow
    triangle at its RMSE on outer regions; the noise as a grey band.
    """
    from matplotlib.figure import Figure

    shown = ranked(board)
    with styled():
        figure = Figure(figsize=(9.2, 0.36 * len(shown) + 2.3), layout="constrained", facecolor="white")
        axes = figure.add_subplot()
        _noise(axes, board)
        for place, score in enumerate(shown):
            _line(axes, board, score, place)
        _frame(axes, board, shown)
        title = textwrap.fill(printable(board.verdict), 92)
        figure.suptitle(title, fontsize=12, parse_math=False)
        figure.supxlabel(_footnote(board), fontsize=9, color=QUIET, parse_math=False)
    return figure


def ranked(board: Board) -> list[Score]:
    """Return the contenders that have an error, best first."""
    return [score for score in board.contenders if math.isfinite(score.rmse_mean)]


def reach(board: Board) -> tuple[float, float]:
    """Return the ends of the axis of errors: from below the least to the largest that is not far off."""
    least = min(score.rmse_mean for score in ranked(board))
    values = [v for s in ranked(board) for v in (s.rmse_mean, s.outside_rmse) if math.isfinite(v)]
    floor = board.floor.lower if board.floor.told else least
    low = min(least, floor)
    high = min(max(values), FAR * max(least, floor)) if least > 0.0 else max(values)
    return (low / 1.25 if low > 0.0 else 0.0), (high * 1.25 or 1.0)


def _noise(axes: Axes, board: Board) -> None:
    if board.floor.told:
        axes.axvspan(board.floor.lower, board.floor.upper, fc=QUIET, alpha=0.18, lw=0)
        axes.axvline(board.floor.sigma, color=QUIET, lw=1.2, ls=(0, (4, 3)), label="noise, 95 %")


def _line(axes: Axes, board: Board, score: Score, place: int) -> None:
    low, high = reach(board)
    colour = COLOURS[score.place]
    if score.place != "taken" and score.difference is not None:
        base = score.rmse_mean - score.difference.value
        ends = [max(low, min(high, base + v)) for v in (score.difference.lower, score.difference.upper)]
        axes.plot(ends, [place, place], color=colour, lw=2.2, solid_capstyle="round")
    at = min(score.rmse_mean, high)
    axes.plot(
        [at],
        [place],
        ls="",
        marker=">" if at < score.rmse_mean else MARKERS[score.place],
        ms=7,
        mfc=colour,
        mec="white",
        mew=0.5,
    )
    if math.isfinite(score.outside_rmse):
        out = min(score.outside_rmse, high)
        axes.plot([out], [place], ls="", marker="^", ms=6, mfc="none", mec=ALERT, mew=1.2)


def _frame(axes: Axes, board: Board, shown: list[Score]) -> None:
    low, high = reach(board)
    if low > 0.0 and high > 4.0 * low:
        from matplotlib.ticker import FuncFormatter, LogLocator

        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10.0, (1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value, 3)))
        axes.minorticks_off()
    axes.set_xlim(low, high)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), [cut(printable(score.name)) for score in shown], parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=QUIET, alpha=0.25, lw=0.6)
    unit = f" [{board.unit}]" if board.unit else ""
    axes.set_xlabel(f"RMSE of {board.target}{unit} on rows not seen", parse_math=False)
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(len(shown)), [numbers(score.parameters_count) for score in shown])
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    right.set_ylabel("numbers needed", fontsize=9)
    _legend(axes, board, shown)


def _legend(axes: Axes, board: Board, shown: list[Score]) -> None:
    words = {"taken": "taken", "tie": "tie", "worse": "worse"}
    places = {score.place for score in shown}
    for place, word in words.items():
        if place in places:
            axes.plot([], [], ls="", marker=MARKERS[place], ms=7, mfc=COLOURS[place], mec="white", label=word)
    if any(math.isfinite(score.outside_rmse) for score in shown):
        axes.plot([], [], ls="", marker="^", ms=6, mfc="none", mec=ALERT, mew=1.2, label="outer regions")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=5, borderaxespad=0.2, labelcolor=INK)


def _footnote(board: Board) -> str:
    times = "" if board.repeats == 1 else f", {board.repeats} times"
    words = [f"{count(board.n, 'row')} of {printable(board.source)}, {board.folds} folds{times}"]
    words.append("bars: 95 % interval of the difference from the one taken")
    if board.floor.told:
        words.append(f"noise {short(board.floor.sigma, 3)}")
    if board.ended:
        words.append(board.ended)
    return textwrap.fill("; ".join(words), 120)
