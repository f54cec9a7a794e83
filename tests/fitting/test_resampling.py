"""Bootstrap and jackknife of fits: against formulas of linear laws, brute refits, and themselves."""

import math

import numpy as np
import pytest
from scipy.stats import norm

import educe
from educe.engines.in_memory import InMemory
from educe.errors import FitError, ParameterError
from educe.fitting.refits import Refits
from educe.uncertainty.bootstrap import bounds

X = np.linspace(0.0, 5.0, 25)


def line(seed=1):
    rng = np.random.default_rng(seed)
    return educe.fit("y = a + b*x", {"x": X, "y": 1 + 2 * X + 0.3 * rng.standard_normal(25)})


def bent(seed=2, **options):
    rng = np.random.default_rng(seed)
    y = 3 * np.exp(-0.8 * X) + 0.1 * rng.standard_normal(25)
    return educe.fit(
        "y = a*exp(-k*x)", {"x": X, "y": y, "s": 0.05 + 0.1 * (X > 2)}, start={"k": 1.0}, **options
    )


def robust_errors(fit, power):
    """Return standard errors that follow each row's own residual: HC0, HC2 and HC3 for power 0, 1 and 2."""
    J, r, h = fit.weighted_jacobian, fit.weighted_residuals, fit.leverage
    bread = np.linalg.inv(J.T @ J)
    return np.sqrt(np.diag(bread @ (J.T * (r**2 / (1 - h) ** power)) @ J @ bread))


@pytest.mark.parametrize("kind", ["residual", "wild", "parametric", "case"])
def test_spread_of_a_line_is_its_standard_error(kind):
    fit = line()
    drawn = fit.bootstrap(kind, 4000, seed=3)
    assert drawn.failed == 0
    assert drawn.samples.shape == (4000, 2)
    known = {"wild": robust_errors(fit, 1), "case": robust_errors(fit, 1)}.get(kind, fit.standard_errors)
    # the spread of a standard deviation over 4000 draws is 1.1 %; drawing rows changes the design too
    assert list(drawn.stderr.values()) == pytest.approx(known, rel=0.15 if kind == "case" else 0.05)
    assert np.all(np.abs(list(drawn.bias.values())) < 5 * known / math.sqrt(4000))


@pytest.mark.parametrize("options", [{}, {"sigma": "s"}, {"sigma": "s", "absolute_sigma": True}])
def test_side_by_side_is_the_same_as_one_at_a_time(options):
    fit = bent(**options)
    refits = Refits(fit, None)
    rng = np.random.default_rng(0)
    shift = 0.5 * rng.standard_normal((6, 25))
    weight = np.sqrt(rng.multinomial(25, np.full(25, 1 / 25), size=6).astype(float))
    for given in ((shift, None), (None, weight)):
        alone = [refits._alone(*(None if g is None else g[k] for g in given)) for k in range(6)]
        alone = np.array(alone)[:, list(fit.plan.position)]
        assert refits.run(*given) == pytest.approx(alone, rel=1e-5)


def test_a_refit_is_the_fit_of_the_shifted_measurements():
    fit = bent()
    shift = 0.1 * np.random.default_rng(5).standard_normal((1, 25))
    again = educe.fit("y = a*exp(-k*x)", {"x": X, "y": fit.rows.response + shift[0]}, start=fit.params)
    assert Refits(fit, None).run(shift, None)[0] == pytest.approx(again.theta, rel=1e-6)


def test_the_seed_decides():
    fit = bent()
    first, same, other = fit.bootstrap(n=50, seed=1), fit.bootstrap(n=50, seed=1), fit.bootstrap(n=50, seed=2)
    assert np.array_equal(first.samples, same.samples)
    assert not np.array_equal(first.samples, other.samples)


def test_bounds_hold_in_every_refit():
    free = bent()
    low = free.params["k"] - 0.01
    fit = bent(bounds={"k": (low, None)})
    samples = fit.bootstrap(n=100).samples[:, fit.names.index("k")]
    assert samples.min() == low
    assert (samples > low).any()


def test_refits_that_fail_are_counted_and_said(monkeypatch):
    fit = bent(loss="huber")
    real = InMemory.blocks
    calls = iter(range(10_000_000))

    def now_and_then(self, theta):
        for rows, block in real(self, theta):
            yield rows, block * (math.nan if next(calls) % 400 > 380 else 1.0)

    monkeypatch.setattr(InMemory, "blocks", now_and_then)
    drawn = fit.bootstrap(n=60)
    monkeypatch.undo()
    assert 0 < drawn.failed < 60
    assert len(drawn.samples) == 60 - drawn.failed
    assert np.isfinite(drawn.samples).all()


def test_bca_against_its_formula():
    rng = np.random.default_rng(4)
    samples, moved = rng.gamma(2.0, size=2000), rng.gamma(2.0, size=30) - 2.0
    z0 = norm.ppf(np.mean(samples < 1.8))
    a = np.sum(moved**3) / (6 * np.sum(moved**2) ** 1.5)
    z = z0 + norm.ppf([0.05, 0.95])
    expected = np.quantile(samples, norm.cdf(z0 + z / (1 - a * z)))
    assert bounds(samples, 1.8, moved, 0.9) == pytest.approx(tuple(expected), rel=1e-12)


def test_the_interval_is_near_the_profile():
    fit = bent(seed=7)
    drawn = fit.bootstrap(n=4000, seed=0)
    for percentile in (False, True):
        near = pytest.approx(fit.profile("k").interval, abs=0.4 * fit.stderr["k"])
        assert drawn.interval("k", percentile=percentile) == near


def test_jackknife_of_a_line_by_its_formula():
    fit = line()
    left = fit.jackknife()
    A, y = np.column_stack((np.ones(25), X)), fit.rows.response
    expected = [np.linalg.lstsq(np.delete(A, k, 0), np.delete(y, k), rcond=None)[0] for k in range(25)]
    assert left.samples == pytest.approx(np.array(expected), rel=1e-7)
    assert list(left.stderr.values()) == pytest.approx(
        left.foretold, rel=1e-6
    )  # exact for a law that is linear
    mean = np.mean(expected, axis=0)
    assert list(left.bias.values()) == pytest.approx(24 * (mean - fit.theta), abs=1e-6)


def test_jackknife_leaves_out_groups_of_many_rows():
    x = np.linspace(0, 1, 3000)
    fit = educe.fit("y = a + b*x", {"x": x, "y": x + 0.1 * np.random.default_rng(0).standard_normal(3000)})
    left = fit.jackknife()
    assert left.samples.shape == (200, 2)
    assert left.stderr["b"] == pytest.approx(fit.stderr["b"], rel=0.2)


@pytest.mark.parametrize("method", ["bootstrap", "jackknife"])
def test_intervals_carry_over_to_ties_and_derived_quantities(method):
    fit = bent(derive={"half": "0.5*k"}, ties={"a": "4*k"})
    found = fit.intervals(method=method)
    assert list(found) == ["a", "k", "half"]
    assert {interval.method for interval in found.values()} == {method}
    assert found["a"][:2] == pytest.approx([4 * end for end in found["k"][:2]], rel=1e-9)
    assert found["half"][:2] == pytest.approx([0.5 * end for end in found["k"][:2]], rel=1e-9)


def test_refusals(tmp_path):
    fit = line()
    with pytest.raises(
        ParameterError, match=r"bootstrap 'residuals' is not one of .* Did you mean 'residual'\?"
    ):
        fit.bootstrap("residuals")
    with pytest.raises(ParameterError, match="number of refits"):
        fit.bootstrap(n=1)
    with pytest.raises(ParameterError, match="seed must be a whole number of at least 0, not -1"):
        fit.bootstrap(seed=-1)
    data = {"x": X, "y": fit.rows.response}
    noisy = educe.fit("y = a + b*x", data, sigma=0.3, sigma_x=0.1)
    with pytest.raises(ParameterError, match="draw whole rows: kind 'case'"):
        noisy.bootstrap()
    assert len(noisy.bootstrap("case", n=5).samples) == 5
    with pytest.raises(ParameterError, match="c is not a free parameter"):
        fit.bootstrap(n=10).interval("c")
    exact = educe.fit("y = a + b*x", {"x": [0.0, 1.0], "y": [1.0, 2.0]})
    with pytest.raises(FitError, match="needs more rows than free parameters; there are 2 and 2"):
        exact.bootstrap()
