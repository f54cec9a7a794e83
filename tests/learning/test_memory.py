"""What does not fit into memory is said before it begins, with what would fit; and what would fit does."""

import re

import numpy as np
import pytest

from educe.errors import ParameterError
from educe.learning import memory
from educe.learning.learn import learn
from educe.learning.settings import Settings


def rows(n=300):
    x = np.linspace(-1, 1, n)
    return {"x": x, "z": np.sin(3 * x)}


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({}, "fewer folds"),
        ({"hidden": (16,)}, "fewer folds"),
        ({"hidden": (16,), "penalty": 0.1, "starts": 500, "validation": 0.2}, "fewer starts"),
        ({"hidden": (40, 40), "optimizer": "levenberg-marquardt"}, "another optimizer"),
        ({"hidden": (2000,), "optimizer": "l-bfgs"}, "adam with a batch of at most"),
        ({"hidden": (2000,), "optimizer": "adam", "batch": 300}, "adam with a batch of at most"),
        ({"hidden": (3000, 3000), "optimizer": "adam", "batch": 1}, "a smaller network"),
    ],
    ids=str,
)
def test_every_way_of_training_says_what_it_needs(monkeypatch, options, fits):
    monkeypatch.setattr(memory, "available", lambda: 20e6)
    with pytest.raises(
        ParameterError, match=r"needs some [\d.]+ GB of memory; 0.0 GB are free. What would fit"
    ) as e:
        learn(rows(), "z", **options)
    assert fits in str(e.value)


def test_the_batch_that_would_fit_does(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 10e6)
    with pytest.raises(ParameterError) as refusal:
        learn(rows(), "z", hidden=(2000,), optimizer="l-bfgs")
    batch = int(re.search(r"at most (\d+) rows", str(refusal.value))[1])
    memory.refuse_if_too_large((1, 300), 1, Settings(hidden=(2000,), optimizer="adam", batch=batch))
    with pytest.raises(ParameterError):
        memory.refuse_if_too_large((1, 300), 1, Settings(hidden=(2000,), optimizer="adam", batch=batch + 1))


def test_free_memory_is_known_here():
    assert memory.available() > 1e6
