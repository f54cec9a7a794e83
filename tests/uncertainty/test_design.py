"""Where to measure next: formulas against refits of the triangle, choices against every choice there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.uncertainty.design import CRITERIA, Information, best_rows

RNG = np.random.default_rng(2)
J = np.column_stack([np.ones(12), np.linspace(0, 2, 12), np.linspace(0, 2, 12) ** 2])
R = np.linalg.qr(np.column_stack([J, np.zeros(12)]), mode="r")
GRID = np.linspace(-1, 3, 13)
CANDIDATES = np.column_stack([np.ones(13), GRID, GRID**2])


def information(criterion: str) -> Information:
    return Information(R, criterion, np.array([0.0, 0.0, 1.0]) if criterion == "c" else None)


def measure(criterion: str, rows: np.ndarray) -> float:
    """Return the criterion from the normal equations, unscaled."""
    before, C = np.linalg.inv(J.T @ J), np.linalg.inv(J.T @ J + rows.T @ rows)
    if criterion == "D":
        return float(np.linalg.slogdet(C)[1])
    return float((np.diag(C) / np.diag(before)).sum()) if criterion == "A" else float(C[2, 2])


@pytest.mark.parametrize("criterion", CRITERIA)
def test_gains_are_what_one_more_row_brings(criterion: str) -> None:
    found = information(criterion)
    chosen = CANDIDATES[[2, 5]]
    gains = found.gains(found.with_rows(chosen / found.lengths), CANDIDATES / found.lengths)
    for row, gain in zip(CANDIDATES, gains, strict=True):
        judge = measure(criterion, chosen) - measure(criterion, np.vstack([chosen, row]))
        assert gain == pytest.approx(judge, rel=1e-8)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_no_choice_of_candidates_is_better(criterion: str, count: int) -> None:
    chosen = best_rows(information(criterion), CANDIDATES, count)
    every = itertools.combinations_with_replacement(range(13), count)
    best = min(measure(criterion, CANDIDATES[list(places)]) for places in every)
    assert measure(criterion, CANDIDATES[chosen]) == pytest.approx(best, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3), st.integers(0, 99))
def test_units_of_parameters_do_not_matter(powers: list[float], seed: int) -> None:
    units = 10.0 ** np.array(powers)
    rows = np.random.default_rng(seed).normal(size=(30, 3))
    for criterion in ("D", "A"):
        plain = best_rows(Information(R, criterion), rows, 3)
        scaled_R = np.linalg.qr(np.column_stack([J * units, np.zeros(12)]), mode="r")
        scaled = best_rows(Information(scaled_R, criterion), rows * units, 3)
        assert measure(criterion, rows[scaled]) == pytest.approx(measure(criterion, rows[plain]), rel=1e-6)


def test_open_directions_are_closed_where_candidates_can() -> None:
    at_one = np.tile([1.0, 1.0, 1.0], (6, 1))
    open_ = np.linalg.qr(np.column_stack([at_one, np.zeros(6)]), mode="r")
    found = Information(open_, "D", candidates=CANDIDATES)
    chosen = best_rows(found, CANDIDATES, 2)
    whole = at_one.T @ at_one + CANDIDATES[chosen].T @ CANDIDATES[chosen]
    assert np.linalg.matrix_rank(whole) == 3
    best = max(
        np.linalg.slogdet(at_one.T @ at_one + CANDIDATES[list(p)].T @ CANDIDATES[list(p)])[1]
        for p in itertools.combinations_with_replacement(range(13), 2)
    )
    assert np.linalg.slogdet(whole)[1] == pytest.approx(best, rel=1e-6)


def test_open_directions_that_no_candidate_tells_are_left_aside() -> None:
    alike = np.column_stack([J[:, :2], 2.0 * J[:, 1]])
    R_alike = np.linalg.qr(np.column_stack([alike, np.zeros(12)]), mode="r")
    rows = np.column_stack([np.ones(13), GRID, 2.0 * GRID])
    found = Information(R_alike, "c", np.array([1.0, 0.0, 0.0]), candidates=rows)
    chosen = best_rows(found, rows, 1)
    errors = [np.linalg.pinv(alike.T @ alike + np.outer(row, row))[0, 0] for row in rows]
    assert errors[chosen[0]] == pytest.approx(min(errors))
