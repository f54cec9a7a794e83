"""What a check found: frozen, in words and as data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

    from educe.comparison.check_curves import Curve, Surface
    from educe.comparison.check_network import Explained
    from educe.comparison.check_noise import NoiseCheck
    from educe.comparison.check_regions import Region
    from educe.comparison.check_smoothers import Wave
    from educe.fitting.result import Fit

FEWEST_PERIODS = 2.0  # over the range, of what is called an oscillation
KINDS = {
    "bump": "a local departure",
    "trend": "a curvature that the law lacks",
    "wave": "an oscillation",
    "network": "a smooth shape",
    "repeats": "means of repeated rows that lie off the law",
}


@dataclass(frozen=True, eq=False)
class Check:
    """Whether a fitted law misses something.

    fit, level, replicates, seed : what was looked at, and how
    p_value : of the whole search, if the law is right;  p_values : {smoother: of it alone}
    noise : whether the noise is the same everywhere;  leading : the smoother to which the residuals stand out most
    regions : where, strongest first;  explained : what a network can predict of the residuals, or None
    wave : the strongest oscillation
    curves, map : residuals smoothed along each input, and over two
    exact : the law reproduces the measurements to rounding;  notes : sentences
    """

    fit: Fit = field(repr=False)
    level: float
    replicates: int
    seed: int
    p_value: float
    p_values: dict[str, float]
    noise: NoiseCheck
    leading: str = ""
    regions: tuple[Region, ...] = ()
    explained: Explained | None = None
    wave: Wave | None = None
    curves: tuple[Curve, ...] = field(default=(), repr=False)
    map: Surface | None = field(default=None, repr=False)
    exact: bool = False
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is structure in the residuals, at the level asked for."""
        return self.p_value <= self.level

    @property
    def kind(self) -> str:
        """What sort of structure it is, in words; "" where none was found."""
        if not self.found:
            return ""
        if self.leading == "wave" and self.wave is not None:
            if self.wave.times < FEWEST_PERIODS:
                return KINDS["trend"]
            if math.isfinite(self.wave.period):
                return f"an oscillation along {self.wave.axis} with a period of {self.wave.period:.2g}"
        return KINDS[self.leading]

    @property
    def oscillates(self) -> bool:
        """Whether an oscillation is what stands out."""
        return (
            self.found
            and self.leading == "wave"
            and self.wave is not None
            and self.wave.times >= FEWEST_PERIODS
        )

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        from educe.report.check_text import verdict

        return verdict(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `educe check --json` prints; a number that is not finite is None."""
        explained = self.explained
        return {
            "formula": self.fit.law.text,
            "source": self.fit.source,
            "n": self.fit.n,
            "found": self.found,
            "verdict": self.verdict,
            "level": self.level,
            "p_value": self.p_value,
            "p_values": dict(self.p_values),
            "leading": self.leading,
            "kind": self.kind,
            "regions": [
                {
                    "bounds": {name: list(ends) for name, ends in region.bounds.items()},
                    "standard_deviations": region.z,
                    "mean_residual": region.mean,
                    "rows": region.rows,
                    "certain": region.certain,
                }
                for region in self.regions
            ],
            "noise": {
                "constant": self.noise.constant,
                "p_value": None if math.isnan(self.noise.p_value) else self.noise.p_value,
                "along": self.noise.along,
                "ratio": self.noise.ratio,
            },
            "network": None
            if explained is None
            else {"share": explained.share, "parameters_count": explained.parameters, "rows": explained.rows},
            "replicates": self.replicates,
            "seed": self.seed,
            "notes": list(self.notes),
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Return the figure of the residuals and what was found in them; with a path, write it too."""
        from educe.report import check_figures, figures

        return figures.kept(lambda: check_figures.draw(self), path)

    def __str__(self) -> str:
        from educe.report.check_text import render

        return render(self)
