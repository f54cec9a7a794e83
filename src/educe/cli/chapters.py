"""What the demonstration shows: each chapter is some measurements, a law, and what its fit says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from educe import datasets
from educe.fitting.fit import fit
from educe.simulation import Simulated, simulate
from educe.table import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from educe.fitting.result import Fit
    from educe.learning.result import Learned

SENSORS = "z = a*sin(x) + b*cos(y)"
TRUTH = {"a": 2.0, "b": 0.5}
SQUARE = {"x": (-3.0, 3.0), "y": (-3.0, 3.0)}
NOISE, ROWS, SEED = 0.1, 500, 7


@dataclass(frozen=True, eq=False)
class Chapter:
    """One fit of the demonstration.

    name : of its files;  title, told : what was measured, and what to notice
    found : the fit;  command : how to do the same in the terminal
    truth : parameter -> true value, where the measurements are simulated
    """

    name: str
    title: str
    told: str
    found: Fit
    command: str
    truth: Mapping[str, float] = field(default_factory=dict)

    @property
    def off(self) -> dict[str, float]:
        """How many standard errors each parameter lies from its true value."""
        return {
            name: (self.found.params[name] - true) / self.found.stderr[name]
            for name, true in self.truth.items()
        }


def sensors(folder: Path) -> Chapter:
    """Simulate sensors, write what they read, and find the constants of their law."""
    made = _simulated()
    write(folder / "sensors.csv", made.columns)
    return Chapter(
        "sensors",
        "Sensors: the law is known, its constants are wanted",
        f"{ROWS} simulated readings of {SENSORS} with noise {NOISE:g} (seed {SEED}). The law is linear in a and b, "
        "so one step solves it and no starting values are needed.",
        fit(SENSORS, folder / "sensors.csv"),
        f'educe fit sensors.csv "{SENSORS}"',
        TRUTH,
    )


def broken_sensors(folder: Path) -> Chapter:
    """Do the same where some sensors fail, with a robust loss."""
    made = _simulated(outliers=0.05, missing=0.02)
    write(folder / "broken.csv", made.columns)
    return Chapter(
        "broken",
        "Broken sensors: some readings are far off, some are missing",
        f"The same sensors, but {made.outliers} readings are far off and {made.missing} are missing. Tukey's loss "
        "leaves the far ones aside; the missing ones are left out and counted.",
        fit(SENSORS, folder / "broken.csv", loss="tukey"),
        f'educe fit broken.csv "{SENSORS}" --loss tukey',
        TRUTH,
    )


def ethanol(folder: Path) -> Chapter:
    """Fit real measurements with two inputs."""
    found, command = _shipped("ethanol", folder)
    told = (
        "Nitrogen oxides against compression C and richness E of the mixture, measured on an engine. The law says "
        f"how the lean edge moves with compression: by s = {found.params['s']:.4f} +/- {found.stderr['s']:.4f} for "
        f"each unit of C. It explains {100 * found.r_squared:.1f} % of the variation. No starting "
        "values were given."
    )
    return Chapter(
        "ethanol", "Exhaust of an ethanol engine: real measurements, two inputs", told, found, command
    )


def puromycin(folder: Path) -> Chapter:
    """Fit real measurements by a named law, and ask of them a question with yes or no."""
    both = _shipped("puromycin", folder)[0]
    low, high = both.conf_int()["gain"]
    answer = "it does" if low > 0.0 else "it may or may not"
    told = (
        "Michaelis and Menten's law, by its name, for the cells treated with puromycin. Does the drug speed the enzyme "
        f"up? Fitted to all cells at once, it adds {low:.0f} to {high:.0f} (95 %) to the highest speed: {answer}."
    )
    law, where = "rate = michaelis_menten(conc)", "treated == 1"
    found = fit(law, folder / "puromycin.csv", where=where)
    command = f'educe fit puromycin.csv "{law}" --where "{where}"'
    return Chapter(
        "puromycin", "An enzyme with puromycin: real measurements, a named law", told, found, command
    )


CHAPTERS: tuple[Callable[[Path], Chapter], ...] = (sensors, broken_sensors, ethanol, puromycin)


def forgotten(folder: Path) -> Learned:
    """Learn what the sensors measure from their readings alone: the network of the text that educe starts from."""
    from educe.learning.learn import learn

    return learn(
        folder / "sensors.csv", "z", hidden=3, activation="sigmoid", output="sigmoid", penalty=1e-5, starts=6
    )


def _simulated(outliers: float = 0.0, missing: float = 0.0) -> Simulated:
    return simulate(
        SENSORS, ROWS, ranges=SQUARE, values=TRUTH, noise=NOISE, seed=SEED, outliers=outliers, missing=missing
    )


def _shipped(name: str, folder: Path) -> tuple[Fit, str]:
    """Write a data set that ships with educe, fit its law, and return the fit with its command."""
    data = datasets.load(name)
    columns: dict[str, Any] = {name: np.asarray(column) for name, column in data.columns.items()}
    write(folder / f"{name}.csv", columns)
    command = f'educe fit {name}.csv "{data.law}"'
    return fit(data.law or "", folder / f"{name}.csv"), command
