"""The 27 NIST problems without starting values, over seeds: digits of the end result and CPU time of the whole fit."""

from __future__ import annotations

import statistics
import time
import warnings
from typing import Any

import scipy.optimize

import educe
from small_fits import SIGNS, SOLVED, function_of
from timing import digits, table

SEEDS = 20


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown."""
    seeds = range(2 if quick else SEEDS)
    rows, seconds, solved, settled = [], [], 0, 0
    for name in educe.datasets.names("nist"):
        data = educe.datasets.load(name)
        found = [_one(name, data, seed) for seed in seeds]
        solved += sum(f["params"] >= 10 for f in found)
        settled += sum(f["settled"] for f in found)
        seconds += [f["seconds"] for f in found]
        rows.append(
            [
                name,
                f"{sum(f['params'] >= 10 for f in found)}/{len(found)}",
                *(f"{min(f[key] for f in found):.1f}" for key in ("params", "errors", "rss")),
                f"{sum(f['settled'] for f in found)}/{len(found)}",
                f"{statistics.median(f['seconds'] for f in found):.3f}",
                f"{max(f['seconds'] for f in found):.3f}",
            ]
        )
    header = ["problem", "right", "digits", "of errors", "of rss", "settled", "median CPU s", "most"]
    words = (
        f"No starting value, no bound, {len(seeds)} seeds of the search: {solved} of {27 * len(seeds)} end at the "
        f"certified minimum with at least 10 digits; {settled} call themselves settled. CPU time of the whole fit: "
        f"median {statistics.median(seconds):.3f} s, most {max(seconds):.2f} s. Digits are the least over the seeds. "
        f"SciPy's `curve_fit` without starts (it begins at ones) finds the minimum (4 digits) on {_scipy('lm')} of the "
        f"27 with its default method and on {_scipy('trf')} with `trf`."
    )
    return f"### NIST StRD without starting values\n\n{words}\n\n{table(header, rows)}"


def _one(name: str, data: Any, seed: int) -> dict[str, float]:
    began = time.process_time()
    fit = educe.fit(data.law, dict(data.columns), seed=seed)
    errors = fit.stderr
    seconds = time.process_time() - began
    flip, certificate = SIGNS.get(name, ()), data.certificate

    def same(value: float, key: str) -> float:
        return abs(value) if key in flip else value

    return {
        "params": min(digits(same(fit.params[k], k), same(v, k)) for k, v in certificate.parameters.items()),
        "errors": min(digits(errors[k], v) for k, v in certificate.stderr.items()),
        "rss": digits(fit.rss, certificate.rss),
        "settled": fit.search is None or fit.search.settled,
        "seconds": seconds,
    }


def _scipy(method: str) -> int:
    """Return on how many problems SciPy's curve_fit finds the certified minimum without starts."""
    return sum(_scipy_finds(name, method) for name in educe.datasets.names("nist"))


def _scipy_finds(name: str, method: str) -> bool:
    data = educe.datasets.load(name)
    names, flip = list(data.starts[0]), SIGNS.get(name, ())
    function, x, y = function_of(data, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            popt = scipy.optimize.curve_fit(function, x, y, method=method)[0]
        except (RuntimeError, ValueError):
            return False
    certified = data.certificate.parameters
    pairs = [
        (abs(v), abs(certified[k])) if k in flip else (v, certified[k])
        for k, v in zip(names, popt, strict=True)
    ]
    return min(digits(value, right) for value, right in pairs) >= SOLVED
