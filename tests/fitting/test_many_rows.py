"""Many rows in memory: search and first descents see some of them, the last passes all; the answer is that of all."""

import numpy as np
import pytest

import educe
from educe.engines.in_memory import InMemory, spread
from educe.errors import FitError
from educe.fitting import solving

N = 6_000


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a few thousand rows for many."""
    monkeypatch.setattr(solving, "MANY", 1000)
    monkeypatch.setattr(solving, "SOME", 400)


def decays(noise: float = 0.05) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 4, N)
    return {"x": x, "y": 2 * np.exp(-0.7 * x) + 0.3 + noise * rng.standard_normal(N), "s": 0.03 + 0.01 * x}


LAW = "y = a*exp(-b*x) + c"
ASKED: dict[str, dict[str, object]] = {
    "no start": {},
    "start": {"start": {"b": 2.5}},
    "weights": {"sigma": "s"},
    "bounds": {"bounds": {"b": (0.0, 0.65)}},
    "robust": {"loss": "huber"},
    "fixed": {"fixed": {"c": 0.3}},
    "classic": {"method": "gauss-newton", "start": {"a": 2.1, "b": 0.8, "c": 0.2}},
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_the_answer_is_that_of_all_rows(many: None, monkeypatch: pytest.MonkeyPatch, asked) -> None:  # type: ignore[no-untyped-def]
    data = decays()
    found = educe.fit(LAW, data, **asked)
    monkeypatch.setattr(solving, "MANY", 10**9)
    every = educe.fit(LAW, data, **asked)
    assert found.converged
    for name, error in every.stderr.items():
        assert found.params[name] == pytest.approx(every.params[name], abs=1e-5 * error + 1e-12)
        assert found.stderr[name] == pytest.approx(error, rel=1e-6)
    assert found.rss == pytest.approx(every.rss, rel=1e-12)
    assert found.n == every.n == N


def test_a_linear_law_takes_one_pass(many: None, monkeypatch: pytest.MonkeyPatch) -> None:
    data = decays()
    passes = []
    fold = InMemory._fold

    def counted(self: InMemory, parameters: list[float], *, wide: bool) -> np.ndarray:
        passes.append(self.n)
        return fold(self, parameters, wide=wide)

    monkeypatch.setattr(InMemory, "_fold", counted)
    found = educe.fit("y = a + b*x + c*x**2", data)
    assert passes.count(N) == 1
    exact = np.linalg.lstsq(np.vander(data["x"], 3, increasing=True), data["y"], rcond=None)[0]
    assert list(found.params.values()) == pytest.approx(exact, rel=1e-12)


def test_data_without_noise_reach_the_last_digits(many: None) -> None:
    found = educe.fit(LAW, decays(noise=0.0))
    assert found.converged
    assert found.params == pytest.approx({"a": 2.0, "b": 0.7, "c": 0.3}, rel=1e-12)


def test_a_feature_that_some_rows_miss_is_still_fitted(many: None) -> None:
    """One row in a thousand tells about b: the sample holds hardly any, the passes all."""
    rng = np.random.default_rng(0)
    x = np.zeros(N)
    x[::1000] = np.linspace(1, 3, 6)
    data = {"x": x, "y": 2 * np.exp(-0.7 * x) + 0.01 * rng.standard_normal(N)}
    found = educe.fit("y = a*exp(-b*x)", data, start={"b": 1.0})
    assert abs(found.params["b"] - 0.7) < 4 * found.stderr["b"]


def test_rows_where_the_law_is_not_finite_are_counted_among_all(many: None) -> None:
    data = decays()
    data["x"][::3] = -1.0
    with pytest.raises(FitError, match=f"not finite at the starting values .* in 2000 of {N} rows"):
        educe.fit("y = a*x**b", data, start={"b": 0.5})


def test_rows_that_repeat_are_not_always_met_at_the_same_point() -> None:
    places = spread(10_000, 100)
    assert len(set(places % 100)) > 50
    assert np.array_equal(places // 100, np.arange(100))
    assert np.array_equal(spread(5, 5), np.arange(5))


def test_the_tests_of_the_residuals_do_not_need_the_jacobian_of_many_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = educe.fit(LAW, decays()).residual_tests
    monkeypatch.setattr("educe.fitting.result.ROWS_A_PARAMETER", 1000)
    quick = educe.fit(LAW, decays()).residual_tests
    for one, other in zip(exact, quick, strict=True):
        assert one.verdict == other.verdict
        assert one.statistic == pytest.approx(other.statistic, rel=1e-3)
        assert one.p_value == pytest.approx(other.p_value, abs=0.05)
