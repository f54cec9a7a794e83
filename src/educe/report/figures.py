"""Figures of a fit, drawn without any global state: no pyplot, no window, the user's settings untouched."""

from __future__ import annotations

import os
import textwrap
import warnings
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import FileError
from educe.report import panels, set_panels
from educe.report.numbers import count, share, short
from educe.report.palette import QUIET, styled
from educe.report.sentences import label, response
from educe.report.text import printable
from educe.report.typeset import entitle
from educe.report.writing import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from educe.fitting.result import Fit

FORMATS = (".svg", ".png", ".pdf")
_SIZES = {0: (6.4, 5.6), 1: (6.4, 5.6), 2: (9.2, 7.6)}  # inches, by the number of inputs
_LEGEND = {"columnspacing": 1.4, "handlelength": 1.6, "handletextpad": 0.5, "borderaxespad": 0.2}
MOST_INPUTS = 6  # whose residuals are shown, of a law of many inputs


def draw(fit: Fit) -> Figure:
    """Return the figure that suits a fit.

    One input: the measurements, the law with its bands, the residuals below; of no input, over the
    rows. Two: the surface, a map of the residuals, measured against fitted. More: measured against fitted,
    and the residuals against everything. Several data sets: each in its colour, or, of more than six, in a panel.
    """
    from matplotlib.figure import Figure

    names = fit.law_variables
    with styled():
        figure = Figure(figsize=_SIZES.get(len(names)), layout="constrained", facecolor="white")
        if fit.sets is not None:
            set_panels.several(figure, fit, names)
        elif len(names) < 2:
            _one_input(figure, fit, names)
        elif len(names) == 2:
            _two_inputs(figure, fit, (names[0], names[1]))
        else:
            _many_inputs(figure, fit, names)
        entitle(figure, fit)
        _footnote(figure, fit)
    return figure


def kept(draw: Callable[[], Figure], path: str | os.PathLike[str] | None) -> Figure:
    """Return a figure, and write it as SVG, PNG or PDF where a path is given; the same bytes every time.

    Raises FileError for another suffix, before anything is drawn, or if the file cannot be written.
    """
    form = None if path is None else suffix(path)
    figure = draw()
    if path is not None and form is not None:
        write(path, encoded(figure, form))
    return figure


def suffix(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a path if figures can be written in that form, else raise FileError."""
    text = os.fspath(path)
    for known in FORMATS:
        if text.lower().endswith(known):
            return known
    raise FileError(
        f"{text}: a figure is written as {', '.join(FORMATS)}; give the file one of these suffixes."
    )


def render(fit: Fit, form: str = ".svg") -> bytes:
    """Return the figure of a fit as the bytes of a file: ``.svg``, ``.png`` or ``.pdf``."""
    return encoded(draw(fit), form)


def encoded(figure: Figure, form: str) -> bytes:
    """Return a figure as the bytes of a file, without date or version, so that they never differ."""
    from io import BytesIO

    stream = BytesIO()
    metadata = {
        ".svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        ".png": {"Software": None},
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    with styled(), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; the figure is still right.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(stream, format=form.removeprefix("."), metadata=metadata[form])
    return stream.getvalue()


def _one_input(figure: Figure, fit: Fit, names: tuple[str, ...]) -> None:
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.15))
    if names:
        panels.curve(above, fit, names[0])
        panels.residuals(below, fit, fit.rows.columns[names[0]], label(fit, names[0]))
    else:
        panels.in_order(above, fit)
        panels.residuals(below, fit, np.arange(1.0, fit.n + 1), "row")
    below.set_ylabel("standardised\nresidual")
    figure.align_ylabels([above, below])
    drawn = dict(zip(*reversed(above.get_legend_handles_labels()), strict=True))
    shown = [label for label in panels.LEGEND if label in drawn]
    above.legend(
        [drawn[label] for label in shown], shown, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, **_LEGEND
    )


def _two_inputs(figure: Figure, fit: Fit, names: tuple[str, str]) -> None:
    (left, right), (below, corner) = figure.subplots(2, 2)
    values = panels.surface(left, fit, names)
    words = label(fit, response(fit))
    figure.colorbar(values, ax=left, pad=0.02).set_label(words, parse_math=False)
    residuals = panels.residual_map(right, fit, names)
    figure.colorbar(residuals, ax=right, pad=0.02, extend="both").set_label(panels.standardised(fit)[1])
    panels.against_fitted(below, fit)
    panels.residuals(corner, fit, fit.fitted, f"{response(fit)}, fitted")


def _many_inputs(figure: Figure, fit: Fit, names: tuple[str, ...]) -> None:
    views = [(label(fit, name), fit.rows.columns[name]) for name in names[:MOST_INPUTS]]
    columns = 2 if len(views) == 4 else 3
    rows = 1 + -(-len(views) // columns)
    figure.set_size_inches(9.2, 3.1 * rows + 0.5)
    grid = figure.add_gridspec(rows, 6)
    panels.against_fitted(figure.add_subplot(grid[0, :3]), fit)
    panels.residuals(figure.add_subplot(grid[0, 3:]), fit, fit.fitted, f"{response(fit)}, fitted")
    width = 6 // columns
    for k, (name, values) in enumerate(views):
        row, column = divmod(k, columns)
        axes = figure.add_subplot(grid[1 + row, width * column : width * (column + 1)])
        panels.residuals(axes, fit, values, name)
        if column:
            axes.set_ylabel("")
    if len(names) > MOST_INPUTS:
        axes.set_title(f"not drawn: {', '.join(names[MOST_INPUTS:])}"[:60], parse_math=False)


def _footnote(figure: Figure, fit: Fit) -> None:
    """Write below the figure how many rows it shows and how well they are fitted."""
    words = [f"{count(fit.n, 'row')} of {printable(fit.source)}"]
    if panels.crowded(fit):
        words.append("cells in place of single rows, darker for more")
    words += [
        f"residual standard error {short(fit.residual_standard_error, 4)}",
        f"R² {share(fit.r_squared)}",
    ]
    letters = int(figure.get_size_inches()[0] * 13.5)
    figure.supxlabel(textwrap.fill(", ".join(words), letters), fontsize=9, color=QUIET, parse_math=False)
