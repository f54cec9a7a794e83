"""The network of the source text, its symbols, folding of scales, initialisation, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.errors import ParameterError
from educe.network import ACTIVATIONS, INITIALISATIONS, Architecture, Network, initialise, loss_named
from educe.network.losses import penalty_and_gradient


def sigma(z):
    return 1 / (1 + math.exp(-z))


def test_the_texts_network_written_out():
    w = [0.3, -1.2, 0.8, 0.5, -0.7, 0.1, 1.5, -2.0, 0.9]
    b = [0.2, -0.4, 0.6, -0.1]
    theta = np.array(w[:6] + b[:3] + w[6:] + b[3:])
    net = Network(Architecture((2, 3, 1), "sigmoid", "sigmoid"), theta)
    x0, x1 = 0.7, -1.3
    f = sigma(
        sigma(w[0] * x0 + w[1] * x1 + b[0]) * w[6]
        + sigma(w[2] * x0 + w[3] * x1 + b[1]) * w[7]
        + sigma(w[4] * x0 + w[5] * x1 + b[2]) * w[8]
        + b[3]
    )
    assert net(np.array([[x0, x1]]))[0] == pytest.approx(f, rel=1e-15)
    assert net.named == {f"omega_{k}": v for k, v in enumerate(w)} | {f"b_{k}": v for k, v in enumerate(b)}
    assert {name: m.shape for name, m in net.matrices().items()} == {
        "W_0": (3, 2), "b_0": (3,), "W_1": (3, 1), "b_1": (1,),
    }  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(sorted(set(ACTIVATIONS) - {"relu"})), st.floats(-30, 30))
def test_each_derivative_against_mpmath(name, z):
    import mpmath

    exact = {
        "sigmoid": lambda t: 1 / (1 + mpmath.exp(-t)), "tanh": mpmath.tanh, "sin": mpmath.sin,
        "softplus": lambda t: mpmath.log1p(mpmath.exp(t)), "gelu": lambda t: t * mpmath.ncdf(t),
        "identity": lambda t: t,
    }[name]  # fmt: skip
    a = ACTIVATIONS[name]
    value = a.value(np.array([z]))
    with mpmath.workdps(60):
        v, d = float(exact(mpmath.mpf(z))), float(mpmath.diff(exact, mpmath.mpf(z)))
    assert value[0] == pytest.approx(v, rel=1e-13, abs=1e-300)
    assert a.derivative(np.array([z]), value)[0] == pytest.approx(d, rel=1e-12, abs=1e-15)
    assert a.low <= value[0] <= a.high


@pytest.mark.parametrize("z", [-1e4, -750.0, 750.0, 1e4])
def test_no_activation_overflows(z):
    for a in ACTIVATIONS.values():
        with np.errstate(over="raise", invalid="raise"):
            assert np.isfinite(a.value(np.array([z]))).all()


@pytest.mark.parametrize("output", ["identity", "sigmoid"])
def test_folding_scales_changes_no_value(output):
    random = np.random.default_rng(0)
    net = Network(Architecture((2, 4, 1), "tanh", output), random.normal(size=17))
    centre, spread = np.array([3.0, -50.0]), np.array([0.1, 20.0])
    x = centre + spread * random.normal(size=(9, 2))
    raw = net.with_scaled_inputs(centre, spread).with_scaled_output(7.0, 0.3)
    assert np.allclose(raw(x), 7.0 + 0.3 * net((x - centre) / spread), rtol=1e-12)


def test_flatten_is_the_inverse_of_unflatten():
    a = Architecture((3, 5, 2, 2))
    theta = np.random.default_rng(1).normal(size=(4, a.parameters))
    assert np.array_equal(a.flatten(a.unflatten(theta)), theta)
    assert len(a.symbols) == len(set(a.symbols)) == a.parameters


@pytest.mark.parametrize(
    ("rule", "variance"),
    [
        ("glorot-uniform", 2 / 300),
        ("glorot-normal", 2 / 300),
        ("he-normal", 2 / 200),
        ("lecun-normal", 1 / 200),
    ],
)
def test_initial_variance_is_the_books(rule, variance):
    a = Architecture((200, 100))
    theta = initialise(a, 0, rule=rule)[0]
    assert theta[a.is_weight].var() == pytest.approx(variance, rel=0.03)
    assert not theta[~a.is_weight].any()


def test_initialisations_are_repeatable_and_bounded():
    a = Architecture((2, 10, 1))
    for rule in INITIALISATIONS:
        assert np.array_equal(initialise(a, 5, rule=rule, starts=3), initialise(a, 5, rule=rule, starts=3))
    W = a.unflatten(initialise(a, 0, rule="nguyen-widrow")[0])[0][0]
    assert np.allclose(np.linalg.norm(W, axis=1), 0.7 * math.sqrt(10))
    assert np.abs(a.unflatten(initialise(a, 0, rule="siren")[0])[0][0]).max() <= 0.5


def test_the_penalty_leaves_biases_alone():
    a = Architecture((1, 1))
    value, slope = penalty_and_gradient(np.array([3.0, 5.0]), a.is_weight, 0.1)
    assert float(value) == pytest.approx(0.9)
    assert slope == pytest.approx([0.6, 0.0])


def test_huber_equals_mse_inside_and_is_smooth_at_the_bend():
    huber, mse = loss_named("huber", bend=2.0), loss_named("mse")
    y = np.zeros(1)
    assert huber.value(np.array([1.5]), y) == mse.value(np.array([1.5]), y)
    inside, outside = huber.value(np.array([2 - 1e-9, 2 + 1e-9]), np.zeros(2))
    assert inside == pytest.approx(outside, rel=1e-8)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Architecture((2, 3, 1), "sigmod"), "Did you mean 'sigmoid'"),
        (lambda: Architecture((2, 3, 1), "tanh", "linear"), "activation 'linear' is unknown"),
        (lambda: Architecture((2,)), "two or more widths"),
        (lambda: Architecture((2, 0, 1)), "at least 1"),
        (lambda: initialise(Architecture((2, 1)), 0, rule="glorot"), "initialisation 'glorot' is unknown"),
        (lambda: loss_named("hubber"), "Did you mean 'huber'"),
        (lambda: loss_named("huber", bend=0.0), "above 0"),
        (lambda: Network(Architecture((2, 3, 1)), np.zeros(12)), "2-3-1 network has 13 parameters"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(ParameterError, match=words):
        make()
