"""The measured sets against what is published about them, and the laws proposed for them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from educe import datasets

NAMES = datasets.names("measured")
FUNCTIONS = {name: getattr(np, name) for name in ("sin", "cos", "exp", "log10")}


def fitted(name: str) -> tuple[dict[str, float], float]:
    """Fit the law of a set with SciPy; return the estimates and R2."""
    data = datasets.load(name)
    assert data.law is not None
    left, right = data.law.split(" = ")
    code = compile(right, name, "eval")
    start = data.starts[0]

    def law(_: object, *theta: float) -> np.ndarray:
        values = FUNCTIONS | dict(data.columns) | dict(zip(start, theta, strict=True))
        return eval(code, values)  # type: ignore[no-any-return]  # noqa: S307 -- our own law, in a test

    y = eval(left, FUNCTIONS | dict(data.columns))  # noqa: S307
    theta, _ = curve_fit(law, 0.0, y, list(start.values()))
    r_squared = 1 - np.sum((y - law(0, *theta)) ** 2) / np.sum((y - np.mean(y)) ** 2)
    return dict(zip(start, theta, strict=True)), float(r_squared)


def test_the_measured_sets() -> None:
    assert NAMES == ("ethanol", "mercury", "puromycin", "sensors", "theophylline")
    assert [datasets.load(name).n for name in NAMES] == [88, 19, 23, 500, 132]
    assert [name for name in NAMES if datasets.load(name).origin == "simulated"] == ["sensors"]


@pytest.mark.parametrize(
    ("name", "r_squared"),
    [("ethanol", 0.9719), ("mercury", 0.9999), ("puromycin", 0.9549), ("theophylline", 0.745)],
)
def test_the_proposed_laws_explain_what_they_say(name: str, r_squared: float) -> None:
    assert fitted(name)[1] == pytest.approx(r_squared, abs=1e-3)


def test_sensors_hold_the_law_that_made_them() -> None:
    data = datasets.load("sensors")
    x, y, z = (data.columns[name] for name in "xyz")
    noise = z - (2 * np.sin(x) + 0.5 * np.cos(y))
    assert abs(np.mean(noise)) < 3 * 0.1 / np.sqrt(data.n)
    assert np.std(noise) == pytest.approx(0.1, abs=3 * 0.1 / np.sqrt(2 * data.n))
    assert np.abs(x).max() <= 3
    assert np.abs(y).max() <= 3


@pytest.mark.parametrize(
    ("treated", "v_max", "k_m", "rss"), [(1, 212.7, 0.06412, 1195), (0, 160.3, 0.04771, 859.6)]
)
def test_puromycin_gives_the_published_estimates(treated: int, v_max: float, k_m: float, rss: float) -> None:
    data = datasets.load("puromycin")
    rows = data.columns["treated"] == treated
    x, y = data.columns["conc"][rows], data.columns["rate"][rows]
    theta, _ = curve_fit(lambda x, v, k: v * x / (k + x), x, y, (200, 0.05))
    assert theta == pytest.approx([v_max, k_m], rel=3e-4)
    assert np.sum((y - theta[0] * x / (theta[1] + x)) ** 2) == pytest.approx(rss, rel=5e-4)


def test_theophylline_gives_the_published_areas() -> None:
    """Linear trapezoidal areas to the last sample, h mg/l, as published from other software."""
    published = [148.92305, 91.5268, 99.2865, 106.7963, 121.2944, 73.77555]
    published += [90.7534, 88.55995, 86.32615, 138.3681, 80.0936, 119.9775]
    data = datasets.load("theophylline")
    for subject, area in enumerate(published, start=1):
        rows = data.columns["subject"] == subject
        assert rows.sum() == 11
        time, conc = data.columns["time"][rows], data.columns["conc"][rows]
        assert np.trapezoid(conc, time) == pytest.approx(area, rel=1e-6)


def test_mercury_boils_where_it_does() -> None:
    theta, _ = fitted("mercury")
    boiling = theta["b"] / (theta["a"] - np.log10(760)) - theta["c"]
    assert boiling == pytest.approx(356.7, abs=0.5)  # degC, at one atmosphere


def test_ethanol_has_the_five_compression_ratios() -> None:
    columns = datasets.load("ethanol").columns
    ratios, counts = np.unique(columns["C"], return_counts=True)
    assert dict(zip(ratios, counts, strict=True)) == {7.5: 22, 9: 17, 12: 14, 15: 19, 18: 16}
    assert columns["NOx"].max() == 4.028
    assert (columns["E"].min(), columns["E"].max()) == (0.535, 1.232)
