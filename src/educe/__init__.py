"""Measure something, get the function: known laws fitted without ceremony, error bars, the mathematics."""

from educe import datasets
from educe.errors import (
    EduceError,
    EduceWarning,
    FileError,
    FitError,
    FormulaError,
    ParameterError,
    TableError,
)
from educe.fitting.fit import fit
from educe.fitting.result import Fit
from educe.fitting.saved import load

__version__ = "0.1.0"

__all__ = [
    "EduceError",
    "EduceWarning",
    "FileError",
    "Fit",
    "FitError",
    "FormulaError",
    "ParameterError",
    "TableError",
    "__version__",
    "datasets",
    "fit",
    "load",
]
