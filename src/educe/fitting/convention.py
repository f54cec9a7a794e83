"""What the numbers of a fit mean."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Convention:
    """What the numbers mean.

    sigma : "none", "relative" or "absolute";  loss : its name;  loss_scale : where it bends, or None
    noisy_inputs : inputs whose errors were taken into account
    intervals : method of the intervals that are shown, one of `uncertainty.intervals.METHODS`
    errors : what error bars suppose of the noise: "model", what sigma and loss say; "sandwich", nothing
    """

    sigma: str
    loss: str = "linear"
    loss_scale: float | None = None
    noisy_inputs: tuple[str, ...] = ()
    intervals: str = "auto"
    errors: str = "model"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The convention in words, for the report."""
        words = {
            "none": "all measurements weigh the same; error bars come from the scatter of the residuals",
            "relative": "measurements are weighted by 1/sigma^2; only ratios of sigma count, error bars are "
            "rescaled by the scatter of the residuals",
            "absolute": "measurements are weighted by 1/sigma^2; error bars follow from sigma alone, not from "
            "the scatter of the residuals",
        }
        sentences = [words[self.sigma]]
        if self.loss != "linear":
            sentences.append(
                f"robust loss {self.loss}, bending at a residual of {self.loss_scale:.4g}; error bars are those "
                "of an M-estimator (Huber 1981)"
            )
        if self.noisy_inputs:
            sentences.append(
                f"errors in {', '.join(self.noisy_inputs)} were taken into account: residuals are distances to the law "
                "in units of both errors (orthogonal distance regression)"
            )
        if self.errors == "sandwich":
            sentences.append(
                "error bars suppose nothing of how the noise differs from row to row (sandwich covariance, HC3)"
            )
        return tuple(sentences)
