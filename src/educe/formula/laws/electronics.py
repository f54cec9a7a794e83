"""Circuits, semiconductors, sensors, dielectrics."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "rc_lowpass",
        "g/sqrt(1 + (f/f_c)**2)",
        "Low-pass filter",
        "Gain of a first-order low-pass against frequency.",
        {"f": (10, 10000, "frequency")},
        {"g": (1, "gain at low frequency"), "f_c": (800, "corner frequency")},
    ),
    NamedLaw(
        "rc_highpass",
        "g/sqrt(1 + (f_c/f)**2)",
        "High-pass filter",
        "Gain of a first-order high-pass against frequency.",
        {"f": (10, 10000, "frequency, above 0")},
        {"g": (1, "gain at high frequency"), "f_c": (800, "corner frequency")},
    ),
    NamedLaw(
        "rlc_bandpass",
        "g/sqrt(1 + (q*(f/f_0 - f_0/f))**2)",
        "Band-pass filter",
        "Gain of a resonant circuit against frequency.",
        {"f": (100, 5000, "frequency, above 0")},
        {"g": (1, "gain at resonance"), "q": (3, "quality factor"), "f_0": (900, "resonance")},
    ),
    NamedLaw(
        "diode",
        "i_s*expm1(v/(n*0.025851999))",
        "Diode",
        "Current of a diode at 300 K (Shockley, 1949); 0.02585 V is the thermal voltage.",
        {"v": (0.3, 0.65, "voltage, V")},
        {"i_s": (1e-9, "saturation current, A"), "n": (1.6, "ideality factor")},
    ),
    NamedLaw(
        "solar_cell",
        "i_l - i_s*expm1(v/(n*0.025851999)) - v/r",
        "Solar cell",
        "Current of an illuminated cell at 300 K, with a shunt but no series resistance.",
        {"v": (0, 0.6, "voltage, V")},
        {
            "i_l": (3, "photocurrent, A"),
            "i_s": (1e-9, "saturation current, A"),
            "n": (1.1, "ideality factor"),
            "r": (8, "shunt resistance, ohm"),
        },
    ),
    NamedLaw(
        "mosfet",
        "where(v_d < v_g - v_t, k*((v_g - v_t)*v_d - v_d**2/2), k/2*max(v_g - v_t, 0)**2)*(1 + lam*v_d)",
        "MOSFET",
        "Drain current by the square law (Shichman and Hodges, 1968).",
        {"v_g": (0.5, 4, "gate voltage, V"), "v_d": (0, 5, "drain voltage, V")},
        {
            "v_t": (1.1, "threshold voltage, V"),
            "k": (0.002, "transconductance parameter, A/V**2"),
            "lam": (0.02, "channel length modulation, 1/V"),
        },
    ),
    NamedLaw(
        "butler_volmer",
        "i_0*(exp(alpha*38.92173*x) - exp(-(1 - alpha)*38.92173*x))",
        "Butler-Volmer equation",
        "Current of an electrode at 298.15 K (Butler, 1924; Volmer, 1930); 38.92 1/V is F/(R T).",
        {"x": (-0.1, 0.1, "overpotential, V")},
        {"i_0": (1, "exchange current"), "alpha": (0.45, "symmetry factor")},
    ),
    NamedLaw(
        "ion_electrode",
        "e_0 + s*log10(c + d)",
        "Ion-selective electrode",
        "Voltage of an electrode, with its limit of detection (Nernst, 1889; Nikolsky, 1937).",
        {"c": (1e-5, 0.01, "concentration")},
        {
            "e_0": (0.2, "voltage at c = 1, V"),
            "s": (0.059, "slope per decade, V"),
            "d": (5e-5, "limit of detection"),
        },
    ),
    NamedLaw(
        "richardson",
        "a*T**2*exp(-w/(8.617333262e-5*T))",
        "Richardson's law",
        "Current of a hot cathode (Richardson, 1901); 8.617e-5 eV/K is Boltzmann's constant.",
        {"T": (1500, 2600, "temperature, K")},
        {"a": (600000, "Richardson's constant"), "w": (4.5, "work function, eV")},
    ),
    NamedLaw(
        "callendar_van_dusen",
        "r_0*(1 + a*T + b*T**2 + where(T < 0, c*(T - 100)*T**3, 0))",
        "Platinum thermometer",
        (
            "Resistance of platinum against temperature (Callendar, 1887; van Dusen, 1925); the "
            "example is IEC 60751."
        ),
        {"T": (-200, 850, "temperature, degC")},
        {
            "r_0": (100, "resistance at 0 degC, ohm"),
            "a": (0.0039083, "linear coefficient, 1/degC"),
            "b": (-5.775e-7, "quadratic coefficient"),
            "c": (-4.183e-12, "coefficient below 0 degC"),
        },
    ),
    NamedLaw(
        "thermistor_beta",
        "r_25*exp(b*(1/T - 1/298.15))",
        "Thermistor",
        "Resistance of a thermistor against temperature.",
        {"T": (250, 380, "temperature, K")},
        {"r_25": (10000, "resistance at 298.15 K, ohm"), "b": (3950, "beta value, K")},
    ),
    NamedLaw(
        "steinhart_hart",
        "1/(a + b*log(r) + c*log(r)**3)",
        "Steinhart-Hart equation",
        "Temperature, K, of a thermistor against its resistance (Steinhart and Hart, 1968).",
        {"r": (500, 30000, "resistance, ohm")},
        {
            "a": (0.001129, "first coefficient"),
            "b": (0.0002341, "second coefficient"),
            "c": (8.775e-8, "third coefficient"),
        },
    ),
    NamedLaw(
        "debye_relaxation",
        "e_inf + d/(1 + (2*pi*f*tau)**2)",
        "Debye relaxation",
        "Permittivity (real part) of a polar liquid against frequency (Debye, 1913).",
        {"f": (0.1, 100, "frequency")},
        {
            "e_inf": (5, "permittivity at high frequency"),
            "d": (73, "strength of the relaxation"),
            "tau": (0.008, "relaxation time"),
        },
    ),
    NamedLaw(
        "debye_loss",
        "d*2*pi*f*tau/(1 + (2*pi*f*tau)**2)",
        "Debye loss",
        "Dielectric loss (imaginary part) of a polar liquid against frequency (Debye, 1913).",
        {"f": (0.1, 100, "frequency")},
        {"d": (73, "strength of the relaxation"), "tau": (0.008, "relaxation time")},
    ),
    NamedLaw(
        "cole_cole",
        (
            "e_inf + d*(1 + (2*pi*f*tau)**(1 - alpha)*sin(alpha*pi/2))/(1 + 2*(2*pi*f*tau)**(1 - "
            "alpha)*sin(alpha*pi/2) + (2*pi*f*tau)**(2*(1 - alpha)))"
        ),
        "Cole-Cole relaxation",
        "Permittivity (real part) with a spread of relaxation times (Cole and Cole, 1941).",
        {"f": (0.1, 100, "frequency, above 0")},
        {
            "e_inf": (5, "permittivity at high frequency"),
            "d": (70, "strength of the relaxation"),
            "tau": (0.02, "relaxation time"),
            "alpha": (0.2, "spread, 0 for Debye"),
        },
    ),
    NamedLaw(
        "langevin",
        "m_s*(1/tanh(h/h_0) - h_0/h)",
        "Langevin function",
        "Magnetisation of a ferrofluid or a paramagnet (Langevin, 1905).",
        {"h": (0.1, 10, "field, not 0")},
        {"m_s": (1, "saturation"), "h_0": (1.2, "scale of the field")},
    ),
    NamedLaw(
        "bcs_gap",
        "d_0*tanh(1.74*sqrt(t_c/T - 1))",
        "Superconducting gap",
        "Gap of a superconductor against temperature, interpolated (Bardeen, Cooper and Schrieffer, 1957).",
        {"T": (0.5, 9, "temperature, below t_c")},
        {"d_0": (1.4, "gap at T = 0"), "t_c": (9.2, "critical temperature")},
    ),
)
