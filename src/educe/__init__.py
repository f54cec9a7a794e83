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
from educe.loading import load
from educe.simulation.simulate import simulate

if TYPE_CHECKING:
    from educe.comparison.board import Board
    from educe.comparison.check import check
    from educe.comparison.check_result import Check
    from educe.comparison.compare import compare
    from educe.fitting.regressor import LawRegressor
    from educe.learning.learn import learn
    from educe.learning.regressor import NetworkRegressor
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether
    from educe.many.fit_many import fit_many
    from educe.many.result import Many
    from educe.studying.result import Study
    from educe.studying.study import study

__version__ = "0.1.0"

__all__ = [
    "Board",
    "Check",
    "EduceError",
    "FileError",
    "Fit",
    "FitError",
    "FormulaError",
    "LawRegressor",
    "Learned",
    "LearnedTogether",
    "Many",
    "NetworkRegressor",
    "ParameterError",
    "Study",
    "TableError",
    "__version__",
    "check",
    "compare",
    "curve_fit",
    "datasets",
    "fit",
    "fit_many",
    "learn",
    "load",
    "simulate",
    "study",
]


_LATE = {
    "Board": "educe.comparison.board",
    "Check": "educe.comparison.check_result",
    "check": "educe.comparison.check",
    "compare": "educe.comparison.compare",
    "LawRegressor": "educe.fitting.regressor",
    "Learned": "educe.learning.result",
    "LearnedTogether": "educe.learning.together",
    "NetworkRegressor": "educe.learning.regressor",
    "Many": "educe.many.result",
    "fit_many": "educe.many.fit_many",
    "learn": "educe.learning.learn",
    "study": "educe.studying.study",
    "Study": "educe.studying.result",
}


def __getattr__(name: str) -> object:
    """Load networks and the scikit-learn estimators when they are asked for: most programs need neither."""
    if name not in _LATE:
        raise AttributeError(f"module 'educe' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)
