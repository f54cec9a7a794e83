"""The chain rule written out, judged by automatic differentiation and by complex steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.network import (
    ACTIVATIONS,
    LOSSES,
    Architecture,
    forward,
    initialise,
    jacobian,
    loss_and_gradient,
    loss_named,
)

SMOOTH = ["sigmoid", "tanh", "softplus", "gelu", "sin", "identity"]
networks = st.builds(
    Architecture,
    st.lists(st.integers(1, 5), min_size=2, max_size=5).map(tuple),
    st.sampled_from(sorted(ACTIVATIONS)),
    st.sampled_from(sorted(ACTIVATIONS)),
)


def example(architecture: Architecture, seed: int, n: int = 7):
    random = np.random.default_rng(seed)
    theta = random.normal(0.0, 0.7, architecture.parameters)
    x = random.normal(size=(architecture.layers[0], n))
    y = random.poisson(2.0, (architecture.layers[-1], n)) + random.uniform(0.1, 0.3)
    return theta, x, y.astype(float), random.uniform(0.5, 2.0, n)


def jax_loss(architecture, theta, x, y, loss, weights):
    """The same loss in JAX, written independently of educe's activations and losses."""
    import jax
    import jax.numpy as jnp

    act = {
        "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu, "softplus": jax.nn.softplus,
        "gelu": lambda z: jax.nn.gelu(z, approximate=False), "sin": jnp.sin, "identity": lambda z: z,
    }  # fmt: skip
    at, a = 0, x.T
    for k, (i, o) in enumerate(zip(architecture.layers, architecture.layers[1:], strict=False)):
        W = theta[at : at + i * o].reshape(o, i)
        b = theta[at + i * o : at + i * o + o]
        at += i * o + o
        name = architecture.output if k == len(architecture.layers) - 2 else architecture.hidden
        a = act[name](a @ W.T + b)
    r = a - y.T
    each = {
        "mse": r**2,
        "mae": jnp.abs(r),
        "huber": jnp.where(jnp.abs(r) <= 0.5, r**2, jnp.abs(r) - 0.25),
        "poisson": jnp.exp(a) - y.T * a,
    }[loss]
    return (each * weights[:, None]).sum() / len(a)


@settings(max_examples=20, deadline=None)
@given(networks, st.sampled_from(LOSSES), st.integers(0, 2**31))
def test_the_chain_rule_agrees_with_automatic_differentiation(architecture, loss, seed):
    jax = pytest.importorskip("jax")
    theta, x, y, w = example(architecture, seed)
    value, slope = loss_and_gradient(architecture, theta, x, y, loss_named(loss, bend=0.5), weights=w)
    with jax.enable_x64(True):
        expected, gradient = jax.value_and_grad(jax_loss, argnums=1)(architecture, theta, x, y, loss, w)
        expected, gradient = float(expected), np.asarray(gradient)
    assert value == pytest.approx(expected, rel=1e-12)
    assert np.abs(slope - gradient).max() <= 1e-12 * np.abs(gradient).max()


@settings(max_examples=60, deadline=None)
@given(networks, st.integers(0, 2**31))
def test_the_gradient_agrees_with_finite_differences(architecture, seed):
    theta, x, y, w = example(architecture, seed)
    if "relu" in (architecture.hidden, architecture.output):
        return
    loss = loss_named("mse")
    value, slope = loss_and_gradient(architecture, theta, x, y, loss, weights=w)
    h = 1e-5
    moved = theta + h * np.concatenate(
        [np.eye(len(theta)), -np.eye(len(theta))]
    )  # many networks side by side
    L = loss_and_gradient(architecture, moved, x, y, loss, weights=w)[0]
    numeric = (L[: len(theta)] - L[len(theta) :]) / (2 * h)
    assert np.allclose(slope, numeric, rtol=1e-6, atol=1e-6 * (1 + np.abs(slope).max() + float(value)))


@settings(max_examples=40, deadline=None)
@given(networks, st.integers(0, 2**31))
def test_the_jacobian_sums_to_the_gradient(architecture, seed):
    theta, x, y, _ = example(architecture, seed)
    slope = loss_and_gradient(architecture, theta, x, y, loss_named("mse"))[1]
    total = np.zeros_like(theta)
    for k in range(architecture.layers[-1]):
        f, J = jacobian(architecture, theta, x, output=k)
        total += 2.0 * J @ (f - y[k]) / x.shape[1]
    assert np.allclose(total, slope, rtol=1e-11, atol=1e-11 * (1 + np.abs(slope).max()))


def test_networks_side_by_side_are_the_networks_one_by_one():
    architecture = Architecture((2, 4, 3, 1), "tanh")
    thetas = initialise(architecture, 3, starts=5)
    _, x, y, w = example(architecture, 1)
    L, g = loss_and_gradient(architecture, thetas, x, y, loss_named("huber"), weights=w)
    for s in range(5):
        one, slope = loss_and_gradient(architecture, thetas[s], x, y, loss_named("huber"), weights=w)
        assert L[s] == pytest.approx(one, rel=1e-14)
        assert np.allclose(g[s], slope, rtol=1e-13, atol=1e-15)
    assert forward(architecture, thetas, x).shape == (5, 1, 7)


def test_the_sum_over_n_points_has_n_terms():
    architecture = Architecture((1, 1))
    L, _ = loss_and_gradient(
        architecture, np.zeros(2), np.ones((1, 4)), np.array([1.0, 2.0, 3.0, 4.0]), loss_named("mse")
    )
    assert float(L) == pytest.approx((1 + 4 + 9 + 16) / 4)
