"""Bootstrap and jackknife of a fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import FitError, ParameterError
from educe.fitting.refits import Refits
from educe.fitting.solving import box_of
from educe.uncertainty.bootstrap import Bootstrap, check_kind, noise_of
from educe.uncertainty.jackknife import Jackknife, influence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.fitting.estimate import Estimate
    from educe.least_squares.triangle import Array

AT_ONCE = 4_000_000  # numbers drawn at a time
SINGLE = 1_000  # rows up to which the jackknife leaves out one at a time
GROUPS = 200  # beyond that: groups of rows, drawn at random


def bootstrap(fit: Estimate, kind: str = "residual", n: int = 1000, seed: int = 0) -> Bootstrap:
    """Return the parameters of refits to resampled measurements: see `Fit.bootstrap`."""
    check_kind(kind, n, seed)
    if kind != "case" and fit.convention.noisy_inputs:
        raise ParameterError(
            f"with errors in {', '.join(fit.convention.noisy_inputs)} the noise of a row is not in its residual alone; "
            "draw whole rows: kind 'case'."
        )
    _check(fit, "a bootstrap")
    rng = np.random.default_rng(seed)
    refits = Refits(fit, box_of(fit.plan, {parameter.name: parameter for parameter in fit.parameters}))
    parts = [refits.run(shift, weight) for shift, weight in _draws(fit, kind, n, rng)]
    samples = np.concatenate(parts)
    good = np.isfinite(samples).all(axis=1)
    return Bootstrap(
        fit.names, fit.theta, samples[good], int(len(samples) - good.sum()), kind, seed, influence_of(fit)
    )


def jackknife(fit: Estimate, seed: int = 0) -> Jackknife:
    """Return the parameters of refits without each row, or each group of rows: see `Fit.jackknife`."""
    _check(fit, "a jackknife")
    rows = len(fit.rows.response)
    groups = rows if rows <= SINGLE else GROUPS
    if rows - math.ceil(rows / groups) < fit.p:
        raise FitError(
            f"a jackknife leaves out {math.ceil(rows / groups)} of {rows} rows at a time, and {fit.p} free parameters "
            "need more than are left."
        )
    group = np.arange(rows) if groups == rows else np.random.default_rng(seed).permutation(rows) % groups
    refits = Refits(fit, box_of(fit.plan, {parameter.name: parameter for parameter in fit.parameters}))
    size = max(1, AT_ONCE // rows)
    parts = [
        refits.run(None, (group != np.arange(begin, min(begin + size, groups))[:, None]).astype(np.float64))
        for begin in range(0, groups, size)
    ]
    samples = np.concatenate(parts)
    good = np.isfinite(samples).all(axis=1)
    moved = influence_of(fit)
    foretold = np.sqrt(max(rows - 1, 0) / rows * ((moved - moved.mean(axis=0)) ** 2).sum(axis=0))
    return Jackknife(fit.names, fit.theta, samples[good], int(groups - good.sum()), foretold)


def influence_of(fit: Estimate) -> Array:
    """Return how far each row moves each parameter, (n, p), in the law's order."""
    return influence(
        fit.weighted_jacobian, fit.weighted_residuals, fit.leverage, fit.triangle, tolerance=fit.discernible
    )


def _draws(
    fit: Estimate, kind: str, n: int, rng: np.random.Generator
) -> Iterator[tuple[Array | None, Array | None]]:
    """Yield shifts of the weighted measurements, or weights of the rows, (B, rows), some refits at a time."""
    rows = len(fit.rows.response)
    r = fit.weighted_residuals
    draw = None if kind == "case" else noise_of(kind, r, fit.leverage, _noise(fit))
    size = max(1, AT_ONCE // rows)
    for begin in range(0, n, size):
        count = min(size, n - begin)
        if draw is None:
            chosen = rng.multinomial(rows, np.full(rows, 1.0 / rows), size=count)
            yield None, np.sqrt(chosen.astype(np.float64))
        else:
            yield draw(rng, count) - r, None


def _noise(fit: Estimate) -> float:
    """Return the standard deviation of the noise of a weighted row."""
    return 1.0 if fit.convention.sigma == "absolute" else fit.noise


def _check(fit: Estimate, what: str) -> None:
    """Refuse what cannot be resampled."""
    if fit.rows.thinned:
        raise ParameterError(
            f"{what} needs all {fit.n:,} rows; the saved fit kept {len(fit.rows.response):,}."
        )
    if fit.dof <= 0:
        raise FitError(f"{what} needs more rows than free parameters; there are {fit.n} and {fit.p}.")
