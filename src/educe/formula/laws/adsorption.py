"""How much a surface takes up."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "langmuir",
        "q_max*k*p/(1 + k*p)",
        "Langmuir isotherm",
        "Adsorption of one layer on equal sites (Langmuir, 1918).",
        {"p": (0, 10, "pressure or concentration")},
        {"q_max": (5, "capacity of the layer"), "k": (0.8, "affinity")},
    ),
    NamedLaw(
        "freundlich",
        "k*c**(1/n)",
        "Freundlich isotherm",
        "Adsorption on sites of very unequal strength (Freundlich, 1906).",
        {"c": (0.1, 10, "concentration, above 0")},
        {"k": (2, "uptake at c = 1"), "n": (2.5, "heterogeneity")},
    ),
    NamedLaw(
        "bet",
        "v_m*c*x/((1 - x)*(1 + (c - 1)*x))",
        "BET isotherm",
        "Adsorption in many layers, for surface areas (Brunauer, Emmett and Teller, 1938).",
        {"x": (0.02, 0.4, "pressure over saturation pressure")},
        {"v_m": (3, "volume of one layer"), "c": (80, "energy constant")},
    ),
    NamedLaw(
        "sips",
        "q_max*(k*p)**n/(1 + (k*p)**n)",
        "Sips isotherm",
        "Langmuir's isotherm with a spread of strengths (Sips, 1948).",
        {"p": (0.1, 10, "pressure, above 0")},
        {"q_max": (5, "capacity"), "k": (0.8, "affinity"), "n": (0.7, "heterogeneity")},
    ),
    NamedLaw(
        "toth",
        "q_max*k*p/(1 + (k*p)**t)**(1/t)",
        "Toth isotherm",
        "Langmuir's isotherm with a spread of strengths to the weak side (Toth, 1971).",
        {"p": (0.1, 10, "pressure, above 0")},
        {"q_max": (5, "capacity"), "k": (1.5, "affinity"), "t": (0.6, "heterogeneity")},
    ),
    NamedLaw(
        "temkin",
        "b*log(k*p)",
        "Temkin isotherm",
        "Adsorption whose heat falls linearly with coverage (Temkin and Pyzhev, 1940).",
        {"p": (1, 10, "pressure, above 0")},
        {"b": (1.5, "growth per factor e"), "k": (3, "affinity")},
    ),
)
