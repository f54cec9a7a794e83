"""The library of named laws: ``y = michaelis_menten(x)`` stands for its formula.

The laws themselves are in `laws`, one file per field; a new law is one entry there.
"""

from __future__ import annotations

from dataclasses import replace

from educe.errors import FormulaError, nearest
from educe.formula.laws import (
    adsorption,
    decays,
    electronics,
    growth,
    kinetics,
    lines,
    mechanics,
    optics,
    oscillations,
    peaks,
    pharmacology,
    sigmoids,
    surfaces,
    thermodynamics,
    transport,
)
from educe.formula.laws.named_law import NamedLaw

__all__ = ["LAWS", "NamedLaw", "get", "groups", "names"]

_CHAPTERS = {
    "lines": lines.LAWS,
    "decays": decays.LAWS,
    "peaks": peaks.LAWS,
    "sigmoids": sigmoids.LAWS,
    "growth": growth.LAWS,
    "kinetics": kinetics.LAWS,
    "adsorption": adsorption.LAWS,
    "oscillations": oscillations.LAWS,
    "optics": optics.LAWS,
    "thermodynamics": thermodynamics.LAWS,
    "electronics": electronics.LAWS,
    "mechanics": mechanics.LAWS,
    "pharmacology": pharmacology.LAWS,
    "transport": transport.LAWS,
    "surfaces": surfaces.LAWS,
}

LAWS: dict[str, NamedLaw] = {
    law.name: replace(law, group=group) for group, laws in _CHAPTERS.items() for law in laws
}


def names(group: str | None = None) -> tuple[str, ...]:
    """Return the names of all laws, or of those of one group, in the order of the library.

    Raises FormulaError if there is no such group, naming the nearest.

    >>> names("adsorption")
    ('langmuir', 'freundlich', 'bet', 'sips', 'toth', 'temkin')
    """
    if group is None:
        return tuple(LAWS)
    if group not in _CHAPTERS:
        raise FormulaError(
            f"No group of laws is called '{group}'; there are {', '.join(_CHAPTERS)}."
            f"{nearest(group, _CHAPTERS)}"
        )
    return tuple(law.name for law in _CHAPTERS[group])


def get(name: str) -> NamedLaw:
    """Return the law of that name.

    Raises FormulaError if there is none, naming the nearest.

    >>> get("michaelis_menten").text
    'v_max*x/(k_m + x)'
    """
    if name not in LAWS:
        raise FormulaError(
            f"No law is called '{name}'; `educe laws` lists all {len(LAWS)}.{nearest(name, LAWS)}"
        )
    return LAWS[name]


def groups() -> tuple[str, ...]:
    """Return the groups of laws, from the simplest to the surfaces.

    >>> groups()[:3]
    ('lines', 'decays', 'peaks')
    """
    return tuple(_CHAPTERS)
