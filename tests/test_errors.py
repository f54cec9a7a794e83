"""What every door refuses in the same words: seeds and levels."""

from __future__ import annotations

import numpy as np
import pytest

import educe

X = np.linspace(0.0, 3.0, 40)
LINE = educe.fit("y = a*x + b", {"x": X, "y": X + 0.1 * np.sin(9 * X)})
SEEDED = {
    "fit": lambda seed: educe.fit("y = a*x + b", {"x": X, "y": X}, seed=seed),
    "next_points": lambda seed: LINE.next_points(2, seed=seed),
    "bootstrap": lambda seed: LINE.bootstrap(n=10, seed=seed),
    "simulate": lambda seed: educe.simulate("y = x", n=2, ranges={"x": (0, 1)}, seed=seed),
    "learn": lambda seed: educe.learn({"x": X, "y": X}, "y", hidden=1, seed=seed),
    "compare": lambda seed: educe.compare({"x": X, "y": X}, "y", only=["linear"], jobs=1, seed=seed),
    "check": lambda seed: educe.check(LINE, seed=seed),
    "study": lambda seed: educe.study(only=["law"], seed=seed),
}


@pytest.mark.parametrize("door", SEEDED)
@pytest.mark.parametrize("seed", [-1, 1.5, "x", None, True])
def test_a_seed_that_is_none(door: str, seed: object) -> None:
    with pytest.raises(
        educe.ParameterError, match=f"seed must be a whole number of at least 0, not {seed!r}"
    ):
        SEEDED[door](seed)


def test_a_level_that_is_none() -> None:
    with pytest.raises(educe.ParameterError, match=r"must lie between 0 and 1, such as 0\.95, not '95 %'"):
        LINE.conf_int("95 %")  # type: ignore[arg-type]
