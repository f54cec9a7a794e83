"""The shipped NIST problems against what NIST certifies, evaluated here with 40 digits."""

from __future__ import annotations

import math
import re

import mpmath
import pytest

from educe import datasets

NIST = datasets.names("nist")
FUNCTIONS = ("exp", "log", "cos", "sin", "atan")


def residual_sum_of_squares(data: datasets.DataSet) -> mpmath.mpf:
    """Evaluate the law at the certified values, from the decimal texts, in 40 digits."""
    assert data.certificate is not None
    assert data.law is not None
    with mpmath.workdps(40):
        exact = re.sub(r"(?<![\w.])(\d+(\.\d+)?)(?![\w.])", r"mpf('\1')", data.law)
        left, right = exact.split(" = ")
        known = {name: getattr(mpmath, name) for name in FUNCTIONS} | {"mpf": mpmath.mpf, "pi": mpmath.pi}
        known |= {name: mpmath.mpf(value) for name, value in data.certificate.parameters.items()}
        total = mpmath.mpf(0)
        for row in zip(*data.decimals.values(), strict=True):
            here = known | {name: mpmath.mpf(text) for name, text in zip(data.decimals, row, strict=True)}
            total += (eval(left, here) - eval(right, here)) ** 2  # noqa: S307 -- our own law, in a test
        return total


@pytest.mark.parametrize("name", NIST)
def test_the_certified_parameters_give_the_certified_rss(name: str) -> None:
    data = datasets.load(name)
    assert data.certificate is not None
    rss = float(residual_sum_of_squares(data))
    if name == "Lanczos1":  # eleven digits of the parameters leave 4e-21 where the minimum is 1.4e-25
        assert rss < 1e-20
    else:
        assert rss == pytest.approx(data.certificate.rss, rel=2e-10)


@pytest.mark.parametrize("name", NIST)
def test_certificates_are_consistent(name: str) -> None:
    data = datasets.load(name)
    certificate = data.certificate
    assert certificate is not None
    assert certificate.dof == data.n - len(certificate.parameters)
    assert certificate.residual_sd == pytest.approx(math.sqrt(certificate.rss / certificate.dof), rel=2e-10)
    assert certificate.difficulty in ("lower", "average", "higher")
    assert set(certificate.stderr) == set(certificate.parameters)
    assert min(certificate.stderr.values()) > 0
    assert len(data.starts) == 2
    for start in data.starts:
        assert list(start) == list(certificate.parameters) == [f"b{k + 1}" for k in range(len(start))]


def test_the_problems_are_the_27_of_nist() -> None:
    levels = [datasets.load(name).certificate.difficulty for name in NIST]  # type: ignore[union-attr]
    assert [levels.count(level) for level in ("lower", "average", "higher")] == [8, 11, 8]
    assert sum(datasets.load(name).n for name in NIST) == 2176


def test_lanczos1_keeps_its_decimal_digits() -> None:
    data = datasets.load("Lanczos1")
    with mpmath.workdps(30):
        for x, y in zip(data.decimals["x"], data.decimals["y"], strict=True):
            t = mpmath.mpf(x)
            exact = (
                mpmath.mpf("0.0951") * mpmath.exp(-t)
                + mpmath.mpf("0.8607") * mpmath.exp(-3 * t)
                + mpmath.mpf("1.5576") * mpmath.exp(-5 * t)
            )
            assert abs(mpmath.mpf(y) / exact - 1) < 1e-12
