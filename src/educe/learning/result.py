"""What was learned: frozen; a function with its intervals, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError, nearest

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from educe.learning.checked import Checked, Kept
    from educe.learning.choosing import Tried
    from educe.learning.conformal import HeldOut
    from educe.learning.rows import Scales
    from educe.network.network import Network
    from educe.uncertainty.prediction import Prediction
    from educe.uncertainty.region import Region

Array = NDArray[np.float64]

SAME = 1.01  # a start has reached the best loss if its own is at most this much higher


@dataclass(frozen=True, eq=False)
class Learned:
    """A function learned from measurements.

    inputs, target, source : names of the columns, and words for where they came from
    scaled, scales : the network as it was trained, and the maps from measured units
    link : "identity", or "exp" where the network is the logarithm of an expected count
    n, left_out : rows used, and those left out, by reason
    loss, optimizer, penalty, seed, engine : how it was trained
    train_rmse, validation_rmse : in the target's unit; the second on rows that the network judged did not see
    epochs, reason : how long it was trained and why that ended
    starts : training RMSE that each start reached;  history : training loss by epoch, in the target's unit
    members : (folds, P) networks that each left out a part;  held_out : the errors on those parts
    coverage : {level: share of held-out rows inside their interval}
    tried : candidates of the choice, where one was made;  region : what was measured
    checked : rows with what a network that had not seen them said, for the figure
    notes, warnings : sentences;  seconds : of training, None where it was read from a file
    rows : distinct rows it learned from, thinned where they are many, for its explanation; None in an old file
    bend : residual at which the huber loss bends, in the target's unit
    outputs : number of targets of the network whose hidden layers this one has, see `LearnedTogether`
    units : {column: unit}, "" of those whose header or object carries none
    """

    inputs: tuple[str, ...]
    target: str
    source: str
    scaled: Network
    scales: Scales
    link: str
    n: int
    left_out: Mapping[str, int]
    loss: str
    optimizer: str
    penalty: float
    seed: int
    engine: str
    train_rmse: float
    validation_rmse: float
    epochs: int
    reason: str
    starts: tuple[float, ...]
    history: tuple[float, ...]
    members: Array
    held_out: HeldOut
    coverage: Mapping[float, float]
    tried: tuple[Tried, ...]
    region: Region
    checked: Checked
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float | None = field(default=None)
    rows: Kept | None = field(default=None, repr=False)
    bend: float | None = None
    outputs: int = 1
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def response(self) -> str:
        """The name of what is predicted: the target."""
        return self.target

    @property
    def targets(self) -> tuple[str, ...]:
        """The name of what is predicted, as `LearnedTogether` has them."""
        return (self.target,)

    @property
    def each(self) -> tuple[Learned, ...]:
        """This, as the one target's function: see `LearnedTogether`."""
        return (self,)

    @property
    def layers(self) -> tuple[int, ...]:
        """Widths from inputs to output."""
        return self.scaled.architecture.layers

    @property
    def parameters_count(self) -> int:
        """Number of weights and biases."""
        return self.scaled.architecture.parameters

    @cached_property
    def network(self) -> Network:
        """The network in measured units: the scaling is folded into its weights, and nothing is hidden."""
        s = self.scales
        return self.scaled.with_scaled_inputs(s.centre, s.spread).with_scaled_output(s.middle, s.unit)

    @property
    def averaged(self) -> int:
        """How many networks of one shape this one is the average of, side by side; 1 for a single one."""
        widths = self.layers[1:-1]
        of = [t.networks for t in self.tried if tuple(t.networks * width for width in t.hidden) == widths]
        return max(of, default=1)

    @property
    def reached(self) -> int:
        """How many starts reached the best loss, to 1 %."""
        best = min(self.starts)
        return sum(rmse <= best * SAME + 1e-300 for rmse in self.starts)

    def predict(self, data: Any, *, interval: str | None = None, level: float = 0.95) -> Array | Prediction:
        """Return the function's values at new inputs.

        data : path, frame, dict of arrays ... with the input columns; or an (m, inputs) array in their order
        interval : None for values (m,), "prediction" for a Prediction with cross-conformal limits
        level : share of new measurements that the interval is to hold, in (0, 1)

        Raises ParameterError for an unknown interval or level, TableError where an input column is missing.
        """
        from educe.learning.predict import predict

        if interval not in (None, "prediction"):
            raise ParameterError(
                f"interval '{interval}' is not offered for a network; 'prediction' is: an interval for one new "
                f"measurement.{nearest(interval, ['prediction'])}"
            )
        if not 0.0 < level < 1.0:
            raise ParameterError(f"level must lie between 0 and 1, not be {level!r}.")
        return predict(self, data, interval, level)

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `educe learn --json`."""
        from educe.learning.saved import summary

        return summary(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all of this to a JSON file, whole or not at all; FileError if it cannot be written."""
        from educe.export.json_file import write
        from educe.learning.saved import to_saved

        write(path, to_saved(self))

    def export(self, to: str, path: str | os.PathLike[str] | None = None) -> str | bytes:
        """Return the network, scaling folded in, as code in another language, and write it to path if one is given.

        to : python (one point, math module alone), numpy, c, javascript, latex, spreadsheet, onnx (double
            precision; needs the package onnx); a spreadsheet is text to paste into cell A1, or a workbook with a
            path that ends in .xlsx

        Raises ParameterError for another language, FormulaError where it lacks what the network needs, FileError if
        it cannot be written.
        """
        from educe.export.result import export

        return export(self, to, path)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Return the figure, and write it to path as .svg, .png or .pdf if one is given.

        Measured against predicted, for rows not seen; the curve or surface with its interval, of one or two
        inputs; how many starts reached the best loss; the loss by epoch. Raises FileError for another suffix.
        """
        from educe.report import figures, network_figures

        return figures.kept(lambda: network_figures.draw(self), path)

    def report(self, path: str | os.PathLike[str], level: str = "full") -> None:
        """Write the explanation of the network as one HTML page that needs nothing else.

        path : of the page;  level : how it opens, "plain", "school" or "full"; the reader can choose another

        Raises ParameterError for another level, FileError if the page cannot be written.
        """
        from educe.explanation.network import explain
        from educe.report.page import depth_named, save

        depth = depth_named(level)
        save(explain(self), path, depth=depth)

    def __str__(self) -> str:
        """Return the result as text."""
        from educe.learning.text import render

        return render(self)

    def _repr_html_(self) -> str:
        """Return the result for a notebook."""
        from educe.report import network_html

        return network_html.render(self)
