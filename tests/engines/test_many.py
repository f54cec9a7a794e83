"""Fits side by side, in compiled lanes and in NumPy: one text, one answer, whatever stands beside a data set."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from educe.engines import many as engine
from educe.engines.compiled_fits import AT_BOUND, CONVERGED, NOT_FINITE, TOO_FEW, UNDETERMINED
from educe.engines.many import Ends, ManyRows
from educe.engines.model import FormulaModel, formula_model
from educe.formula import parse, parse_expression

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DECAY = "y = a*exp(-k*x) + c"
X = np.linspace(0.0, 4.0, 20)
FREE = np.full(3, -np.inf), np.full(3, np.inf)
START = np.array([[1.0, 1.0, 1.0]])  # a, c, k: the solver's order


def model_of(text: str, inputs: str = "x") -> FormulaModel:
    law = parse(text)
    names = law.roles((*inputs, "y")).parameters
    return formula_model(parse_expression("y"), law.expression, names, eliminate=frozenset(names))


def rows_of(
    model: FormulaModel, x: np.ndarray, y: np.ndarray, sizes: np.ndarray | None = None, **options
) -> ManyRows:  # type: ignore[no-untyped-def]
    """Return data sets of the given sizes, or the rows of y; x, shared if it has one row."""
    shared = x.ndim == 1 and y.ndim == 2
    sizes = np.full(len(y), y.shape[-1]) if sizes is None else sizes
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    columns = {"x": x.ravel(), "y": y.ravel()}
    return ManyRows(
        model, [columns[name] for name in model.variables], y.ravel(), offsets, shared=shared, **options
    )


def decays(B: int, seed: int = 1, noise: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    theta = np.column_stack([rng.uniform(1, 3, B), rng.uniform(0.5, 1.5, B), rng.uniform(0.3, 3, B)])
    y = theta[:, :1] * np.exp(-theta[:, 2:] * X) + theta[:, 1:2]
    return theta, y + noise * rng.standard_normal(y.shape)


def same(A: Ends, B: Ends, rel: float = 1e-9) -> None:
    np.testing.assert_array_equal(A.status, B.status)
    np.testing.assert_allclose(A.theta, B.theta, rtol=rel, atol=1e-12)
    np.testing.assert_allclose(A.stderr, B.stderr, rtol=1e-7)
    np.testing.assert_allclose(A.cost, B.cost, rtol=rel, atol=1e-20)


def both(
    rows: ManyRows, starts: np.ndarray, lower: np.ndarray, upper: np.ndarray, *, own: bool = False
) -> Ends:
    """Return the ends, having checked that both paths agree."""
    plain = rows.fitted(starts, lower, upper, own=own, steps=100, compiled=False)
    same(plain, rows.fitted(starts, lower, upper, own=own, steps=100, compiled=True))
    return plain


def test_both_paths_are_scipys_fit() -> None:
    _, y = decays(30)
    ends = both(rows_of(model_of(DECAY), X, y), START, *FREE)
    assert (ends.status == CONVERGED).all()
    for b in range(30):
        judge, covariance = curve_fit(
            lambda x, a, c, k: a * np.exp(-k * x) + c, X, y[b], p0=START[0], xtol=1e-13, ftol=1e-13
        )
        errors = np.sqrt(np.diag(covariance) / (ends.cost[b] / 17))
        assert ends.theta[b] == pytest.approx(judge, rel=1e-5)
        assert ends.stderr[b] == pytest.approx(errors, rel=1e-4)


def test_data_sets_that_differ_in_length_with_weights_and_bounds() -> None:
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 40, 60)
    n = int(sizes.sum())
    x, w = rng.uniform(0, 4, n), rng.uniform(0.5, 2, n)
    y = 2 * np.exp(-1.3 * x) + 0.5 + 0.05 * rng.standard_normal(n)
    rows = rows_of(model_of(DECAY), x, y, sizes, weights=w)
    ends = both(rows, START, np.array([0.0, -np.inf, 0.1]), np.array([5.0, np.inf, 1.2]))
    assert (ends.status[sizes < 3] == TOO_FEW).all()
    assert (ends.status == AT_BOUND).sum() > 10
    assert ends.theta[sizes > 3, 2].max() <= 1.2
    b = int(np.argmax(sizes))
    here = slice(int(rows.offsets[b]), int(rows.offsets[b + 1]))
    judge, _ = curve_fit(
        lambda x, a, c, k: a * np.exp(-k * x) + c, x[here], y[here], sigma=1 / w[here], p0=[1, 0.5, 1],
        bounds=([0, -np.inf, 0.1], [5, np.inf, 1.2]), xtol=1e-14, ftol=1e-14, gtol=1e-14,
    )  # fmt: skip
    assert ends.theta[b] == pytest.approx(judge, rel=1e-5)


def test_counts() -> None:
    rng = np.random.default_rng(6)
    y = rng.poisson(30 * np.exp(-X) + 1.5, (50, len(X))).astype(float)
    ends = both(rows_of(model_of(DECAY), X, y, poisson=True), np.array([[20.0, 2.0, 0.8]]), *FREE)
    assert (ends.status == CONVERGED).all()
    f = ends.theta[:, :1] * np.exp(-ends.theta[:, 2:] * X) + ends.theta[:, 1:2]
    slopes = np.stack(
        [
            np.exp(-ends.theta[:, 2:] * X),
            np.ones_like(f),
            -ends.theta[:, :1] * X * np.exp(-ends.theta[:, 2:] * X),
        ]
    )
    score = (slopes * (1 - y / f)).sum(2)  # the derivative of half the deviance vanishes at its minimum
    assert np.abs(score * ends.stderr.T).max() < 1e-2


def test_several_starts_each_data_set_takes_the_best() -> None:
    """A frequency has one minimum near each of its multiples: only a start nearby finds it."""
    model = model_of("y = a*sin(k*x)")
    k = np.array([2.0, 5.0, 9.0])
    y = np.sin(k[:, None] * X) * np.array([[1.0], [2.0], [3.0]])
    starts = np.array([[1.0, 9.2], [1.0, 5.1], [1.0, 1.9]])
    ends = both(rows_of(model, X, y), starts, np.full(2, -np.inf), np.full(2, np.inf))
    np.testing.assert_allclose(ends.theta, [[1, 2], [2, 5], [3, 9]], rtol=1e-9)


@pytest.mark.parametrize(
    "text", ["y = a*exp(-k*x) + b*exp(-k*x/3)", "y = a*exp(-k*x) + k*x", "y = exp(-k*x) + b"]
)
def test_linear_parameters_that_cannot_follow_by_themselves(text: str) -> None:
    model = model_of(text)
    p = len(model.names)
    truth = np.array([{"a": 2.0, "b": -0.7, "k": 1.5}[name] for name in model.names])
    out = [np.empty(len(X)) for _ in range(p + 1)]
    columns = [{"x": X, "y": np.zeros(len(X))}[name] for name in model.variables]
    model.whole(columns)(*truth, out)
    start = np.array([{"a": 1.0, "b": 1.0, "k": 1.0}[name] for name in model.names])
    ends = both(
        rows_of(model, X, np.tile(-out[-1], (9, 1))), start[None], np.full(p, -np.inf), np.full(p, np.inf)
    )
    np.testing.assert_allclose(ends.theta, np.tile(truth, (9, 1)), rtol=1e-8)


def test_a_linear_parameter_may_begin_at_zero() -> None:
    theta, y = decays(10, noise=0.0)
    ends = both(rows_of(model_of(DECAY), X, y), np.array([[0.0, 0.0, 1.0]]), *FREE)
    np.testing.assert_allclose(ends.theta, theta, rtol=1e-7)


def test_a_law_of_many_functions() -> None:
    text = (
        "y = a*tanh(k*x) + b*log(1 + x)*where(x > 1, sqrt(x), x**1.5) + max(c, 0.1)*erf(x - 2) + abs(x - 1)"
    )
    model = model_of(text)
    p = len(model.names)
    x, rng = np.linspace(0.1, 4, 40), np.random.default_rng(2)
    truth = {"a": 2.0, "b": 0.3, "c": 0.8, "k": 0.9}
    f = 2 * np.tanh(0.9 * x) + 0.3 * np.log1p(x) * np.where(x > 1, np.sqrt(x), x**1.5) + np.abs(x - 1)
    from scipy.special import erf

    y = f + 0.8 * erf(x - 2) + 0.01 * rng.standard_normal((20, 40))
    ends = both(rows_of(model, x, y), np.ones((1, p)), np.full(p, -np.inf), np.full(p, np.inf))
    pulls = (ends.theta - [truth[name] for name in model.names]) / (0.01 * ends.stderr)
    assert np.abs(pulls).max() < 5


def test_more_columns_than_registers() -> None:
    model = model_of("y = " + " + ".join(f"a{k}*x**{k}" for k in range(8)))
    x, rng = np.linspace(-1, 1, 60), np.random.default_rng(2)
    y = rng.standard_normal((20, 60))
    p = len(model.names)
    ends = both(rows_of(model, x, y), np.ones((1, p)), np.full(p, -np.inf), np.full(p, np.inf))
    order = [int(name[1:]) for name in model.names]
    np.testing.assert_allclose(
        ends.theta, np.polynomial.polynomial.polyfit(x, y.T, 7).T[:, order], rtol=1e-7, atol=1e-9
    )


def with_dead_and_struck() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth, data, and which are good: dead ones, saturated ones, ones with an outlier, one not finite."""
    theta, y = decays(400)
    bad = np.zeros(400, dtype=bool)
    y[4::31], bad[4::31] = 65535.0, True
    y[::9], bad[::9] = 0.0, True
    y[7::13, 3], bad[7::13] = 1e6, True
    y[11], bad[11] = 1e308, True
    return theta, y, ~bad


@pytest.mark.parametrize("compiled", [False, True])
def test_all_good_pixels_are_right_beside_dead_and_struck_ones(compiled: bool) -> None:
    theta, y, good = with_dead_and_struck()
    model = model_of(DECAY)
    ends = rows_of(model, X, y).fitted(START, *FREE, own=False, steps=100, compiled=compiled)
    alone = rows_of(model, X, y[good]).fitted(START, *FREE, own=False, steps=100, compiled=compiled)
    same(Ends(*(array[good] for array in ends)), alone, rel=1e-12)
    assert (ends.status[good] == CONVERGED).all()
    assert (np.abs(ends.theta - theta)[good] < 6 * 0.02 * ends.stderr[good]).all()
    constant = (y == 65535.0).all(axis=1)  # the rate of a decay that is nothing cannot be told
    assert (ends.status[constant] == UNDETERMINED).all()
    assert np.isnan(ends.stderr[constant]).all()
    assert ends.status.max() <= TOO_FEW  # what normal equations could not solve was handed on


@pytest.mark.parametrize("compiled", [False, True])
def test_the_answer_does_not_depend_on_the_number_of_threads(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, y, _ = with_dead_and_struck()
    monkeypatch.setattr(engine, "SHARE", 64)
    monkeypatch.setattr("educe.engines.side_by_side.NUMBERS", 1000)
    found = []
    for threads in (1, 2, 3):
        monkeypatch.setattr("educe.engines.side_by_side.processors", lambda threads=threads: threads)
        rows = rows_of(model_of(DECAY), X, y)
        found.append(rows.fitted(START, *FREE, own=False, steps=100, compiled=compiled))
    for other in found[1:]:
        assert all(a.tobytes() == b.tobytes() for a, b in zip(found[0], other, strict=True))


@pytest.mark.parametrize("compiled", [False, True])
def test_a_fit_does_not_see_its_company(compiled: bool) -> None:
    _, y, _ = with_dead_and_struck()
    sizes = np.random.default_rng(4).integers(6, 21, 400)
    x = np.concatenate([X[:n] for n in sizes])
    rows = rows_of(
        model_of(DECAY), x, np.concatenate([row[:n] for row, n in zip(y, sizes, strict=True)]), sizes
    )
    whole = rows.fitted(START, *FREE, own=False, steps=100, compiled=compiled)
    order = np.random.default_rng(0).permutation(400)[:300]
    mixed = rows.chosen(order).fitted(START, *FREE, own=False, steps=100, compiled=compiled)
    same_steps = whole.status[order] == CONVERGED
    assert whole.theta[order][same_steps].tobytes() == mixed.theta[same_steps].tobytes()
    for b in np.flatnonzero(whole.status == CONVERGED)[:3]:
        alone = rows.chosen(np.array([b])).fitted(START, *FREE, own=False, steps=100, compiled=compiled)
        assert alone.theta[0].tobytes() == whole.theta[b].tobytes()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.5, 5.0), st.floats(-3.0, 3.0), st.floats(0.4, 2.5)), min_size=1, max_size=12
    ),
    st.floats(1e-6, 1e6),
)
def test_data_without_noise_give_their_parameters_back(
    theta: list[tuple[float, float, float]], unit: float
) -> None:
    truth = np.array(theta) * [unit, unit, 1.0]
    y = truth[:, :1] * np.exp(-truth[:, 2:] * X) + truth[:, 1:2]
    ends = rows_of(model_of(DECAY), X, y).fitted(START, *FREE, own=False, steps=200, compiled=False)
    assert (ends.status == CONVERGED).all()
    np.testing.assert_allclose(ends.theta, truth, rtol=1e-6, atol=1e-6 * unit)


@pytest.mark.parametrize("compiled", [False, True])
def test_what_normal_equations_cannot_solve_is_handed_on(compiled: bool) -> None:
    x = np.linspace(1000.0, 1000.5, 30)
    y = np.array([[1.0], [2.0]]) + 0.5 * x - 0.25 * x**2
    model = model_of("y = a + b*x + c*x**2")
    ends = rows_of(model, x, y).fitted(np.ones((1, 3)), *FREE, own=False, steps=100, compiled=compiled)
    assert (ends.status == CONVERGED).all()
    np.testing.assert_allclose(ends.theta[:, model.names.index("c")], -0.25, rtol=1e-5)


def test_a_law_without_a_compiled_form_and_long_data_sets_are_left_to_numpy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from scipy.special import j0

    y = 2.0 * j0(1.5 * X) + np.zeros((3, 1))
    rows = rows_of(model_of("y = a*j0(k*x)"), X, y)
    free = np.full(2, -np.inf), np.full(2, np.inf)
    ends = rows.fitted(np.array([[1.0, 1.3]]), *free, own=False, steps=100, compiled=True)
    np.testing.assert_allclose(ends.theta, np.tile([2.0, 1.5], (3, 1)), rtol=1e-7)
    monkeypatch.setattr(engine, "LONGEST", 10)
    theta, y = decays(3, noise=0.0)
    ends = rows_of(model_of(DECAY), X, y).fitted(START, *FREE, own=False, steps=100, compiled=True)
    np.testing.assert_allclose(ends.theta, theta, rtol=1e-7)


def test_a_start_where_the_law_is_not_finite_is_said() -> None:
    _, y = decays(5)
    ends = both(rows_of(model_of(DECAY), X, y), np.array([[1.0, 1.0, -1e6]]), *FREE)
    assert (ends.status == NOT_FINITE).all()
    assert np.isnan(ends.theta).all()
