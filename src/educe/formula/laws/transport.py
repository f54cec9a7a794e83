"""Diffusion, soil, wind, fluctuations, space."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "diffusion_front",
        "c_s*erfc(x/(2*sqrt(d*t)))",
        "Diffusion from a surface",
        "Concentration at depth x and time t below a surface of constant concentration (Fick, 1855).",
        {"x": (0, 5, "depth"), "t": (0.5, 10, "time, above 0")},
        {"c_s": (1, "concentration at the surface"), "d": (0.6, "diffusion coefficient")},
    ),
    NamedLaw(
        "diffusion_spot",
        "m/sqrt(4*pi*d*t)*exp(-(x - x_0)**2/(4*d*t))",
        "Diffusion from a point",
        "Concentration along a line after a release at one place (Fick, 1855).",
        {"x": (-5, 5, "place"), "t": (0.5, 10, "time, above 0")},
        {
            "m": (2, "released amount"),
            "d": (0.6, "diffusion coefficient"),
            "x_0": (0.2, "place of the release"),
        },
    ),
    NamedLaw(
        "fluorescence_correlation",
        "1/(n*(1 + t/tau)*sqrt(1 + t/(k**2*tau)))",
        "Fluorescence correlation",
        (
            "Correlation of the light from molecules that diffuse through a focus (Magde, Elson and "
            "Webb, 1972)."
        ),
        {"t": (0.01, 20, "lag time")},
        {
            "n": (2, "mean number of molecules in the focus"),
            "tau": (0.5, "time to diffuse through it"),
            "k": (4, "length of the focus over its width"),
        },
    ),
    NamedLaw(
        "philip",
        "s*sqrt(t) + k*t",
        "Philip infiltration",
        "Water that a dry soil has taken up (Philip, 1957).",
        {"t": (0.1, 10, "time")},
        {"s": (2, "sorptivity"), "k": (0.5, "conductivity")},
    ),
    NamedLaw(
        "van_genuchten",
        "t_r + (t_s - t_r)/(1 + (alpha*h)**n)**(1 - 1/n)",
        "Van Genuchten retention",
        "Water content of a soil against suction (van Genuchten, 1980).",
        {"h": (1, 10000, "suction, above 0")},
        {
            "t_r": (0.08, "residual water content"),
            "t_s": (0.43, "saturated water content"),
            "alpha": (0.02, "inverse of the air entry suction"),
            "n": (1.6, "spread of the pores"),
        },
    ),
    NamedLaw(
        "wind_profile",
        "u_s/0.4*log((z - d)/z_0)",
        "Logarithmic wind profile",
        "Wind against height above the ground (Prandtl, 1932); 0.4 is von Karman's constant.",
        {"z": (3, 50, "height")},
        {
            "u_s": (0.4, "friction velocity"),
            "d": (1.2, "displacement height"),
            "z_0": (0.1, "roughness length"),
        },
    ),
    NamedLaw(
        "spherical_variogram",
        "c_0 + c*where(h < a, 1.5*h/a - 0.5*(h/a)**3, 1)",
        "Spherical variogram",
        "How unlike two places are, against their distance (Matheron, 1963).",
        {"h": (0.1, 100, "distance")},
        {"c_0": (0.2, "nugget"), "c": (1, "sill above the nugget"), "a": (45, "range")},
    ),
    NamedLaw(
        "schechter",
        "a*(l/l_s)**alpha*exp(-l/l_s)",
        "Schechter function",
        "How many galaxies have a luminosity (Schechter, 1976).",
        {"l": (0.05, 5, "luminosity, above 0")},
        {"a": (1, "scale"), "l_s": (1, "luminosity of the knee"), "alpha": (-1.1, "slope of the faint end")},
    ),
    NamedLaw(
        "sersic",
        "i_e*exp(-(2*n - 1/3)*((r/r_e)**(1/n) - 1))",
        "Sersic profile",
        "Brightness of a galaxy against radius (Sersic, 1963).",
        {"r": (0.1, 20, "radius, above 0")},
        {
            "i_e": (1, "brightness at the effective radius"),
            "n": (2.5, "index; 1 is a disc, 4 an elliptical"),
            "r_e": (4, "effective radius, which holds about half the light"),
        },
    ),
)
