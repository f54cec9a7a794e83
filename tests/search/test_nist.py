"""The 27 certified problems without starting values, each parameter against its certified value."""

import numpy as np
import pytest

from educe import datasets
from educe.formula import evaluate, parse
from educe.search import Found, search

NAMES = datasets.names("nist")


def searched(name: str, seed: int = 0) -> Found:
    problem = datasets.load(name)
    law = parse(problem.law or "")
    columns = dict(problem.columns)
    roles = law.roles(columns)
    inputs = {variable: columns[variable] for variable in roles.variables}
    response = np.asarray(evaluate(law.response, columns))
    return search(law.expression, response, inputs, roles.parameters, seed=seed)


@pytest.mark.parametrize("name", NAMES)
def test_certified_values_are_found_without_starts(name: str) -> None:
    certified = datasets.load(name).certificate.parameters
    theta = searched(name).starts[0].theta
    assert {p: theta[p] for p in certified} == pytest.approx(dict(certified), rel=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["ENSO", "Gauss3", "MGH09", "Thurber"])
def test_any_seed_will_do(name: str, seed: int) -> None:
    problem = datasets.load(name)
    assert searched(name, seed).starts[0].cost == pytest.approx(problem.certificate.rss, rel=1e-8)


def test_a_law_that_does_not_hold_is_not_called_settled() -> None:
    found = searched("Kirby2")
    assert not found.settled
    assert "do not look like noise" in found.warnings[0]


def test_a_law_that_holds_is_settled_after_little_work() -> None:
    found = searched("Hahn1")
    assert found.settled
    assert found.rounds == 2
    assert found.warnings == ()
