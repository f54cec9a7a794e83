"""Reaction rates, enzymes, binding."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "michaelis_menten",
        "v_max*x/(k_m + x)",
        "Michaelis-Menten kinetics",
        "Initial speed of an enzymatic reaction (Michaelis and Menten, 1913).",
        {"x": (0, 1.2, "concentration of the substrate")},
        {"v_max": (210, "limiting speed"), "k_m": (0.064, "concentration of half the limiting speed")},
    ),
    NamedLaw(
        "substrate_inhibition",
        "v_max*x/(k_m + x + x**2/k_i)",
        "Substrate inhibition",
        "Enzyme that too much substrate slows down again (Haldane, 1930).",
        {"x": (0, 20, "concentration of the substrate")},
        {
            "v_max": (10, "limiting speed without inhibition"),
            "k_m": (1, "Michaelis constant"),
            "k_i": (6, "inhibition constant"),
        },
    ),
    NamedLaw(
        "competitive_inhibition",
        "v_max*s/(k_m*(1 + i/k_i) + s)",
        "Competitive inhibition",
        "Enzyme whose inhibitor competes with the substrate for the active site.",
        {"s": (0.1, 10, "concentration of the substrate"), "i": (0, 5, "concentration of the inhibitor")},
        {
            "v_max": (10, "limiting speed"),
            "k_m": (1, "Michaelis constant"),
            "k_i": (2, "inhibition constant"),
        },
    ),
    NamedLaw(
        "mixed_inhibition",
        "v_max*s/(k_m*(1 + i/k_c) + s*(1 + i/k_u))",
        "Mixed inhibition",
        "Inhibitor that binds the free enzyme and the loaded one, differently.",
        {"s": (0.1, 10, "concentration of the substrate"), "i": (0, 5, "concentration of the inhibitor")},
        {
            "v_max": (10, "limiting speed"),
            "k_m": (1, "Michaelis constant"),
            "k_c": (2, "competitive inhibition constant"),
            "k_u": (6, "uncompetitive inhibition constant"),
        },
    ),
    NamedLaw(
        "ping_pong",
        "v_max*a*b/(k_b*a + k_a*b + a*b)",
        "Ping-pong kinetics",
        "Enzyme with two substrates that it meets in turn (Cleland, 1963).",
        {
            "a": (0.1, 10, "concentration of the first substrate"),
            "b": (0.1, 10, "concentration of the second substrate"),
        },
        {
            "v_max": (10, "limiting speed"),
            "k_a": (1, "Michaelis constant of the first substrate"),
            "k_b": (2, "Michaelis constant of the second substrate"),
        },
    ),
    NamedLaw(
        "arrhenius",
        "a*exp(-e_a/(8.31446261815324*T))",
        "Arrhenius law",
        "Rate constant against temperature (Arrhenius, 1889); 8.314... J/(mol K) is the gas constant.",
        {"T": (280, 380, "temperature, K")},
        {"a": (1e9, "rate at infinite temperature"), "e_a": (50000, "activation energy, J/mol")},
    ),
    NamedLaw(
        "eyring",
        "20836619123.3*T*exp(d_s/8.31446261815324 - d_h/(8.31446261815324*T))",
        "Eyring equation",
        (
            "Rate constant, 1/s, from the transition state (Eyring, 1935); 2.0837e10 1/(s K) is "
            "Boltzmann's constant over Planck's."
        ),
        {"T": (280, 380, "temperature, K")},
        {"d_s": (-20, "activation entropy, J/(mol K)"), "d_h": (80000, "activation enthalpy, J/mol")},
    ),
    NamedLaw(
        "avrami",
        "a*(1 - exp(-(t/tau)**n))",
        "Avrami equation",
        "Share of a crystal that has grown out of a melt (Avrami, 1939).",
        {"t": (0.1, 10, "time, above 0")},
        {
            "a": (1, "final share"),
            "tau": (4, "time in which 63 % has crystallised"),
            "n": (3, "exponent, 1 to 4"),
        },
    ),
    NamedLaw(
        "bateman",
        "c_0*k_1/(k_2 - k_1)*(exp(-k_1*t) - exp(-k_2*t))",
        "Bateman equation",
        "The middle one of three substances in a chain of decays (Bateman, 1910).",
        {"t": (0, 10, "time")},
        {
            "c_0": (1, "amount of the first substance at t = 0"),
            "k_1": (1.2, "rate constant of the first decay"),
            "k_2": (0.3, "rate constant of the second decay"),
        },
    ),
    NamedLaw(
        "tight_binding",
        "a*(e + x + k_d - sqrt((e + x + k_d)**2 - 4*e*x))/(2*e)",
        "Tight binding",
        "Signal of a complex when binding uses up the ligand (Morrison, 1969).",
        {"x": (0, 10, "total concentration of the ligand")},
        {
            "a": (1, "signal when all is bound"),
            "e": (2, "total concentration of the sites"),
            "k_d": (0.3, "dissociation constant"),
        },
    ),
)
