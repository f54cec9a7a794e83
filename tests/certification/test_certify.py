"""The digit count, judged by hand; the certificate itself is the point of the command."""

import math

import numpy as np
import pytest

from educe import datasets, fit
from educe.certification import Run, certify
from educe.certification.certify import digits, other_signs
from educe.errors import ParameterError


@pytest.mark.parametrize(
    ("value", "certified", "right"),
    [(1.001, 1.0, 3.0), (-2.0002, -2.0, 4.0), (3.0, 3.0, 11.0), (1 + 1e-15, 1.0, 11.0), (-1.0, 1.0, 0.0)],
)
def test_digits_are_the_log_relative_error(value: float, certified: float, right: float) -> None:
    assert digits(value, certified) == pytest.approx(right, abs=1e-6)


def test_what_is_no_number_has_no_digits() -> None:
    assert digits(math.nan, 1.0) == digits(math.inf, 1.0) == 0.0


@pytest.mark.parametrize("name", datasets.names("nist"))
def test_every_certified_problem_is_reached_from_every_certified_start(name: str) -> None:
    assert {run.start: run.missed for run in certify(problems=[name])} == {"1": (), "2": ()}


def test_a_run_that_misses_says_what() -> None:
    run = Run("Misra1a", "1", {"parameters": 9.99, "stderr": 11.0, "rss": 8.9}, (), 0.1)
    assert run.missed == ("parameters", "rss")


def test_only_what_float64_cannot_carry_is_excepted() -> None:
    few = {"parameters": 3.0, "stderr": 3.0, "rss": 3.0}
    assert Run("Lanczos1", "1", few, (), 0.1).missed == ("parameters",)
    assert Run("Lanczos2", "1", few, (), 0.1).missed == ("parameters", "stderr", "rss")


def test_signs_that_the_law_cannot_tell_are_named_and_others_are_not() -> None:
    data = datasets.load("Eckerle4")
    assert data.certificate is not None
    assert data.law is not None
    certified = data.certificate.parameters
    mirrored = {**certified, "b1": -certified["b1"], "b2": -certified["b2"]}
    found = fit(data.law, dict(data.columns), start=mirrored)
    assert other_signs(found, certified) == ("b1", "b2")
    line = fit("y = m*x", {"x": np.arange(4.0), "y": 2.0 * np.arange(4.0)})
    assert other_signs(line, {"m": -2.0}) == ()


def test_another_start_or_set_is_refused() -> None:
    with pytest.raises(ParameterError, match="start '3' is not one of 1, 2, none"):
        next(certify(["3"]))
    with pytest.raises(ParameterError, match="not a problem that NIST certifies"):
        next(certify(["1"], ["ethanol"]))
