"""Every picture of a fit by its kind: the fit itself, and what is known about its parameters and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.errors import ParameterError, nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from educe.fitting.result import Fit

KINDS = ("profile", "corner", "bootstrap", "influence", "identifiability")


def draw(fit: Fit, kind: str = "fit") -> Figure:
    """Return a picture of a fit.

    kind : "fit", the measurements and the law; "profile", how the sum of squares rises with each parameter;
        "corner", regions of each pair of parameters; "bootstrap", the same as refits scatter; "influence", which
        rows decide; "identifiability", the directions of the parameters that the data tell least about

    Raises ParameterError for another kind.
    """
    from educe.report import corner, figures, identifiability, influence, profiles

    drawn = {
        "fit": figures.draw,
        "profile": profiles.draw,
        "corner": corner.draw,
        "bootstrap": corner.draw_bootstrap,
        "influence": influence.draw,
        "identifiability": identifiability.draw,
    }
    if kind not in drawn:
        raise ParameterError(f"kind '{kind}' is not one of {', '.join(drawn)}.{nearest(kind, drawn)}")
    return drawn[kind](fit)
