"""Saved results: a fit or a network, told apart by what the file says of itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from educe.errors import FileError
from educe.export.json_file import read

if TYPE_CHECKING:
    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

FIT, NETWORKS = (
    "educe fit",
    ("educe network", "educe networks"),
)  # as `fitting.saved` and `learning.saved` say it


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
    found, name = read(path), os.fspath(path)
    form = found.get("format")
    if form in NETWORKS:
        from educe.learning import saved as networks

        return networks.of_file(found, name)
    if form != FIT:
        raise FileError(f"{path} is neither a fit nor a network that educe saved.")
    from educe.fitting import loaded as fits

    return fits.of_file(found, name)
