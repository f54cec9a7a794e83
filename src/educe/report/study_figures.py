"""The figures of a study: errors over what was varied, inside and outside, and what they cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from educe.report.figures import encoded
from educe.report.palette import QUIET, styled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from educe.studying.result import Study
    from educe.studying.scores import Score

# Okabe and Ito's colours; what shares one differs in marker and line too
LOOKS: dict[str, dict[str, Any]] = {
    "mean": {"color": "#999999", "marker": "_", "ls": ":"},
    "linear": {"color": "#999999", "marker": "|", "ls": "--"},
    "polynomials": {"color": "#E69F00", "marker": "^", "ls": "-"},
    "additive splines": {"color": "#009E73", "marker": "v", "ls": "-"},
    "tensor splines": {"color": "#009E73", "marker": "D", "ls": "--"},
    "nearest neighbours": {"color": "#6e7781", "marker": "x", "ls": "-."},
    "random forest": {"color": "#CC79A7", "marker": "P", "ls": "-"},
    "gradient boosting": {"color": "#CC79A7", "marker": "X", "ls": "--"},
    "Gaussian process": {"color": "#56B4E9", "marker": "s", "ls": "-"},
    "textbook network": {"color": "#0072B2", "marker": "h", "ls": "--", "mfc": "white"},
    "network": {"color": "#0072B2", "marker": "o", "ls": "-", "lw": 2.6, "ms": 8, "zorder": 5},
    "law": {"color": "#1f2328", "marker": "*", "ls": "-", "ms": 11},
    "law + network": {"color": "#1f2328", "marker": "o", "ls": ":", "mfc": "white"},
    "wrong law": {"color": "#D55E00", "marker": "*", "ls": "-", "ms": 11},
    "wrong law + network": {"color": "#D55E00", "marker": "o", "ls": ":", "mfc": "white"},
}
OTHER: dict[str, Any] = {"color": QUIET, "marker": ".", "ls": "-"}
ERROR = "error, % of the truth's deviation"
HIGHEST = 1000.0  # % above which an error is drawn at the edge


def look(name: str) -> dict[str, Any]:
    """Return colour, marker and line of a contender, the same in every figure."""
    return {"lw": 1.5, "ms": 7, **LOOKS.get(name, OTHER)}


def render(study: Study) -> dict[str, bytes]:
    """Return the figures of the questions that were asked, {file name: SVG}."""
    drawn: dict[str, Callable[[Study], Figure]] = {
        "law": law,
        "inputs": inputs,
        "rows": lambda s: over(s, "rows", "rows", log=True),
        "noise": lambda s: over(s, "noise", "noise, % of the truth's deviation", scale=100.0),
        "shape": shape,
    }
    figures = {name: drawn[name](study) for name in study.questions}
    if "rows" in figures:
        figures["cost"] = cost(study)
    return {f"study-{name}.svg": encoded(figure, ".svg") for name, figure in figures.items()}


def law(study: Study) -> Figure:
    """Draw each contender's error inside and outside the measured region, where a law is at hand."""
    return _dots(study, "law", outside=True)


def shape(study: Study) -> Figure:
    """Draw each contender's error for each shape of the truth."""
    return _dots(study, "shape", outside=False)


def inputs(study: Study) -> Figure:
    """Draw errors over the number of inputs, for each target."""
    targets = study.targets("inputs")
    with styled():
        figure = _figure(4.6 * len(targets), 5.4)
        places = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
        for axes, target in zip(places, targets, strict=True):
            _lines(axes, study, "inputs", target)
            axes.set_title(f"truth: {target}")
            axes.set_xlabel("inputs")
            axes.set_xticks(list(study.settings("inputs", target)))
        places[0].set_ylabel(ERROR)
        _legend(figure, places)
    return figure


def over(study: Study, question: str, words: str, *, log: bool = False, scale: float = 1.0) -> Figure:
    """Draw errors over a number that a question varied."""
    with styled():
        figure = _figure(7.4, 5.6)
        axes = figure.subplots()
        _lines(axes, study, question, None, scale=scale)
        if log:
            axes.set_xscale("log")
        else:
            axes.set_xscale("symlog", linthresh=1.0)
            axes.set_xlim(-0.15, 1.15 * max(scale * float(setting) for setting in study.settings(question)))
        settings = [scale * float(setting) for setting in study.settings(question)]
        axes.set_xticks(settings, [f"{setting:,.6g}" for setting in settings])
        axes.minorticks_off()
        axes.set_xlabel(words)
        axes.set_ylabel(ERROR)
        _legend(figure, [axes])
    return figure


def cost(study: Study) -> Figure:
    """Draw errors over seconds of fitting and over parameters, and seconds over rows."""
    middle = study.settings("rows")[len(study.settings("rows")) // 2]
    scores = study.scores("rows", setting=middle)
    with styled():
        figure = _figure(10.0, 5.0)
        first, second, third = figure.subplots(1, 3)
        for axes, words, of in (
            (first, f"CPU seconds to fit {middle:,.0f} rows", _seconds),
            (second, "parameters", _parameters),
        ):
            for score in scores:
                style = {**look(score.contender), "ls": ""}
                axes.plot(of(score), _percent(score.inside), label=score.contender, **style)
            axes.set(xscale="log", yscale="log")
            _plain(axes, "x")
            _plain(axes, "y")
            axes.set_xlabel(words)
        first.set_ylabel(ERROR)
        for name in [score.contender for score in scores]:
            _line(third, study, name)
        third.set(xscale="log", yscale="log")
        _plain(third, "x")
        _plain(third, "y")
        third.set_xlabel("rows")
        third.set_ylabel("CPU seconds to fit")
        _legend(figure, [first])
    return figure


def _line(axes: Axes, study: Study, name: str) -> None:
    points = [
        (float(rows), _seconds(score))
        for rows in study.settings("rows")
        for score in study.scores("rows", setting=rows)
        if score.contender == name
    ]
    axes.plot(*zip(*points, strict=True), **look(name))


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def _lines(axes: Axes, study: Study, question: str, target: str | None, *, scale: float = 1.0) -> None:
    """Draw the error of every contender over a setting; a bar from the least to the largest of its draws."""
    lines: dict[str, list[tuple[float, Score]]] = {}
    for setting in study.settings(question, target):
        for score in study.scores(question, target, setting):
            lines.setdefault(score.contender, []).append((scale * float(setting), score))
    for name, points in lines.items():
        style = look(name)
        x = [place for place, _ in points]
        axes.plot(x, [_percent(score.inside) for _, score in points], label=name, **style)
        low, high = ([_percent(getattr(score, end)) for _, score in points] for end in ("low", "high"))
        axes.vlines(x, low, high, color=style["color"], lw=0.8, alpha=0.6)
    axes.set_yscale("log")
    axes.grid(axis="y", lw=0.4, color="#d1d9e0")
    _plain(axes, "y")


def _dots(study: Study, question: str, *, outside: bool) -> Figure:
    """Draw one row for each contender, one panel for each setting, the best on top."""
    settings = study.settings(question)
    most = max(len(study.scores(question, setting=setting)) for setting in settings)
    across = min(2, len(settings))
    down = -(-len(settings) // across)
    with styled():
        figure = _figure(5.2 * across, (0.29 * most + 1.1) * down)
        places = figure.subplots(down, across, squeeze=False).ravel()
        for axes, setting in zip(places, settings, strict=False):
            scores = study.scores(question, setting=setting)[::-1]
            _rows(axes, scores, outside)
            axes.set_title(f"truth: {setting}")
            axes.set_xlabel(ERROR)
        for axes in places[len(settings) :]:
            axes.set_visible(False)
        if outside:
            figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _rows(axes: Axes, scores: Sequence[Score], outside: bool) -> None:
    for k, score in enumerate(scores):
        style = {**look(score.contender), "ls": "", "ms": 8, "mew": 1.6}
        axes.axhline(k, color="#d1d9e0", lw=0.5, zorder=0)
        axes.hlines(k, _percent(score.low), _percent(score.high), color=style["color"], lw=2.0, alpha=0.5)
        axes.plot(_percent(score.inside), k, **style)
        if outside:
            axes.plot(_percent(score.outside), k, ls="", marker=">", ms=7, mfc="white", mec=style["color"])
    if outside:
        axes.plot(
            [], [], ls="", marker="o", color=QUIET, label="inside the measured region, and range of the draws"
        )
        axes.plot([], [], ls="", marker=">", mfc="white", mec=QUIET, label="outside")
    axes.set_yticks(range(len(scores)), [score.contender for score in scores])
    axes.set_xscale("log")
    _plain(axes, "x")


def _plain(axes: Axes, which: str) -> None:
    """Write 0.1, 1, 10 and 100 in place of powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(LogLocator(10.0))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.6g}" if value < 1e6 else f"{value:.0e}")
    )


def _legend(figure: Figure, places: Sequence[Axes]) -> None:
    """Name every line once, below the figure."""
    named: dict[str, Any] = {}
    for axes in places:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(name, handle)
    order = [name for name in LOOKS if name in named] + [name for name in named if name not in LOOKS]
    columns = 4 if figure.get_size_inches()[0] > 8 else 3
    figure.legend(
        [named[name] for name in order], order, loc="outside lower center", ncols=columns, handlelength=3
    )


def _percent(error: float) -> float:
    return min(100.0 * error, HIGHEST) if math.isfinite(error) else HIGHEST


def _seconds(score: Score) -> float:
    return max(score.seconds, 1e-4)


def _parameters(score: Score) -> float:
    return score.parameters
