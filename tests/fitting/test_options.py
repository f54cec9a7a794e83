"""What `fit` refuses before it computes anything, each with the words that help."""

import copy
import pickle

import numpy as np
import pytest

import educe
from educe import ParameterError

X = np.linspace(0.1, 5.0, 30)
DATA = {"x": X, "y": 3.0 * np.exp(-0.7 * X) + 0.01 * np.sin(37.0 * X)}
LAW = "y = a*exp(-k*x)"

REFUSED = {
    "start as a list": ({"start": [1, 2]}, r"start is a dict, such as .*, not list"),
    "bounds as SciPy takes them": ({"bounds": (0, 1)}, r"bounds is a dict, such as .*, not tuple"),
    "derive as a list": ({"derive": ["1/k"]}, r"derive is a dict"),
    "a start that is text": (
        {"start": {"k": "0.1"}},
        r"k: a start is one number or a range of two, not '0.1'",
    ),
    "a start that is missing": ({"start": {"k": None}}, r"k: a start is one number"),
    "a bound that is text": ({"bounds": {"k": ("0", 1)}}, r"k: a bound is a number or None"),
    "a tie that is a number": ({"ties": {"a": 2}}, r"ties: a is given by a formula as text"),
    "a condition as a mask": ({"where": X > 1}, r"where is a condition as text, .*, not ndarray"),
    "a loss that is a function": ({"loss": abs}, r"loss is a name as text"),
    "no loss": ({"loss": None}, r"loss is a name as text, not None"),
    "a scale that nothing uses": ({"loss_scale": 1.0}, r"loss 'linear' does not bend"),
    "absolute without sigma": ({"absolute_sigma": True}, r"give sigma too"),
    "a derived quantity of a column": (
        {"derive": {"r": "a*x"}},
        r"x in 'a\*x' is not a parameter of the law",
    ),
    "a derived quantity with a taken name": ({"derive": {"k": "1/k"}}, r"k is a parameter of the law"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_options_of_another_kind_are_refused(case):
    options, words = REFUSED[case]
    with pytest.raises(ParameterError, match=words):
        educe.fit(LAW, DATA, **options)


def test_a_fit_survives_pickling_and_copying():
    fit = educe.fit(LAW, DATA, derive={"tau": "1/k"})
    for again in (pickle.loads(pickle.dumps(fit)), copy.deepcopy(fit)):  # noqa: S301 -- our own
        assert again.params == fit.params
        assert again.stderr == fit.stderr
        np.testing.assert_array_equal(again.predict(DATA), fit.predict(DATA))
        assert str(again) == str(fit)


def test_a_function_that_writes_into_its_arguments_harms_no_measurements():
    def y(x, a, b):
        x *= a
        x += b
        return x

    columns = {"x": X.copy(), "y": 2.0 * X + 1.0}
    fit = educe.fit(y, columns)
    np.testing.assert_array_equal(columns["x"], X)
    assert fit.params == pytest.approx({"a": 2.0, "b": 1.0})
    np.testing.assert_allclose(fit.predict(columns), columns["y"])
