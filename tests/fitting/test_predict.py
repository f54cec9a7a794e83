"""Predictions: values, shapes, missing inputs, and the region that was measured."""

from pathlib import Path

import numpy as np
import pytest

import educe
from educe.errors import TableError

X = np.linspace(0.0, 4.0, 40)
Y = 3.0 * np.exp(-0.9 * X) + 0.5 + 0.01 * np.cos(30 * X)
FIT = educe.fit("y = a*exp(-b*x) + c", {"x": X, "y": Y}, start={"b": 1.0})


def test_values_at_the_rows_are_the_fitted_values():
    np.testing.assert_allclose(FIT.predict({"x": X}), FIT.fitted, rtol=1e-13)


def test_the_response_need_not_be_there_and_other_columns_do_no_harm():
    plain = FIT.predict({"x": X})
    np.testing.assert_array_equal(FIT.predict({"x": X, "y": Y, "other": Y}), plain)


def test_missing_inputs_give_missing_predictions_in_their_place():
    values = FIT.predict({"x": np.array([1.0, np.nan, 2.0])})
    assert np.isnan(values).tolist() == [False, True, False]
    band = FIT.predict({"x": np.array([1.0, np.nan, 2.0])}, interval="prediction")
    assert np.isnan(band.upper).tolist() == [False, True, False]


def test_a_law_without_variables_predicts_nothing():
    fit = educe.fit("y = a", {"y": Y})
    assert fit.params["a"] == pytest.approx(Y.mean(), rel=1e-14)
    with pytest.raises(
        educe.ParameterError, match="has no variables: its prediction is the same number everywhere"
    ):
        fit.predict({"x": X})


def test_many_rows_go_through_in_blocks():
    x = np.linspace(0.0, 4.0, 40_000)
    band = FIT.predict({"x": x}, interval="confidence")
    few = FIT.predict({"x": x[::1000]}, interval="confidence")
    np.testing.assert_allclose(band.stderr[::1000], few.stderr, rtol=1e-12)
    np.testing.assert_allclose(band.values, FIT.predict({"x": x}), rtol=1e-14)


def test_outside_the_range_of_the_input():
    band = FIT.predict({"x": np.array([-0.1, 0.0, 2.0, 4.0, 4.1])}, interval="confidence")
    assert band.outside.tolist() == [True, False, False, False, True]


def test_an_empty_corner_of_two_inputs_is_outside():
    rng = np.random.default_rng(0)
    u = rng.uniform(-1, 1, 200)
    v = u + 0.05 * rng.normal(size=200)  # measured along the diagonal only
    fit = educe.fit("z = a*u + b*v + c", {"u": u, "v": v, "z": u - v})
    corner = {"u": np.array([0.0, 0.8, 0.9]), "v": np.array([0.0, -0.8, 0.9])}
    assert fit.predict(corner, interval="confidence").outside.tolist() == [False, True, False]


def test_no_row_that_was_measured_is_outside():
    rng = np.random.default_rng(1)
    data = {name: rng.uniform(-1, 1, 100) for name in ("u", "v", "z")}
    fit = educe.fit("z = a*u + b*v + c", data)
    assert not fit.predict(data, interval="prediction").outside.any()


def test_fixed_and_tied_parameters_are_part_of_the_law():
    fit = educe.fit(
        "y = a*exp(-b*x) + c", {"x": X, "y": Y}, fixed={"c": 0.5}, ties={"b": "0.3*a"}, start={"a": 2.0}
    )
    values = fit.params["a"] * np.exp(-0.3 * fit.params["a"] * X) + 0.5
    np.testing.assert_allclose(fit.predict({"x": X}), values, rtol=1e-13)
    np.testing.assert_allclose(fit.predict({"x": X}, interval="confidence").values, values, rtol=1e-13)


def growing_noise() -> dict[str, np.ndarray]:
    x = np.linspace(0.0, 4.0, 60)
    sigma = 5.0 * np.exp(-x)
    rng = np.random.default_rng(4)
    return {"x": x, "y": 100.0 * np.exp(-x) + sigma * rng.standard_normal(60), "s": sigma}


@pytest.mark.parametrize("absolute", [False, True])
def test_a_new_measurement_has_its_own_sigma(absolute: bool) -> None:
    data = growing_noise()
    fit = educe.fit("y = a*exp(-k*x)", data, sigma="s", absolute_sigma=absolute)
    scale = 1.0 if absolute else fit.noise
    new = {"x": [0.5, 3.0, 3.0], "s": [2.0, 0.1, np.nan]}
    mean = fit.predict(new, interval="confidence")
    band = fit.predict(new, interval="prediction")
    bare = fit.predict({"x": [3.0]}, interval="prediction")
    like_the_rows = float(np.mean(data["s"] ** 2)) ** 0.5
    noise = scale * np.array([2.0, 0.1, like_the_rows])
    np.testing.assert_allclose(band.stderr, np.hypot(mean.stderr, noise), rtol=1e-12)
    np.testing.assert_allclose(bare.stderr, np.hypot(mean.stderr[2:], noise[2:]), rtol=1e-12)


@pytest.mark.parametrize("method", ["wald", "profile", "bootstrap"])
def test_bands_by_any_method_hold_rows_of_any_sigma(method: str, tmp_path: Path) -> None:
    data = growing_noise()
    educe.fit("y = a*exp(-k*x)", data, sigma="s").save(tmp_path / "fit.json")
    rows = slice(None, None, 6)
    band = educe.load(tmp_path / "fit.json").predict(
        {name: column[rows] for name, column in data.items()}, interval="prediction", method=method
    )
    width = (band.upper - band.lower) / data["s"][rows]
    assert width.max() < 1.25 * width.min()  # the law's own error adds little


def test_a_new_sigma_that_cannot_be() -> None:
    fit = educe.fit("y = a*exp(-k*x)", growing_noise(), sigma="s")
    with pytest.raises(TableError, match="s is 0 in row 2"):
        fit.predict({"x": [1.0, 2.0], "s": [1.0, 0.0]}, interval="prediction")
    assert np.isfinite(fit.predict({"x": [1.0, 2.0], "s": [1.0, 0.0]})).all()
