"""Which interval a fit gives, by which method, and whether Wald's would have been safe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.engines.model import FormulaModel
from educe.engines.opaque import OpaqueModel
from educe.errors import FitError, ParameterError, listing, nearest
from educe.formula import constant as as_constant
from educe.formula import evaluate, gradient, parse_expression, substitute
from educe.uncertainty.bootstrap import bounds
from educe.uncertainty.intervals import METHODS, Interval, multiplier, wald

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.fitting.profiling import Profiling
    from educe.fitting.result import Fit
    from educe.least_squares.triangle import Array

CHEAP = 50_000  # rows times free parameters up to which profiles cost no more than a glance
CHEAP_WITH_SHIFTS = 2_000  # the same where each row's nearest point is looked for
UNSAFE = 0.1  # of the half width: an end of Wald's interval that is off by more
LEVEL = 0.95  # the level of reports and warnings


class Chosen(NamedTuple):
    """Intervals, and what the user should know of them.

    intervals : {name: Interval} of parameters that are not fixed, then of derived quantities
    warnings : sentences
    """

    intervals: Mapping[str, Interval]
    warnings: tuple[str, ...] = ()


def choose(fit: Fit, level: float, method: str) -> Chosen:
    """Return the intervals of a fit: see `Fit.intervals`."""
    if method not in METHODS:
        close = nearest(method, METHODS) if isinstance(method, str) else ""
        raise ParameterError(f"method '{method}' is not one of {', '.join(METHODS)}.{close}")
    multiplier(level, 1.0)  # refuses a level that is none
    if method == "wald":
        return Chosen(_wald(fit, level))
    if method == "profile":
        return _profiles(fit, level)
    if method == "bootstrap":
        return Chosen(_bootstrap(fit, level))
    if method == "jackknife":
        return Chosen(_jackknife(fit, level))
    return _automatic(fit, level)


def names_of(fit: Fit) -> list[str]:
    """Return the parameters that are not fixed, in the law's order."""
    return [name for name in fit.params if name not in fit.plan.fixed]


def _wald(fit: Fit, level: float) -> dict[str, Interval]:
    names = names_of(fit)
    values = np.array([fit.params[name] for name in names])
    errors = np.array([fit.stderr[name] for name in names])
    ends = wald(values, errors, fit.interval_dof, level)
    found = {name: Interval(float(lo), float(hi), "wald") for name, lo, hi in zip(names, *ends, strict=True)}
    for name, text in fit.derive.items():
        derived = fit.derive_quantity(text, level)
        found[name] = Interval(derived.lower, derived.upper, "wald")
    return found


def profiling(fit: Fit) -> Profiling:
    """Return what the profiles of a fit share.

    Raises ParameterError where not all rows are here, FitError where the fit is no minimum.
    """
    from educe.fitting.profiling import Profiling

    if fit.rows.thinned:
        raise ParameterError(
            f"a profile needs all {fit.n:,} rows; the saved fit kept {len(fit.rows.response):,} of them."
        )
    if not fit.converged:
        raise FitError(f"a profile begins at a minimum, and the fit did not reach one: {fit.reason}.")
    return Profiling.of(fit)


def _profiles(fit: Fit, level: float) -> Chosen:
    shared = profiling(fit)
    found, warnings = {}, []
    profiles = [shared.parameter(name, level, curve=False) for name in names_of(fit)]
    profiles += [shared.formula(name, text, level, curve=False) for name, text in fit.derive.items()]
    for profile in profiles:
        reason = "; ".join(profile.reasons)
        found[profile.name] = Interval(profile.lower, profile.upper, "profile", reason)
        if profile.better is not None:
            warnings.append(_better(profile.better))
    return Chosen(found, tuple(dict.fromkeys(warnings)))


def _better(theta: Mapping[str, float]) -> str:
    values = ", ".join(f"{name}={value:.6g}" for name, value in theta.items())
    return f"A lower sum of squares was met while following a profile; fit again with the starting values {values}."


def _bootstrap(fit: Fit, level: float) -> dict[str, Interval]:
    drawn = fit.bootstrap()
    reason = f"{drawn.failed} of {drawn.failed + len(drawn.samples)} refits failed" if drawn.failed else ""
    samples = dict(zip(drawn.names, drawn.samples.T, strict=True))
    moved = dict(zip(drawn.names, drawn.influence.T, strict=True))
    found = {}
    for name, value, values, moves in _carried(fit, samples, moved):
        found[name] = Interval(*bounds(values, value, moves, level), "bootstrap", reason)
    return found


def _jackknife(fit: Fit, level: float) -> dict[str, Interval]:
    left = fit.jackknife()
    g = len(left.samples)
    m = multiplier(level, g - 1)
    reason = f"{left.failed} of {left.failed + g} refits failed" if left.failed else ""
    samples = dict(zip(left.names, left.samples.T, strict=True))
    found = {}
    for name, value, values, _ in _carried(fit, samples, samples):
        width = m * math.sqrt(max(g - 1, 0)) * float(values.std()) if g else math.nan
        found[name] = Interval(value - width, value + width, "jackknife", reason)
    return found


def _carried(
    fit: Fit, samples: Mapping[str, Array], moved: Mapping[str, Array]
) -> list[tuple[str, float, Array, Array]]:
    """Return name, value, values at the refits and moves by each row, of parameters and derived quantities."""
    fixed = {name: as_constant(value) for name, value in fit.plan.fixed.items()}
    found = [
        (name, fit.params[name], samples[name], moved[name]) for name in names_of(fit) if name in samples
    ]
    texts = dict(fit.plan.tied) | {name: parse_expression(text) for name, text in fit.derive.items()}
    at = dict(zip(fit.names, fit.theta.tolist(), strict=True))
    for name, expression in texts.items():
        free = substitute(expression, {**fixed, **fit.plan.tied})
        values = np.broadcast_to(evaluate(free, samples), next(iter(samples.values())).shape)
        slopes = [float(evaluate(slope, at)) for slope in gradient(free, fit.names)]
        moves = sum(slope * moved[one] for slope, one in zip(slopes, fit.names, strict=True))
        found.append((name, float(evaluate(free, at)), values, np.asarray(moves)))
    order = [*names_of(fit), *fit.derive]
    return sorted(found, key=lambda item: order.index(item[0]))


def is_cheap(fit: Fit) -> bool:
    """Whether profiles of all parameters cost so little that nobody need ask for them."""
    model = fit.plan.model
    most = CHEAP if isinstance(model, FormulaModel) else CHEAP_WITH_SHIFTS
    return not isinstance(model, OpaqueModel) and not fit.rows.thinned and fit.n * fit.p <= most


def _automatic(fit: Fit, level: float) -> Chosen:
    """Return Wald's intervals where they are safe, profiles where they are not and profiles are cheap."""
    found = _wald(fit, level)
    if not fit.converged or fit.dof <= 0:
        return Chosen(found)
    if not is_cheap(fit):
        return Chosen(found, _foretold(fit, level))
    shared = profiling(fit)
    if shared.straight and not fit.derive and not fit.plan.tied:
        return Chosen(found)
    profiles = fit.chosen(level, "profile")
    if profiles.warnings:
        return Chosen(found, profiles.warnings)
    off = {name: _off(found[name], profile) for name, profile in profiles.intervals.items()}
    bent = [name for name, share in off.items() if share > UNSAFE]
    if shared.at_bound:  # Wald's know nothing of the bound
        unlimited = [name for name, one in profiles.intervals.items() if math.isinf(one.upper - one.lower)]
        return Chosen(profiles.intervals, _open_ended(unlimited, profiles.intervals))
    chosen = {name: profiles.intervals[name] if name in bent else one for name, one in found.items()}
    return Chosen(chosen, _unsafe(bent, off, profiles.intervals))


def _off(symmetric: Interval, profile: Interval) -> float:
    """Return by which share of its half width an end of Wald's interval is off."""
    half = 0.5 * (symmetric.upper - symmetric.lower)
    if not math.isfinite(half):
        return 0.0
    shift = max(abs(profile.lower - symmetric.lower), abs(profile.upper - symmetric.upper))
    return 0.0 if shift == 0.0 else shift / half if half > 0.0 else math.inf


def _unsafe(bent: list[str], off: Mapping[str, float], profiles: Mapping[str, Interval]) -> tuple[str, ...]:
    if not bent:
        return ()
    worst = max(off[name] for name in bent)
    far = (
        f"by up to {100.0 * worst:.0f} % of the half width"
        if math.isfinite(worst)
        else "without limit on one side"
    )
    words = (
        f"The symmetric (Wald) interval of {listing(bent)} is not safe: its ends are off {far}. The profile "
        "interval is given instead."
    )
    return (words, *_open_ended(bent, profiles))


def _open_ended(names: list[str], profiles: Mapping[str, Interval]) -> tuple[str, ...]:
    reasons = ((name, profiles[name].reason) for name in names)
    return tuple(f"The interval of {name} is one-sided: {reason}." for name, reason in reasons if reason)


def _foretold(fit: Fit, level: float) -> tuple[str, ...]:
    from educe.fitting.bending import foretold_shifts

    try:
        shifts = foretold_shifts(fit, level)
    except FitError:  # parameters that the data do not determine: said elsewhere
        return ()
    bent = [name for name, share in shifts.items() if share > UNSAFE]
    if not bent:
        return ()
    return (
        f"The symmetric (Wald) interval of {listing(bent)} may not be safe: the law bends within it. Profile intervals "
        "are safe; they are not given by default, because here they take time.",
    )
