"""Measure something, get the function: known laws fitted without ceremony, error bars, the mathematics."""

from typing import TYPE_CHECKING

from educe import datasets
from educe.errors import (
    EduceError,
    FileError,
    FitError,
    FormulaError,
    ParameterError,
    TableError,
)
from educe.fitting.curve_fit import curve_fit
from educe.fitting.fit import fit
from educe.fitting.result import Fit
from educe.fitting.saved import load
from educe.simulation.simulate import simulate

if TYPE_CHECKING:
    from educe.fitting.regressor import LawRegressor

__version__ = "0.1.0"

__all__ = [
    "EduceError",
    "FileError",
    "Fit",
    "FitError",
    "FormulaError",
    "LawRegressor",
    "ParameterError",
    "TableError",
    "__version__",
    "curve_fit",
    "datasets",
    "fit",
    "load",
    "simulate",
]


def __getattr__(name: str) -> object:
    """Load the scikit-learn estimators when they are asked for: scikit-learn takes a second to import."""
    if name == "LawRegressor":
        from educe.fitting.regressor import LawRegressor

        return LawRegressor
    raise AttributeError(f"module 'educe' has no attribute '{name}'")
