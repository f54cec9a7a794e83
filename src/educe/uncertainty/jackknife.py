"""Jackknife: how the parameters move when rows are left out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from educe.uncertainty.inverse_root import RANK_TOLERANCE, Floats, inverse_root


@dataclass(frozen=True, eq=False)
class Jackknife:
    r"""Parameters fitted again with each row, or each group of rows, left out.

    .. math:: s_j^2 = \frac{g - 1}{g} \sum_{k=1}^g \left(\theta_{(k)j} - \bar\theta_{(\cdot)j}\right)^2

    names : the free parameters;  estimate : (p,), the fit
    samples : (g, p), one row for each group left out;  failed : refits that did not converge
    foretold : (p,), standard errors by the leverages alone, without a refit; of single rows

    Source: Quenouille (1956), Tukey (1958); the leverages' shortcut: Fox, Hinkley and Larntz (1980).
    """

    names: tuple[str, ...]
    estimate: Floats
    samples: Floats = field(repr=False)
    failed: int
    foretold: Floats = field(repr=False)

    @property
    def stderr(self) -> dict[str, float]:
        """{name: jackknife standard error}."""
        g = len(self.samples)
        spread = self.samples.std(axis=0) * np.sqrt(max(g - 1, 0)) if g else np.full(len(self.names), np.nan)
        return dict(zip(self.names, spread.tolist(), strict=True))

    @property
    def bias(self) -> dict[str, float]:
        """{name: estimated bias of the estimate}, (g - 1) (mean over the refits - estimate)."""
        bias = (len(self.samples) - 1) * (self.samples.mean(axis=0) - self.estimate)
        return dict(zip(self.names, bias.tolist(), strict=True))


def influence(J: Floats, r: Floats, h: Floats, R: Floats, *, tolerance: float = RANK_TOLERANCE) -> Floats:
    r"""Return how far the parameters move when each row is left out, to first order.

    .. math:: \hat\theta_{(i)} - \hat\theta \approx -(J'J)^{-1} \frac{j_i r_i}{1 - h_i}

    J : (n, p), r, h : (n,) -- weighted Jacobian, residuals and leverages;  R : (p + 1, p + 1) -- triangle

    Returns (n, p), in the units of each parameter; exact for a law that is linear. A row of leverage 1 counts
    as having none: without it there is no fit. Source: Miller (1974).

    >>> influence(np.ones((2, 1)), np.array([1.0, -1.0]), np.full(2, 0.5), np.array([[2**0.5, 0.0], [0.0, 2**0.5]]))
    array([[-1.],
           [ 1.]])
    """
    factor = inverse_root(R, tolerance)
    root = factor.root / factor.lengths[:, None]  # (p, rank)
    free = 1.0 - h > 1e-9
    lever = np.divide(r, 1.0 - h, out=np.zeros_like(r), where=free)
    moved: Floats = -((J * lever[:, None]) @ root) @ root.T
    return moved
