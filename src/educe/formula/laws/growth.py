"""Growth of organisms and populations."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "exponential_growth",
        "n_0*exp(r*t)",
        "Exponential growth",
        "A population without limits (Malthus, 1798).",
        {"t": (0, 5, "time")},
        {"n_0": (1, "size at t = 0"), "r": (0.6, "rate of growth")},
    ),
    NamedLaw(
        "verhulst",
        "k/(1 + (k/n_0 - 1)*exp(-r*t))",
        "Verhulst growth",
        "A population in limited surroundings (Verhulst, 1838).",
        {"t": (0, 20, "time")},
        {
            "k": (100, "carrying capacity"),
            "n_0": (5, "size at t = 0"),
            "r": (0.6, "rate of unlimited growth"),
        },
    ),
    NamedLaw(
        "von_bertalanffy",
        "l_max*(1 - exp(-k*(t - t_0)))",
        "Von Bertalanffy growth",
        "Length of a fish against age (von Bertalanffy, 1938).",
        {"t": (0.5, 15, "age")},
        {"l_max": (60, "limiting length"), "k": (0.25, "rate constant"), "t_0": (-0.4, "age of length zero")},
    ),
    NamedLaw(
        "chapman_richards",
        "a*(1 - exp(-k*t))**p",
        "Chapman-Richards growth",
        "Height or volume of trees against age (Chapman, 1961).",
        {"t": (1, 100, "age, above 0")},
        {"a": (30, "limit"), "k": (0.04, "rate constant"), "p": (1.6, "shape")},
    ),
    NamedLaw(
        "weibull_growth",
        "a - (a - b)*exp(-(t/tau)**m)",
        "Weibull growth",
        "Flexible rise from one level to another, with or without an inflection (Weibull, 1951).",
        {"t": (0.1, 10, "time, above 0")},
        {
            "a": (10, "limit"),
            "b": (2, "value at t = 0"),
            "tau": (3, "time in which 63 % of the way is gone"),
            "m": (2, "shape"),
        },
    ),
    NamedLaw(
        "morgan_mercer_flodin",
        "a - (a - b)/(1 + (t/tau)**d)",
        "Morgan-Mercer-Flodin growth",
        "Nutritional response and growth of animals (Morgan, Mercer and Flodin, 1975).",
        {"t": (0.1, 20, "time or dose, above 0")},
        {
            "a": (10, "limit"),
            "b": (1, "value at t = 0"),
            "tau": (5, "time in which half the way is gone"),
            "d": (2.5, "shape"),
        },
    ),
    NamedLaw(
        "zwietering",
        "a*exp(-exp(mu*exp(1)/a*(lag - t) + 1))",
        "Zwietering growth",
        (
            "Logarithm of bacterial numbers, with a lag: the modified Gompertz curve (Zwietering and "
            "others, 1990)."
        ),
        {"t": (0, 24, "time")},
        {
            "a": (8, "logarithm of the total growth"),
            "mu": (1.2, "greatest rate of growth"),
            "lag": (3, "lag time"),
        },
    ),
    NamedLaw(
        "ricker",
        "a*s*exp(-b*s)",
        "Ricker recruitment",
        "Young fish against the spawning stock that produced them (Ricker, 1954).",
        {"s": (0.1, 10, "stock")},
        {"a": (3, "recruits per spawner in a small stock"), "b": (0.4, "strength of the crowding")},
    ),
    NamedLaw(
        "jassby_platt",
        "p_max*tanh(alpha*i/p_max)",
        "Photosynthesis against light",
        "Photosynthesis of phytoplankton (Jassby and Platt, 1976).",
        {"i": (0, 500, "irradiance")},
        {"p_max": (6, "rate in full light"), "alpha": (0.05, "initial slope")},
    ),
)
