"""Light."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "malus",
        "i_0*cos(theta - theta_0)**2 + i_min",
        "Malus's law",
        "Light behind two polarisers against the angle between them (Malus, 1809).",
        {"theta": (0, 6.28, "angle, rad")},
        {
            "i_0": (1, "swing of the intensity"),
            "theta_0": (0.3, "angle of the maximum, rad"),
            "i_min": (0.05, "light in the dark position"),
        },
    ),
    NamedLaw(
        "beer_lambert",
        "i_0*10**(-epsilon*c*l)",
        "Beer-Lambert law",
        "Light left after a path through a solution (Beer, 1852).",
        {"c": (0, 1, "concentration"), "l": (0.5, 2, "length of the path")},
        {"i_0": (1, "light that enters"), "epsilon": (0.8, "molar absorption coefficient")},
    ),
    NamedLaw(
        "saturable_absorption",
        "alpha_0/(1 + i/i_s) + alpha_n",
        "Saturable absorption",
        "Absorption that strong light bleaches.",
        {"i": (0, 10, "intensity")},
        {
            "alpha_0": (1, "absorption that can be bleached"),
            "i_s": (1.5, "saturation intensity"),
            "alpha_n": (0.1, "absorption that cannot"),
        },
    ),
    NamedLaw(
        "stern_volmer",
        "f_0/((1 + k_d*q)*(1 + k_s*q))",
        "Stern-Volmer quenching",
        "Fluorescence against a quencher that acts by collision and by binding (Stern and Volmer, 1919).",
        {"q": (0, 2, "concentration of the quencher")},
        {
            "f_0": (100, "fluorescence without quencher"),
            "k_d": (2.5, "constant of one way of quenching"),
            "k_s": (0.5, "constant of the other"),
        },
    ),
    NamedLaw(
        "cauchy_dispersion",
        "a + b/x**2 + c/x**4",
        "Cauchy dispersion",
        "Refractive index against wavelength in the visible (Cauchy, 1836).",
        {"x": (0.4, 0.8, "wavelength, micrometres")},
        {
            "a": (1.5, "index for long waves"),
            "b": (0.004, "first coefficient"),
            "c": (0.0001, "second coefficient"),
        },
    ),
    NamedLaw(
        "sellmeier",
        "sqrt(1 + b_1*x**2/(x**2 - x_1**2) + b_2*x**2/(x**2 - x_2**2) + b_3*x**2/(x**2 - x_3**2))",
        "Sellmeier dispersion",
        (
            "Refractive index of glass against wavelength (Sellmeier, 1871); the example is fused "
            "silica (Malitson, 1965)."
        ),
        {"x": (0.21, 3.71, "wavelength, micrometres")},
        {
            "b_1": (0.6961663, "strength of the first resonance"),
            "x_1": (0.0684043, "wavelength of the first resonance"),
            "b_2": (0.4079426, "strength of the second"),
            "x_2": (0.1162414, "wavelength of the second"),
            "b_3": (0.8974794, "strength of the third"),
            "x_3": (9.896161, "wavelength of the third"),
        },
    ),
    NamedLaw(
        "fresnel_s",
        "i_0*((cos(theta) - sqrt(n**2 - sin(theta)**2))/(cos(theta) + sqrt(n**2 - sin(theta)**2)))**2",
        "Fresnel reflection, s",
        "Light reflected by a surface, polarised across the plane of incidence (Fresnel, 1823).",
        {"theta": (0, 1.5, "angle of incidence, rad")},
        {"i_0": (1, "light that arrives"), "n": (1.5, "refractive index")},
    ),
    NamedLaw(
        "fresnel_p",
        (
            "i_0*((n**2*cos(theta) - sqrt(n**2 - sin(theta)**2))/(n**2*cos(theta) + sqrt(n**2 - "
            "sin(theta)**2)))**2"
        ),
        "Fresnel reflection, p",
        (
            "Light reflected by a surface, polarised in the plane of incidence: none at Brewster's "
            "angle (Fresnel, 1823)."
        ),
        {"theta": (0, 1.5, "angle of incidence, rad")},
        {"i_0": (1, "light that arrives"), "n": (1.5, "refractive index")},
    ),
    NamedLaw(
        "fabry_perot",
        "i_0/(1 + f*sin(pi*(x - x_0)/d)**2)",
        "Airy function of a Fabry-Perot",
        "Light through two parallel mirrors (Airy, 1833).",
        {"x": (-0.4, 2.6, "frequency")},
        {
            "i_0": (1, "light at resonance"),
            "f": (20, "coefficient of finesse"),
            "x_0": (0.1, "one of the resonances"),
            "d": (1, "free spectral range"),
        },
    ),
    NamedLaw(
        "single_slit",
        "i_0*sinc((x - x_0)/w)**2",
        "Single slit",
        "Diffraction by one slit (Fraunhofer, 1821); sinc(u) = sin(u)/u.",
        {"x": (-10, 10, "place on the screen")},
        {
            "i_0": (1, "light in the middle"),
            "x_0": (0.3, "middle"),
            "w": (1, "first dark line is pi*w from the middle"),
        },
    ),
    NamedLaw(
        "double_slit",
        "i_0*sinc((x - x_0)/w)**2*cos((x - x_0)/d)**2",
        "Double slit",
        "Interference behind two slits (Young, 1803).",
        {"x": (-10, 10, "place on the screen")},
        {
            "i_0": (1, "light in the middle"),
            "x_0": (0.3, "middle"),
            "w": (2.5, "scale of the slit's width"),
            "d": (0.5, "scale of the slits' distance; dark lines are pi*d apart"),
        },
    ),
    NamedLaw(
        "airy_disc",
        "where(r == 0, i_0, i_0*(2*j1(r/w)/(r/w))**2)",
        "Airy disc",
        "Image of a point through a round opening (Airy, 1835).",
        {"r": (0, 10, "distance from the centre")},
        {"i_0": (1, "light in the centre"), "w": (1.2, "first dark ring is at 3.8317 w")},
    ),
    NamedLaw(
        "gaussian_beam",
        "w_0*sqrt(1 + ((z - z_0)/z_r)**2)",
        "Gaussian beam",
        "Radius of a laser beam along its axis (Kogelnik and Li, 1966).",
        {"z": (-3, 3, "place along the axis")},
        {
            "w_0": (0.1, "radius of the waist"),
            "z_0": (0.2, "place of the waist"),
            "z_r": (1, "Rayleigh length"),
        },
    ),
    NamedLaw(
        "planck",
        "a/(x**5*expm1(14387.768775/(x*T)))",
        "Planck's law",
        (
            "Spectrum of a hot body against wavelength (Planck, 1900); 14387.77 micrometre kelvin is "
            "the second radiation constant."
        ),
        {"x": (0.3, 5, "wavelength, micrometres")},
        {"a": (1e7, "scale, with the emissivity"), "T": (3000, "temperature, K")},
    ),
)
