"""Peaks and line shapes."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "gaussian",
        "a*exp(-(x - mu)**2/(2*sigma**2))",
        "Gaussian peak",
        "A line broadened by many small independent causes (Gauss, 1809).",
        {"x": (-4, 4, "position")},
        {"a": (1, "height"), "mu": (0.3, "centre"), "sigma": (1.2, "standard deviation")},
    ),
    NamedLaw(
        "lorentzian",
        "a/(1 + ((x - x_0)/w)**2)",
        "Lorentzian peak",
        "Natural line shape of a state that lives a limited time (Lorentz, 1906).",
        {"x": (-5, 5, "position")},
        {"a": (1, "height"), "x_0": (0.3, "centre"), "w": (0.8, "half width at half maximum")},
    ),
    NamedLaw(
        "pseudo_voigt",
        "a*(eta/(1 + ((x - x_0)/w)**2) + (1 - eta)*exp(-log(2)*((x - x_0)/w)**2))",
        "Pseudo-Voigt peak",
        "Mixture of Lorentzian and Gaussian of one width, used in diffraction (Wertheim and others, 1974).",
        {"x": (-5, 5, "position")},
        {
            "a": (1, "height"),
            "x_0": (0.3, "centre"),
            "w": (0.8, "half width at half maximum"),
            "eta": (0.4, "Lorentzian share, 0 to 1"),
        },
    ),
    NamedLaw(
        "pearson_vii",
        "a/(1 + (2**(1/m) - 1)*((x - x_0)/w)**2)**m",
        "Pearson VII peak",
        "Line shape between Lorentzian (m = 1) and Gaussian (m large) (Pearson, 1916).",
        {"x": (-5, 5, "position")},
        {
            "a": (1, "height"),
            "x_0": (0.3, "centre"),
            "w": (0.8, "half width at half maximum"),
            "m": (2, "shape"),
        },
    ),
    NamedLaw(
        "moffat",
        "a/(1 + ((x - x_0)/alpha)**2)**beta",
        "Moffat profile",
        "Image of a star through a turbulent atmosphere (Moffat, 1969).",
        {"x": (-5, 5, "position")},
        {
            "a": (1, "height"),
            "x_0": (0.2, "centre"),
            "alpha": (1.5, "width"),
            "beta": (2.5, "steepness of the wings"),
        },
    ),
    NamedLaw(
        "sech2",
        "a/cosh((x - x_0)/w)**2",
        "Squared hyperbolic secant",
        "Soliton, pulse of a mode-locked laser, vertical profile of a galaxy's disc.",
        {"x": (-4, 4, "position")},
        {"a": (1, "height"), "x_0": (0.3, "centre"), "w": (0.8, "width")},
    ),
    NamedLaw(
        "super_gaussian",
        "a*exp(-(((x - x_0)/w)**2)**p)",
        "Super-Gaussian",
        "Flat-topped beam; p = 1 is a Gaussian.",
        {"x": (-2, 2, "position")},
        {"a": (1, "height"), "x_0": (0.05, "centre"), "w": (1, "half width at 37 %"), "p": (3, "order")},
    ),
    NamedLaw(
        "modified_gaussian",
        "a/(2*tau)*exp((sigma/tau)**2/2 - (x - mu)/tau)*erfc((sigma/tau - (x - mu)/sigma)/sqrt(2))",
        "Exponentially modified Gaussian",
        "Chromatographic peak with a tail: a Gaussian folded with a decay (Grushka, 1972).",
        {"x": (-3, 10, "time")},
        {
            "a": (2, "area"),
            "mu": (0.5, "centre of the Gaussian"),
            "sigma": (0.6, "standard deviation of the Gaussian"),
            "tau": (1.2, "time constant of the tail"),
        },
    ),
    NamedLaw(
        "log_normal",
        "a*exp(-log(x/x_0)**2/(2*sigma**2))",
        "Log-normal peak",
        "Peak that is symmetric on a logarithmic axis: sizes of particles, absorption bands.",
        {"x": (0.1, 10, "position, above 0")},
        {
            "a": (1, "height"),
            "x_0": (2, "place of the maximum"),
            "sigma": (0.5, "width on the logarithmic axis"),
        },
    ),
    NamedLaw(
        "gamma_variate",
        "a*(t/t_m)**alpha*exp(alpha*(1 - t/t_m))",
        "Gamma variate",
        "Passage of a bolus of dye or contrast agent (Madsen, 1992).",
        {"t": (0.1, 20, "time, above 0")},
        {"a": (1, "height"), "t_m": (4, "time of the maximum"), "alpha": (2.5, "shape")},
    ),
    NamedLaw(
        "fano",
        "a*(q + (x - x_0)/w)**2/(1 + ((x - x_0)/w)**2)",
        "Fano resonance",
        "Asymmetric line where a discrete state meets a continuum (Fano, 1961).",
        {"x": (-8, 8, "energy or frequency")},
        {
            "a": (1, "level far from the line"),
            "q": (1.5, "asymmetry"),
            "x_0": (0.3, "resonance"),
            "w": (0.8, "half width"),
        },
    ),
    NamedLaw(
        "breit_wigner",
        "a*x_0**2*w**2/((x**2 - x_0**2)**2 + x_0**2*w**2)",
        "Relativistic Breit-Wigner peak",
        "Cross-section around an unstable particle (Breit and Wigner, 1936).",
        {"x": (80, 102, "energy in the centre of mass")},
        {"a": (40, "height"), "x_0": (91.19, "mass"), "w": (2.5, "width")},
    ),
)
