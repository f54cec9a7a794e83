"""What least squares minimises, the derivatives that say where to go, and the triangle that holds all of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.law_reading import MOST_SHOWN, Reading, vector
from educe.formula.latex import latex, latex_name
from educe.report.blocks import Block, Chapter, Formula, Level, Line, Table, Typed, counted, number
from educe.report.sentences import response
from educe.report.wording import line, said

if TYPE_CHECKING:
    from educe.least_squares.triangle import Array


def minimised(reading: Reading) -> Chapter:
    """Return the chapter of the cost: residuals, their squares, the sum."""
    blocks: list[Block] = [
        said(
            "The law predicts a value for each row. What was measured less what is predicted is the "
            "[[residual]]. Good "
            "constants make the residuals small, and [[least squares]] says what small means: the sum of their "
            "squares. The best constants are those for which no others give a smaller sum."
        ),
        Level("school", (*_formulas(reading), _worked(reading))),
    ]
    if reading.fit.convention.noisy_inputs:
        blocks.append(Level("school", tuple(_noisy(reading))))
    if reading.robust:
        blocks.append(Level("school", tuple(_robust(reading))))
    blocks.append(
        Level(
            "full",
            (
                said(
                    "Why squares? If readings scatter about the law by normal errors of the same size, the "
                    "constants that "
                    "make the data most probable are those of least squares (Gauss 1809). Even without normality no "
                    "other unbiased estimate that is linear in the readings has smaller error bars, for a law "
                    "that is "
                    "linear in its constants (Gauss-Markov)."
                ),
            ),
        )
    )
    return Chapter("least-squares", "What least squares minimises", tuple(blocks))


def _formulas(reading: Reading) -> list[Block]:
    weight = r"\frac{1}{\sigma_i} \left( " if reading.weighted else ""
    close = r" \right)" if reading.weighted else ""
    residual = Formula(
        rf"r_i(\theta) = {weight}{reading.y_tex}_i - {_at_row(reading)}{close}"
        rf" , \qquad \theta = {vector(reading.fit.names)}",
        "r_i = y_i - f(x_i; theta)",
    )
    return [
        residual,
        Formula(r"S(\theta) = \sum_{i=1}^{n} r_i(\theta)^2 = \left\| r(\theta) \right\|^2", "S = sum r_i^2"),
    ]


def _at_row(reading: Reading) -> str:
    inputs = ", ".join(f"{{{latex_name(name)}}}_{{i}}" for name in reading.fit.law_variables)
    return rf"f({inputs}; \theta)" if inputs else r"f(\theta)"


def _worked(reading: Reading) -> Table:
    fit = reading.fit
    rows: list[tuple[Line, ...]] = []
    for i in reading.few:
        r = fit.weighted_residuals[i]
        cells: list[Line] = [
            number(f"response.{i}", fit.rows.response[i], 6),
            number(f"fitted.{i}", fit.fitted[i], 6),
            number(f"weighted_residuals.{i}", r),
            number(f"squares.{i}", r * r, 4),
        ]
        rows.append((str(i + 1), *cells))
    if len(fit.rows.response) > len(reading.few):
        rows.append(("…", "…", "…", "…", "…"))
    rows.append(
        (line("all {n} rows", {"n": counted("n", fit.n)}), "", "", line("sum"), number("rss", fit.rss, 6))
    )
    header: tuple[Line, ...] = ("row", Typed(response(fit)), "law", "residual", "its square")
    if reading.weighted:
        header = (*header[:3], "residual / sigma", "its square")
    return Table("The first rows at the best constants, and the sum over all", header, tuple(rows))


def _noisy(reading: Reading) -> list[Block]:
    """Return what is minimised where inputs carry errors too."""
    inputs = reading.fit.convention.noisy_inputs
    return [
        said(
            "Here {inputs} carries errors too. So a row may be moved sideways as well, by $\\Delta_i$, and "
            "what counts is the "
            "distance of a row to the law in units of both errors, at the nearest place. That distance is the "
            "residual "
            "of this page: [[orthogonal distance regression]].",
            {"inputs": Typed(", ".join(inputs))},
        ),
        Formula(
            r"S = \sum_{i=1}^{n} \min_{\Delta_i} \left( \frac{\left( y_i - f(x_i + \Delta_i; \theta) \right)^2}"
            r"{\sigma_{y,i}^2} + \frac{\Delta_i^2}{\sigma_{x,i}^2} \right)",
            "S = sum min ((y - f(x + D))^2/sigma_y^2 + D^2/sigma_x^2)",
        ),
    ]


def _robust(reading: Reading) -> list[Block]:
    convention = reading.fit.convention
    return [
        said(
            "Some rows may be plain wrong. Here a [[robust loss]], {loss}, takes the place of the square: it "
            "is the square "
            "for residuals well below {s} and grows more slowly beyond, so that a far row cannot pull the law "
            "to itself.",
            {"loss": Typed(convention.loss), "s": number("loss_scale", convention.loss_scale or 1.0, 4)},
        ),
        Formula(
            r"S_\rho(\theta) = \sum_{i=1}^{n} s^2 \, \rho\left( \frac{r_i(\theta)^2}{s^2} \right)",
            "S = sum s^2 rho((r_i/s)^2)",
        ),
    ]


def jacobian(reading: Reading) -> Chapter:
    """Return the chapter of the derivatives: as formulas, and at the first rows."""
    blocks: list[Block] = [
        said(
            "How does the prediction of a row change when a constant is turned up a little? That is the "
            "derivative of the "
            "law by this constant. There is one for each row and each constant; the table of all of them is the "
            "[[Jacobian]] $J$, with a line for each row and a column for each constant."
        )
    ]
    if reading.derivatives:
        blocks += [*_derivatives(reading)]
    else:
        blocks.append(
            said(
                "This law is a Python function that could not be read as a formula, so its derivatives are "
                "differences of "
                "its values: reliable to some 8 digits."
            )
        )
    blocks.append(_first_lines(reading))
    return Chapter("jacobian", "The Jacobian: how each constant moves the law", tuple(blocks), "school")


def _derivatives(reading: Reading) -> list[Block]:
    shown: list[Block] = []
    for name, derivative in list(reading.derivatives.items())[:24]:
        tex = rf"\frac{{\partial f}}{{\partial {latex_name(name)}}} = {latex(derivative)}"
        shown.append(Formula(tex, f"df/d{name} = {derivative}"))
    exact = said(
        "These derivatives are exact: they come from the rules of differentiation, applied to the formula, and "
        "the program "
        "that computed this fit is made of the same formulas.",
        kind="note",
    )
    return [*shown, exact]


def _first_lines(reading: Reading) -> Table:
    fit = reading.fit
    names = fit.names[:MOST_SHOWN]
    rows: list[tuple[Line, ...]] = []
    for i in reading.few:
        inputs = [number(f"column.{name}.{i}", fit.rows.columns[name][i]) for name in fit.law_variables]
        cells = [number(f"jacobian.{i}.{name}", fit.weighted_jacobian[i, k]) for k, name in enumerate(names)]
        rows.append(
            (str(i + 1), *inputs, *cells, number(f"weighted_residuals.{i}", fit.weighted_residuals[i]))
        )
    header: list[Line] = ["row", *(Typed(name) for name in fit.law_variables)]
    header += [line(rf"$\partial f / \partial {latex_name(name)}$") for name in names]
    more = f", the first {MOST_SHOWN} of {fit.p} columns" if fit.p > MOST_SHOWN else ""
    weights = "; each line multiplied by its weight $1/\\sigma_i$" if reading.weighted else ""
    return Table(
        line(f"The first lines of $[\\,J \\mid r\\,]$ at the best constants{more}{weights}"),
        (*header, line("$r_i$")),
        tuple(rows),
    )


def triangle(reading: Reading) -> Chapter:
    """Return the chapter of the triangle: the whole of J and r, turned until nothing is left below the diagonal."""
    fit = reading.fit
    blocks: list[Block] = [
        said(
            "Lines of $[\\,J \\mid r\\,]$ can be turned into each other, as the axes of a drawing can be "
            "turned, without "
            "changing any length or any sum of squares. Turned so that everything below the diagonal vanishes, "
            "{n} lines "
            "become {k}: the [[triangle]] $R$. It holds all that the data say about the constants here, and is all "
            "that the solver ever sees.",
            {"n": counted("n", fit.n), "k": counted("p_plus_1", fit.p + 1)},
        ),
        Formula(
            r"\left[\, J \mid r \,\right] = Q \, R , \qquad Q^{\top} Q = I , \qquad "
            r"R = \begin{pmatrix} R_p & z \\ 0 & \rho \end{pmatrix}",
            "[J | r] = Q R",
        ),
    ]
    if fit.p <= MOST_SHOWN:
        tex, numbers = reading.matrix("triangle", _signed(fit.triangle))
        blocks.append(Formula(rf"R = {tex}", "R", numbers))
    blocks.append(_corner(reading))
    blocks.append(
        said(
            "Rows may be turned block by block, and the triangles of two blocks turned into one: the result is "
            "the same. "
            "So data of any size pass through once, and $J^{\\top} J$, which would lose half of the digits, is "
            "never formed.",
            kind="note",
        )
    )
    return Chapter("triangle", "The triangle: all that the data say", tuple(blocks), "full")


def _corner(reading: Reading) -> Block:
    """Return what the last column says: the cost, and that there is nothing left to gain."""
    fit = reading.fit
    z = fit.triangle[:-1, -1]
    gain = float(z @ z)
    rho = abs(float(fit.triangle[-1, -1]))
    return said(
        "Its last column has the length of $r$: $\\left\\| z \\right\\|^2 + \\rho^2 = S$. What a step could "
        "still gain is "
        "$\\left\\| z \\right\\|^2$ = {gain}; what no step can remove is $\\rho^2$ = {rho}, the sum of squares "
        "of the fit.",
        {"gain": number("triangle.gain", gain, 3), "rho": number("triangle.rho2", rho * rho, 6)},
    )


def _signed(R: Array) -> Array:
    """Return the triangle with a positive diagonal: the sign of a line is free. Rounding in z is shown as it is."""
    return R * np.where(R.diagonal() < 0, -1.0, 1.0)[:, None]
