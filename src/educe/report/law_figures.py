"""Drawings of named laws: one on a page with its parameters, or all of them as small multiples."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.report.numbers import short
from educe.report.palette import INK, LAW, QUIET, VALUES, styled
from educe.report.typeset import title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from educe.formula.laws.named_law import NamedLaw

    Floats = NDArray[np.float64]

ACROSS = 8  # laws in a row of the gallery


@dataclass(frozen=True)
class Drawing:
    """A named law with its values, ready to be drawn.

    law : NamedLaw
    grid : variable -> (m,) float -- where it was computed: of one variable its values, of two the two axes
    values : (m,) or (m_first, m_second) float -- the law there, at its example parameters
    latex : str -- the formula, without dollar signs
    """

    law: NamedLaw
    grid: dict[str, Floats]
    values: Floats
    latex: str = ""


def draw_law(drawing: Drawing) -> Figure:
    """Return a figure of one named law: its curve or surface, its formula, what its parameters mean."""
    from matplotlib.figure import Figure

    law = drawing.law
    with styled():
        figure = Figure(figsize=(6.4, 4.8), layout="constrained", facecolor="white")
        axes = figure.add_subplot()
        drawn = _draw(axes, drawing)
        if drawn is not None:
            figure.colorbar(drawn, ax=axes, pad=0.02)
        first, *second = (f"{name}  ({law.inputs[name][2]})" for name in drawing.grid)
        axes.set_xlabel(first, parse_math=False)
        axes.set_ylabel(second[0] if second else "", parse_math=False)
        title(figure, drawing.latex, law.text)
        axes.set_title(f"{law.title}, {law.signature}", fontsize=11, parse_math=False)
        known = [f"{name} = {short(value)} ({law.meaning[name]})" for name, value in law.example.items()]
        figure.supxlabel(textwrap.fill(",  ".join(known), 84), fontsize=9, color=QUIET, parse_math=False)
    return figure


def gallery(drawings: Sequence[Drawing]) -> Figure:
    """Return one page with a small drawing of each law, chapter by chapter."""
    from matplotlib.figure import Figure

    lines = _lines(drawings)
    with styled():
        figure = Figure(
            figsize=(1.75 * ACROSS, 1.5 * len(lines) + 0.3), layout="constrained", facecolor="white"
        )
        grid = figure.add_gridspec(len(lines), ACROSS)
        for row, line in enumerate(lines):
            for column, drawing in enumerate(line):
                axes = figure.add_subplot(grid[row, column])
                _draw(axes, drawing)
                axes.set(xticks=[], yticks=[])
                name = textwrap.fill(drawing.law.name.replace("_", "_ "), 20).replace("_ ", "_")
                axes.set_title(name, fontsize=8.5, color=INK, pad=3, parse_math=False)
                if column == 0:
                    chapter = textwrap.fill(drawing.law.group, 14)
                    axes.set_ylabel(chapter, fontsize=9, color=QUIET, parse_math=False)
    return figure


def _lines(drawings: Sequence[Drawing]) -> list[list[Drawing]]:
    """Split the laws into rows of the page; a new chapter begins a new row."""
    lines: list[list[Drawing]] = []
    for drawing in drawings:
        if not lines or len(lines[-1]) == ACROSS or lines[-1][0].law.group != drawing.law.group:
            lines.append([])
        lines[-1].append(drawing)
    return lines


def _draw(axes: Axes, drawing: Drawing) -> Any:
    """Draw a curve, or filled contours, which are returned."""
    values = np.ma.masked_invalid(drawing.values)
    first, *second = drawing.grid.values()
    if not second:
        axes.plot(first, values, color=LAW, lw=2)
        axes.margins(x=0.02, y=0.08)
        return None
    return axes.contourf(first, second[0], values.T, 14, cmap=VALUES)
