"""Bootstrap: what the parameters would be had the noise fallen otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

from educe.uncertainty.inverse_root import Floats


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Parameters fitted again to resampled measurements.

    names : the free parameters;  estimate : (p,), the fit
    samples : (B, p), one row for each refit that converged, in the order of `names`
    failed : refits that did not converge, left out of `samples`
    kind : "residual", "case", "wild" or "parametric";  seed : of the draws
    acceleration : (p,), how the error of each parameter grows with it, for BCa intervals

    Source: Efron (1979).
    """

    names: tuple[str, ...]
    estimate: Floats
    samples: Floats = field(repr=False)
    failed: int
    kind: str
    seed: int
    acceleration: Floats = field(repr=False)
