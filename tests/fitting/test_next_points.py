"""Where to measure next: the promised errors against refits, and every refusal."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import educe

X = np.linspace(0.0, 3.0, 12)
LAW = "y = a*exp(-k*x) + c"


def measured(x: Any, seed: int, size: float = 0.03) -> dict[str, Any]:
    noise = np.random.default_rng(seed).normal(0.0, size, len(x))
    return {"x": np.asarray(x), "y": 3.0 * np.exp(-0.7 * np.asarray(x)) + 0.4 + noise}


FIT = educe.fit(LAW, measured(X, 1))


def with_more(fit: educe.Fit, x: Any) -> np.ndarray:
    """Return the standard errors when rows at x that lie on the law are added, the noise as it was."""
    more = {"x": np.concatenate([X, x]), "y": np.concatenate([fit.fitted, fit.predict({"x": x})])}
    again = educe.fit(LAW, more, sigma=fit.noise, absolute_sigma=True, start=dict(fit.params))
    return again.standard_errors


def repeated(found: Any) -> list[float]:
    return [p["x"] for p, n in zip(found.points, found.repeats, strict=True) for _ in range(n)]


@pytest.mark.parametrize(("criterion", "target"), [("D", None), ("A", None), ("c", "k"), ("c", "1/k")])
def test_what_is_expected_is_what_a_refit_shows(criterion: str, target: str | None) -> None:
    found = FIT.next_points(3, {"x": (0.0, 8.0)}, criterion=criterion, target=target)
    assert sum(found.repeats) == 3
    after = with_more(FIT, repeated(found))
    assert [found.after[name] for name in FIT.names] == pytest.approx(after, rel=1e-6)
    assert [found.before[name] for name in FIT.names] == pytest.approx(FIT.standard_errors, rel=1e-9)
    assert [found.even[name] for name in FIT.names] == pytest.approx(
        with_more(FIT, np.linspace(0.0, 8.0, 3)), rel=1e-6
    )
    if target == "1/k":
        assert found.before[target] == pytest.approx(FIT.derive_quantity("1/k").standard_error, rel=1e-9)


def test_no_two_points_of_a_fine_grid_are_better() -> None:
    found = FIT.next_points(2, {"x": (0.0, 8.0)}, target="k")
    grid = np.linspace(0.0, 8.0, 41)
    best = min(with_more(FIT, pair)[1] for pair in itertools.combinations_with_replacement(grid[::4], 2))
    assert found.after["k"] <= best * (1 + 1e-6)
    assert found.after["k"] <= found.even["k"]


def test_points_lie_off_the_grid_where_that_is_better() -> None:
    fit = educe.fit("y = a*x*exp(-x/t)", {"x": [0.5, 1.0, 1.5, 9.0], "y": [0.43, 0.7, 0.9, 0.45]})
    found = fit.next_points(1, {"x": (0.0, 20.0)}, target="a")
    (place,) = repeated(found)
    fine = np.linspace(max(0.0, place - 0.5), place + 0.5, 101)
    values = [
        educe.fit(
            "y = a*x*exp(-x/t)",
            {"x": [0.5, 1.0, 1.5, 9.0, x], "y": [*fit.fitted, fit.predict({"x": [x]})[0]]},
            sigma=fit.noise,
            absolute_sigma=True,
            start=dict(fit.params),
        ).stderr["a"]
        for x in fine
    ]
    assert found.after["a"] == pytest.approx(min(values), rel=1e-4)


def test_the_promise_is_kept_by_simulated_measurements() -> None:
    truth = educe.fit(LAW, {"x": X, "y": 3.0 * np.exp(-0.7 * X) + 0.4}, sigma=0.03, absolute_sigma=True)
    found = truth.next_points(4, {"x": (0.0, 8.0)}, target="k")
    plan = np.concatenate([X, repeated(found)])
    start = {"a": 3.0, "k": 0.7, "c": 0.4}
    estimates = [educe.fit(LAW, measured(plan, seed), start=start).params["k"] for seed in range(400)]
    assert np.std(estimates) == pytest.approx(found.after["k"], rel=0.12)
    assert found.after["k"] < 0.75 * found.before["k"]


def test_two_inputs_sigma_and_errors_in_x() -> None:
    rng = np.random.default_rng(3)
    x, t = rng.uniform(0.0, 2.0, (2, 30))
    data = {"x": x, "t": t, "z": 2.0 * x * np.exp(-0.5 * t) + rng.normal(0, 0.05, 30)}
    fit = educe.fit("z = a*x*exp(-k*t)", data, sigma=0.05)
    found = fit.next_points(2, {"t": (0.0, 5.0)}, target="k")
    assert all(p["x"] == pytest.approx(x.max(), rel=1e-3) for p in found.points)
    assert found.ranges["t"] == (0.0, 5.0)
    noisy = educe.fit("z = a*x*exp(-k*t)", data, sigma=0.05, sigma_x={"x": 0.05})
    again = noisy.next_points(2, {"t": (0.0, 5.0)}, target="k")
    assert again.after["k"] < again.before["k"]


def test_points_of_several_sets_say_in_which() -> None:
    data = {"cold": measured(X, 1), "hot": {**measured(X, 2), "y": 2.0 * measured(X, 2)["y"]}}
    fit = educe.fit(LAW, data, shared=["k"])
    found = fit.next_points(3, target="a_hot")
    assert {point["data_set"] for point in found.points} == {"hot"}
    only = fit.next_points(3, target="k", data_set="cold")
    assert {point["data_set"] for point in only.points} == {"cold"}
    with pytest.raises(educe.ParameterError, match="Did you mean 'cold'"):
        fit.next_points(3, data_set="colt")


def test_what_is_open_is_closed_or_refused() -> None:
    line = educe.fit("y = m*x + b", {"x": [1.0, 1.0, 1.0], "y": [2.0, 2.1, 1.9]})
    found = line.next_points(2, {"x": (0.0, 3.0)}, target="m")
    assert found.before["m"] == np.inf
    # three readings at 1, two at 3: their means differ by m times 2
    assert found.after["m"] == pytest.approx(line.noise * np.sqrt(1 / 3 + 1 / 2) / 2, rel=1e-6)
    product = educe.fit("y = a*b*x", {"x": X, "y": 2 * X + 0.01 * np.cos(9 * X)}, start={"a": 1.0, "b": 2.0})
    with pytest.raises(educe.FitError, match=r"determines a: only a\*b is determined"):
        product.next_points(2, target="a")
    assert (
        product.next_points(2, target="a*b").after["a*b"] < product.next_points(2, target="a*b").before["a*b"]
    )


def test_the_same_seed_gives_the_same_points_and_json_is_plain() -> None:
    one, two = (FIT.next_points(4, criterion="A").to_dict() for _ in range(2))
    assert one == two
    assert list(one) == ["criterion", "target", "points", "before", "after", "even", "ranges", "noise"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"criterion": "E"}, "'E' is not one of D, A, c"),
        ({"criterion": "c"}, "say which; the parameters are a, k, c"),
        ({"criterion": "D", "target": "k"}, "for all parameters"),
        ({"target": "kk"}, "kk is not a parameter of the law"),
        ({"points": 0}, "points must be 1 to 200, not 0"),
        ({"ranges": {"z": (0.0, 1.0)}}, "z is not an input of the law; its inputs are x"),
        ({"ranges": {"x": (1.0, 0.0)}}, "two finite numbers, the lower first"),
        ({"data_set": "cold"}, "the fit is of one data set"),
    ],
)
def test_wrong_use_is_refused_in_one_sentence(options: Any, words: str) -> None:
    with pytest.raises(educe.ParameterError, match=words):
        FIT.next_points(**options)


def test_laws_that_leave_nothing_to_choose_are_refused() -> None:
    with pytest.raises(educe.ParameterError, match="has no inputs"):
        educe.fit("y = c", {"y": [1.0, 2.0, 3.0]}).next_points()
    with pytest.raises(educe.ParameterError, match="as many parameters as rows"):
        educe.fit("y = m*x + b", {"x": [0.0, 1.0], "y": [1.0, 2.0]}).next_points()
    fixed = educe.fit(LAW, measured(X, 1), fixed={"c": 0.4})
    with pytest.raises(educe.ParameterError, match="c is known exactly"):
        fixed.next_points(target="c")
