"""The library of named laws: every law reads, means what it says, and its parameters can be told apart."""

from __future__ import annotations

import keyword
import subprocess
import sys

import numpy as np
import pytest

from educe.errors import FormulaError
from educe.formula import library
from educe.formula.differentiate import gradient
from educe.formula.evaluate import evaluate
from educe.formula.law import Law
from educe.formula.operations import FUNCTIONS
from educe.formula.parse import parse

ALL = list(library.LAWS.values())
every_law = pytest.mark.parametrize("law", ALL, ids=library.names())


def grid(law: library.NamedLaw) -> dict[str, np.ndarray]:
    """Return rows over the ranges of the variables: a line of 60, or a lattice of 15 by 15."""
    count = 60 if len(law.variables) == 1 else 15
    axes = [np.linspace(low, high, count) for low, high in law.ranges.values()]
    return {name: values.ravel() for name, values in zip(law.variables, np.meshgrid(*axes), strict=True)}


def jacobian(law: library.NamedLaw) -> np.ndarray:
    """Return the derivatives by the parameters on the grid, (n, p), by the rules of the formula room."""
    rows = grid(law)
    n = len(next(iter(rows.values())))
    slopes = gradient(parse(law.text).expression, list(law.meaning))
    columns = [np.broadcast_to(evaluate(slope, law.example | rows), (n,)) for slope in slopes]
    return np.column_stack(columns)


@every_law
def test_reads_with_exactly_the_stated_parameters(law: library.NamedLaw) -> None:
    roles = parse(law.text).roles(set(law.variables))
    assert set(roles.variables) == set(law.variables)
    assert set(roles.parameters) == set(law.meaning)
    assert set(law.meaning) == set(law.example)


@every_law
def test_is_complete_and_its_names_are_plain(law: library.NamedLaw) -> None:
    assert law.name == law.name.lower()
    for name in (law.name, *law.variables, *law.meaning):
        assert name.isidentifier()
        assert name != "pi"
        assert not keyword.iskeyword(name)
    assert law.name not in FUNCTIONS
    assert law.title
    assert law.description.endswith(".")
    assert all(law.meaning.values())
    assert law.group in library.groups()
    assert all(low < high for low, high in law.ranges.values())


@every_law
def test_is_finite_with_its_derivatives(law: library.NamedLaw) -> None:
    rows = grid(law)
    values = evaluate(parse(law.text).expression, law.example | rows)
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0
    assert np.isfinite(jacobian(law)).all()


@every_law
def test_no_parameter_is_redundant(law: library.NamedLaw) -> None:
    """Columns of unit length have a condition that double precision can carry with many digits to spare."""
    columns = jacobian(law)
    lengths = np.linalg.norm(columns, axis=0)
    assert (lengths > 0).all()
    assert np.linalg.cond(columns / lengths) < 1e6


@every_law
def test_derivatives_agree_with_differences(law: library.NamedLaw) -> None:
    rows, exact = grid(law), jacobian(law)
    expression = parse(law.text).expression
    for column, (name, value) in zip(exact.T, law.example.items(), strict=True):
        step = 1e-6 * max(abs(value), 1e-3)
        ahead = evaluate(expression, law.example | rows | {name: value + step})
        behind = evaluate(expression, law.example | rows | {name: value - step})
        scale = np.abs(column).max() + 1e-9 * np.abs(ahead).max() / step
        smooth = np.median(np.abs((ahead - behind) / (2 * step) - column)) / scale
        assert smooth < 1e-5


@every_law
def test_can_be_called_by_its_name(law: library.NamedLaw) -> None:
    called = parse(f"out = {law.signature}")
    assert isinstance(called, Law)
    assert called.expression == parse(law.text).expression


def test_there_are_many_laws_and_no_two_are_the_same_text() -> None:
    assert len(ALL) >= 60
    assert len({law.text for law in ALL}) == len({law.title for law in ALL}) == len(ALL)
    assert sum(len(law.variables) == 2 for law in ALL) >= 15


def test_groups_hold_every_law_once() -> None:
    together = [name for group in library.groups() for name in library.names(group)]
    assert together == list(library.names())
    assert len(set(together)) == len(together)


def test_unknown_law_is_refused_with_the_nearest() -> None:
    with pytest.raises(FormulaError, match=r"'micaelis_menten'.*Did you mean 'michaelis_menten'"):
        library.get("micaelis_menten")


def test_unknown_group_is_refused_with_the_nearest() -> None:
    with pytest.raises(FormulaError, match=r"No group of laws is called 'optic'.*Did you mean 'optics'"):
        library.names("optic")


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    script = "import sys, educe.formula; print('educe.formula.laws' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
