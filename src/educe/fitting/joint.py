"""Joint regions of each pair of parameters, from profiles that reach far enough."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.errors import ParameterError
from educe.uncertainty.contours import contour, joint_multiplier
from educe.uncertainty.intervals import confidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.fitting.result import Fit
    from educe.least_squares.triangle import Array
    from educe.uncertainty.profile import Profile

BEYOND = 1.02  # how much farther than the region a profile goes


@dataclass(frozen=True, eq=False)
class Joint:
    """Profiles of the free parameters and the regions of their pairs.

    level, radius : of the regions, and how far they go in zeta;  profiles : {name: Profile}, which reach as far
    regions : {(first, second): (k, 2), points around it}; None where a region does not close
    """

    level: float
    radius: float
    profiles: Mapping[str, Profile]
    regions: Mapping[tuple[str, str], Array | None]


def joint(fit: Fit, level: float, names: tuple[str, ...]) -> Joint:
    """Return the joint regions of parameters, two by two: see `Fit.joint`."""
    if not 0.0 < level < 1.0:
        raise ParameterError(f"The confidence level must lie between 0 and 1, such as 0.95, not {level:g}.")
    radius = joint_multiplier(level, fit.interval_dof)
    if not math.isfinite(radius):
        raise ParameterError(
            "there are as many parameters as rows: nothing tells the noise, so no region exists."
        )
    reach = min(confidence(BEYOND * radius, fit.interval_dof), 1.0 - 1e-12)
    profiles = {name: fit.profile(name, reach) for name in names}
    regions = {
        (first, second): contour(profiles[first], profiles[second], radius)
        for k, first in enumerate(names)
        for second in names[k + 1 :]
    }
    return Joint(level, radius, profiles, regions)
