"""A named law with its values over its own ranges, for the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.formula import parse
from educe.report.law_figures import Drawing

if TYPE_CHECKING:
    from educe.formula.library import NamedLaw

CURVE, SURFACE = 401, 81  # points a side


def drawing(law: NamedLaw) -> Drawing:
    """Return a law at its typical parameters; inputs beyond the second are held in the middle."""
    formula = parse(law.text)
    shown = list(law.ranges)[:2]
    points = CURVE if len(shown) == 1 else SURFACE
    grid = {name: np.linspace(*law.ranges[name], points) for name in shown}
    mesh = dict(zip(grid, np.meshgrid(*grid.values(), indexing="ij"), strict=True))
    held = {name: sum(ends) / 2.0 for name, ends in law.ranges.items() if name not in shown}
    with np.errstate(all="ignore"):
        values = formula.evaluate({**law.example, **held, **mesh})
    shape = next(iter(mesh.values())).shape
    return Drawing(law, grid, np.array(np.broadcast_to(values, shape), dtype=np.float64), formula.latex())
