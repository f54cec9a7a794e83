"""Is the noise the same everywhere? A test, and where it is not, how large it is where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.check_axes import cosines, rank

if TYPE_CHECKING:
    from educe.comparison.check_units import Units

Floats = NDArray[np.float64]

WAVES = 2  # cosines of the rank of each input: the noise may grow, shrink, or be largest in the middle
FEWEST = 15  # rows below which the size of the noise is not modelled
DOUBTFUL = 0.05
ALIKE = (
    0.3  # p-value from which residuals of different rows may change places: few rows hide much, so a high one
)


@dataclass(frozen=True)
class NoiseCheck:
    """Whether the noise is the same everywhere.

    p_value : float;  along : the input, or "fitted", with which it changes most
    ratio : largest over smallest standard deviation of the noise, smoothed; 1 where it is not modelled
    """

    p_value: float
    along: str
    ratio: float

    @property
    def constant(self) -> bool:
        """Whether nothing speaks against constant noise at the 5 % level."""
        return not self.p_value < DOUBTFUL

    @property
    def alike(self) -> bool:
        """Whether nothing hints at noise that differs from row to row."""
        return not self.p_value < ALIKE

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if math.isnan(self.p_value):
            return "not tested: too few rows"
        p = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.2g}"
        if self.constant:
            return f"its size is the same everywhere ({p})"
        along = "the fitted value" if self.along == "fitted" else self.along
        more = f", by a factor of {self.ratio:.2g}" if self.ratio > 1.0 else ""
        return f"its size changes with {along}{more} ({p}); weigh the rows (--sigma)"


def check_noise(units: Units, noise: Floats) -> tuple[NoiseCheck, Floats]:
    """Return the finding, and the relative size of the noise of each unit, (n,), with mean square 1.

    units : of the fit;  noise : (n, B) draws of exchangeable noise, standardised
    """
    names, Z = _design(units)
    left = np.sqrt(np.maximum(units.left, 1e-9))
    if not names or units.n < 10:
        return NoiseCheck(math.nan, "", 1.0), np.ones(units.n)
    seen = np.column_stack((units.r[:, None] / left[:, None], units.through(noise) / left[:, None]))
    sizes = np.square(seen)
    sizes -= sizes.mean(axis=0)
    spread = np.sqrt(np.square(sizes).sum(axis=0))
    scores = np.abs(Z.T @ sizes) / np.where(spread > 0.0, spread, 1.0)  # (m, 1 + B)
    largest = scores.max(axis=0)
    p = float(np.mean(largest >= largest[0] * (1.0 - 1e-9)))
    along = names[int(np.argmax(scores[:, 0]))]
    if p >= DOUBTFUL or units.n < FEWEST:
        return NoiseCheck(p, along, 1.0), np.ones(units.n)
    size = modelled(np.square(seen[:, 0]), Z)
    return NoiseCheck(p, along, float(size.max() / size.min())), size


def _design(units: Units) -> tuple[list[str], Floats]:
    """Return which axis each column belongs to, and the columns, (n, m), orthogonal to constants, of length 1."""
    axes = dict(units.inputs)
    if len(axes) > 1:
        axes["fitted"] = units.fitted
    names: list[str] = []
    columns = []
    for name, values in axes.items():
        waves = cosines(rank(values), WAVES)
        waves = waves - waves.mean(axis=0)
        lengths = np.linalg.norm(waves, axis=0)
        columns.append(waves[:, lengths > 1e-9] / lengths[lengths > 1e-9])
        names += [name] * int(np.sum(lengths > 1e-9))
    return names, np.column_stack(columns)


def modelled(squares: Floats, Z: Floats, iterations: int = 25) -> Floats:
    r"""Return the relative size of the noise, (n,), from a log-linear model of its variance.

    .. math:: \log \sigma_i^2 = \beta_0 + z_i' \beta

    squares : (n,) squared residuals;  Z : (n, m). Scoring steps on the gamma likelihood, with a small ridge.
    Source: Harvey (1976), eq. 9.
    """
    n = len(squares)
    D = np.column_stack((np.ones(n), Z * math.sqrt(n)))
    ridge = np.diag([0.0, *[2.0] * Z.shape[1]])
    beta = np.zeros(D.shape[1])
    beta[0] = math.log(float(squares.mean()) or 1.0)
    for _ in range(iterations):
        ratio = squares / np.exp(D @ beta)
        step = np.linalg.solve(D.T @ D + ridge, D.T @ (np.minimum(ratio, 20.0) - 1.0) - ridge @ beta)
        beta += step * min(1.0, 1.0 / float(np.abs(step).max() or 1.0))
    size = np.exp(0.5 * np.clip(D @ beta - beta[0], -6.0, 6.0))
    return np.asarray(size / math.sqrt(float(np.mean(size * size))))
