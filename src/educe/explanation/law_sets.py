"""Several data sets under one law: what each holds, and its curve in its own colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from educe.report import sentences
from educe.report.axes import ends
from educe.report.blocks import Picture, Table, Typed
from educe.report.drawing import Drawing, key
from educe.report.sentences import label, response

if TYPE_CHECKING:
    from educe.explanation.law_reading import Reading
    from educe.uncertainty.prediction import Prediction

STYLES = ("curve", "second", "third", "fourth")  # of the curves; "own-0", ... of their points
CURVE = 200


def sets_table(reading: Reading) -> Table:
    """Return what each data set holds."""
    rows = tuple((Typed(q.label), q.value, q.convention) for q in sentences.data_sets(reading.fit))
    return Table("The data sets", ("data set", "rows", ""), rows, words=True)


def can_draw(reading: Reading) -> bool:
    """Whether the data sets can stand in one drawing: one input, few sets."""
    sets = reading.fit.sets
    return sets is not None and len(sets.names) <= len(STYLES) and len(reading.fit.law_variables) == 1


def sets_picture(reading: Reading) -> Picture:
    """Return the measurements of each data set with its curve."""
    fit = reading.fit
    assert fit.sets is not None
    (name,) = fit.law_variables
    x, y = fit.rows.columns[name], fit.rows.response
    drawing = Drawing()
    panel = drawing.panel(
        ends(x), ends(y, margin=0.08), x_label=label(fit, name), y_label=label(fit, response(fit))
    )
    for number, data_set in enumerate(fit.sets.names):
        mine = fit.sets.rows_of(fit.rows, data_set)
        if not mine.any():
            continue
        grid = np.linspace(x[mine].min(), x[mine].max(), CURVE)
        found = cast("Prediction", fit.predict({name: grid}, interval="confidence", data_set=data_set))
        panel.dots(x[mine], y[mine], f"own-{number}")
        panel.curve(grid, found.values, STYLES[number])
    key(drawing, tuple(zip(STYLES, fit.sets.names, strict=False)))
    return Picture(
        "data-sets",
        "What was measured, and the law of each data set.",
        "Measured points of several data sets, each with the curve of the law for it.",
        drawing.svg(),
        "Each data set in its own colour; what they share is one number for all of them.",
        wide=True,
    )
