"""How often 95 % intervals and bands hold the truth: simulated data, laws from straight to badly bent."""

from __future__ import annotations

import argparse
import json
import math
import os
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

import educe
from educe.fitting.refits import Refits
from educe.formula import evaluate, gradient, parse
from educe.uncertainty.intervals import multiplier
from timing import table

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parent / "results" / "coverage.json"
DATA_SETS, QUICK = 2000, 40
LEVEL = 0.95
LARGE = 10  # times as many rows in the large designs
LOOKED_AT = 100  # data sets of each study of which the intervals themselves are computed
HELD = 30.0  # weight of a row that stands for a constraint, in units of 1/sigma
NOISES = ("normal", "known sigma", "heavy tails")


@dataclass(frozen=True)
class Case:
    """A law with a design of its field and true parameters.

    x : rows of the small design;  truth : {parameter: value};  sigma : noise;  at : where bands are judged
    """

    name: str
    law: str
    x: tuple[float, ...]
    truth: dict[str, float]
    sigma: float
    at: tuple[float, float]


def _even(low: float, high: float, n: int) -> tuple[float, ...]:
    return tuple(np.linspace(low, high, n).tolist())


CASES = (
    Case("line", "y = a + b*x", _even(0, 10, 10), {"a": 1.0, "b": 0.5}, 0.5, (5.0, 12.0)),
    Case("parabola", "y = a + b*x + c*x^2", _even(-1, 2, 10), {"a": 1.0, "b": -2.0, "c": 0.7}, 0.3, (0.5, 2.5)),
    Case(  # design of Bates and Watts (1988), Puromycin
        "Michaelis-Menten", "y = V*x/(K + x)",
        (0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.1, 1.1),
        {"V": 212.7, "K": 0.0641}, 10.9, (0.3, 2.0),
    ),
    Case(  # design of Bates and Watts (1988), biochemical oxygen demand: few rows, much noise
        "oxygen demand", "y = a*(1 - exp(-k*x))", (1, 2, 3, 4, 5, 7, 9, 12), {"a": 19.1, "k": 0.53}, 1.5, (6.0, 12.0),
    ),
    Case("decay", "y = a*exp(-k*x)", _even(0, 4, 9), {"a": 10.0, "k": 0.6}, 0.7, (1.0, 5.0)),
    Case(
        "decay to an offset", "y = a*exp(-k*x) + c", _even(0, 8, 12), {"a": 10.0, "k": 0.5, "c": 2.0}, 0.5,
        (2.0, 9.0),
    ),
    Case(  # design of Ratkowsky (1983), pasture regrowth
        "logistic growth", "y = a/(1 + exp(b - c*x))", (9, 14, 21, 28, 42, 57, 63, 70, 79),
        {"a": 72.5, "b": 2.62, "c": 0.0674}, 1.2, (35.0, 85.0),
    ),
    Case(
        "Gompertz growth", "y = a*exp(-b*exp(-c*x))", _even(0, 12, 12), {"a": 10.0, "b": 4.0, "c": 0.5}, 0.3,
        (5.0, 13.0),
    ),
    Case(
        "Hill", "y = a*x^h/(K^h + x^h)", (0.1, 0.2, 0.4, 0.7, 1, 1.5, 2, 3, 5, 8, 12, 20),
        {"a": 100.0, "K": 1.5, "h": 1.6}, 4.0, (1.0, 25.0),
    ),
    Case("far from saturation", "y = V*x/(K + x)", _even(0.2, 3, 12), {"V": 100.0, "K": 2.0}, 3.0, (1.5, 4.0)),
    Case("saturation hardly begun", "y = V*x/(K + x)", _even(0.5, 6, 12), {"V": 100.0, "K": 10.0}, 3.0, (3.0, 9.0)),
    Case("late saturation", "y = a*(1 - exp(-k*x))", _even(0.5, 4, 10), {"a": 20.0, "k": 0.25}, 0.8, (2.0, 6.0)),
    Case("decay cut short", "y = a*exp(-k*x) + c", _even(0, 4, 16), {"a": 10.0, "k": 0.5, "c": 2.0}, 0.2, (2.0, 5.0)),
    Case("peak", "y = a*exp(-(x - m)^2/(2*s^2))", _even(-3, 3, 13), {"a": 5.0, "m": 0.3, "s": 0.8}, 0.5, (0.5, -1.5)),
    Case("oscillation", "y = a*sin(w*x + p)", _even(0, 10, 16), {"a": 2.0, "w": 1.3, "p": 0.4}, 0.6, (4.0, 11.0)),
    Case("power law", "y = a*x^b", (1, 2, 3, 5, 8, 12, 18, 25, 35, 50), {"a": 2.0, "b": 0.7}, 2.0, (10.0, 60.0)),
    Case("rational", "y = (a + b*x)/(1 + c*x)", _even(0, 6, 12), {"a": 1.0, "b": 3.0, "c": 0.5}, 0.15, (2.0, 8.0)),
    Case(
        "Arrhenius", "y = a*exp(-e*(1/x - 1/300))", _even(280, 340, 10), {"a": 1.0, "e": 4000.0}, 0.25,
        (310.0, 345.0),
    ),
    Case(  # well separated and exact enough that both are there
        "two decays", "y = a*exp(-k*x) + b*exp(-l*x)", _even(0, 10, 20), {"a": 6.0, "k": 1.5, "b": 4.0, "l": 0.2}, 0.15,
        (1.0, 11.0),
    ),
)  # fmt: skip


@dataclass
class Tally:
    """One case under one noise with one design.

    held : {kind: {quantity: share}}, how often the truth lay in the interval; kinds "wald" and "profile"
    bands : {"confidence at x = ..": share, ..} of profile bands;  wald_bands : the same of Wald's
    used, failed : data sets judged, and those without a minimum
    looked_at : data sets of which the intervals themselves were computed, the first ones; of these:
    agreed, decisions : how often interval and sum of squares say the same about the truth, and how often asked
    shown : {parameter: share}, how often what is shown by default held the truth
    warned : {parameter: share}, how often Wald's interval was called unsafe
    silent : {parameter: share}, Wald's missed the truth, the profile's held it, and there was no warning
    """

    case: str
    noise: str
    n: int
    held: dict[str, dict[str, float]]
    bands: dict[str, float]
    wald_bands: dict[str, float]
    used: int
    failed: int
    looked_at: int
    agreed: int
    decisions: int
    shown: dict[str, float]
    warned: dict[str, float]
    silent: dict[str, float]


def simulate(case: Case, noise: str, large: bool, data_sets: int) -> Tally:
    """Return how often intervals and bands of one case held the truth.

    The truth lies in a profile interval exactly when the fit with the quantity held there has a sum of squares of at
    most S + t^2 s^2. So all data sets are fitted side by side, once free and once with each quantity held at the
    truth; for the first LOOKED_AT the intervals themselves are computed too, and compared.
    """
    rng = np.random.default_rng([zlib.crc32(case.name.encode()), NOISES.index(noise), large])
    drawn = Drawn.of(case, noise, large, data_sets, rng)
    free = drawn.fitted()
    p, n = len(case.truth), len(drawn.x)
    known = noise == "known sigma"
    s2 = np.ones(data_sets) if known else free.rss / (n - p)
    t = multiplier(LEVEL, math.inf if known else n - p)
    inside, wald = {}, {}
    for k, (name, true) in enumerate(case.truth.items()):
        inside[name] = drawn.fitted(fixed={name: true}).rss - free.rss <= t**2 * s2
        wald[name] = np.abs(free.theta[:, k] - true) <= t * np.sqrt(s2 * free.inverse[:, k, k])
    good = np.isfinite(free.rss) & np.all([np.isfinite(free.theta).all(axis=1)], axis=0)
    bands, wald_bands = _bands(drawn, free, s2, t, rng)
    used = int(good.sum())
    share = lambda found: {name: float(values[good].mean()) for name, values in found.items()}  # noqa: E731
    judged = {name: values & good for name, values in {**inside, **bands}.items()}
    looked = _look(drawn, judged, np.flatnonzero(good)[:LOOKED_AT])
    held = {"wald": share(wald), "profile": share(inside)}
    return Tally(case.name, noise, n, held, share(bands), share(wald_bands), used, data_sets - used, **looked)


@dataclass(frozen=True)
class Fitted:
    """Fits side by side: rss (B,), theta (B, p) and (J'J)^-1 (B, p, p) in the case's order; nan without a minimum."""

    rss: np.ndarray
    theta: np.ndarray
    inverse: np.ndarray


@dataclass(frozen=True)
class Drawn:
    """Simulated data sets of one case: inputs (n,), exact law (n,), sigma (n,), noise in units of sigma (B, n)."""

    case: Case
    noise: str
    x: np.ndarray
    exact: np.ndarray
    sigma: np.ndarray
    errors: np.ndarray

    @classmethod
    def of(cls, case: Case, noise: str, large: bool, data_sets: int, rng: np.random.Generator) -> Drawn:
        x = np.repeat(case.x, LARGE) if large else np.array(case.x)
        f = _law(case, x)
        size = 0.5 + 1.5 * np.abs(f) / np.abs(f).max() if noise == "known sigma" else np.ones(len(x))
        return cls(case, noise, x, f, case.sigma * size, _noise(noise, rng, (data_sets, len(x))))

    def fitted(
        self, fixed: dict[str, float] | None = None, row: tuple[float, float, np.ndarray] | None = None
    ) -> Fitted:
        """Return the fits of all data sets, with a parameter held, or with one more row.

        row : x, its weight in units of 1/sigma, and its noise in units of sigma, (B,). Where its weight is HELD it
            stands for a constraint: the square of what it misses is added once more, which leads from the value that
            was reached to the one that was meant, along the slope of the profile
        """
        x, f, sigma, errors = self.x, self.exact, self.sigma, self.errors
        if row is not None:
            place, weight, new = row
            x, f = np.append(x, place), np.append(f, _law(self.case, np.array([place])))
            sigma, errors = (
                np.append(sigma, self.case.sigma / weight),
                np.column_stack((errors, new * weight)),
            )
        data = {"x": x, "y": f, "sigma": sigma}
        start = {name: value for name, value in self.case.truth.items() if name not in (fixed or {})}
        at = educe.fit(
            self.case.law, data, start=start, fixed=fixed, sigma="sigma", absolute_sigma=True, search=False
        )
        refits = Refits(at, None)
        batch = refits._batch
        assert batch is not None
        batch = replace(batch, noise=1.0)
        found = np.concatenate(
            [batch.descend(part, None) for part in np.array_split(errors, max(1, errors.size // 400_000))]
        )
        for k in np.flatnonzero(
            ~np.isfinite(found).all(axis=1)
        ):  # side by side they take no more than 40 steps
            found[k] = refits._alone(errors[k], None)
        u = (found - batch.theta) @ np.linalg.inv(batch.scaled).T
        parts = [batch._at(u[k], (batch.response / sigma + errors[k]), np.broadcast_to(1 / sigma, errors[k].shape))
                 for k in np.array_split(np.arange(len(u)), max(1, errors.size // 400_000))]  # fmt: skip
        rss, normal = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        rss[~np.isfinite(found).all(axis=1)] = np.nan
        if row is not None and row[1] == HELD:
            names = at.plan.model.names
            values = {"x": row[0], **{name: found[:, k] for k, name in enumerate(names)}}
            rss += ((parse(self.case.law).evaluate(values) - f[-1]) / sigma[-1]) ** 2
        inverse = np.full(normal.shape, np.nan)
        ok = np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(rss)
        inverse[ok] = batch.scaled @ np.linalg.inv(normal[ok]) @ batch.scaled.T
        position = [at.plan.model.names.index(name) for name in start]
        return Fitted(rss, found[:, position], inverse[:, position][:, :, position])


def _noise(noise: str, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return noise of variance 1: normal, or Student's t with 5 degrees of freedom."""
    return (
        rng.standard_t(5, shape) * math.sqrt(3 / 5) if noise == "heavy tails" else rng.standard_normal(shape)
    )


def _bands(
    drawn: Drawn, free: Fitted, s2: np.ndarray, t: float, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return whether bands at the places hold the law's value, and a new reading: profile's and Wald's."""
    profile, wald = {}, {}
    case, B = drawn.case, len(s2)
    scale = 1.0 if drawn.noise == "known sigma" else case.sigma**2  # s2 is in units of sigma
    names = list(case.truth)
    slopes = [parse(case.law).expression, *gradient(parse(case.law).expression, names)]
    for place in case.at:
        values = {"x": place, **{name: free.theta[:, k] for k, name in enumerate(names)}}
        f, *g = (np.broadcast_to(evaluate(e, values), (B,)) for e in slopes)
        G = np.column_stack(g)
        variance = np.einsum("bi,bij,bj->b", G, free.inverse, G) * s2
        true = _law(case, np.array([place]))[0]
        kind = f"confidence at x = {place:g}"
        held = drawn.fitted(row=(place, HELD, np.zeros(B)))
        profile[kind] = held.rss - free.rss <= t**2 * s2
        wald[kind] = np.abs(f - true) <= t * np.sqrt(variance)
        if drawn.noise == "known sigma":
            continue  # a new reading has a sigma of its own there
        kind = f"prediction at x = {place:g}"
        new = _noise(drawn.noise, rng, (B,))
        profile[kind] = drawn.fitted(row=(place, 1.0, new)).rss - free.rss <= t**2 * s2
        wald[kind] = np.abs(f - true - case.sigma * new) <= t * np.sqrt(variance + s2 * scale)
    return profile, wald


def _look(drawn: Drawn, inside: dict[str, np.ndarray], chosen: np.ndarray) -> dict[str, Any]:
    """Return what the intervals themselves say of the chosen data sets."""
    case = drawn.case
    counts = {kind: dict.fromkeys(case.truth, 0) for kind in ("shown", "warned", "silent")}
    agreed = decisions = 0
    options = {"sigma": "sigma", "absolute_sigma": True} if drawn.noise == "known sigma" else {}
    for k in chosen:
        data = {"x": drawn.x, "y": drawn.exact + drawn.sigma * drawn.errors[k], "sigma": drawn.sigma}
        fit = educe.fit(case.law, data, start=case.truth, search=False, **options)
        if not fit.converged:
            continue
        shown, wald, profile = (
            fit.intervals(LEVEL),
            fit.intervals(LEVEL, "wald"),
            fit.intervals(LEVEL, "profile"),
        )
        for name, true in case.truth.items():
            in_shown, in_wald, in_profile = (
                i[name].lower <= true <= i[name].upper for i in (shown, wald, profile)
            )
            warned = shown[name].method == "profile"
            agreed += in_profile == bool(inside[name][k])
            decisions += 1
            counts["shown"][name] += in_shown
            counts["warned"][name] += warned
            counts["silent"][name] += in_profile and not in_wald and not warned
        band = fit.predict({"x": np.array(case.at)}, interval="confidence", method="profile")
        for lower, upper, place in zip(band.lower, band.upper, case.at, strict=True):
            true = _law(case, np.array([place]))[0]
            agreed += (lower <= true <= upper) == bool(inside[f"confidence at x = {place:g}"][k])
            decisions += 1
    share = {
        kind: {name: float(c) / max(len(chosen), 1) for name, c in of.items()} for kind, of in counts.items()
    }
    return {"looked_at": len(chosen), "agreed": int(agreed), "decisions": decisions, **share}


def _law(case: Case, x: np.ndarray) -> np.ndarray:
    return np.asarray(parse(case.law).evaluate({"x": x, **case.truth}))


def study(data_sets: int, cases: Sequence[Case] = CASES) -> list[Tally]:
    """Return the tallies of the cases, each printed as soon as it is there."""
    found = []
    for case in cases:
        for noise in NOISES:
            for large in (False, True):
                found.append(simulate(case, noise, large, data_sets))
                print(_row(found[-1]), flush=True)
    return found


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown: from the stored results, or of a few data sets."""
    tallies = (
        study(QUICK) if quick else [Tally(**item) for item in json.loads(RESULTS.read_text())["tallies"]]
    )
    return section(tallies, QUICK if quick else DATA_SETS)


def section(tallies: list[Tally], data_sets: int) -> str:
    """Return what the tallies say."""
    error, few = (100 * math.sqrt(0.95 * 0.05 / count) for count in (data_sets, LOOKED_AT))
    agreed, decisions = (sum(getattr(t, name) for t in tallies) for name in ("agreed", "decisions"))
    rows = [
        ("Wald", [s for t in tallies for s in t.held["wald"].values()]),
        ("profile", [s for t in tallies for s in t.held["profile"].values()]),
        *(
            (
                f"{kind} {word} band{extra}",
                [s for t in tallies for name, s in of(t).items() if name.startswith(word) and wanted(t)],
            )
            for kind, of in (("Wald", lambda t: t.wald_bands), ("profile", lambda t: t.bands))
            for word, extra, wanted in (
                ("confidence", "", lambda t: True),
                ("prediction", ", normal noise", lambda t: t.noise == "normal"),
                ("prediction", ", heavy tails", lambda t: t.noise == "heavy tails"),
            )
        ),
    ]
    parts = [
        "### Coverage of 95 % intervals",
        f"{len({t.case for t in tallies})} laws, {data_sets:,} data sets each, three kinds of noise (normal of unknown "
        "sigma; normal of known sigma that differs from row to row; Student's t with 5 degrees of freedom), small "
        f"designs of the laws' fields and the same {LARGE} times over. The binomial standard error of each share is "
        f"{error:.2f} %, so of a method that is exact 95 % of the shares lie within {95 - 1.96 * error:.1f} to "
        f"{95 + 1.96 * error:.1f} %.",
        "The truth lies in a profile interval exactly when a fit with the quantity held at the truth has a sum of "
        "squares of at most S + t²s²; that is what was asked of all data sets. The intervals themselves were computed "
        f"for the first {LOOKED_AT} of each: they said the same of the truth in {agreed:,} of {decisions:,} cases.",
        table(
            ["interval", "shares", "mean", "least", "most", "within 94 .. 96 %"],
            [_line(*row) for row in rows],
        ),
        _failing(tallies),
        table(
            [
                "law",
                "noise",
                "rows",
                "no minimum",
                "Wald",
                "profile",
                "profile bands",
                "shown",
                "called unsafe",
            ],
            [_row(t) for t in tallies],
        ),
        "Shares in percent, least to most over the parameters (bands: confidence and prediction at two places, one of "
        f"them beyond the measurements). Shown and called unsafe: of {LOOKED_AT} data sets, standard error {few:.1f} "
        "%.",
    ]
    return "\n\n".join(parts)


def _line(name: str, values: list[float]) -> list[str]:
    inside = sum(0.94 <= value <= 0.96 for value in values)
    spread = [f"{100 * f(values):.1f}" for f in (np.mean, min, max)] if values else [""] * 3
    return [name, str(len(values)), *spread, f"{inside} of {len(values)}"]


def _failing(tallies: list[Tally]) -> str:
    """Return what was said where Wald's intervals hold the truth in less than 93 % of the data sets."""
    bad = [(t, name) for t in tallies for name, share in t.held["wald"].items() if share < 0.93]
    if not bad:
        return "Wald's intervals never fell below 93 %."
    warned, silent = ([getattr(t, field)[name] for t, name in bad] for field in ("warned", "silent"))
    profile = [t.held["profile"][name] for t, name in bad]
    return (
        f"Wald's intervals fall below 93 % for {len(bad)} parameters, down to "
        f"{100 * min(t.held['wald'][name] for t, name in bad):.0f} %, where the profile's hold the truth in "
        f"{100 * min(profile):.1f} to {100 * max(profile):.1f} %. There Wald's were called unsafe, and the profile's "
        f"shown instead, in {100 * min(warned):.0f} to {100 * max(warned):.0f} % of the data sets looked at (mean "
        f"{100 * np.mean(warned):.0f} %); that Wald's missed the truth, the profile's held it and nothing was "
        f"said happened in at most {100 * max(silent):.0f} %."
    )


def _row(t: Tally) -> list[str]:
    cells = [t.held["wald"], t.held["profile"], t.bands, t.shown, t.warned]
    return [t.case, t.noise, str(t.n), str(t.failed), *(_range(list(cell.values())) for cell in cells)]


def _range(values: list[float]) -> str:
    low, high = (f"{100 * value:.1f}" for value in (min(values), max(values)))
    return low if low == high else f"{low} .. {high}"


def main() -> None:
    """Run the study and store its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-sets", type=int, default=DATA_SETS)
    parser.add_argument("--cases", nargs="*", metavar="NAME", help="all by default")
    parser.add_argument(
        "--merge", nargs="*", type=Path, metavar="FILE", help="join such files instead of simulating"
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    if chosen.merge:
        parts = [json.loads(file.read_text(encoding="utf-8")) for file in chosen.merge]
        order = [case.name for case in CASES]
        tallies = sorted(
            (Tally(**item) for part in parts for item in part["tallies"]),
            key=lambda tally: order.index(tally.case),
        )
    else:
        tallies = study(
            chosen.data_sets, [case for case in CASES if not chosen.cases or case.name in chosen.cases]
        )
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    found = {"data_sets": chosen.data_sets, "level": LEVEL, "tallies": [asdict(t) for t in tallies]}
    chosen.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
