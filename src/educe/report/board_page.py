"""A board as a page of blocks, and as a block for notebooks."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from educe.report.axes import Axis, tick_labels
from educe.report.blocks import Chapter, Formula, Items, Number, Page, Picture, Prose, Strong, Table, counted
from educe.report.board import cut, facts, number, numbers, place, time
from educe.report.board_figures import ranked, reach
from educe.report.drawing import Drawing
from educe.report.markup import text as escaped
from educe.report.numbers import short
from educe.report.style import BLOCK
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.comparison.board import Board, Score
    from educe.report.blocks import Block, Line

FIRST = ("contender", "RMSE, rows not seen", "verdict")
SECOND = ("contender", "sd over folds", "numbers", "outer regions", "in its 95 %", "one fit", "1000 rows")
ROW, LEFT, HEAD, FOOT, WIDTH = 26, 178, 34, 48, 520  # pixels
LETTERS = 24


def page(board: Board) -> Page:
    """Return the page of a board."""
    return Page(
        f"{board.target}: which contender to trust", "Comparison", (headline(board),), (chapter(board),)
    )


def headline(board: Board) -> Formula:
    """Return the formula that is compared: the error on rows not seen."""
    squares = r"\left(y_i - f_{-i}(x_i)\right)^2"
    caption = printable(
        f"{board.target} from {', '.join(board.inputs)}: row i was not seen when its f was fitted"
    )
    tex = r"\mathrm{RMSE} = \sqrt{\frac{1}{n} \sum_i " + squares + "}"
    return Formula(tex, "RMSE = sqrt(sum (y_i - f_without_i(x_i))^2 / n)", caption=caption)


def chapter(board: Board) -> Chapter:
    """Return the board as a chapter: the verdict, the figure, the table, how it was judged."""
    title = "Errors on rows not seen"
    blocks: list[Block] = [
        Prose((Strong(printable(board.verdict)), " ", printable(board.reason)), "finding"),
        Picture("board", title, _spoken(board), drawn(board).svg(), _caption(board), wide=True),
        Table("Every contender, the one taken first", FIRST, tuple(_verdicts(board)), words=True),
        Table("What they need, and hold", SECOND, tuple(_numbers(board))),
        Items(tuple(printable(f"{label}: {words}") for label, words in facts(board))),
    ]
    if board.ended:
        blocks.insert(0, Prose((f"{board.ended}: this is the board of what was finished.",), "warning"))
    return Chapter("comparison", "Which one to trust", tuple(blocks))


def _verdicts(board: Board) -> Iterator[tuple[Line, ...]]:
    for k, score in enumerate(board.contenders):
        error = _number(f"contenders.{k}.rmse_mean", score.rmse_mean, 4)
        yield printable(score.name), error, printable(place(score))


def _numbers(board: Board) -> Iterator[tuple[Line, ...]]:
    for k, score in enumerate(board.contenders):
        yield (
            printable(score.name),
            _number(f"contenders.{k}.rmse_sd", score.rmse_sd, 2),
            numbers(score.parameters_count),
            _number(f"contenders.{k}.outside_rmse", score.outside_rmse, 4),
            "" if math.isnan(score.coverage) else f"{100.0 * score.coverage:.1f} %",
            time(score.fit_seconds),
            time(score.predict_seconds),
        )


def _number(key: str, value: float, digits: int) -> Line:
    return Number(key, value, short(value, digits)) if math.isfinite(value) else ""


def _spoken(board: Board) -> str:
    first = board.contenders[0]
    return printable(
        f"Errors of {len(board.contenders)} contenders; {first.name} is taken, with {number(first.rmse_mean)}."
    )


def _caption(board: Board) -> Line:
    floor = board.floor
    noise = (
        f" The band is the noise, {short(floor.lower, 3)} to {short(floor.upper, 3)}." if floor.told else ""
    )
    outer = " Open circles: on outer regions held out." if board.regions else ""
    return (
        counted("n", board.n),
        f" rows. Dots: the error on rows not seen; bars: the 95 % interval of its difference from the one taken."
        f"{outer}{noise}",
    )


def drawn(board: Board) -> Drawing:
    """Return the drawing: a line for each contender."""
    shown = ranked(board)
    low, high = reach(board)
    drawing = Drawing(WIDTH, HEAD + ROW * len(shown) + FOOT)
    log = low > 0.0 and high > 4.0 * low
    axis = Axis(low, high, LEFT, WIDTH - 70, f"RMSE of {board.target}", log)
    foot = HEAD + ROW * len(shown)
    _scale(drawing, axis, foot)
    if board.floor.told:
        a, b = _at(axis, board.floor.lower), _at(axis, board.floor.upper)
        drawing.parts.append(
            f'<rect class="band" x="{a:.1f}" y="{HEAD}" width="{max(b - a, 1.5):.1f}" height="{foot - HEAD}"/>'
        )
    for k, score in enumerate(shown):
        _line(drawing, axis, score, HEAD + ROW * (k + 0.5))
    return drawing


def _at(axis: Axis, value: float) -> float:
    """Return a place on the axis, within its ends."""
    return float(axis.at(min(max(value, axis.low), axis.high)))


def _scale(drawing: Drawing, axis: Axis, foot: float) -> None:
    last = -math.inf
    for tick, label in _ticks(axis):
        x = float(axis.at(tick))
        drawing.parts.append(f'<path class="grid" d="M{x:.1f} {HEAD}V{foot}"/>')
        if x - last > 8 * len(label) + 12:
            drawing.parts.append(
                f'<text x="{x:.1f}" y="{foot + 18}" text-anchor="middle">{escaped(label)}</text>'
            )
            last = x
    drawing.parts += [
        f'<path class="edge-line" d="M{axis.start} {foot}H{axis.end}"/>',
        f'<text class="label" x="{axis.end}" y="{foot + 38}" text-anchor="end">{escaped(cut(axis.label, 50))}</text>',
        f'<text class="small" x="{WIDTH - 4}" y="{HEAD - 10}" text-anchor="end">numbers</text>',
    ]


def _ticks(axis: Axis) -> list[tuple[float, str]]:
    """Return values with their labels; on a logarithmic axis 1, 2 and 5 of each decade, where that is not too many."""
    if not axis.log or axis.high > 1e3 * axis.low:
        ticks = axis.ticks()
        return list(zip(ticks, tick_labels(ticks), strict=True))
    first = math.floor(math.log10(axis.low))
    steps = [m * 10.0**e for e in range(first, first + 6) for m in (1.0, 2.0, 5.0)]
    return [(step, short(step, 3)) for step in steps if axis.low <= step <= axis.high]


def _line(drawing: Drawing, axis: Axis, score: Score, y: float) -> None:
    name = escaped(cut(printable(score.name), LETTERS))
    weight = "label" if score.place == "taken" else "small"
    drawing.parts.append(
        f'<text class="{weight}" x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
    )
    if score.place != "taken" and score.difference is not None:
        base = score.rmse_mean - score.difference.value
        a, b = (_at(axis, base + v) for v in (score.difference.lower, score.difference.upper))
        drawing.parts.append(f'<path class="bar-line" d="M{a:.1f} {y:.1f}H{b:.1f}"/>')
    style = "dot" if score.place in ("taken", "tie") else "far"
    x = _at(axis, score.rmse_mean)
    drawing.parts.append(f'<g class="{style}"><circle cx="{x:.1f}" cy="{y:.1f}" r="5"/></g>')
    if math.isfinite(score.outside_rmse):
        x = _at(axis, score.outside_rmse)
        drawing.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="none" stroke="currentColor" stroke-width="1.4"/>'
        )
    count = numbers(score.parameters_count)
    drawing.parts.append(
        f'<text class="small" x="{WIDTH - 4}" y="{y + 4:.1f}" text-anchor="end">{count}</text>'
    )


SHORT = ("contender", "RMSE, rows not seen", "numbers", "outer regions", "verdict")


def block(board: Board) -> str:
    """Return a compact block for a notebook: the verdict and the table."""
    head = "".join(f"<th>{word}</th>" for word in SHORT)
    rows = "".join(_html_row(score) for score in board.contenders)
    body = (
        f'<p class="law"><b>{_text(board.verdict)}</b></p><p class="quiet">{_text(board.reason)}</p>'
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="quiet">{_text("; ".join(f"{label}: {words}" for label, words in facts(board)))}</p>'
    )
    return f'<div class="educe-fit"><style>{BLOCK}</style>{body}</div>'


def _html_row(score: Score) -> str:
    cells = (
        number(score.rmse_mean),
        numbers(score.parameters_count),
        number(score.outside_rmse),
        place(score),
    )
    return f"<tr><th>{_text(score.name)}</th>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"


def _text(words: str) -> str:
    return escape(printable(words))
