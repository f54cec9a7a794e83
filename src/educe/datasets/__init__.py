"""Measurements that ship with educe: real ones, and the 27 certified problems of NIST.

Each set is one file: a header that says what it is and where it comes from, then plain CSV. The folder `nist`
holds the nonlinear regression problems of the Statistical Reference Datasets (NIST/ITL StRD, public domain),
`measured` everything else.
"""

from __future__ import annotations

from pathlib import Path

from educe.datasets.dataset import Certificate, DataSet
from educe.datasets.reading import read
from educe.errors import ParameterError, listing, nearest

__all__ = ["Certificate", "DataSet", "load", "names", "path"]

FOLDERS = ("measured", "nist")


def names(folder: str | None = None) -> tuple[str, ...]:
    """Return the names of all data sets, or of those in one folder (``"measured"`` or ``"nist"``).

    Raises ParameterError if there is no such folder.

    >>> len(names("nist"))
    27
    """
    if folder is not None and folder not in FOLDERS:
        raise ParameterError(f"No folder of data sets is called '{folder}'; there are {', '.join(FOLDERS)}.")
    return tuple(
        sorted((name for name, file in _files().items() if folder in (None, file.parent.name)), key=str.lower)
    )


def path(name: str) -> Path:
    """Return the file of one data set, a CSV with a commented header.

    Raises ParameterError if there is no such data set, naming the nearest.

    >>> path("Misra1a").name
    'Misra1a.csv'
    """
    files = _files()
    if name not in files:
        raise ParameterError(
            f"No data set is called '{name}'; there are {listing(names())}.{nearest(name, files)}"
        )
    return files[name]


def load(name: str) -> DataSet:
    """Return one of the data sets that ship with educe.

    name : one of `names()`, as written there

    Raises ParameterError if there is no such data set, naming the nearest.

    >>> misra = load("Misra1a")
    >>> misra.law, misra.n
    ('y = b1*(1 - exp(-b2*x))', 14)
    >>> misra.certificate.parameters["b1"]
    238.94212918
    """
    return read(path(name))


def _files() -> dict[str, Path]:
    here = Path(__file__).parent
    return {file.stem: file for folder in FOLDERS for file in (here / folder).glob("*.csv")}
