"""The words of the field that the explanation of a network uses."""

from __future__ import annotations

from educe.report.blocks import Entry

GLOSSARY = (
    Entry(
        "activation",
        "The function that bends the sum of a node; without it a network would be a plane.",
        r"\sigma",
    ),
    Entry("bias", "What a node adds to its weighted sum: where its bend begins.", "b"),
    Entry("chain rule", "The derivative of a function of a function is the product of their derivatives."),
    Entry(
        "condition number",
        "The largest eigenvalue over the least: how much longer than wide the valley of the loss is.",
        r"\lambda_{\max} / \lambda_{\min}",
    ),
    Entry(
        "eigenvalue",
        "How steeply a bowl rises in one of the directions in which it rises evenly.",
        r"\lambda",
    ),
    Entry(
        "Gauss-Newton",
        "The method that takes the network for a straight line in its weights, solves that exactly, and repeats.",
    ),
    Entry(
        "gradient",
        "The derivatives of the loss by all weights and biases: the direction of steepest rise.",
        r"\nabla L",
    ),
    Entry(
        "gradient descent", "The plain rule: a step against the gradient, its length times the rate.", r"\eta"
    ),
    Entry(
        "hidden node",
        "A weighted sum of what comes before, plus a bias, bent by the activation.",
        "a",
    ),
    Entry(
        "interval",
        "A range made from errors on rows that the network had not seen, to hold a given share of new readings.",
    ),
    Entry("loss", "One number for how wrong the network is on all rows: the mean over the rows.", "L"),
    Entry("penalty", "A price on large weights beside the loss, which keeps the function smooth.", r"\rho"),
    Entry("residual", "What was measured less what is predicted, for one row."),
    Entry(
        "RMSE", "The root of the mean square of the residuals: a typical error, in the unit of the target."
    ),
    Entry("start", "Random first weights; training leads each start down into some valley."),
    Entry("weight", "The number by which a node multiplies one of the values that it sums.", r"\omega"),
)
