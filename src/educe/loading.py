"""Saved results: a fit or a network, told apart by what the file says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.errors import FileError
from educe.export.json_file import read
from educe.fitting import saved as fits

if TYPE_CHECKING:
    import os

    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

NETWORKS = ("educe network", "educe networks")  # as `learning.saved` says it; a test holds the two together


def load(path: str | os.PathLike[str]) -> Fit | Learned | LearnedTogether:
    """Return the result that `save` of a Fit, a Learned or a LearnedTogether wrote.

    The file is data: nothing in it is run.

    path : of a JSON file

    Raises FileError if it cannot be read or is neither a fit nor a network that educe saved.

    >>> import educe, numpy as np, tempfile, os
    >>> line = educe.fit("y = m*x + b", {"x": np.arange(4.0), "y": np.arange(4.0) + 1})
    >>> path = os.path.join(tempfile.mkdtemp(), "line.json")
    >>> line.save(path)
    >>> educe.load(path).params == line.params
    True
    """
    form = read(path).get("format")
    if form in NETWORKS:
        from educe.learning import saved as networks

        return networks.load(path)
    if form != fits.FORMAT:
        raise FileError(f"{path} is neither a fit nor a network that educe saved.")
    return fits.load(path)
