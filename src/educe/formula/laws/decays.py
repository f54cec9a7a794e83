"""Decays and relaxations in time."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "exponential_decay",
        "a*exp(-t/tau)",
        "Exponential decay",
        "A quantity that loses a fixed share per unit of time (Rutherford and Soddy, 1902).",
        {"t": (0, 5, "time")},
        {"a": (2, "value at t = 0"), "tau": (1.5, "time constant, in which it falls to 37 %")},
    ),
    NamedLaw(
        "double_exponential",
        "a_1*exp(-t/tau_1) + a_2*exp(-t/tau_2)",
        "Two exponential decays",
        "Two populations that decay side by side, a fast and a slow one.",
        {"t": (0, 10, "time")},
        {
            "a_1": (2, "value of the fast part at t = 0"),
            "tau_1": (0.5, "time constant of the fast part"),
            "a_2": (1, "value of the slow part at t = 0"),
            "tau_2": (4, "time constant of the slow part"),
        },
    ),
    NamedLaw(
        "stretched_exponential",
        "a*exp(-(t/tau)**beta)",
        "Stretched exponential",
        "Relaxation of glasses and other disordered matter (Kohlrausch, 1854).",
        {"t": (0.01, 10, "time, above 0")},
        {
            "a": (1, "value at t = 0"),
            "tau": (2, "time constant"),
            "beta": (0.6, "stretching, 1 for a plain exponential"),
        },
    ),
    NamedLaw(
        "becquerel_decay",
        "a/(1 + c*t/tau)**(1/c)",
        "Becquerel decay",
        (
            "Luminescence that fades between an exponential (c near 0) and a hyperbola (c = 1) "
            "(Becquerel, 1868)."
        ),
        {"t": (0, 20, "time")},
        {"a": (1, "value at t = 0"), "tau": (2, "time constant of the first moments"), "c": (0.5, "order")},
    ),
    NamedLaw(
        "saturating_rise",
        "-a*expm1(-t/tau)",
        "Saturating rise",
        "Approach to a limit at a speed proportional to what is missing: a charging capacitor.",
        {"t": (0, 5, "time")},
        {"a": (2, "limit"), "tau": (1, "time constant, in which 63 % is reached")},
    ),
    NamedLaw(
        "pulse",
        "a*(exp(-t/tau_d) - exp(-t/tau_r))",
        "Double-exponential pulse",
        "Fast rise and slow fall: scintillators, lightning surges, synaptic currents.",
        {"t": (0, 10, "time")},
        {
            "a": (3, "scale"),
            "tau_d": (2, "time constant of the decay"),
            "tau_r": (0.4, "time constant of the rise"),
        },
    ),
    NamedLaw(
        "newton_cooling",
        "t_e + (t_0 - t_e)*exp(-k*t)",
        "Newton's law of cooling",
        "Temperature of a body in surroundings of constant temperature (Newton, 1701).",
        {"t": (0, 60, "time")},
        {
            "t_e": (20, "temperature of the surroundings"),
            "t_0": (90, "temperature at t = 0"),
            "k": (0.05, "rate constant"),
        },
    ),
    NamedLaw(
        "inversion_recovery",
        "m_0*(1 - 2*f*exp(-t/t_1))",
        "Inversion recovery",
        "Magnetisation after an inverting pulse, from which magnetic resonance takes t_1 (Hahn, 1949).",
        {"t": (0, 5, "delay after the pulse")},
        {
            "m_0": (1, "magnetisation in equilibrium"),
            "f": (0.95, "efficiency of the inversion, 1 if complete"),
            "t_1": (0.8, "longitudinal relaxation time"),
        },
    ),
    NamedLaw(
        "second_order_decay",
        "c_0/(1 + k*c_0*t)",
        "Second-order decay",
        "Concentration of a substance whose molecules vanish in pairs.",
        {"t": (0, 10, "time")},
        {"c_0": (2, "concentration at t = 0"), "k": (0.5, "rate constant")},
    ),
)
