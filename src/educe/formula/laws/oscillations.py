"""Oscillations, resonances and waves."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "sine",
        "a*sin(2*pi*f*t + phi)",
        "Sine",
        "A steady tone.",
        {"t": (0, 3, "time")},
        {"a": (1, "amplitude"), "f": (1.3, "frequency"), "phi": (0.5, "phase at t = 0, rad")},
    ),
    NamedLaw(
        "damped_oscillation",
        "a*exp(-t/tau)*cos(2*pi*f*t + phi)",
        "Damped oscillation",
        "A struck string, a swinging pointer, a free induction decay.",
        {"t": (0, 6, "time")},
        {
            "a": (1, "amplitude at t = 0"),
            "tau": (2, "time constant of the envelope"),
            "f": (1.3, "frequency"),
            "phi": (0.4, "phase at t = 0, rad"),
        },
    ),
    NamedLaw(
        "chirp",
        "a*sin(2*pi*(f_0*t + k*t**2/2) + phi)",
        "Linear chirp",
        "Tone whose frequency rises steadily: radar, sonar, bats.",
        {"t": (0, 3, "time")},
        {
            "a": (1, "amplitude"),
            "f_0": (0.8, "frequency at t = 0"),
            "k": (0.7, "rise of the frequency per time"),
            "phi": (0.3, "phase at t = 0, rad"),
        },
    ),
    NamedLaw(
        "amplitude_modulation",
        "a*(1 + m*cos(2*pi*f_m*t))*cos(2*pi*f_c*t + phi)",
        "Amplitude modulation",
        "A carrier whose strength swings with a slower tone.",
        {"t": (0, 4, "time")},
        {
            "a": (1, "amplitude of the carrier"),
            "m": (0.5, "depth of the modulation"),
            "f_m": (0.5, "frequency of the modulation"),
            "f_c": (3, "frequency of the carrier"),
            "phi": (0.3, "phase of the carrier, rad"),
        },
    ),
    NamedLaw(
        "yearly_cycle",
        "c + s*t + a*cos(2*pi*t) + b*sin(2*pi*t)",
        "Trend with a yearly cycle",
        "A steady trend and one wave a year, t in years: carbon dioxide, sea level, temperature.",
        {"t": (0, 5, "time, years")},
        {
            "c": (10, "mean level at t = 0"),
            "s": (0.8, "trend per year"),
            "a": (2, "cosine part of the cycle"),
            "b": (1, "sine part of the cycle"),
        },
    ),
    NamedLaw(
        "driven_oscillator",
        "a*f_0**2/sqrt((f_0**2 - f**2)**2 + (f_0*f/q)**2)",
        "Driven oscillator, amplitude",
        "Amplitude of a damped oscillator against the frequency that drives it.",
        {"f": (0.2, 2, "driving frequency")},
        {"a": (1, "amplitude at frequency 0"), "f_0": (1.1, "natural frequency"), "q": (8, "quality factor")},
    ),
    NamedLaw(
        "driven_oscillator_phase",
        "pi/2 + atan(q*(f/f_0 - f_0/f))",
        "Driven oscillator, phase",
        "Lag of a damped oscillator behind the force that drives it, rad.",
        {"f": (0.2, 2, "driving frequency, above 0")},
        {"q": (8, "quality factor"), "f_0": (1.1, "natural frequency")},
    ),
    NamedLaw(
        "rabi",
        "o**2/(o**2 + (d - d_0)**2)*sin(sqrt(o**2 + (d - d_0)**2)*t/2)**2",
        "Rabi oscillation",
        "Chance to find a driven two-level atom excited (Rabi, 1937).",
        {"t": (0, 10, "time"), "d": (-3, 3, "detuning of the drive, rad per time")},
        {"o": (1.5, "Rabi frequency, rad per time"), "d_0": (0.2, "detuning of the line itself")},
    ),
    NamedLaw(
        "plane_wave",
        "a*cos(k_x*x + k_y*y + phi)",
        "Plane wave",
        "Fringes of an interferometer, ripples on water.",
        {"x": (-3, 3, "first coordinate"), "y": (-3, 3, "second coordinate")},
        {
            "a": (1, "amplitude"),
            "k_x": (2, "wave number along x"),
            "k_y": (1, "wave number along y"),
            "phi": (0.4, "phase at the origin, rad"),
        },
    ),
)
