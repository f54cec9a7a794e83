"""Steps from one level to another."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "logistic",
        "a/(1 + exp(-(x - x_0)/w))",
        "Logistic step",
        "Step from 0 to a (Verhulst, 1838).",
        {"x": (-5, 7, "input")},
        {
            "a": (2, "upper level"),
            "x_0": (1, "middle of the step"),
            "w": (0.8, "width; three quarters are reached 1.1 w after the middle"),
        },
    ),
    NamedLaw(
        "boltzmann_step",
        "a_2 + (a_1 - a_2)/(1 + exp((x - x_0)/w))",
        "Boltzmann step",
        "Logistic step between two levels, as for the activation of ion channels.",
        {"x": (-80, 40, "input, for example mV")},
        {
            "a_1": (0.1, "level on the left"),
            "a_2": (1, "level on the right"),
            "x_0": (-20, "middle of the step"),
            "w": (7, "width"),
        },
    ),
    NamedLaw(
        "erf_step",
        "a/2*(1 + erf((x - x_0)/(sigma*sqrt(2))))",
        "Error-function step",
        "A sharp edge seen with Gaussian blur: knife edges, detector edges, psychometric functions.",
        {"x": (-4, 5, "position")},
        {
            "a": (1, "upper level"),
            "x_0": (0.4, "place of the edge"),
            "sigma": (0.9, "standard deviation of the blur"),
        },
    ),
    NamedLaw(
        "atan_step",
        "a*(0.5 + atan((x - x_0)/w)/pi)",
        "Arctangent step",
        "Absorption edge broadened by a Lorentzian lifetime (Richtmyer, 1934).",
        {"x": (-10, 10, "energy")},
        {"a": (1, "height of the edge"), "x_0": (0.5, "place of the edge"), "w": (1.2, "half width")},
    ),
    NamedLaw(
        "gompertz",
        "a*exp(-exp(-(t - t_i)/tau))",
        "Gompertz curve",
        "Growth that slows sooner than it started: tumours, mortality (Gompertz, 1825).",
        {"t": (0, 20, "time")},
        {
            "a": (10, "limit"),
            "t_i": (6, "time of the fastest growth, at 37 % of the limit"),
            "tau": (2.5, "time constant"),
        },
    ),
    NamedLaw(
        "richards",
        "a/(1 + nu*exp(-(t - t_i)/tau))**(1/nu)",
        "Richards curve",
        "Sigmoid with free place of its inflection; nu = 1 is the logistic (Richards, 1959).",
        {"t": (0, 20, "time")},
        {
            "a": (10, "limit"),
            "nu": (0.5, "shape"),
            "t_i": (6, "time of the fastest growth"),
            "tau": (2, "time constant"),
        },
    ),
)
