"""Figures: what they contain, that their bytes never differ, and that no name can break them."""

import os
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

import educe
from educe.errors import FileError
from educe.formula import library
from educe.report.figures import draw, encoded, render, suffix
from educe.report.law_figures import Drawing, draw_law, gallery
from educe.report.panels import CROWD, logarithmic, standardised
from educe.report.typeset import left_to_right, title


def texts(figure):
    return " | ".join(t.get_text() for t in figure.findobj(matplotlib.text.Text))


def test_one_input_shows_measurements_bands_law_and_residuals(fits):
    figure = draw(fits.decay())
    above, below = figure.axes
    labels = [t.get_text() for t in above.get_legend().get_texts()]
    assert labels == ["measured", "law", "law, 95 %", "new reading, 95 %"]
    (points,) = [line for line in above.lines if line.get_label() == "measured"]
    np.testing.assert_array_equal(points.get_ydata(), fits.decay().rows.response)
    assert len(above.containers) == 1  # error bars, since sigma was given
    assert below.get_xlabel() == "x"
    assert above.get_ylabel() == "y"
    assert "57 rows of dictionary" in texts(figure)


def test_the_curve_is_the_law_over_the_measured_range(fits):
    fit = fits.decay()
    (law,) = [line for line in draw(fit).axes[0].lines if line.get_label() == "law"]
    x, y = law.get_data()
    assert (x[0], x[-1]) == (fit.rows.columns["x"].min(), fit.rows.columns["x"].max())
    expected = fit.params["a"] * np.exp(-fit.params["k"] * x) + 0.5
    np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_two_inputs_show_surface_residual_map_and_measured_against_fitted(fits):
    figure = draw(fits.sensors())
    labels = [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]
    assert labels[:4] == [
        ("x", "y"),
        ("x", "y"),
        ("z, fitted", "z, measured"),
        ("z, fitted", "standardised residual"),
    ]
    assert len(figure.axes) == 6  # with two scales of colours


def test_many_inputs_show_the_residuals_against_each(fits):
    labels = [axes.get_xlabel() for axes in draw(fits.rate()).axes]
    assert labels == ["r, fitted", "r, fitted", "c", "t", "p", "q"]


def test_a_law_without_inputs_is_drawn_over_its_rows(fits):
    assert draw(fits.constant()).axes[1].get_xlabel() == "row"


def test_many_rows_become_cells_and_the_figure_says_so(fits):
    figure = draw(fits.decay(CROWD + 200))
    assert "cells in place of single rows" in texts(figure)
    assert all(len(line.get_xdata()) < CROWD for axes in figure.axes for line in axes.lines)


@pytest.mark.parametrize("form", [".svg", ".png", ".pdf"])
def test_the_same_fit_gives_the_same_bytes_and_no_date(form, fits):
    first = render(fits.decay(), form)
    assert first == render(fits.decay(), form)
    assert b"dc:date" not in first
    assert b"CreationDate" not in first


@pytest.mark.parametrize("name", ["hostile", "product", "stopped"])
def test_every_fit_can_be_drawn(name, fits):
    root = ElementTree.fromstring(render(fits.ALL[name]()))
    assert root.tag.endswith("svg")


@pytest.mark.parametrize(
    "tex",
    ["", "$", r"\frac{", r"\begin{cases} a \end{cases}", "a_{b_{c", "x" * 3000, r"\unknown{x}", "{" * 900],
)
def test_a_title_that_cannot_be_typeset_is_written_plainly(tex):
    figure = matplotlib.figure.Figure()
    title(figure, tex, r"y = $\frac_{ a\b")
    assert figure.get_suptitle() == r"y = $\frac_{ a\b"
    encoded(figure, ".svg")


def test_a_title_that_can_be_typeset_is():
    figure = matplotlib.figure.Figure()
    title(figure, r"z = 2.1 \sin\left(x\right)", "z = 2.1*sin(x)")
    assert figure.get_suptitle() == r"$z = 2.1 \sin\left(x\right)$"


def test_settings_of_the_user_neither_matter_nor_change(fits):
    expected = render(fits.decay())
    with matplotlib.rc_context({"font.size": 30, "svg.hashsalt": "other", "axes.facecolor": "red"}):
        assert render(fits.decay()) == expected
        assert matplotlib.rcParams["font.size"] == 30


def test_names_and_units_are_labels_and_never_mathematics(fits):
    figure = draw(fits.hostile())
    above, below = figure.axes
    assert above.get_ylabel() == "y_1 ($)"
    assert below.get_xlabel().startswith("x_1 (<script>")
    assert not below.xaxis.label.get_parse_math()


def test_residuals_are_in_units_of_their_own_scatter(fits):
    assert 0.8 < np.std(standardised(fits.sensors())[0]) < 1.2
    r, words = standardised(fits.decay())
    assert words == "standardised residual"
    h = fits.decay().leverage
    np.testing.assert_allclose(r * 0.08 * np.sqrt(1 - h), fits.decay().residuals, rtol=1e-12)


def test_far_readings_do_not_widen_the_band_of_a_robust_fit():
    x = np.linspace(0.0, 5.0, 200)
    y = 2.0 * x + 1.0 + 0.1 * np.random.default_rng(1).normal(size=200)
    y[::20] += 3.0
    good = np.arange(200) % 20 != 0
    r, _ = standardised(educe.fit("y = a*x + b", {"x": x, "y": y}, loss="tukey"))
    assert 0.8 < np.std(r[good]) < 1.2
    assert (np.abs(r[~good]) > 20).all()


def test_doses_over_decades_get_a_logarithmic_axis():
    assert logarithmic(np.geomspace(1e-3, 1e2, 30))
    assert not logarithmic(np.linspace(0.01, 10.0, 30))
    assert not logarithmic(np.linspace(-1.0, 1.0, 30))


def test_a_figure_is_saved_whole_or_refused(tmp_path, fits):
    path = tmp_path / "fit.svg"
    fits.decay().plot(path)
    assert path.read_bytes() == render(fits.decay(), ".svg")
    assert os.listdir(tmp_path) == ["fit.svg"]
    with pytest.raises(FileError, match=r"fit\.jpg: a figure is written as \.svg, \.png, \.pdf"):
        fits.decay().plot(tmp_path / "fit.jpg")
    with pytest.raises(FileError, match="cannot be written"):
        fits.decay().plot(tmp_path / "nowhere" / "fit.svg")
    assert suffix("A.SVG") == ".svg"


def test_named_laws_are_drawn_alone_and_together():
    def drawing(name):
        law = library.get(name)
        grid = {variable: np.linspace(*law.ranges[variable], 9) for variable in law.variables}
        return Drawing(law, grid, np.ones([9] * len(grid)) * np.arange(9.0))

    laws = ["gaussian", "lorentzian", "sensors"]
    figure = gallery([drawing(name) for name in laws])
    assert [axes.get_title() for axes in figure.axes] == laws
    alone = draw_law(drawing("gaussian"))
    assert "gaussian(x)" in texts(alone)
    assert library.get("gaussian").inputs["x"][2] in alone.axes[0].get_xlabel()
    assert len(draw_law(drawing("sensors")).axes) == 2  # a surface has a scale of colours


def test_a_title_in_letters_that_the_font_lacks_is_plain_and_in_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    x = np.linspace(0.0, 3.0, 30)
    high, time = "\u0627\u0631\u062a", "\u65f6\u95f4"
    fit = educe.fit(f"{high} = a*exp(-k*{time})", {time: x, high: 3 * np.exp(-x) + 0.01 * np.cos(9 * x)})
    fit.plot(tmp_path / "f.svg")
    assert "glyph" not in caplog.text
    assert left_to_right(f"{high} = 2*{high}") == f"\u200e{high}\u200e = 2*\u200e{high}\u200e"
