"""Lines, polynomials, powers and the like."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "proportional",
        "k*x",
        "Proportionality",
        "A line through the origin.",
        {"x": (0, 10, "input")},
        {"k": (2, "factor")},
    ),
    NamedLaw(
        "linear",
        "m*x + b",
        "Straight line",
        "The simplest law; linear in both parameters, so least squares takes one step.",
        {"x": (0, 10, "input")},
        {"m": (2, "slope"), "b": (1, "value at x = 0")},
    ),
    NamedLaw(
        "quadratic",
        "a*x**2 + b*x + c",
        "Parabola",
        "Polynomial of the second degree.",
        {"x": (-3, 3, "input")},
        {"a": (1, "half the curvature"), "b": (-1, "slope at x = 0"), "c": (2, "value at x = 0")},
    ),
    NamedLaw(
        "cubic",
        "a*x**3 + b*x**2 + c*x + d",
        "Cubic",
        "Polynomial of the third degree.",
        {"x": (-3, 3, "input")},
        {
            "a": (0.5, "coefficient of x**3"),
            "b": (-1, "coefficient of x**2"),
            "c": (-2, "slope at x = 0"),
            "d": (1, "value at x = 0"),
        },
    ),
    NamedLaw(
        "power_law",
        "a*x**b",
        "Power law",
        "A line on doubly logarithmic paper; allometry, scaling, metabolic rates.",
        {"x": (0.1, 10, "input, above 0")},
        {"a": (2, "value at x = 1"), "b": (0.75, "exponent")},
    ),
    NamedLaw(
        "logarithmic",
        "a + b*log(x)",
        "Logarithmic law",
        "Grows by b each time that x is multiplied by e = 2.718 (Fechner, 1860).",
        {"x": (0.1, 10, "input, above 0")},
        {"a": (1, "value at x = 1"), "b": (2, "growth per factor e")},
    ),
    NamedLaw(
        "reciprocal",
        "a + b/x",
        "Hyperbola",
        "A limit approached as one over x.",
        {"x": (0.2, 10, "input, not 0")},
        {"a": (1, "limit for large x"), "b": (2, "distance from the limit at x = 1")},
    ),
    NamedLaw(
        "inverse_square",
        "a/(x - x_0)**2",
        "Inverse square law",
        "Light, field or count rate of a point source whose place is not known exactly.",
        {"x": (1, 10, "distance read from the scale")},
        {"a": (100, "strength"), "x_0": (-0.3, "place of the source on the scale")},
    ),
    NamedLaw(
        "rational",
        "(a + b*x)/(1 + c*x)",
        "Rational function",
        "Quotient of two lines; bends once towards a limit.",
        {"x": (0, 10, "input")},
        {
            "a": (1, "value at x = 0"),
            "b": (2, "coefficient above; b/c is the limit"),
            "c": (0.5, "coefficient below"),
        },
    ),
    NamedLaw(
        "broken_line",
        "a + b*x + c*max(x - x_0, 0)",
        "Broken line",
        "Two lines that meet at an unknown place: thresholds, set points, change points.",
        {"x": (0, 10, "input")},
        {
            "a": (1, "value at x = 0"),
            "b": (0.5, "slope before the break"),
            "c": (1.5, "change of slope at the break"),
            "x_0": (4.3, "place of the break"),
        },
    ),
)
