"""Every kind of fit gets a page: weights, losses, bounds, several data sets, errors in x, functions, too few rows."""

from functools import cache

import numpy as np
import pytest
from tests.explanation.markup import PageReader, shows
from tests.report.fits import noise

import educe
from educe.explanation.law import explain
from educe.report.page import render

X = np.linspace(0.1, 5.0, 60)
Y = 3.0 * np.exp(-0.7 * X) + 0.5 + noise(1, 60, 0.05)
DECAY = "y = a*exp(-k*x) + c"
START = {"a": 2.0, "k": 0.5, "c": 0.1}


def steps(x, a, k):
    """A function that cannot be traced to a formula."""
    return np.array([a * np.exp(-k * v) if v < 9.0 else 0.0 for v in np.asarray(x)])


steps.__name__ = "y"

KINDS = {
    "weights": lambda: educe.fit(DECAY, {"x": X, "y": Y, "s": np.full(60, 0.05)}, sigma="s", start=START),
    "huber": lambda: educe.fit(
        DECAY, {"x": X, "y": Y + 2.0 * (np.arange(60) % 11 == 0)}, loss="huber", start=START
    ),
    "tukey, linear": lambda: educe.fit(
        "y = m*x + b", {"x": X, "y": 2.0 * X + noise(2, 60, 0.1)}, loss="tukey"
    ),
    "gauss-newton": lambda: educe.fit(DECAY, {"x": X, "y": Y}, method="gauss-newton", start=START),
    "bound": lambda: educe.fit(DECAY, {"x": X, "y": Y}, bounds={"k": (0.0, 0.5)}, start={**START, "k": 0.3}),
    "one free": lambda: educe.fit(DECAY, {"x": X, "y": Y}, fixed={"a": 3.0, "c": 0.5}, start={"k": 0.3}),
    "as many as rows": lambda: educe.fit("y = m*x + b", {"x": [0.0, 1.0], "y": [1.0, 3.0]}),
    "exact": lambda: educe.fit("y = m*x + b", {"x": np.arange(4.0), "y": 2.0 * np.arange(4.0) + 1.0}),
    "response": lambda: educe.fit("log(y) = m*x + b", {"x": X, "y": np.exp(0.3 * X + noise(3, 60, 0.01))}),
    "function": lambda: educe.fit(steps, {"x": X, "y": Y}, start={"a": 2.0, "k": 0.5}),
    "not in JavaScript": lambda: educe.fit(
        "y = a*digamma(x + b)", {"x": X, "y": 2.0 * np.log(X + 1.0)}, start={"a": 1.0, "b": 1.0}
    ),
    "many constants": lambda: educe.fit(
        " + ".join(["y = c0", *(f"c{k}*x**{k}" for k in range(1, 12))]), {"x": X, "y": Y}
    ),
    "far units": lambda: educe.fit(
        "y = a*x**b", {"x": X * 1e9, "y": 1e-20 * (X * 1e9) ** 1.5}, start={"a": 1e-20, "b": 1.4}
    ),
    "data sets": lambda: educe.fit(
        DECAY, {"cold": {"x": X, "y": Y}, "hot": {"x": X, "y": Y + 1.0}}, shared=["k"], start=START
    ),
    "errors in x": lambda: educe.fit(DECAY, {"x": X, "y": Y}, sigma_x={"x": 0.01}, sigma=0.05, start=START),
    "sandwich": lambda: educe.fit(DECAY, {"x": X, "y": Y}, start=START, errors="sandwich"),
    "four inputs": lambda: educe.fit(
        "y = a*x + b*u + c*v + d*w", {"x": X, "u": X**2, "v": np.sin(X), "w": np.cos(3 * X), "y": Y}
    ),
    "logarithmic": lambda: educe.fit(
        "y = a*x/(b + x)",
        {"x": np.geomspace(1e-3, 10.0, 40), "y": np.geomspace(1e-3, 10.0, 40) ** 0.5},
        start={"a": 1.0, "b": 1.0},
    ),
    "wide numbers": lambda: educe.fit("y = m*x + b", {"x": X * 1e120, "y": X}),
}


@cache
def reader_of(kind):
    return PageReader(render(explain(KINDS[kind]())))


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_page_and_its_numbers_are_their_values(kind):
    reader = reader_of(kind)
    assert [(d.key, d.value, d.shown) for d in reader.data if not shows(d)] == []
    ids = [e.attributes["id"] for e in reader.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for words in ("What was found", "What least squares minimises", "What the residuals say", "Glossary"):
        assert words in reader.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("weights", "counts with the weight"),
        ("huber", "robust loss"),
        ("bound", "converged at a bound"),
        ("as many as rows", "the residuals say nothing of the noise"),
        ("function", "differences of its values"),
        ("data sets", "The data sets"),
        ("errors in x", "distance of a row to the law"),
        ("sandwich", "HC3"),
        ("many constants", "the first 8 of 12 columns"),
    ],
)
def test_what_is_particular_is_said(kind, words):
    assert words in reader_of(kind).text


def test_a_law_that_javascript_cannot_say_stands_still():
    scenes = [e.attributes.get("id") for e in reader_of("not in JavaScript").all("script")]
    assert "scene-replay" not in scenes
    assert "scene-landscape" in scenes


def test_each_data_set_has_its_curve_and_its_key():
    drawing = next(e for e in reader_of("data sets").all("figure") if e.attributes["id"] == "data-sets")
    words = "".join(drawing.words)
    assert "cold" in words
    assert "hot" in words
