"""Losses: derivatives against finite differences, the values their authors define, and the scale of noise."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.optimize import least_squares

from educe.errors import ParameterError
from educe.least_squares.losses import LOSSES, loss_named, noise_scale

Z = np.concatenate([[0.0], np.geomspace(1e-6, 0.97, 25), np.geomspace(1.03, 1e4, 25)])
EACH = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


@EACH
def test_weight_and_curvature_are_the_derivatives_of_rho(loss):
    z = Z[1:].astype(np.longdouble)
    h = np.minimum(np.longdouble(1e-5) * z, 1e-4 * np.abs(1 - z))
    slope = (loss.rho(z + h) - loss.rho(z - h)) / (2 * h)
    bend = (loss.weight(z + h) - loss.weight(z - h)) / (2 * h)
    np.testing.assert_allclose(loss.weight(Z[1:]), slope.astype(float), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(loss.curvature(Z[1:]), bend.astype(float), rtol=1e-7, atol=1e-12)


@EACH
def test_a_small_residual_counts_as_in_least_squares(loss):
    zero = np.zeros(1)
    assert loss.rho(zero)[0] == 0.0
    assert loss.weight(zero)[0] == 1.0


@EACH
def test_psi_and_its_derivative(loss):
    u = np.concatenate([-np.sqrt(Z[::-1]), np.sqrt(Z)])
    np.testing.assert_allclose(loss.psi(u), u * loss.weight(u * u))
    h = 1e-6
    away = np.abs(np.abs(u) - 1.0) > 1e-3
    slope = (loss.psi(u + h) - loss.psi(u - h)) / (2 * h)
    np.testing.assert_allclose(loss.psi_prime(u)[away], slope[away], rtol=1e-5, atol=1e-8)


@EACH
def test_weights_never_grow(loss):
    assert (np.diff(loss.weight(Z)) <= 0.0).all()
    assert (loss.weight(Z) >= 0.0).all()


@pytest.mark.parametrize(
    ("ours", "theirs"), [("soft-l1", "soft_l1"), ("huber", "huber"), ("cauchy", "cauchy")]
)
def test_rho_is_scipys(ours, theirs):
    for z in (0.01, 0.9, 1.7, 50.0):
        residual = z**0.5
        end = least_squares(lambda v, r=residual: np.full(1, r) + 0.0 * v, [1.0], loss=theirs, max_nfev=1)
        assert LOSSES[ours].rho(np.array([z]))[0] == pytest.approx(2.0 * end.cost, rel=1e-12)


def test_tukey_gives_gross_outliers_no_weight():
    tukey = LOSSES["tukey"]
    assert not tukey.weight(np.array([1.0, 1.5, 1e9])).any()
    np.testing.assert_allclose(tukey.rho(np.array([1.0, 1e9])), 1.0 / 3.0)


@pytest.mark.parametrize("name", ["soft-l1", "huber", "cauchy", "tukey"])
def test_tuning_keeps_95_percent_efficiency_on_normal_noise(name):
    """Efficiency of an M-estimator: (E psi')^2 / E psi^2 (Huber 1964)."""
    loss = LOSSES[name]

    def expected(function):
        def integrand(r):
            return function(np.array([r / loss.tuning]))[0] * stats.norm.pdf(r)

        return 2.0 * integrate.quad(integrand, 0, 12, points=[loss.tuning], limit=200)[0]

    slope = expected(loss.psi_prime)
    spread = expected(lambda u: np.square(loss.psi(u))) * loss.tuning**2
    assert slope**2 / spread == pytest.approx(0.95, abs=5e-4)


def test_an_unknown_loss_is_refused_with_the_nearest():
    with pytest.raises(ParameterError, match=r"'hubre' is not one of linear, .*Did you mean 'huber'\?"):
        loss_named("hubre")


def test_noise_scale_is_the_standard_deviation_of_normal_noise():
    r = np.random.default_rng(0).normal(scale=3.0, size=100_000)
    assert noise_scale(r, 0) == pytest.approx(3.0, rel=0.01)
    assert noise_scale(r, 0) == pytest.approx(np.median(np.abs(r)) / stats.norm.ppf(0.75), rel=1e-12)


def test_noise_scale_survives_outliers_and_scales():
    r = np.random.default_rng(1).normal(size=1000)
    r[:200] = 1e6
    assert noise_scale(r, 0) < 1.6
    assert noise_scale(1e-9 * r, 0) == pytest.approx(1e-9 * noise_scale(r, 0), rel=1e-12)


def test_noise_scale_leaves_out_what_the_fit_can_silence():
    r = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    assert noise_scale(r, 2) == pytest.approx(1.4826, rel=1e-4)
