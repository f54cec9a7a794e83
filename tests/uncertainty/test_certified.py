"""Standard errors against the 27 certificates of NIST, derivatives by SymPy."""

import numpy as np
import pytest
import sympy

from educe import datasets
from educe.uncertainty.covariance import condition, noise_variance, standard_errors
from educe.uncertainty.undetermined import undetermined


def jacobian(data):
    """Exact derivatives of the law at the certified parameters."""
    names = [*data.certificate.parameters, *data.columns]
    symbols = dict(zip(names, sympy.symbols(names), strict=True))
    law = sympy.sympify(data.law.split("=")[1], locals={**symbols, "arctan": sympy.atan})
    values = [*data.certificate.parameters.values(), *data.columns.values()]
    return np.column_stack(
        [
            np.broadcast_to(sympy.lambdify(list(symbols.values()), law.diff(symbols[p]))(*values), data.n)
            for p in data.certificate.parameters
        ]
    )


@pytest.mark.parametrize("name", datasets.names("nist"))
def test_standard_errors(name):
    """With the certified sum of squares, so that Lanczos1 counts too; the certificates have 11 digits."""
    data = datasets.load(name)
    J = jacobian(data)
    R = np.linalg.qr(np.column_stack([J, np.zeros(data.n)]), mode="r")
    certificate = data.certificate
    found = standard_errors(R, noise_variance(certificate.rss, certificate.dof))
    certified = np.array(list(certificate.stderr.values()))
    np.testing.assert_allclose(found, certified, rtol=1e-9)
    theta = np.array(list(certificate.parameters.values()))
    assert undetermined(R, list(certificate.parameters), theta) == []
    assert condition(R) < 1e8
