"""SciPy's own tests of curve_fit, run against ours.

The test class is taken from the installed SciPy; wherever its methods say curve_fit, they get ours.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from scipy.optimize.tests import test_minpack as scipys

from educe.fitting.curve_fit import curve_fit


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put our curve_fit where SciPy's tests look for it: by name, and as optimize.curve_fit."""
    optimize: Any = SimpleNamespace(**vars(scipys.optimize))
    optimize.curve_fit = curve_fit
    monkeypatch.setattr(scipys, "optimize", optimize)
    monkeypatch.setattr(scipys, "curve_fit", curve_fit)


class TestCurveFit(scipys.TestCurveFit):  # type: ignore[misc]
    """Every method of SciPy's class, inherited."""

    @pytest.mark.xfail(
        strict=True,
        reason="the expected covariance is SciPy's own, 1.6e-6 from the true one, at a tolerance of 2e-7; "
        "the true one is in test_curve_fit.py, by 40-digit arithmetic",
    )
    def test_gh4555b(self) -> None:
        super().test_gh4555b()


def test_the_methods_are_scipys_and_get_our_function() -> None:
    methods = [name for name in dir(TestCurveFit) if name.startswith("test_")]
    assert len(methods) >= 30
    assert scipys.TestCurveFit.test_pcov.__globals__["curve_fit"] is curve_fit
