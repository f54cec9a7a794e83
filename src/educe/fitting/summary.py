"""The object of `educe fit --json`: what a fit says, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from educe.export.json_file import plain

if TYPE_CHECKING:
    from educe.fitting.result import Fit
    from educe.search import Found as Searched
    from educe.uncertainty.intervals import Interval


def summary(fit: Fit) -> dict[str, Any]:
    """Return the object of `educe fit --json`; a number that is not finite is None."""
    intervals = fit.intervals()
    parameters = {
        name: _with_interval(fit.params[name], fit.stderr[name], intervals.get(name)) for name in fit.params
    }
    derived = {
        name: _with_interval(d.value, d.standard_error, intervals[name]) for name, d in fit.derived.items()
    }
    found = {
        "formula": fit.law.text if fit.sets is None else fit.sets.law.text,
        "source": fit.source,
        "n": fit.n,
        "left_out": dict(fit.left_out),
        "dof": fit.dof,
        "rss": fit.rss,
        "residual_standard_error": fit.residual_standard_error,
        "parameters": parameters,
        "free": list(fit.names),
        "covariance": fit.covariance.tolist(),
        "r_squared": fit.r_squared,
        "adjusted_r_squared": fit.adjusted_r_squared,
        "aic": fit.aic,
        "aicc": fit.aicc,
        "bic": fit.bic,
        "chi_square": fit.chi_square,
        "chi_square_p_value": fit.chi_square_p_value,
        "sigma": fit.convention.sigma,
        "errors_in": list(fit.convention.noisy_inputs),
        "errors": fit.convention.errors,
        "loss": fit.convention.loss,
        "derived": derived,
        "converged": fit.converged,
        "reason": fit.reason,
        "iterations": fit.iterations,
        "search": None if fit.search is None else described(fit.search),
        "warnings": list(fit.warnings),
    }
    if fit.sets is not None:
        found |= {
            "shared": list(fit.sets.shared),
            "sets": [_summary_of(fit, name) for name in fit.sets.names],
        }
    cleaned: dict[str, Any] = plain(found)
    return cleaned


def _summary_of(fit: Fit, data_set: str) -> dict[str, Any]:
    """Return what stands in the JSON about one data set of several."""
    sets = fit.sets
    assert sets is not None
    k = sets.names.index(data_set)
    return {
        "name": data_set,
        "source": sets.sources[k],
        "n": sets.used[k],
        "rss": sets.rss[k],
        "parameters": {name: sets.name_of(name, data_set) for name in (*sets.shared, *sets.own)},
    }


def _with_interval(value: float, error: float, interval: Interval | None) -> dict[str, Any]:
    """Return a number with its error and interval; without one, as for a fixed parameter, its ends are the number."""
    if interval is None:
        return {"value": value, "stderr": error, "lower": value, "upper": value}
    found: dict[str, Any] = {
        "value": value,
        "stderr": error,
        "lower": interval.lower,
        "upper": interval.upper,
    }
    found["interval"] = interval.method
    if interval.reason:
        found["interval_reason"] = interval.reason
    return found


def described(search: Searched) -> dict[str, Any]:
    """Return what the search for starting values found, as plain data."""
    return {
        "agreed": search.agreed,
        "rounds": search.rounds,
        "samples": search.samples,
        "settled": search.settled,
        "seconds": search.seconds,
        "reasons": list(search.reasons),
        "warnings": list(search.warnings),
        "symmetries": list(search.symmetries),
        "aliases": list(search.aliases),
        "minima": [
            {
                "parameters": dict(m.theta),
                "cost": m.cost,
                "found_from": m.found_from,
                "rounds": m.rounds,
                "flaws": list(m.flaws),
            }
            for m in search.starts
        ],
    }
