"""The 27 certified problems of NIST from both certified starts, digit by digit."""

import math

import numpy as np
import pytest

import educe
from educe import datasets

RUNS = [(name, number) for name in datasets.names("nist") for number in (0, 1)]
# a pair of signs that the law cannot tell apart: (x - b3)/b2 squared, widths of Gaussian peaks
EVEN = {"Eckerle4": {"b1", "b2"}, "Gauss1": {"b5", "b8"}, "Gauss2": {"b5", "b8"}, "Gauss3": {"b5", "b8"}}


def digits(found, certified):
    return 16.0 if found == certified else -math.log10(abs(found - certified) / abs(certified))


@pytest.mark.parametrize(("name", "number"), RUNS, ids=[f"{name}-{number + 1}" for name, number in RUNS])
def test_certified_digits(name, number):
    data = datasets.load(name)
    certificate = data.certificate
    fit = educe.fit(data.law, data.columns, start=data.starts[number])
    assert fit.converged
    assert fit.dof == certificate.dof
    even = EVEN.get(name, set())
    for parameter, certified in certificate.parameters.items():
        found = fit.params[parameter]
        if parameter in even:
            found = math.copysign(found, certified)
        assert digits(found, certified) >= 10, parameter
    if name == "Lanczos1":  # a sum of squares of 1e-25 is below what float64 carries
        assert fit.rss < 1e-20
        return
    assert digits(fit.rss, certificate.rss) >= 9
    assert digits(fit.residual_standard_error, certificate.residual_sd) >= 9
    for parameter, certified in certificate.stderr.items():
        assert digits(fit.stderr[parameter], certified) >= 9, parameter


@pytest.mark.parametrize("name", ["Misra1a", "Thurber", "Hahn1", "MGH09"])
def test_the_gradient_is_zero_at_the_end(name):
    data = datasets.load(name)
    fit = educe.fit(data.law, data.columns, start=data.starts[1])
    r, J = fit.weighted_residuals, fit.weighted_jacobian
    cosines = J.T @ r / (np.linalg.norm(J, axis=0) * np.linalg.norm(r))
    assert np.abs(cosines).max() < 1e-8
