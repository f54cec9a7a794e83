"""Heat, vapour, gases, solids under pressure."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "antoine",
        "a - b/(c + T)",
        "Antoine equation",
        (
            "Logarithm of a vapour pressure against temperature (Antoine, 1888); the example is "
            "water in mmHg and degC."
        ),
        {"T": (1, 100, "temperature")},
        {
            "a": (8.07131, "first constant"),
            "b": (1730.63, "second constant"),
            "c": (233.426, "third constant"),
        },
    ),
    NamedLaw(
        "magnus",
        "e_0*exp(a*T/(b + T))",
        "Magnus formula",
        "Saturation pressure of water vapour (Magnus, 1844).",
        {"T": (-30, 50, "temperature, degC")},
        {
            "e_0": (6.112, "pressure at 0 degC, hPa"),
            "a": (17.62, "first constant"),
            "b": (243.12, "second constant, degC"),
        },
    ),
    NamedLaw(
        "clausius_clapeyron",
        "101325*exp(-d_h/8.31446261815324*(1/T - 1/t_b))",
        "Clausius-Clapeyron equation",
        "Vapour pressure, Pa, with a constant heat of evaporation (Clapeyron, 1834; Clausius, 1850).",
        {"T": (290, 390, "temperature, K")},
        {"d_h": (40660, "heat of evaporation, J/mol"), "t_b": (373.15, "boiling point at 101325 Pa, K")},
    ),
    NamedLaw(
        "vogel_fulcher_tammann",
        "eta_0*exp(b/(T - t_0))",
        "Vogel-Fulcher-Tammann equation",
        "Viscosity of a melt on its way to a glass (Vogel, 1921).",
        {"T": (700, 1500, "temperature")},
        {
            "eta_0": (0.02, "viscosity at infinite temperature"),
            "b": (5000, "steepness"),
            "t_0": (400, "temperature where it would diverge"),
        },
    ),
    NamedLaw(
        "sutherland",
        "mu_0*(T/273.15)**1.5*(273.15 + s)/(T + s)",
        "Sutherland's formula",
        "Viscosity of a gas against temperature (Sutherland, 1893).",
        {"T": (200, 800, "temperature, K")},
        {"mu_0": (17.16, "viscosity at 273.15 K"), "s": (110.4, "Sutherland's constant, K")},
    ),
    NamedLaw(
        "van_der_waals",
        "8.31446261815324*T/(v - b) - a/v**2",
        "Van der Waals equation",
        "Pressure, Pa, of a real gas (van der Waals, 1873).",
        {"v": (0.0005, 0.005, "molar volume, m**3/mol"), "T": (300, 500, "temperature, K")},
        {"b": (4.27e-5, "volume of the molecules, m**3/mol"), "a": (0.364, "attraction, Pa m**6/mol**2")},
    ),
    NamedLaw(
        "redlich_kwong",
        "8.31446261815324*T/(v - b) - a/(sqrt(T)*v*(v + b))",
        "Redlich-Kwong equation",
        "Pressure, Pa, of a real gas (Redlich and Kwong, 1949).",
        {"v": (0.0005, 0.005, "molar volume, m**3/mol"), "T": (300, 500, "temperature, K")},
        {
            "b": (2.97e-5, "volume of the molecules, m**3/mol"),
            "a": (6.46, "attraction, Pa m**6 K**0.5/mol**2"),
        },
    ),
    NamedLaw(
        "murnaghan",
        "k_0/k_p*((v_0/v)**k_p - 1)",
        "Murnaghan equation",
        "Pressure of a solid against its volume (Murnaghan, 1944).",
        {"v": (8, 11.5, "volume")},
        {
            "k_0": (160, "bulk modulus at zero pressure"),
            "k_p": (4.2, "its derivative by pressure"),
            "v_0": (11.2, "volume at zero pressure"),
        },
    ),
    NamedLaw(
        "birch_murnaghan",
        "1.5*k_0*((v_0/v)**(7/3) - (v_0/v)**(5/3))*(1 + 0.75*(k_p - 4)*((v_0/v)**(2/3) - 1))",
        "Birch-Murnaghan equation",
        "Pressure of a solid against its volume, for deep rocks (Birch, 1947).",
        {"v": (8, 11.5, "volume")},
        {
            "k_0": (160, "bulk modulus at zero pressure"),
            "v_0": (11.2, "volume at zero pressure"),
            "k_p": (4.2, "derivative of the bulk modulus by pressure"),
        },
    ),
    NamedLaw(
        "vinet",
        "3*k_0*(1 - (v/v_0)**(1/3))*(v/v_0)**(-2/3)*exp(1.5*(k_p - 1)*(1 - (v/v_0)**(1/3)))",
        "Vinet equation",
        "Pressure of a solid under strong compression (Vinet and others, 1987).",
        {"v": (7, 11.5, "volume")},
        {
            "k_0": (160, "bulk modulus at zero pressure"),
            "v_0": (11.2, "volume at zero pressure"),
            "k_p": (4.2, "derivative of the bulk modulus by pressure"),
        },
    ),
    NamedLaw(
        "shomate",
        "a + b*T/1000 + c*(T/1000)**2 + d*(T/1000)**3 + e/(T/1000)**2",
        "Shomate equation",
        "Heat capacity against temperature (Shomate, 1954); the example is nitrogen, J/(mol K).",
        {"T": (500, 2000, "temperature, K")},
        {
            "a": (19.50583, "constant part"),
            "b": (19.88705, "linear part"),
            "c": (-8.598535, "quadratic part"),
            "d": (1.369784, "cubic part"),
            "e": (0.527601, "inverse quadratic part"),
        },
    ),
    NamedLaw(
        "einstein_heat_capacity",
        "c*(theta/(2*T)/sinh(theta/(2*T)))**2",
        "Einstein heat capacity",
        "Heat capacity of a solid whose atoms all swing alike (Einstein, 1907).",
        {"T": (30, 600, "temperature, K")},
        {"c": (24.9, "heat capacity when hot"), "theta": (250, "Einstein temperature, K")},
    ),
    NamedLaw(
        "low_temperature_heat_capacity",
        "g*T + b*T**3",
        "Heat capacity at low temperature",
        (
            "Electrons (linear) and lattice (cubic) of a metal near absolute zero (Sommerfeld, 1928; "
            "Debye, 1912)."
        ),
        {"T": (0.5, 5, "temperature, K")},
        {"g": (0.7, "electronic coefficient"), "b": (0.05, "lattice coefficient")},
    ),
    NamedLaw(
        "schottky_anomaly",
        "c*(d/(2*T)/cosh(d/(2*T)))**2",
        "Schottky anomaly",
        "Heat capacity of two equally likely levels (Schottky, 1922).",
        {"T": (0.5, 10, "temperature, K")},
        {"c": (8.314, "gas constant times moles"), "d": (5, "distance of the levels, K")},
    ),
    NamedLaw(
        "maxwell_boltzmann",
        "a*(v/v_p)**2*exp(1 - (v/v_p)**2)",
        "Maxwell-Boltzmann speeds",
        "How often a speed occurs in a gas (Maxwell, 1860).",
        {"v": (0, 1500, "speed")},
        {"a": (1, "height"), "v_p": (420, "most frequent speed")},
    ),
    NamedLaw(
        "stefan_boltzmann",
        "5.670374419e-8*epsilon*(T**4 - t_0**4)",
        "Stefan-Boltzmann law",
        (
            "Heat radiated to the surroundings, W/m**2 (Stefan, 1879); 5.67...e-8 W/(m**2 K**4) is "
            "the constant."
        ),
        {"T": (320, 900, "temperature of the body, K")},
        {"epsilon": (0.8, "emissivity"), "t_0": (295, "temperature of the surroundings, K")},
    ),
    NamedLaw(
        "curie_weiss",
        "chi_0 + c/(T - theta)",
        "Curie-Weiss law",
        "Magnetic susceptibility above the ordering temperature (Weiss, 1907).",
        {"T": (50, 300, "temperature, K")},
        {
            "chi_0": (0.001, "constant part"),
            "c": (1.5, "Curie's constant"),
            "theta": (12, "Weiss temperature, K"),
        },
    ),
    NamedLaw(
        "order_parameter",
        "a*(1 - T/t_c)**beta",
        "Order parameter",
        "How order vanishes below a critical temperature.",
        {"T": (10, 99, "temperature, below t_c")},
        {
            "a": (1, "value at T = 0"),
            "t_c": (100, "critical temperature"),
            "beta": (0.35, "critical exponent"),
        },
    ),
)
