"""Compiled loops: their functions against mpmath, their triangles against NumPy's."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import mpmath
import numba
import numpy as np
import pytest

from educe.engines import elementary
from educe.engines.compiled import triangle_kernel
from educe.engines.in_memory import InMemory
from educe.engines.model import FormulaModel, formula_model
from educe.engines.threaded import ROWS_OF_SPAN, Threaded, rows_under
from educe.formula import parse, parse_expression

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
RNG = np.random.default_rng(8)


def vectorised(function: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    @numba.njit(error_model="numpy", fastmath={"contract"})
    def run(x, out):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            out[i] = function(x[i])

    out = np.empty_like(x)
    run(x, out)
    return out


def worst(found: np.ndarray, x: np.ndarray, exact: Callable[[mpmath.mpf], mpmath.mpf]) -> float:
    """Return the largest error in units in the last place."""
    with mpmath.workprec(160):
        return max(
            float(
                abs(mpmath.mpf(float(f)) - exact(mpmath.mpf(float(v))))
                / math.ulp(float(exact(mpmath.mpf(float(v)))))
            )
            for f, v in zip(found, x, strict=True)
        )


NEAR_ZEROS = np.round(RNG.integers(1, 60_000, 300)) * (math.pi / 2)  # where half of the digits cancel
ANGLES = np.concatenate([RNG.uniform(-1e5, 1e5, 600), RNG.uniform(-7, 7, 300), NEAR_ZEROS])


@pytest.mark.parametrize(
    ("function", "exact", "x"),
    [
        (elementary.sin, mpmath.sin, ANGLES),
        (elementary.cos, mpmath.cos, ANGLES),
        (elementary.exp, mpmath.exp, np.concatenate([RNG.uniform(-708, 709, 600), RNG.uniform(-1, 1, 300)])),
        (elementary.expit, lambda u: 1 / (1 + mpmath.exp(-u)), RNG.uniform(-700, 700, 400)),
    ],
    ids=["sin", "cos", "exp", "expit"],
)
def test_functions_are_right_to_two_units_in_the_last_place(
    function: Callable[[float], float], exact: Callable[[mpmath.mpf], mpmath.mpf], x: np.ndarray
) -> None:
    assert worst(vectorised(function, x), x, exact) <= 2.0


def test_functions_at_the_ends_of_their_range() -> None:
    x = np.array([-800.0, -746.0, -745.1, -740.0, 709.78, 710.0, np.inf, -np.inf, np.nan])
    with np.errstate(over="ignore"):
        np.testing.assert_array_max_ulp(vectorised(elementary.exp, x)[2:5], np.exp(x)[2:5], 1)
        np.testing.assert_array_equal(vectorised(elementary.exp, x), vectorised(elementary.exp, x))
        np.testing.assert_allclose(vectorised(elementary.exp, x), np.exp(x), rtol=1e-15)
    assert np.isnan(vectorised(elementary.sin, np.array([1.01e5, np.inf, np.nan]))).all()


def model_of(text: str, columns: Iterable[str]) -> FormulaModel:
    law = parse(text)
    names = law.roles(tuple(columns)).parameters
    return formula_model(parse_expression("z"), law.expression, names, eliminate=frozenset(names))


def same_triangle(A: np.ndarray, B: np.ndarray) -> None:
    """Rows of a triangle have a sign of their own."""
    signs = np.sign(np.diag(A)) * np.sign(np.diag(B))
    np.testing.assert_allclose(A, signs[:, None] * B, rtol=1e-10, atol=1e-12 * np.abs(A).max())


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("text", "theta"),
    [("z = a*sin(b*x) + c*cos(d*y)", [1.0, 0.5, 1.1, 0.9]), ("z = a*exp(-b*x) + c", [1.0, 0.5, 0.7])],
)
def test_triangles_are_those_of_numpy(text: str, theta: list[float], weighted: bool) -> None:
    n = 1000  # not a multiple of a block
    columns = {"x": RNG.uniform(-3, 3, n), "y": RNG.uniform(-3, 3, n), "z": RNG.normal(size=n)}
    model = model_of(text, columns)
    arrays = [columns[name] for name in model.variables]
    weights = RNG.uniform(0.5, 2, n) if weighted else None
    plain, compiled = InMemory(model, arrays, weights), Threaded(model, arrays, weights)
    same_triangle(plain.triangle(theta)[0], compiled.triangle(theta)[0])
    assert compiled.triangle(theta)[1] == pytest.approx(plain.triangle(theta)[1], rel=1e-12)
    alpha = theta[model.pattern.linear :] if model.pattern else []
    same_triangle(plain.wide_triangle(alpha), compiled.wide_triangle(alpha))


def quick_and_plain(text: str, columns: dict[str, np.ndarray], theta: list[float]) -> list[np.ndarray]:
    """Return the triangle of many rows and that of LAPACK."""
    model = model_of(text, columns)
    arrays = [columns[name] for name in model.variables]
    return [rows(model, arrays).triangle(theta)[0] for rows in (Threaded, InMemory)]


MANY = 70 * 1024  # rows that are folded by sums of products


@pytest.mark.parametrize("power", [0, 2, 4, 6, 8, 10])
def test_sums_of_products_keep_the_digits_of_reflections(power: int) -> None:
    """The condition grows with the second power of the distance of x from 0; normal equations lose twice its digits."""
    x = 10.0 ** (power / 2) + RNG.uniform(-1, 1, MANY)
    columns = {"x": x, "z": 1 + x + 1e-3 * RNG.normal(size=MANY)}
    A, B = quick_and_plain("z = a + b*x + c*x**2", columns, [0.0, 0.0, 0.0])
    condition = np.linalg.cond(B[:3, :3] / np.linalg.norm(B[:3, :3], axis=0))
    one, other = (np.linalg.solve(R[:3, :3], R[:3, 3]) for R in (A, B))
    scale = np.linalg.norm(B[:3, :3], axis=0)
    assert np.linalg.norm((one - other) * scale) <= 1e-14 * condition * np.linalg.norm(other * scale)
    assert abs(A[3, 3]) == pytest.approx(abs(B[3, 3]), rel=1e-9, abs=1e-15 * np.linalg.norm(columns["z"]))


CASES = {
    "sorted": np.sort(RNG.uniform(-3, 3, MANY)),
    "one row far away": np.append(RNG.uniform(-1, 1, MANY - 1), 1e6),
    "zero but for the last": np.append(np.zeros(MANY - 1), 1.0),
    "two values": np.where(np.arange(MANY) % 70, 1.0, 2.0),
}


@pytest.mark.parametrize("x", CASES.values(), ids=CASES)
def test_rows_unlike_those_picked_are_folded_all_the_same(x: np.ndarray) -> None:
    columns = {"x": x, "z": 1.0 + RNG.normal(size=MANY)}
    A, B = quick_and_plain("z = a*x + b*x**2 + c", columns, [0.3, 0.2, 0.1])
    np.testing.assert_allclose(A.T @ A, B.T @ B, rtol=1e-9, atol=1e-12 * np.abs(B).max() ** 2)


def test_columns_that_depend_and_residuals_that_vanish() -> None:
    x = RNG.uniform(-3, 3, MANY)
    A, B = quick_and_plain("z = a*exp(b + x)", {"x": x, "z": np.exp(x)}, [1.0, 0.0])
    np.testing.assert_allclose(A.T @ A, B.T @ B, rtol=1e-9, atol=1e-12 * np.abs(B).max() ** 2)
    assert abs(A[1, 1]) < 1e-10 * abs(A[0, 1])
    assert abs(A[2, 2]) < 1e-10 * abs(A[0, 0])


def test_a_row_that_is_not_finite_is_told_among_many() -> None:
    x = RNG.uniform(-3, 3, MANY)
    x[-5] = np.nan
    model = model_of("z = a*exp(-b*x)", {"x": x, "z": x})
    assert not np.isfinite(Threaded(model, [x, x]).triangle([1.0, 1.0])[1])


def test_weights_count_among_many_rows() -> None:
    x, w = RNG.uniform(-3, 3, MANY), RNG.uniform(0.1, 3, MANY)
    model = model_of("z = a*exp(-b*x) + c", {"x": x, "z": x})
    plain, quick = InMemory(model, [x, x], w), Threaded(model, [x, x], w)
    same_triangle(plain.triangle([1.0, 0.3, 0.2])[0], quick.triangle([1.0, 0.3, 0.2])[0])
    assert quick.moments() == pytest.approx(plain.moments(), rel=1e-13)


def test_far_angles_are_those_of_the_c_library() -> None:
    x = np.linspace(1e8, 1e8 + 50, 600)
    columns = {"x": x, "z": np.sin(x)}
    model = model_of("z = a*sin(b*x)", columns)
    arrays = [columns[name] for name in model.variables]
    same_triangle(
        InMemory(model, arrays).triangle([1.0, 1.0])[0], Threaded(model, arrays).triangle([1.0, 1.0])[0]
    )


def test_the_answer_does_not_depend_on_the_number_of_threads() -> None:
    n = 2 * ROWS_OF_SPAN + 77
    x = RNG.uniform(-3, 3, n)
    columns = {"x": x, "z": np.exp(-x)}
    model = model_of("z = a*exp(-b*x) + c", columns)
    arrays = [columns[name] for name in model.variables]
    one, two = (Threaded(model, arrays, threads=k).triangle([1.0, 0.3, 0.9])[0] for k in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_few_rows_and_rare_functions_are_left_to_numpy() -> None:
    x = np.linspace(0.5, 2.0, 50)
    model = model_of("z = a*exp(-b*x) + c", {"x": x, "z": x})
    assert type(rows_under(model, [x, x])) is InMemory


def test_code_is_kept_in_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    triangle_kernel.cache_clear()
    expression = (parse_expression("a*x"),)
    triangle_kernel(("x",), ("a",), expression)(np.ones(1), np.ones(3), np.empty(0), np.zeros((1, 1)))
    kept = list((tmp_path / "educe" / "loops").glob("*.py"))
    assert len(kept) == 1
    assert "x0" in kept[0].read_text(encoding="utf-8")


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    triangle_kernel.cache_clear()
    R = np.zeros((1, 1))
    triangle_kernel(("x",), ("a",), (parse_expression("a*x"),))(np.ones(1), np.ones(4), np.empty(0), R)
    assert abs(R[0, 0]) == 2.0


TRIANGLE = """
import numpy as np
from educe.engines.model import formula_model
from educe.engines.threaded import Threaded
from educe.formula import parse, parse_expression
x, y, z = np.random.default_rng(0).uniform(-3, 3, (3, 70 * 1024))
law = parse("z = a*sin(b*x) + c*cos(d*y)")
model = formula_model(parse_expression("z"), law.expression, tuple("abcd"), eliminate=frozenset())
columns = dict(x=x, y=y, z=z)
problem = Threaded(model, [columns[name] for name in model.variables])
print(problem.triangle([2.0, 1.27, 0.5, 0.83])[0].tobytes().hex())
"""


def test_code_from_the_cache_gives_the_bits_of_code_just_compiled(tmp_path: Path) -> None:
    """Workers of a cluster may hold either; functions that are not inlined would be two copies, optimised apart."""
    given = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    found = [
        subprocess.run(
            [sys.executable, "-c", TRIANGLE], env=given, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert found[0] == found[1]
