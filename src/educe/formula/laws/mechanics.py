"""Motion, materials, flow, forces between atoms."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "projectile",
        "y_0 + x*tan(theta) - 9.80665*x**2/(2*v_0**2*cos(theta)**2)",
        "Projectile",
        "Path of a thrown body (Galilei, 1638); 9.80665 m/s**2 is standard gravity.",
        {"x": (0, 20, "distance, m")},
        {
            "y_0": (1.5, "height of the start, m"),
            "theta": (0.8, "angle of the throw, rad"),
            "v_0": (14, "speed of the throw, m/s"),
        },
    ),
    NamedLaw(
        "falling_with_drag",
        "v_t*tanh(9.80665*(t - t_0)/v_t)",
        "Fall with drag",
        "Speed of a falling body, drag by the square of the speed; 9.80665 m/s**2 is standard gravity.",
        {"t": (0.1, 10, "time, s")},
        {"v_t": (50, "final speed, m/s"), "t_0": (0.1, "time of release, s")},
    ),
    NamedLaw(
        "catenary",
        "y_0 + a*(cosh((x - x_0)/a) - 1)",
        "Catenary",
        "Shape of a hanging chain (Huygens, Leibniz and Johann Bernoulli, 1691).",
        {"x": (-5, 5, "horizontal place")},
        {
            "y_0": (1, "height of the lowest point"),
            "a": (3, "tension over weight per length"),
            "x_0": (0.4, "place of the lowest point"),
        },
    ),
    NamedLaw(
        "compound_pendulum",
        "2*pi*sqrt((k**2 + x**2)/(g*x))",
        "Compound pendulum",
        (
            "Period of a bar against the distance of the pivot from the centre of mass; it measures "
            "g (Kater, 1818)."
        ),
        {"x": (0.05, 0.5, "distance, m")},
        {"k": (0.29, "radius of gyration, m"), "g": (9.81, "gravity, m/s**2")},
    ),
    NamedLaw(
        "stribeck",
        "f_c + (f_s - f_c)*exp(-(v/v_s)**2) + b*v",
        "Stribeck friction",
        "Friction against sliding speed (Stribeck, 1902).",
        {"v": (0, 2, "speed")},
        {
            "f_c": (1, "dry friction"),
            "f_s": (1.6, "static friction"),
            "v_s": (0.2, "Stribeck speed"),
            "b": (0.4, "viscous friction"),
        },
    ),
    NamedLaw(
        "magic_formula",
        "d*sin(c*atan(b*x - e*(b*x - atan(b*x))))",
        "Magic formula",
        "Side force of a tyre against slip (Pacejka and Bakker, 1992).",
        {"x": (-15, 15, "slip angle, degrees")},
        {"d": (4000, "peak"), "c": (1.3, "shape"), "b": (0.2, "stiffness"), "e": (-0.8, "curvature")},
    ),
    NamedLaw(
        "ramberg_osgood",
        "s/e + 0.002*(s/s_y)**n",
        "Ramberg-Osgood law",
        "Strain of a metal against stress; 0.002 is the strain left at s_y (Ramberg and Osgood, 1943).",
        {"s": (1, 450, "stress, MPa")},
        {
            "e": (70000, "Young's modulus, MPa"),
            "s_y": (380, "yield stress, MPa"),
            "n": (12, "hardening exponent"),
        },
    ),
    NamedLaw(
        "voce",
        "s_m - (s_m - s_0)*exp(-e/e_c)",
        "Voce hardening",
        "Flow stress of a metal against plastic strain (Voce, 1948).",
        {"e": (0, 0.5, "plastic strain")},
        {
            "s_m": (400, "saturation stress"),
            "s_0": (150, "yield stress"),
            "e_c": (0.1, "scale of the strain"),
        },
    ),
    NamedLaw(
        "johnson_cook",
        "(a + b*e**n)*(1 + c*log(r))",
        "Johnson-Cook law",
        "Flow stress against strain and strain rate (Johnson and Cook, 1983).",
        {"e": (0.01, 0.5, "plastic strain, above 0"), "r": (1, 1000, "strain rate over the reference rate")},
        {
            "a": (350, "yield stress"),
            "b": (275, "hardening"),
            "n": (0.36, "hardening exponent"),
            "c": (0.022, "sensitivity to the rate"),
        },
    ),
    NamedLaw(
        "mooney_rivlin",
        "2*(c_1 + c_2/x)*(x - 1/x**2)",
        "Mooney-Rivlin rubber",
        "Stress of stretched rubber against its stretch (Mooney, 1940; Rivlin, 1948).",
        {"x": (1, 4, "length over length at rest")},
        {"c_1": (0.2, "first constant"), "c_2": (0.1, "second constant")},
    ),
    NamedLaw(
        "herschel_bulkley",
        "tau_0 + k*g**n",
        "Herschel-Bulkley fluid",
        "Shear stress of a paste against shear rate (Herschel and Bulkley, 1926).",
        {"g": (0.1, 100, "shear rate, above 0")},
        {"tau_0": (5, "yield stress"), "k": (2, "consistency"), "n": (0.5, "flow index")},
    ),
    NamedLaw(
        "casson",
        "(sqrt(tau_0) + sqrt(eta*g))**2",
        "Casson fluid",
        "Shear stress of blood, ink or chocolate against shear rate (Casson, 1959).",
        {"g": (0.1, 100, "shear rate")},
        {"tau_0": (5, "yield stress"), "eta": (0.4, "viscosity at high rates")},
    ),
    NamedLaw(
        "carreau",
        "eta_inf + (eta_0 - eta_inf)*(1 + (k*g)**2)**((n - 1)/2)",
        "Carreau fluid",
        "Viscosity of a polymer melt against shear rate (Carreau, 1972).",
        {"g": (0.1, 1000, "shear rate")},
        {
            "eta_inf": (0.5, "viscosity at high rates"),
            "eta_0": (100, "viscosity at rest"),
            "k": (1.5, "relaxation time"),
            "n": (0.4, "flow index"),
        },
    ),
    NamedLaw(
        "morse",
        "d_e*(1 - exp(-a*(r - r_e)))**2",
        "Morse potential",
        "Energy of a diatomic molecule above its minimum (Morse, 1929).",
        {"r": (0.6, 4, "distance of the atoms")},
        {"d_e": (4.5, "depth"), "a": (1.9, "stiffness"), "r_e": (0.9, "distance at rest")},
    ),
    NamedLaw(
        "lennard_jones",
        "4*epsilon*((s/r)**12 - (s/r)**6)",
        "Lennard-Jones potential",
        "Energy of two neutral atoms against their distance (Lennard-Jones, 1924).",
        {"r": (0.95, 3, "distance of the atoms")},
        {"epsilon": (1, "depth"), "s": (1, "distance of energy zero")},
    ),
    NamedLaw(
        "buckingham",
        "a*exp(-b*r) - c/r**6",
        "Buckingham potential",
        "Energy of two atoms, with exponential repulsion (Buckingham, 1938).",
        {"r": (1.5, 5, "distance of the atoms")},
        {
            "a": (1500, "strength of the repulsion"),
            "b": (3.5, "steepness of the repulsion"),
            "c": (30, "strength of the attraction"),
        },
    ),
)
