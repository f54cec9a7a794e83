"""Where the error bars come from, number by number, and what the data cannot tell apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.in_formulas import in_tex
from educe.explanation.law_reading import MOST_SHOWN, Reading
from educe.formula.latex import latex_name
from educe.report import sentences
from educe.report.blocks import Block, Chapter, Formula, Items, Level, Line, Number, Table, counted, number
from educe.report.wording import said
from educe.uncertainty.intervals import multiplier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.least_squares.triangle import Array


def errors(reading: Reading) -> Chapter:
    """Return the chapter of the error bars."""
    fit = reading.fit
    blocks: list[Block] = [
        said(
            "Measure again, and the noise falls differently: the constants come out a little different. The "
            "[[standard error]] "
            "says how much, as a standard deviation. Two things make it: how large the noise is, and how "
            "firmly the rows "
            "hold a constant in place."
        )
    ]
    if not math.isfinite(fit.scale):
        blocks.append(
            said("With no more rows than constants, the residuals say nothing of the noise.", kind="warning")
        )
        return Chapter("errors", "Where the error bars come from", tuple(blocks))
    if fit.convention.errors == "sandwich":
        blocks.append(Level("school", tuple(_sandwich(reading))))
        blocks.append(Level("school", tuple(_interval(reading))))
        return Chapter("errors", "Where the error bars come from", tuple(blocks))
    blocks.append(Level("school", tuple(_noise(reading))))
    if _full_rank(reading) and fit.p <= MOST_SHOWN:
        blocks.append(Level("full", tuple(_inverse(reading))))
    blocks.append(Level("school", tuple(_interval(reading))))
    return Chapter("errors", "Where the error bars come from", tuple(blocks))


def _full_rank(reading: Reading) -> bool:
    return bool(np.isfinite(reading.fit.covariance).all())


def _noise(reading: Reading) -> list[Block]:
    """Return the variance of a reading of weight 1."""
    fit = reading.fit
    if reading.robust:
        return [
            said(
                "**The noise.** For a robust loss the variance is that of an M-estimator (Huber 1981), from "
                "how the loss "
                "weighs the residuals: {v}.",
                {"v": number("scale", fit.scale, 5)},
            )
        ]
    if fit.convention.sigma == "absolute":
        return [
            said(
                "**The noise.** The sigmas were given and taken as they are, so the variance of a weighted "
                "reading is 1, and "
                "the scatter of the residuals does not enter."
            )
        ]
    s2 = number("scale", fit.scale, 6)
    rss, dof = number("rss", fit.rss, 6), number("dof", fit.dof, 9)
    n, p = counted("n", fit.n), counted("p", fit.p)
    return [
        said(
            "**The noise** is read from the residuals. Their squares add up to {rss}; {n} rows less {p} "
            "constants leave {dof} "
            "[[degrees of freedom]], since each constant could make one residual vanish.",
            {"rss": rss, "n": n, "p": p, "dof": dof},
        ),
        Formula(
            rf"s^2 = \frac{{S}}{{n - p}} = \frac{{{in_tex(rss)}}}{{{in_tex(dof)}}} = {in_tex(s2)}",
            "s^2 = S/(n - p)",
            (rss, dof, s2),
        ),
    ]


def _sandwich(reading: Reading) -> list[Block]:
    """Return the covariance that lets the noise differ from row to row."""
    fit = reading.fit
    blocks: list[Block] = [
        said(
            "Here nothing is supposed of how the noise differs from row to row. Each row brings its own "
            "residual as a measure "
            "of its noise, made larger by its leverage $h_i$, which says how far the law gave way to it (HC3):"
        ),
        Formula(
            r"C = \left( J^{\top} J \right)^{-1} J^{\top} \, \mathrm{diag}\left( \frac{r_i^2}{(1 - h_i)^2} \right) J "
            r"\left( J^{\top} J \right)^{-1}",
            "C = (J'J)^-1 J' diag(r^2/(1 - h)^2) J (J'J)^-1",
        ),
    ]
    if _full_rank(reading) and fit.p <= MOST_SHOWN:
        tex, numbers = reading.matrix("covariance", fit.covariance)
        blocks.append(Formula(rf"C = {tex}", "C", numbers))
    return blocks


def _inverse(reading: Reading) -> list[Block]:
    """Return the covariance from the inverse of the triangle."""
    fit = reading.fit
    R = fit.triangle[:-1, :-1]
    inverse: Array = np.asarray(
        np.linalg.inv(R * np.where(R.diagonal() < 0, -1.0, 1.0)[:, None]), dtype=np.float64
    )
    inverse[np.tril_indices(fit.p, -1)] = 0.0
    tex, numbers = reading.matrix("inverse", inverse)
    covariance, more = reading.matrix("covariance", fit.covariance)
    return [
        said(
            "**How firmly the rows hold the constants** is in the triangle. A change $\\delta$ of the "
            "constants raises the sum of "
            "squares by $\\left\\| R_p \\delta \\right\\|^2$: a large $R_p$ makes a steep valley, whose lowest "
            "point noise "
            "can hardly shift. So its inverse, times the noise, is how far it does shift:"
        ),
        Formula(rf"R_p^{{-1}} = {tex}", "R_p^-1", numbers),
        Formula(rf"C = s^2 \, R_p^{{-1}} R_p^{{-\top}} = {covariance}", "C = s^2 R^-1 R^-T", more),
        said(
            "The standard error of a constant is the root of its place on the diagonal, or $s$ times the "
            "length of its line of $R_p^{-1}$:"
        ),
        *[_of_one(reading, k, inverse) for k in range(min(fit.p, 4))],
    ]


def _of_one(reading: Reading, k: int, inverse: Array) -> Formula:
    fit = reading.fit
    name = fit.names[k]
    s = number("s", math.sqrt(fit.scale), 5)
    terms = [number(f"inverse.{k}.{j}", v, 5) for j, v in enumerate(inverse[k].tolist()) if v != 0.0]
    root = " + ".join(rf"\left( {in_tex(term)} \right)^2" for term in terms)
    error = reading.error(name)
    tex = rf"s_{{{latex_name(name)}}} = {in_tex(s)} \cdot \sqrt{{{root}}} = {in_tex(error)}"
    return Formula(tex, f"s_{name}", (s, *terms, error))


def _interval(reading: Reading) -> list[Block]:
    fit = reading.fit
    t = number("t", multiplier(0.95, fit.interval_dof), 5)
    if math.isinf(fit.interval_dof):
        why = "of the normal distribution, since sigma is known"
    else:
        why = "of Student's t with {dof} degrees of freedom: the noise itself was only estimated"
    blocks: list[Block] = [
        said(
            f"**The interval.** A [[confidence interval]] of 95 % reaches {{t}} standard errors to either "
            f"side. The factor is the "
            f"0.975 quantile {why}.",
            {"t": t, "dof": number("dof", fit.dof, 9)},
        )
    ]
    profiled = [name for name in fit.names if fit.intervals()[name].method != "wald"]
    for name in fit.names[:4]:
        ends = reading.interval(name)
        if ends is None or name in profiled:
            continue
        value, error = reading.value(name), reading.error(name)
        tex = (
            rf"{latex_name(name)} = {in_tex(value)} \pm {in_tex(t)} \cdot {in_tex(error)} "
            rf"\quad \Rightarrow \quad {in_tex(ends[0])} \le {latex_name(name)} \le {in_tex(ends[1])}"
        )
        blocks.append(Formula(tex, f"{name} = {value.shown} +/- t s", (value, t, error, *ends)))
    return [*blocks, *_not_symmetric(reading, profiled)]


def _not_symmetric(reading: Reading, names: list[str]) -> list[Block]:
    """Return the intervals that are no multiple of the standard error to either side."""
    shown = [(name, reading.interval(name), reading.fit.intervals()[name].method) for name in names]
    rows = tuple((reading.name(name), *ends, method) for name, ends, method in shown if ends is not None)
    if not rows:
        return []
    words = said(
        "Where the law bends strongly within the error bar, plus and minus is too simple. The ends of a **profile** "
        "interval are the values at which the least sum of squares that the other constants can still reach "
        "has risen "
        "by $t^2 s^2$; they need not lie at equal distances. A **bootstrap** repeats the fit on resampled rows."
    )
    return [
        words,
        Table("Intervals that are not symmetric", ("parameter", "lower 95 %", "upper 95 %", "method"), rows),
    ]


def apart(reading: Reading) -> Iterator[Chapter]:
    """Yield the chapter about what the data hold together: correlations, and what cannot be told apart."""
    fit = reading.fit
    blocks: list[Block] = []
    if fit.undetermined:
        blocks.append(
            said(
                "Some constants can change together without changing any prediction. No data of this kind can "
                "tell them "
                "apart; an error bar for one of them alone does not exist."
            )
        )
        blocks.append(Items(tuple(combination.words for combination in fit.undetermined)))
    if 1 < fit.p <= MOST_SHOWN and np.isfinite(fit.correlation).any():
        blocks += _correlations(reading)
    if blocks:
        yield Chapter("apart", "What can be told apart", tuple(blocks), "school")


def _correlations(reading: Reading) -> list[Block]:
    fit = reading.fit
    rows: list[tuple[Line, ...]] = []
    for i, name in enumerate(fit.names):
        cells = [_correlation(i, j, float(fit.correlation[i, j])) for j in range(fit.p)]
        rows.append((reading.name(name), *cells))
    return [
        said(
            "Errors of two constants can go together: if one came out too high, the other probably did too "
            "(near 1) or came "
            "out too low (near -1). Then their sum or difference is known better than each. {words}",
            {"words": sentences.correlated(fit)},
        ),
        Table("Correlations of the errors", ("", *map(reading.name, fit.names)), tuple(rows)),
    ]


def _correlation(i: int, j: int, value: float) -> Number | str:
    return Number(f"correlation.{i}.{j}", value, f"{value:.3f}") if math.isfinite(value) else "unknown"
