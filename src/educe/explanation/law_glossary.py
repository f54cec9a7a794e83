"""The words of the field that the explanation of a law uses."""

from __future__ import annotations

from educe.report.blocks import Entry

GLOSSARY = (
    Entry(
        "confidence interval",
        "A range made so that in 95 of 100 repetitions of the measurement it would hold the true value, if the "
        "law is right.",
    ),
    Entry("correlation", "How far the errors of two constants go together, between -1 and 1."),
    Entry(
        "covariance",
        "The table of variances of the constants, and of how their errors go together; its diagonal holds the "
        "squared standard "
        "errors.",
        "C",
    ),
    Entry("damping", "The price that Levenberg-Marquardt puts on long steps.", r"\lambda"),
    Entry(
        "degrees of freedom",
        "Rows less free constants: how many residuals are left to show the noise.",
        "n - p",
    ),
    Entry(
        "gain ratio",
        "By how much a step lowered the sum of squares, divided by what the straight line of Gauss-Newton had "
        "promised.",
        r"\varrho",
    ),
    Entry(
        "Gauss-Newton",
        "The method that replaces the law by a straight line in its constants, solves that exactly, and repeats.",
    ),
    Entry(
        "Jacobian",
        "The table of the derivatives of the law by its constants: one line a row, one column a constant.",
        "J",
    ),
    Entry(
        "law",
        "A formula that says how what was measured follows from the inputs, with constants that are not known.",
    ),
    Entry(
        "least squares",
        "The rule that the best constants make the sum of the squared residuals smallest.",
        "S",
    ),
    Entry(
        "Levenberg-Marquardt",
        "Gauss-Newton with damping: short careful steps far from the minimum, full steps near it.",
    ),
    Entry(
        "orthogonal distance regression",
        "Least squares for inputs with errors: the distance to the law is measured in both directions, each "
        "in units of "
        "its error.",
    ),
    Entry("p-value", "How often noise alone would give something at least as odd as what was seen.", "p"),
    Entry(
        "R squared",
        "The share of the variation of what was measured, about its mean, that the law explains.",
        "R^2",
    ),
    Entry(
        "residual",
        "What was measured less what the law predicts, for one row; divided by sigma where that is given.",
        "r_i",
    ),
    Entry("robust loss", "A replacement of the square that lets far rows count for less."),
    Entry(
        "standard error",
        "The standard deviation that a constant would show if the measurement were repeated many times.",
        "s",
    ),
    Entry(
        "triangle",
        "What is left of the Jacobian and the residuals after turning: all that the data say about the constants.",
        "R",
    ),
    Entry(
        "variable projection",
        "Solving for the linear constants at every place, and searching in the others alone.",
    ),
    Entry("weight", "What a row counts: one over the standard deviation of its reading.", "w_i"),
)
