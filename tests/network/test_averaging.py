"""The average of networks as one network: the same function, whatever the shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.network import Architecture, forward, jacobian
from educe.network.averaging import average, widened

shapes = st.lists(st.integers(1, 4), min_size=2, max_size=5).map(tuple)


@settings(deadline=None, max_examples=40)
@given(shapes, st.integers(1, 4), st.integers(0, 99), st.sampled_from(["tanh", "relu", "sin"]))
def test_one_wide_network_is_the_average_of_its_members(layers, members, seed, hidden):
    random = np.random.default_rng(seed)
    architecture = Architecture(layers, hidden)
    thetas = random.normal(size=(3, members, architecture.parameters))  # three averages side by side
    shares = random.dirichlet(np.ones(members), 3)
    x = random.normal(size=(layers[0], 6))
    wide = average(architecture, thetas, shares)
    separately = (forward(architecture, thetas, x) * shares[..., None, None]).sum(axis=1)
    assert wide.shape == (3, widened(architecture, members).parameters)
    assert forward(widened(architecture, members), wide, x) == pytest.approx(separately, rel=1e-12, abs=1e-12)


def test_factors_multiply_the_columns_of_the_jacobian():
    random = np.random.default_rng(0)
    architecture = Architecture((2, 3, 4, 2))
    thetas, x = random.normal(size=(5, architecture.parameters)), random.normal(size=(2, 7))
    factors = random.uniform(0, 2, (5, 7))
    f, J = jacobian(architecture, thetas, x, output=1)
    same, weighted = jacobian(architecture, thetas, x, output=1, factors=factors)
    assert np.array_equal(f, same)
    assert weighted == pytest.approx(J * factors[:, None, :], rel=1e-13)
