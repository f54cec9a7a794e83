"""Doses, responses, drugs in the body."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "hill",
        "e_max*x**n/(ec_50**n + x**n)",
        "Hill equation",
        "Response to a dose, or binding to several sites (Hill, 1910).",
        {"x": (0.1, 20, "dose or concentration, above 0")},
        {
            "e_max": (100, "greatest response"),
            "n": (1.8, "Hill coefficient"),
            "ec_50": (3, "dose of half the response"),
        },
    ),
    NamedLaw(
        "four_parameter_logistic",
        "bottom + (top - bottom)/(1 + (ec_50/x)**n)",
        "Four-parameter logistic",
        "Calibration of an immunoassay, response to a dose (Rodbard, 1974).",
        {"x": (0.05, 50, "dose or concentration, above 0")},
        {
            "bottom": (0.05, "response without dose"),
            "top": (2, "response to the greatest dose"),
            "ec_50": (2.5, "dose halfway"),
            "n": (1.2, "slope"),
        },
    ),
    NamedLaw(
        "five_parameter_logistic",
        "bottom + (top - bottom)/(1 + (c/x)**n)**g",
        "Five-parameter logistic",
        "Immunoassay with an asymmetric curve (Prentice, 1976).",
        {"x": (0.05, 50, "dose or concentration, above 0")},
        {
            "bottom": (0.05, "response without dose"),
            "top": (2, "response to the greatest dose"),
            "c": (2.5, "scale of the dose"),
            "n": (1.2, "slope"),
            "g": (0.6, "asymmetry, 1 for none"),
        },
    ),
    NamedLaw(
        "first_order_absorption",
        "where(t > t_lag, c*k_a/(k_a - k_e)*(exp(-k_e*(t - t_lag)) - exp(-k_a*(t - t_lag))), 0)",
        "First-order absorption",
        "Drug in the blood after a dose by mouth, one compartment, with a lag (Teorell, 1937).",
        {"t": (0, 24, "time")},
        {
            "t_lag": (0.4, "lag before absorption begins"),
            "c": (10, "absorbed dose over volume"),
            "k_a": (1.3, "absorption rate constant"),
            "k_e": (0.15, "elimination rate constant"),
        },
    ),
    NamedLaw(
        "infusion",
        "c_s*(1 - exp(-k*min(t, t_e)))*exp(-k*max(t - t_e, 0))",
        "Constant infusion",
        "Drug in the blood during and after an infusion, one compartment.",
        {"t": (0, 24, "time")},
        {
            "c_s": (10, "concentration that an endless infusion would reach"),
            "k": (0.3, "elimination rate constant"),
            "t_e": (6.1, "time at which the infusion ends"),
        },
    ),
    NamedLaw(
        "bliss",
        "1 - 1/((1 + (a/m_a)**n_a)*(1 + (b/m_b)**n_b))",
        "Bliss independence",
        "Share affected by two drugs that act independently (Bliss, 1939).",
        {
            "a": (0.1, 10, "dose of the first drug, above 0"),
            "b": (0.1, 10, "dose of the second drug, above 0"),
        },
        {
            "m_a": (2, "median dose of the first drug"),
            "n_a": (1.5, "slope of the first drug"),
            "m_b": (4, "median dose of the second drug"),
            "n_b": (2, "slope of the second drug"),
        },
    ),
    NamedLaw(
        "linear_quadratic",
        "exp(-alpha*d - beta*d**2)",
        "Linear-quadratic survival",
        "Share of cells that survive a dose of radiation (Douglas and Fowler, 1976).",
        {"d": (0, 10, "dose, Gy")},
        {"alpha": (0.3, "single-hit coefficient, 1/Gy"), "beta": (0.03, "double-hit coefficient, 1/Gy**2")},
    ),
)
