"""`check`: does a fitted law miss something?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.comparison.check_calibration import calibrate, flipped_noise, permuted_noise
from educe.comparison.check_curves import curves, surface
from educe.comparison.check_network import explained_by_network
from educe.comparison.check_noise import NoiseCheck, check_noise
from educe.comparison.check_regions import regions
from educe.comparison.check_result import Check
from educe.comparison.check_units import units_of
from educe.errors import ParameterError, TableError, check_whole
from educe.fitting.result import Fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.comparison.check_units import Units

FEWEST_FREE = 6  # rows beyond the parameters
ROUNDING = 1e-11  # residuals this small beside the measurements are rounding


def check(
    fit: Fit,
    *,
    level: float = 0.05,
    replicates: int = 999,
    network: bool = True,
    seed: int = 0,
    told: Callable[[str], None] = lambda _: None,
) -> Check:
    r"""Look at what a fitted law leaves, and say whether there is structure in it.

    .. math:: r \approx (I - QQ^{\mathsf T})\, e, \qquad
              p = \frac{1 + \#\{b : T(r^*_b) \ge T(r)\}}{1 + B}, \qquad r^*_b = (I - QQ^{\mathsf T})\, e^*_b

    Smoothers and a random network look at the residuals; T is the largest of all they see. The residuals, each
    divided by what leverage has left it, are dealt out anew B times, or, where the noise may differ from row to row,
    get their signs anew; and the law is fitted to them to first order (Q spans its Jacobian), so a right law is called
    into question in a share `level` of all cases and no more.

    fit : of `educe.fit`, or read by `educe.load`;  level : 0 < level < 1, of false alarms
    replicates : B, at least 99;  network : whether a network is trained on the residuals too, to say what share of
    them it can predict on rows it did not see;  seed : of the draws;  told : of each stage

    Returns a Check. Raises ParameterError for a level or number that cannot hold, TableError for too few rows.

    Sources: Hart (1997), chapter 8; Stute, Gonzalez Manteiga and Presedo Quindimil (1998);
    Wu (1986) for the signs.

    >>> import numpy as np
    >>> from educe import fit
    >>> x = np.linspace(0.0, 3.0, 60)
    >>> line = fit("y = a*x + b", {"x": x, "y": x**2 + 0.1 * np.random.default_rng(0).standard_normal(60)})
    >>> check(line, network=False).found
    True
    """
    _refuse(fit, level, replicates)
    check_whole("seed", seed, 0)
    shown: dict[str, Any] = {"fit": fit, "level": level, "replicates": replicates, "seed": seed}
    if _exact(fit):
        return Check(**shown, p_value=1.0, p_values={}, noise=NoiseCheck(math.nan, "", 1.0), exact=True)
    units = units_of(fit)
    told("noise")
    even = np.ones(units.n)
    noise, size = check_noise(units, permuted_noise(units, even, replicates, seed))
    draws = (permuted_noise if noise.alike else flipped_noise)(units, size, replicates, seed)
    calibrated = calibrate(units, size, draws, level=level, seed=seed, told=told)
    found = regions(units, calibrated)
    shown_at = found if calibrated.p_value <= level else ()
    told("network")
    return Check(
        **shown,
        p_value=calibrated.p_value,
        p_values=calibrated.p_values,
        noise=noise,
        leading=calibrated.leading,
        regions=found,
        explained=explained_by_network(fit, seed) if network else None,
        wave=calibrated.wave,
        curves=curves(units, size, shown_at),
        map=surface(units, size, shown_at),
        notes=_notes(fit, units),
    )


def _refuse(fit: Fit, level: float, replicates: int) -> None:
    if not isinstance(fit, Fit):
        raise ParameterError(
            f"check looks at what a fitted law leaves; a {type(fit).__name__} is not the result of educe.fit."
        )
    if not 0.0 < level < 1.0:
        raise ParameterError(f"level must lie between 0 and 1, such as 0.05, not {level:g}.")
    if replicates < 99:
        raise ParameterError(f"replicates must be at least 99, not {replicates}.")
    if replicates * level < 1.0 - level:
        raise ParameterError(
            f"{replicates} replicates cannot tell a level of {level:g}; take {math.ceil(1.0 / level) - 1} or more."
        )
    rows = len(fit.rows.response)
    if rows - len(fit.names) < FEWEST_FREE:
        raise TableError(
            f"{fit.law.text} has {len(fit.names)} parameters and {rows} rows; what it misses can be told from "
            f"{len(fit.names) + FEWEST_FREE} rows on."
        )


def _exact(fit: Fit) -> bool:
    """Whether the residuals are rounding and nothing else."""
    largest = float(np.abs(fit.rows.response).max())
    return float(np.abs(fit.residuals).max()) <= ROUNDING * largest


def _notes(fit: Fit, units: Units) -> tuple[str, ...]:
    notes = []
    rows = len(fit.rows.response)
    if fit.rows.thinned:
        notes.append(f"{rows:,} of the {fit.n:,} rows are at hand; only these were looked at")
    if units.gathered:
        notes.append(f"{rows:,} rows were gathered into {units.n:,} cells of neighbours")
    if not fit.converged:
        notes.append("the fit did not converge: what is found may be the solver's and not the law's")
    if fit.convention.loss != "linear":
        notes.append("far rows count as little here as they did in the robust fit")
    return tuple(notes)
