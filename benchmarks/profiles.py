"""What a full set of profile intervals costs: in fits of the same problem, and beside lmfit's conf_interval."""

from __future__ import annotations

import math
import time
import warnings
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import lmfit
import numpy as np

import educe
from catalogue import draw, entries
from small_fits import function_of
from timing import geometric_mean, table

if TYPE_CHECKING:
    from collections.abc import Callable

LEVEL = 0.95
DRAWS = 500
ROUNDS, QUICK = 5, 2
BESIDE_LMFIT = (
    "Misra1a",
    "Chwirut2",
    "DanWood",
    "Rat42",
    "Rat43",
    "Thurber",
    "Eckerle4",
    "BoxBOD",
    "MGH09",
    "Gauss1",
    "Kirby2",
)
LONGEST = 60.0  # CPU seconds that lmfit is given for one set


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown."""
    rounds = QUICK if quick else ROUNDS
    return "\n\n".join(
        [
            "### Profile intervals",
            _nist(rounds),
            _catalogue(50 if quick else DRAWS),
            _beside_lmfit(rounds, quick=quick),
        ]
    )


def _seconds(call: Callable[[], Any], rounds: int) -> float:
    """Return the least CPU seconds of a call."""
    call()
    best = math.inf
    for _ in range(rounds):
        began = time.thread_time()
        call()
        best = min(best, time.thread_time() - began)
    return best


def _fitted(data: Any, start: Any) -> Any:
    found = educe.fit(data.law, dict(data.columns), start=start)
    _ = found.stderr
    return found


def _profiled(fit: Any) -> dict[str, tuple[float, float]]:
    fit.__dict__.pop("_chosen", None)  # what was computed once is not computed again
    return fit.conf_int(LEVEL, "profile")


def _nist(rounds: int) -> str:
    """Return what the 27 NIST problems cost, from the second start and from the certified values."""
    ratios, names, ended = [], [], 0
    for name in educe.datasets.names("nist"):
        data = educe.datasets.load(name)
        certified = dict(data.certificate.parameters)
        for start in (data.starts[1], certified):
            fit = _fitted(data, start)
            intervals = _profiled(fit)
            ended += all(lower < fit.params[key] < upper for key, (lower, upper) in intervals.items())
            if start is not certified:
                one = _seconds(lambda data=data, start=start: _fitted(data, start), rounds)
                ratios.append(_seconds(lambda fit=fit: _profiled(fit), rounds) / one)
                names.append(name)
    over = [f"{name} {ratio:.0f}" for name, ratio in zip(names, ratios, strict=True) if ratio > 30]
    return (
        f"The 27 NIST problems, from the second start and from the certified values: a full set of intervals was found "
        f"in {ended} of 54. It costs, in CPU time of one fit from the second start with its standard errors: median "
        f"{median(ratios):.1f}, geometric mean {geometric_mean(ratios):.1f}, most {max(ratios):.0f} fits"
        + (f"; above 30: {', '.join(over)}." if over else ".")
    )


def _catalogue(draws: int) -> str:
    """Return how many draws of the catalogue of laws got all their intervals."""
    laws = entries()
    done = failed = one_sided = parameters = 0
    ratios, worst = [], []
    for number in range(math.ceil(draws / len(laws))):
        for law in laws[: draws - done]:
            drawn = draw(law, number)
            columns = {**drawn.columns, law.law.target or "y": drawn.response}
            start = {name: float(value) for name, value in drawn.truth.items()}
            call = partial(educe.fit, law.law, columns, start=start, search=False)
            fit = call()
            done += 1
            if not fit.converged:
                failed += 1
                continue
            intervals = fit.intervals(LEVEL, "profile")
            parameters += len(intervals)
            one_sided += sum(bool(interval.reason) for interval in intervals.values())
            ratios.append(
                _seconds(lambda fit=fit: _profiled(fit), 1) / _seconds(lambda call=call: call().stderr, 1)
            )
            if ratios[-1] > 30:
                worst.append(f"{law.name} {ratios[-1]:.0f}")
    return (
        f"{done} draws of the catalogue of laws: {done - failed} fits reached a minimum, and every one of them got "
        f"its intervals, {parameters:,} in all, of which {one_sided} are open on a side or end with the law, with "
        f"the reason said. Cost in fits: median {median(ratios):.1f}, 95 % of them below "
        f"{np.quantile(ratios, 0.95):.0f}, most {max(ratios):.0f}; above 30: {len(worst)} draws."
    )


def _beside_lmfit(rounds: int, *, quick: bool) -> str:
    rows, ratios = [], []
    for name in BESIDE_LMFIT[:3] if quick else BESIDE_LMFIT:
        data = educe.datasets.load(name)
        start = data.starts[1]
        fit = _fitted(data, start)
        intervals = _profiled(fit)
        seconds = _seconds(lambda fit=fit: _profiled(fit), rounds)
        theirs, cost, said = _lmfit(data, start)
        row = [name, str(fit.p), f"{1e3 * seconds:.2f} ms", f"{1e3 * cost:.0f} ms"]
        if theirs is None:
            rows.append([*row, "", said])
            continue
        ratios.append(cost / seconds)
        rows.append([*row, f"{ratios[-1]:.0f}", _agreement(intervals, theirs, fit)])
    header = ["problem", "parameters", "educe", "lmfit", "ratio", "largest difference, in half widths"]
    words = (
        f"The same intervals by lmfit's `conf_interval` ({LEVEL:.0%} alone, same data, same start; CPU time, the best "
        f"of {rounds} rounds, lmfit once). educe takes {min(ratios):.0f} to {max(ratios):.0f} times less, mean "
        f"{geometric_mean(ratios):.0f}."
    )
    return f"{words}\n\n{table(header, rows)}"


def _lmfit(data: Any, start: Any) -> tuple[dict[str, tuple[float, float]] | None, float, str]:
    """Return lmfit's intervals with the CPU seconds they took, or what it raised."""
    names = list(start)
    function, x, y = function_of(data, names)
    parameters = lmfit.Parameters()
    for name in names:
        parameters.add(name, value=start[name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        minimizer = lmfit.Minimizer(lambda p: y - function(x, *(p[name].value for name in names)), parameters)
        result = minimizer.minimize(method="leastsq")
        began = time.thread_time()
        try:
            found = lmfit.conf_interval(minimizer, result, sigmas=[LEVEL])
        except Exception as error:  # noqa: BLE001 -- whatever it raises is its result
            return None, time.thread_time() - began, f"{type(error).__name__}"
        seconds = time.thread_time() - began
    return {name: (ends[0][1], ends[-1][1]) for name, ends in found.items()}, seconds, ""


def _agreement(ours: dict[str, tuple[float, float]], theirs: dict[str, tuple[float, float]], fit: Any) -> str:
    off = 0.0
    for name, (lower, upper) in ours.items():
        half = 0.5 * (upper - lower)
        off = max(off, *(abs(a - b) / half for a, b in zip((lower, upper), theirs[name], strict=True)))
    return f"{off:.1g}" if math.isfinite(off) else "lmfit finds no end"
