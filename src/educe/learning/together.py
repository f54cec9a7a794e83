"""Several targets learned by one network with an output for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError, listing, nearest
from educe.network.architecture import Architecture
from educe.uncertainty.prediction import Prediction

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from educe.learning.result import Array, Learned


@dataclass(frozen=True, eq=False)
class LearnedTogether:
    """Functions of the same inputs, learned by one network: the hidden layers are shared, each has its own output.

    each : a `Learned` for each target, in the order in which they were named: its network is the shared one with
        this target's row of the last layer, its RMSE and intervals are this target's own. Its `starts` and `history`
        are of all targets together, in this target's unit

    >>> from educe.learning.learn import learn
    >>> x = np.linspace(-2, 2, 40)
    >>> both = learn({"x": x, "y": x**2, "z": np.sin(x)}, ["y", "z"], hidden=5, penalty=1e-6, starts=4)
    >>> both.layers, both["z"].layers, both.predict({"x": [0.0, 1.0]}).shape
    ((1, 5, 2), (1, 5, 1), (2, 2))
    """

    each: tuple[Learned, ...]

    def __getitem__(self, target: str) -> Learned:
        """Return what was learned of one target; ParameterError for a name that is none."""
        for learned in self.each:
            if learned.target == target:
                return learned
        raise ParameterError(
            f"'{target}' is no target of this network; its targets are {listing(self.targets)}."
            f"{nearest(str(target), self.targets)}"
        )

    def __iter__(self) -> Iterator[Learned]:
        """Go through the targets."""
        return iter(self.each)

    def __len__(self) -> int:
        """Return the number of targets."""
        return len(self.each)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of what is predicted."""
        return tuple(learned.target for learned in self.each)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it is predicted from."""
        return self.each[0].inputs

    @property
    def units(self) -> dict[str, str]:
        """{column: unit}, of inputs and targets: see `Learned`."""
        return {column: unit for learned in self.each for column, unit in learned.units.items()}

    @property
    def layers(self) -> tuple[int, ...]:
        """Widths from inputs to outputs."""
        return (*self.each[0].layers[:-1], len(self.each))

    @property
    def parameters_count(self) -> int:
        """Number of weights and biases, the shared ones counted once."""
        return Architecture(self.layers).parameters

    @property
    def reason(self) -> str:
        """Why the training ended."""
        return self.each[0].reason

    @property
    def train_rmse(self) -> dict[str, float]:
        """Of each target, in its unit."""
        return {learned.target: learned.train_rmse for learned in self.each}

    @property
    def validation_rmse(self) -> dict[str, float]:
        """Of each target on rows that the network judged did not see, in its unit."""
        return {learned.target: learned.validation_rmse for learned in self.each}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be known before believing it; each sentence once."""
        return tuple(dict.fromkeys(sentence for learned in self.each for sentence in learned.warnings))

    def predict(self, data: Any, *, interval: str | None = None, level: float = 0.95) -> Array | Prediction:
        """Return the values at new inputs, a column for each target: (m, targets).

        Arguments and errors are those of `Learned.predict`; values, lower, upper and stderr of the Prediction are
        (m, targets) too, outside is (m,).
        """
        from educe.learning.predict import input_rows

        X = input_rows(self.each[0], data)
        found = [learned.predict(X, interval=interval, level=level) for learned in self.each]
        values = np.column_stack(
            [f for f in found if isinstance(f, np.ndarray)] or [f.values for f in bands(found)]
        )
        if interval is None:
            return values
        lower, upper, stderr = (
            np.column_stack([getattr(f, name) for f in bands(found)]) for name in ("lower", "upper", "stderr")
        )
        return Prediction(values, lower, upper, stderr, bands(found)[0].outside, interval, level)

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `educe learn --json`."""
        from educe.learning.saved import summary_together

        return summary_together(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all of this to a JSON file, whole or not at all; FileError if it cannot be written."""
        from educe.export.json_file import write
        from educe.learning.saved import to_saved_together

        write(path, to_saved_together(self))

    def export(self, to: str, path: str | os.PathLike[str] | None = None) -> str | bytes:
        """Return the network as code that predicts all targets in one call, and write it to path if one is given.

        Arguments and errors are those of `Learned.export`.
        """
        from educe.export.result import export

        return export(self, to, path)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Return the figure of `Learned.plot` for each target, one below the other, and write it if asked."""
        from educe.report import figures, network_figures

        return figures.kept(lambda: network_figures.draw(self), path)

    def report(self, path: str | os.PathLike[str], level: str = "full") -> None:
        """Write the explanation of all targets as one HTML page, whose reader chooses between them.

        Arguments and errors are those of `Learned.report`.
        """
        from educe.explanation.network_together import explain
        from educe.report.page import depth_named, save

        depth = depth_named(level)
        save(explain(self), path, depth=depth)

    def __str__(self) -> str:
        """Return the result as text."""
        from educe.learning.text import render_together

        return render_together(self)

    def _repr_html_(self) -> str:
        """Return the result for a notebook."""
        from educe.report import network_html

        return network_html.render(self)


def bands(found: list[Array | Prediction]) -> list[Prediction]:
    """Return the predictions among arrays and predictions."""
    return [f for f in found if isinstance(f, Prediction)]
