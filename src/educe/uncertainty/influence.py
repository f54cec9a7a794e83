"""What each row does to a fit, and which rows no noise explains.

Residuals and Jacobian are weighted. For a law that is not linear all but the outlier test, which fits anew, describe
its tangent at the fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import ParameterError, nearest
from educe.uncertainty.inverse_root import RANK_TOLERANCE, Floats, inverse_root, row_lengths
from educe.uncertainty.leverage import cooks_distance, deleted, leverage, studentised

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Influence:
    """What each row does to a fit.

    names : p free parameters
    leverage : (n,), share of a row in its own fitted value, 0 to 1
    studentised : (n,), residual in units of its own standard deviation
    external : (n,), the same with the noise estimated from the other rows: Student's t with dof - 1
    cooks_distance : (n,), how far all parameters move without the row, in units of their confidence region
    dfbetas : (n, p), how far each parameter moves by the row, in standard errors: estimate with it less without it
    """

    names: tuple[str, ...]
    leverage: Floats
    studentised: Floats
    external: Floats
    cooks_distance: Floats
    dfbetas: Floats

    def strongest(self, name: str, count: int = 5) -> NDArray[np.intp]:
        """Return the rows that move a parameter most, the first the most, as places from 0.

        Raises ParameterError for a name that is no free parameter.
        """
        if name not in self.names:
            raise ParameterError(
                f"{name} is not a free parameter; there are {', '.join(self.names)}.{nearest(name, self.names)}"
            )
        moves = np.nan_to_num(np.abs(self.dfbetas[:, self.names.index(name)]), nan=np.inf)
        return np.argsort(-moves, kind="stable")[:count]


def influence(
    names: tuple[str, ...],
    J: Floats,
    r: Floats,
    R: Floats,
    *,
    noise: float,
    dof: float,
    tolerance: float = RANK_TOLERANCE,
) -> Influence:
    r"""Return what each row does to a fit.

    .. math:: \mathrm{DFBETAS}_{ij} = \frac{\hat\theta_j - \hat\theta_{j(i)}}{s_{(i)} \sqrt{(J'J)^{-1}_{jj}}}
        = \frac{t_i}{\sqrt{1 - h_i}} \, \frac{c_{ij}}{\lVert c_{\cdot j} \rVert}, \qquad C = J (J'J)^{-1}

    J, r : (n, p) and (n,) -- weighted Jacobian and residuals;  R : their triangle
    noise : float, > 0 -- variance of a weighted measurement: rss / dof, or 1 where sigma is known
    dof : float -- of that variance; ``inf`` where it is known

    Source: Belsley, Kuh and Welsch (1980), section 2.1; Cook (1977).

    >>> x = np.arange(5.0); J = np.column_stack([x, np.ones(5)]); y = np.array([0.0, 1.0, 2.0, 3.0, 9.0])
    >>> r = y - J @ np.linalg.lstsq(J, y, rcond=None)[0]
    >>> R = np.linalg.qr(np.column_stack([J, r]), mode="r")
    >>> int(influence(("m", "b"), J, r, R, noise=float(r @ r) / 3, dof=3).strongest("m", 1)[0])
    4
    """
    h = leverage(J, R, tolerance=tolerance)
    e = studentised(r, h, noise)
    t = e if np.isinf(dof) else deleted(e, int(dof))
    factor = inverse_root(R, tolerance)
    B = factor.root / factor.lengths[:, None]  # (p, rank): (J'J)^-1 = B B'
    with np.errstate(divide="ignore", invalid="ignore"):
        C = (J @ B) @ B.T / row_lengths(B)
        moves = C * (t / np.sqrt(1.0 - h))[:, None]
    return Influence(names, h, e, t, cooks_distance(e, h, len(names)), moves)


def outlier_probability(t: Floats, dof: Floats | float, tests: int) -> Floats:
    r"""Return the probability of so large a t among `tests` rows of a right law, at most 1.

    .. math:: \min\bigl(1,\; n \cdot 2 \, P(T_\nu > |t|)\bigr)

    t : (n,) -- residuals over their standard deviation, the noise estimated without the row
    dof : of each, or of all; ``inf`` where the noise is known

    Source: Bonferroni (1936); Cook and Weisberg (1982), section 2.2.2.

    >>> outlier_probability(np.array([0.0, 10.0]), np.inf, 2).round(6)
    array([1., 0.])
    """
    from scipy.special import ndtr, stdtr

    size = -np.abs(np.nan_to_num(t, nan=0.0))
    dof = np.broadcast_to(np.asarray(dof, dtype=np.float64), size.shape)
    known = np.isinf(dof)
    tail = np.where(known, ndtr(size), stdtr(np.where(known, 1.0, np.maximum(dof, 1e-9)), size))
    result: Floats = np.minimum(1.0, 2.0 * tests * tail)
    return result
