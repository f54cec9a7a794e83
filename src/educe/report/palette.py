"""Colours and lines of every figure: told apart by colour-blind eyes and on grey paper.

Colours are those of Okabe and Ito (2008); scales are viridis for values and a purple-orange one for
residuals, whose sign the shape of the marker repeats.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

INK = "#1f2328"  # measurements, text
QUIET = "#6e7781"  # ticks, reference lines
LAW = "#0072B2"
BAND = "#56B4E9"
ALERT = "#D55E00"
SETS = (
    ("#0072B2", "o"),
    ("#D55E00", "s"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#E69F00", "v"),
    ("#56B4E9", "P"),
)  # colours and markers of several data sets
VALUES = "viridis"
RESIDUALS = "PuOr_r"

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "mathtext.fontset": "dejavusans",
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlecolor": QUIET,
    "axes.titlesize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 5),
    "axes.formatter.use_mathtext": True,
    "text.color": INK,
    "text.parse_math": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "figure.constrained_layout.h_pad": 0.07,
    "figure.constrained_layout.w_pad": 0.07,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "svg.hashsalt": "educe",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "savefig.dpi": 160,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw with these settings and no others; the user's own are as before afterwards."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield
