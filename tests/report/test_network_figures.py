"""The figure of a learned function: its panels show the numbers of the result, and its bytes never differ."""

from dataclasses import replace

import numpy as np
import pytest

from educe.errors import FileError
from educe.learning.learn import learn
from educe.learning.saved import from_saved, to_saved
from educe.report import network_figures
from educe.report.numbers import short


def surface(inputs, n=80):
    X = np.random.default_rng(0).uniform(-2, 2, (3, n))
    data = dict(zip("xyw", X, strict=True)) | {"z": np.sin(X[0]) + 0.2 * X[1]}
    return {name: data[name] for name in (*inputs, "z")}


@pytest.fixture(scope="module")
def net():
    return learn(surface("xy"), "z", hidden=2, penalty=1e-4, starts=5)


def titles(figure):
    return [axes.get_title() for axes in figure.axes]


def test_two_inputs_show_surface_interval_rows_and_starts(net):
    figure = network_figures.draw(net)
    found = titles(figure)
    assert "network, and measured points in its colours" in found
    assert "half width of the 95 % interval" in found
    assert f"{net.reached} of 5 starts reached the best loss" in found
    scatter = next(axes for axes in figure.axes if axes.get_xlabel() == "z, predicted")
    assert scatter.lines[1].get_ydata() == pytest.approx(net.checked.y)
    assert scatter.lines[1].get_xdata() == pytest.approx(net.checked.predicted)


def test_units_stand_with_the_names_and_the_errors(net):
    told = replace(net, units={"x": "kPa", "z": "$L/min$"})
    figure = network_figures.draw(told)
    assert {"x (kPa)", "z ($L/min$), predicted"} <= {axes.get_xlabel() for axes in figure.axes}
    assert {"y", "z ($L/min$)"} <= {axes.get_ylabel() for axes in figure.axes}
    assert f"{short(net.train_rmse, 4)} $L/min$ in training" in figure.get_supxlabel()
    assert f"{net.validation_rmse:.4g} $L/min$ " in str(told)
    assert f"{short(net.validation_rmse, 4)} $L/min$</td>" in told._repr_html_()
    assert from_saved(to_saved(told)).units == told.units


def test_one_input_shows_the_curve_with_its_band():
    net = learn(surface("x", 200), "z", hidden=2, optimizer="l-bfgs", epochs=30)
    above, *_, loss = network_figures.draw(net).axes
    curve = above.lines[-1]
    assert curve.get_ydata() == pytest.approx(net.predict({"x": curve.get_xdata()}))
    assert [text.get_text() for text in above.get_legend().get_texts()] == [
        "new reading, 95 %",
        f"measured ({len(net.checked.y)} of 200 rows)",
        "network",
    ]
    assert loss.lines[0].get_ydata() == pytest.approx(np.sqrt(net.history))


def test_many_inputs_show_rows_and_starts():
    net = learn(surface("xyw"), "z", hidden=2, penalty=1e-4, starts=3)
    assert len(network_figures.draw(net).axes) == 2


def test_two_rows_have_no_interval_and_still_a_figure():
    net = learn({"x": [0.0, 1.0], "y": [1.0, 0.0], "z": [0.0, 1.0]}, "z", hidden=1, starts=2)
    assert "too few rows for an interval" in titles(network_figures.draw(net))


def test_the_same_result_gives_the_same_bytes(net, tmp_path):
    from educe.learning.saved import load

    net.save(tmp_path / "net.json")
    net.plot(tmp_path / "a.svg")
    load(tmp_path / "net.json").plot(tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_another_suffix_is_refused(net, tmp_path):
    with pytest.raises(FileError, match=r"a figure is written as \.svg"):
        net.plot(tmp_path / "a.gif")
