"""Gauss-Newton and Levenberg-Marquardt: derived, then carried out on these rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.in_formulas import in_tex
from educe.explanation.law_landscape import walk_pictures
from educe.explanation.law_reading import MOST_SHOWN, Reading, vector
from educe.formula.latex import latex_name
from educe.report.blocks import (
    Beside,
    Block,
    Chapter,
    Fold,
    Formula,
    Level,
    Line,
    Number,
    Prose,
    Table,
    counted,
    number,
)
from educe.report.wording import line, said

if TYPE_CHECKING:
    from educe.explanation.law_walk import Walk
    from educe.least_squares.point import Step
    from educe.least_squares.triangle import Array

LONG_TRACE = 30  # steps of the fit's own trace that are shown


def method(reading: Reading) -> Chapter:
    """Return the chapter that derives the step."""
    return Chapter(
        "step",
        "The step: Gauss-Newton and Levenberg-Marquardt",
        (
            said(
                "Near the constants that one has, the law is almost a straight line in them: a small change "
                "$\\delta$ moves "
                "the predictions by $J \\delta$. Put that in place of the law, and the sum of squares has one lowest "
                "point, which can be computed. Go there, look again, repeat: that is [[Gauss-Newton]]."
            ),
            Formula(
                r"r(\theta + \delta) \approx r - J \delta \qquad \Rightarrow \qquad "
                r"S(\theta + \delta) \approx \left\| r - J \delta \right\|^2",
                "r(theta + delta) ~ r - J delta",
            ),
            Level(
                "full",
                (
                    said("Where this is least, its derivative by $\\delta$ vanishes:"),
                    Formula(
                        r"-2 J^{\top} \left( r - J \delta \right) = 0 \qquad \Rightarrow \qquad "
                        r"J^{\top} J \, \delta = J^{\top} r",
                        "J'J delta = J'r",
                    ),
                    said("With the triangle in place of $J$ the same step needs no product $J^{\\top} J$:"),
                ),
            ),
            Formula(r"R_p \, \delta = z , \qquad \theta \leftarrow \theta + \delta", "R_p delta = z"),
            said(
                "Far from the minimum the straight line misleads, and a full step can make things worse. "
                "[[Levenberg-Marquardt]] adds a price for long steps, the [[damping]] $\\lambda$: large "
                "$\\lambda$, short "
                "careful steps downhill; $\\lambda$ near zero, Gauss-Newton."
            ),
            *_damped(),
            _smallest_case(),
        ),
        "school",
    )


def _smallest_case() -> Fold:
    """Return the step for a straight line, where it is the formula of every textbook."""
    return Fold(
        "The smallest case: a straight line, y = m x + b",
        (
            said(
                "For $f = m x + b$ the derivatives are $x$ and 1, the same everywhere, so one step from anywhere is "
                "the end. Begin at $m = b = 0$, where the residuals are the $y_i$ themselves:"
            ),
            Formula(
                r"J = \begin{pmatrix} x_1 & 1 \\ x_2 & 1 \\ \vdots & \vdots \end{pmatrix} , \qquad "
                r"J^{\top} J = \begin{pmatrix} \sum x_i^2 & \sum x_i \\ \sum x_i & n \end{pmatrix} , \qquad "
                r"J^{\top} r = \begin{pmatrix} \sum x_i y_i \\ \sum y_i \end{pmatrix}",
                "J'J delta = J'r",
            ),
            said(
                "Solved for both, with means $\\bar{x}$ and $\\bar{y}$, this is the line that is taught at school:"
            ),
            Formula(
                r"m = \frac{\sum (x_i - \bar{x})(y_i - \bar{y})}{\sum (x_i - \bar{x})^2} , \qquad "
                r"b = \bar{y} - m \bar{x}",
                "m = sum (x - x_mean)(y - y_mean) / sum (x - x_mean)^2, b = y_mean - m x_mean",
            ),
        ),
    )


def _damped() -> tuple[Block, ...]:
    return (
        Formula(
            r"\min_{\delta} \; \left\| z - R_p \, \delta \right\|^2 + \lambda \left\| D \, \delta \right\|^2 , "
            r"\qquad D = \mathrm{diag}\left( \left\| J_1 \right\| , \ldots , \left\| J_p \right\| \right)",
            "min |z - R delta|^2 + lambda |D delta|^2",
        ),
        said(
            "After each step the promise is compared with what came of it, by the [[gain ratio]]. A step that "
            "lowers the sum "
            "of squares is taken, and the better the promise was kept, the lighter the damping becomes; a step that "
            "does not is refused, and $\\lambda$ grows."
        ),
        Formula(
            r"\varrho = \frac{S(\theta) - S(\theta + \delta)}{\text{promised reduction}} , \qquad "
            r"\lambda \leftarrow \lambda \, \max\left( \frac{1}{10} , \; 1 - \left( 2 \min(\varrho, 1) - 1 "
            r"\right)^3 \right) "
            r"\text{ if } \varrho > 0",
            "gain ratio = actual / promised reduction",
        ),
    )


def iterations(reading: Reading, walked: Walk | None) -> Chapter:
    """Return the chapter that carries the steps out."""
    blocks: list[Block] = []
    if reading.wholly_linear:
        return _one_step(reading)
    blocks.append(Level("plain", (_downhill(),), alone=True))
    if walked is not None:
        blocks += _carried_out(reading, walked)
    blocks += _own_trace(reading, compared=walked is not None)
    return Chapter("iterations", "The iterations, carried out", tuple(blocks))


def _downhill() -> Prose:
    """Return the idea of every iteration in plain words."""
    return said(
        "Begin with any constants. See which way they must change for the sum of squares to fall, change them a "
        "little, look again: like walking downhill in fog, feeling the slope at every step. Where no "
        "step leads down any "
        "more, the best constants are found."
    )


def _one_step(reading: Reading) -> Chapter:
    """Return the single step of a linear law, from zero, in numbers."""
    R = at_zero(reading)
    theta = np.asarray(np.linalg.solve(R[:-1, :-1], R[:-1, -1]), dtype=np.float64) if _regular(R) else None
    blocks: list[Block] = [
        said(
            "This law is a straight line in its constants: twice the change of a constant moves every "
            "prediction twice as "
            "far. So the promise of a Gauss-Newton step is not a guess but exact, and one step from anywhere ends at "
            "the minimum. No starting values, no second step."
        )
    ]
    if theta is not None and reading.fit.p <= MOST_SHOWN:
        blocks.append(Level("school", _worked_from_zero(reading, R, theta)))
    pictures = walk_pictures(reading, None)
    blocks += [Beside(tuple(pictures))] if len(pictures) > 1 else pictures
    return Chapter("iterations", "One step, carried out", tuple(blocks))


def at_zero(reading: Reading) -> Array:
    """Return the triangle of [J | r] where all free parameters are zero, in the law's order."""
    fit = reading.fit
    R = np.array(fit.triangle)
    theta = np.array([fit.params[name] for name in fit.names])
    # the law is linear: J is the same everywhere, and r(0) = r(theta) + J theta
    R[:-1, -1] += R[:-1, :-1] @ theta
    return R * np.where(R.diagonal() < 0, -1.0, 1.0)[:, None]


def _regular(R: Array) -> bool:
    d = np.abs(R.diagonal()[:-1])
    return bool((d > 1e-12 * d.max(initial=0.0)).all())


def _worked_from_zero(reading: Reading, R: Array, theta: Array) -> tuple[Block, ...]:
    fit = reading.fit
    left, first = reading.matrix("zero.R", R[:-1, :-1])
    right, second = reading.matrix("zero.z", R[:-1, -1:])
    end, third = reading.matrix("zero.theta", theta[:, None], 6)
    symbols = r"\begin{pmatrix} " + r" \\ ".join(map(latex_name, fit.names)) + r" \end{pmatrix}"
    blocks: list[Block] = [
        said(
            "Begin where every constant is zero. The triangle there gives $R_p \\, \\delta = z$ with these numbers:"
        ),
        Formula(rf"{left} \, \delta = {right}", "R_p delta = z", first + second),
        said("The last line has one unknown. Solved, it leaves one in the line above, and so on upwards:"),
        *_substitution(reading, R, theta),
        Formula(rf"{symbols} = 0 + \delta = {end}", "theta = delta", third),
        said(
            "At these constants the sum of squares has fallen from {before} to {after}, and the next step "
            "would be zero.",
            {
                "before": number("zero.cost", float(R[:, -1] @ R[:, -1]), 6),
                "after": number("rss", fit.rss, 6),
            },
            kind="finding",
        ),
    ]
    return tuple(blocks)


def _substitution(reading: Reading, R: Array, theta: Array) -> list[Block]:
    """Return the back substitution, line by line from below, for a few constants."""
    p = len(theta)
    if p > 4:
        return []
    lines: list[Block] = []
    for i in range(p - 1, -1, -1):
        z, diagonal = number(f"zero.z.{i}.0", R[i, -1]), number(f"zero.R.{i}.{i}", R[i, i])
        numbers = [z, diagonal]
        above = in_tex(z)
        for j in range(i + 1, p):
            factor, known = number(f"zero.R.{i}.{j}", R[i, j]), number(f"zero.theta.{j}.0", theta[j])
            numbers += [factor, known]
            above += rf" - \left( {in_tex(factor)} \right) \cdot \left( {in_tex(known)} \right)"
        result = number(f"zero.theta.{i}.0", theta[i], 6)
        symbol = latex_name(reading.fit.names[i])
        tex = rf"\delta_{{{symbol}}} = \frac{{{above}}}{{{in_tex(diagonal)}}} = {in_tex(result)}"
        lines.append(Formula(tex, f"delta_{reading.fit.names[i]}", (*numbers, result)))
    return lines


def _carried_out(reading: Reading, walked: Walk) -> list[Block]:
    where = (
        "the starting values that were given"
        if walked.given
        else "a place off the minimum, chosen to show the way: every constant moved by up to 60 %"
    )
    last = walked.frames[-1]
    blocks: list[Block] = [
        said(
            f"The steps begin at {where}. There the sum of squares is {{before}}; {{steps}} steps later it is "
            f"{{after}}, and "
            "no step lowers it any more.",
            {
                "before": number("walk.0.cost", walked.cost, 6),
                "after": number(f"walk.{len(walked.steps)}.cost", last[1], 6),
                "steps": counted("walk.steps", len(walked.steps)),
            },
        )
    ]
    pictures = walk_pictures(reading, walked)
    blocks += [Beside(tuple(pictures))] if len(pictures) > 1 else pictures
    blocks.append(Level("school", (_table(reading, walked),)))
    if reading.fit.p <= MOST_SHOWN and walked.steps[0].accepted:
        blocks.append(Level("full", tuple(_first_step(reading, walked))))
    return blocks


def _table(reading: Reading, walked: Walk) -> Table:
    names = reading.fit.names[:MOST_SHOWN]
    rows: list[tuple[Line, ...]] = []
    for k, (theta, cost, step) in enumerate(walked.frames):
        values = [number(f"walk.{k}.theta.{name}", v, 6) for name, v in zip(names, theta, strict=False)]
        about: tuple[Line, ...] = ("", "", "", "")
        if step is not None:
            about = (
                number(f"walk.{k}.damping", step.damping, 2),
                number(f"walk.{k}.promised", step.promised, 4),
                _finite(f"walk.{k}.gain_ratio", step.gain_ratio),
                "taken" if step.accepted else "refused",
            )
        rows.append((str(k), number(f"walk.{k}.cost", cost, 7), *values, *about))
    header: list[Line] = ["step", line("$S$"), *(reading.name(name) for name in names)]
    header += [line("$\\lambda$"), "promised", "gain ratio", ""]
    return Table(
        "Each step: the place it reached, and how well it kept its promise", tuple(header), tuple(rows)
    )


def _finite(key: str, value: float) -> Line:
    return number(key, value, 3) if math.isfinite(value) else "none"


def _first_step(reading: Reading, walked: Walk) -> list[Block]:
    """Return the first step with all its numbers."""
    D, delta = walked.first
    step = walked.steps[0]
    R = walked.triangle
    left, first = reading.matrix("walk.R", R[:-1, :-1])
    right, second = reading.matrix("walk.z", R[:-1, -1:])
    scale, third = reading.matrix("walk.D", np.sqrt(D)[None, :])
    moved, fourth = reading.matrix("walk.delta", delta[:, None])
    return [
        said("The first step in numbers. At the start the triangle says"),
        Formula(rf"R_p = {left} , \qquad z = {right}", "R_p, z", first + second),
        said(
            "and the lengths of the columns of $J$ give the scale $D$ of the damping, with $\\lambda$ = {damping}:",
            {"damping": number("walk.1.damping", step.damping, 3)},
        ),
        Formula(rf"\mathrm{{diag}} \, D = {scale}", "diag D", third),
        said(
            "The step that makes $\\left\\| z - R_p \\delta \\right\\|^2 + \\lambda \\left\\| D \\delta "
            "\\right\\|^2$ least is"
        ),
        Formula(rf"\delta_{{{vector(reading.fit.names)}}} = {moved}", "delta", fourth),
        said(
            "It promised to lower the sum of squares by {promised} and lowered it by {actual}: a gain ratio of "
            "{gain}.",
            {
                "promised": number("walk.1.promised", step.promised, 5),
                "actual": number("walk.1.actual", walked.cost - step.cost, 5),
                "gain": number("walk.1.gain_ratio", step.gain_ratio, 3),
            },
            kind="finding",
        ),
    ]


def _own_trace(reading: Reading, *, compared: bool) -> list[Block]:
    """Return the steps that this fit itself took. compared : whether a walk stands above."""
    fit = reading.fit
    ended: Block = said("How this fit ended: {reason}.", {"reason": fit.reason})
    if not fit.trace:
        return [ended]
    rows = [_of_trace(k, step) for k, step in enumerate(fit.trace[:LONG_TRACE], 1)]
    why = (
        "the search handed over a place next to the minimum"
        if fit.search
        else "its linear constants were eliminated"
    )
    usual = (
        f" It is shorter than the walk above where {why}." if compared and (fit.search or fit.linear) else ""
    )
    table = Table(
        line(f"The steps that this fit itself took.{usual}"),
        ("step", line("$S$ at the trial"), line("$\\lambda$"), "promised", "gain ratio", ""),
        tuple(rows),
        note="" if len(fit.trace) <= LONG_TRACE else f"and {len(fit.trace) - LONG_TRACE} more steps",
    )
    light = said(
        "Steps with $\\lambda$ = 0 are Gauss-Newton steps for the last digits. There the promise can be "
        "smaller than the "
        "rounding of the sum of squares, and a gain ratio then means nothing.",
        kind="note",
    )
    return [ended, Level("full", (table, light))]


def _of_trace(k: int, step: Step) -> tuple[Line, ...]:
    key = f"trace.{k - 1}"
    cells: list[Line] = [_infinite(f"{key}.cost", step.cost), number(f"{key}.damping", step.damping, 2)]
    cells += [_infinite(f"{key}.promised", step.promised), _finite(f"{key}.gain_ratio", step.gain_ratio)]
    return (str(k), *cells, "taken" if step.accepted else "refused")


def _infinite(key: str, value: float) -> Number | str:
    return number(key, value, 7) if math.isfinite(value) else "not finite"
