"""Bootstrap: what the parameters would be had the noise fallen otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import ParameterError, check_whole, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.uncertainty.inverse_root import Floats

KINDS = ("residual", "case", "wild", "parametric")
WHOLE = 1.0 - 1e-9  # leverage at which a row is met exactly, whatever was measured


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Parameters fitted again to resampled measurements.

    names : the free parameters;  estimate : (p,), the fit
    samples : (B, p), one row for each refit that converged, in the order of `names`
    failed : refits that did not converge, left out of `samples`
    kind : "residual", "case", "wild" or "parametric";  seed : of the draws
    influence : (n, p), how far each row moves each parameter, for the acceleration of BCa intervals

    Source: Efron (1979).
    """

    names: tuple[str, ...]
    estimate: Floats
    samples: Floats = field(repr=False)
    failed: int
    kind: str
    seed: int
    influence: Floats = field(repr=False)

    @property
    def stderr(self) -> dict[str, float]:
        """{name: standard deviation over the refits}."""
        spread = (
            self.samples.std(axis=0, ddof=1) if len(self.samples) > 1 else np.full(len(self.names), np.nan)
        )
        return dict(zip(self.names, spread.tolist(), strict=True))

    @property
    def bias(self) -> dict[str, float]:
        """{name: mean over the refits less the estimate}."""
        return dict(zip(self.names, (self.samples.mean(axis=0) - self.estimate).tolist(), strict=True))

    def interval(self, name: str, level: float = 0.95, *, percentile: bool = False) -> tuple[float, float]:
        """Return the interval of a parameter: bias-corrected and accelerated, or of plain percentiles.

        Raises ParameterError for another name or level.
        """
        if name not in self.names:
            raise ParameterError(f"{name} is not a free parameter.{nearest(name, self.names)}")
        k = self.names.index(name)
        influence = None if percentile else self.influence[:, k]
        return bounds(self.samples[:, k], float(self.estimate[k]), influence, level)


def bounds(
    samples: Floats, estimate: float, influence: Floats | None, level: float = 0.95
) -> tuple[float, float]:
    r"""Return the bootstrap interval of one quantity.

    .. math:: \alpha' = \Phi\!\left(z_0 + \frac{z_0 + z_\alpha}{1 - a (z_0 + z_\alpha)}\right), \qquad
        z_0 = \Phi^{-1}\!\left(\frac{\#\{g^* < \hat g\}}{B}\right), \quad
        a = \frac{\sum U_i^3}{6 (\sum U_i^2)^{3/2}}

    samples : (B,) -- the quantity at each refit;  estimate : at the fit
    influence : (n,) -- U, how far each row moves the quantity; None: plain percentiles

    Returns the quantiles alpha' of the samples; nan where there are fewer than two.
    Raises ParameterError if the level is outside its range. Source: Efron (1987), eq. 2.3 and 6.5.

    >>> bounds(np.arange(1001.0), 500.0, None, 0.5)
    (250.0, 750.0)
    """
    if not 0 < level < 1:
        raise ParameterError(f"The confidence level must lie between 0 and 1, such as 0.95, not {level:g}.")
    if len(samples) < 2:
        return math.nan, math.nan
    shares = np.array([(1 - level) / 2, (1 + level) / 2])
    if influence is not None:
        shares = _corrected(shares, samples, estimate, influence)
    lower, upper = np.quantile(samples, shares)
    return float(lower), float(upper)


def _corrected(shares: Floats, samples: Floats, estimate: float, influence: Floats) -> Floats:
    from scipy.special import ndtr, ndtri

    below = (np.count_nonzero(samples < estimate) + 0.5 * np.count_nonzero(samples == estimate)) / len(
        samples
    )
    z0 = float(ndtri(min(max(below, 0.5 / len(samples)), 1.0 - 0.5 / len(samples))))
    size = float(np.sum(influence**2)) ** 1.5
    acceleration = float(np.sum(influence**3)) / (6.0 * size) if size > 0.0 else 0.0
    z = z0 + ndtri(shares)
    result: Floats = ndtr(z0 + z / (1.0 - acceleration * z))
    return result


def check_kind(kind: str, n: int, seed: int) -> None:
    """Raise ParameterError for a kind that does not exist, too few refits, or a seed that is none."""
    check_whole("seed", seed, 0)
    if kind not in KINDS:
        raise ParameterError(f"bootstrap '{kind}' is not one of {', '.join(KINDS)}.{nearest(kind, KINDS)}")
    if isinstance(n, bool) or not isinstance(n, int) or n < 2:
        raise ParameterError(f"the number of refits must be a whole number of at least 2, not {n!r}.")


def noise_of(kind: str, r: Floats, h: Floats, sigma: float) -> Callable[[np.random.Generator, int], Floats]:
    r"""Return the function that draws weighted noise, (B, n), for a bootstrap that keeps the inputs.

    r : (n,) -- weighted residuals;  h : (n,) -- leverages;  sigma : standard deviation of weighted noise
    kind : "residual": rows of :math:`r_i / \sqrt{1 - h_i}`, centred, drawn with replacement;
        "wild": each row keeps its own, the sign drawn; "parametric": normal noise of this sigma

    Sources: Davison and Hinkley (1997), section 6.2 (residual); Wu (1986), Davidson and Flachaire (2008) (wild).
    """
    free = h < WHOLE
    scaled = np.where(free, r / np.sqrt(np.where(free, 1.0 - h, 1.0)), 0.0)
    if kind == "residual":
        centred = scaled[free] - scaled[free].mean()
        return lambda rng, count: centred[rng.integers(0, len(centred), (count, len(r)))]
    if kind == "wild":
        return lambda rng, count: scaled * rng.choice(np.array([-1.0, 1.0]), (count, len(r)))
    return lambda rng, count: sigma * rng.standard_normal((count, len(r)))
