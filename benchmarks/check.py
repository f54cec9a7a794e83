"""How often `educe check` raises a false alarm, and how often it notices what a law lacks.

    python benchmarks/check.py [--sizes 20 100 1000] [--replicates 199] [-o docs/check.json]
    python benchmarks/check.py --page docs/check.md        (write the tables of docs/check.json into the page)

False alarms: data of laws that are right, fitted and checked at level 5 %. Power: a straight line fitted to data with
a bump, a curvature or an oscillation, whose largest departure is so many standard deviations of the noise. Beside it,
the share found by two classic tests of the same residuals at the same level: Wald and Wolfowitz's runs, and Durbin
and Watson's.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from numpy.typing import NDArray

import educe
from educe.comparison.check import check
from educe.uncertainty.residuals import lag_one, runs_test
from timing import table

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]

LAWS: dict[str, dict[str, float]] = {
    "y = a*x + b": {"a": 1.0, "b": 0.5},
    "y = a*exp(-k*x)": {"a": 2.0, "k": 0.7},
    "y = a*exp(-(x - m)^2/(2*s^2)) + c": {"a": 2.0, "m": 1.6, "s": 0.4, "c": 0.5},
    "y = a/(1 + exp(-k*(x - m)))": {"a": 2.0, "k": 3.0, "m": 1.4},
    "y = a*sin(x) + b*cos(z)": {"a": 2.0, "b": 3.0},
}
NOISE = 0.1
SIZES = (20, 100, 1000)
SETS = {20: (1000, 200), 100: (1000, 200), 1000: (400, 100)}  # of each law, of each departure
BEGIN, END = "<!-- check:start -->", "<!-- check:end -->"


def normal(random: np.random.Generator, x: Array) -> Array:
    return random.standard_normal(len(x))


def heavy(random: np.random.Generator, x: Array) -> Array:
    return random.standard_t(3.0, len(x)) / np.sqrt(3.0)


def growing(random: np.random.Generator, x: Array) -> Array:
    return random.standard_normal(len(x)) * (0.4 + 0.6 * x)


NOISES: dict[str, Callable[[np.random.Generator, Array], Array]] = {
    "normal": normal,
    "t, 3 dof": heavy,
    "growing": growing,
}
MISFITS: dict[str, Callable[[Array], Array]] = {
    "bump": lambda x: np.exp(-0.5 * ((x - 2.1) / 0.12) ** 2),
    "curvature": lambda x: 4.0 / 9.0 * x * (3.0 - x),
    "oscillation": lambda x: np.sin(2.0 * np.pi * 2.0 * x),
}
DEPARTURES = {20: (0.5, 1.0, 2.0, 4.0), 100: (0.25, 0.5, 1.0, 2.0), 1000: (0.125, 0.25, 0.5, 1.0)}


def right_data(
    law: str, values: dict[str, float], n: int, noise: str, random: np.random.Generator
) -> dict[str, Array]:
    columns = {name: random.uniform(0.0, 3.0, n) for name in ("x", "z")}
    truth = educe.formula.parse(law).evaluate({**values, **columns})
    return {**columns, "y": truth + NOISE * NOISES[noise](random, columns["x"])}


def alarms(law: str, n: int, noise: str, *, sets: int, replicates: int) -> dict[str, Any]:
    count, values = 0, LAWS[law]
    for number in range(sets):
        random = np.random.default_rng((number, n))
        data = right_data(law, values, n, noise, random)
        fit = educe.fit(law, data, start=values)
        count += check(fit, replicates=replicates, network=False, seed=number).found
    return {"law": law, "n": n, "noise": noise, "sets": sets, "alarms": count, "rate": count / sets}


def power(misfit: str, n: int, departure: float, *, sets: int, replicates: int) -> dict[str, Any]:
    found, near, runs, watson = 0, 0, 0, 0
    for number in range(sets):
        random = np.random.default_rng((number, n, 1))
        x = random.uniform(0.0, 3.0, n)
        y = x + 0.5 + NOISE * (departure * MISFITS[misfit](x) + random.standard_normal(n))
        fit = educe.fit("y = a*x + b", {"x": x, "y": y})
        seen = check(fit, replicates=replicates, network=False, seed=number)
        found += seen.found
        low, high = seen.regions[0].bounds["x"]
        near += seen.found and low <= 2.34 and high >= 1.86
        runs += runs_test(fit.residuals, x).suspicious
        watson += lag_one(fit.residuals, x, J=fit.weighted_jacobian).suspicious
    shares = {"found": found, "near": near, "runs": runs, "durbin_watson": watson}
    return {
        "misfit": misfit,
        "n": n,
        "departure": departure,
        "sets": sets,
        **{key: count / sets for key, count in shares.items()},
    }


def tables(found: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    return "\n\n".join([_of_alarms(found["alarms"]), *(_of_power(found["power"], m) for m in MISFITS)])


def _of_alarms(alarms: list[dict[str, Any]]) -> str:
    kinds = [
        (noise, n)
        for noise in NOISES
        for n in SIZES
        if any((a["noise"], a["n"]) == (noise, n) for a in alarms)
    ]
    found = {(a["law"], a["noise"], a["n"]): a for a in alarms}
    rows = [
        [f"`{law}`", *(_rate([found[key]]) if (key := (law, *kind)) in found else "–" for kind in kinds)]
        for law in LAWS
    ]
    together = [[a for a in alarms if (a["noise"], a["n"]) == kind] for kind in kinds]
    rows.append(["together", *map(_rate, together)])
    rows.append(["data sets", *(f"{sum(a['sets'] for a in some):,}" for some in together)])
    return table(["% false alarms", *(f"{noise}, {n:,} rows" for noise, n in kinds)], rows)


def _rate(some: list[dict[str, Any]]) -> str:
    return f"{100 * sum(a['alarms'] for a in some) / sum(a['sets'] for a in some):.1f}"


def _of_power(power: list[dict[str, Any]], misfit: str) -> str:
    rows = [
        [
            f"{p['n']}",
            f"{p['departure']:g}",
            *(f"{100 * p[key]:.0f}" for key in ("found", "runs", "durbin_watson")),
        ]
        for p in power
        if p["misfit"] == misfit
    ]
    return table(
        [f"{misfit}: rows", "largest departure / noise", "% found", "% runs", "% Durbin-Watson"], rows
    )


def write_page(page: Path, data: Path) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    body = tables(json.loads(data.read_text(encoding="utf-8")))
    page.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replicates", type=int, default=199)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--page", type=Path, help="write the tables into this page, and measure nothing")
    options = parser.parse_args()
    if options.page:
        write_page(options.page, options.page.with_suffix(".json"))
        return
    rows: dict[str, list[dict[str, Any]]] = {"alarms": [], "power": []}
    if options.output and options.output.exists():  # of other sizes
        kept = json.loads(options.output.read_text(encoding="utf-8"))
        rows = {key: [row for row in kept[key] if row["n"] not in options.sizes] for key in rows}
    for n in options.sizes:
        for noise in NOISES:
            for law in LAWS:
                rows["alarms"].append(alarms(law, n, noise, sets=SETS[n][0], replicates=options.replicates))
                print(rows["alarms"][-1], flush=True)
        for misfit in MISFITS:
            for departure in DEPARTURES[n]:
                found = power(misfit, n, departure, sets=SETS[n][1], replicates=options.replicates)
                rows["power"].append(found)
                print(found, flush=True)
    if options.output:
        ordered = {key: sorted(rows[key], key=lambda row: row["n"]) for key in rows}
        head = {"level": 0.05, "replicates": options.replicates}
        options.output.write_text(json.dumps({**head, **ordered}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
