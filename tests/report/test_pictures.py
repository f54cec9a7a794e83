"""Pictures of what is known: each shows the numbers of the fit, breaks for no name, and is the same every time."""

import matplotlib
import numpy as np
import pytest

import educe
from educe.report.figures import encoded
from educe.report.pictures import KINDS, draw

X = np.linspace(0.3, 6.0, 24)
RNG = np.random.default_rng(12)
BENT = educe.fit("v = vmax*s/(km + s)", {"s": X, "v": 3 * X / (1.4 + X) + RNG.normal(0, 0.15, 24)})
T = np.linspace(0.0, 5.0, 25)


def decays(count):
    return {
        f"run{k}": {"t": T, "y": (k + 1) * np.exp(-T / 1.7) + RNG.normal(0.0, 0.05, 25)} for k in range(count)
    }


FEW = educe.fit("y = a*exp(-t/tau)", decays(3), shared=["tau"])
MANY = educe.fit("y = a*exp(-t/tau)", decays(8), shared=["tau"])


def texts(figure):
    return " | ".join(t.get_text() for t in figure.findobj(matplotlib.text.Text))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_and_the_same_every_time(tmp_path, kind):
    path = tmp_path / "picture.svg"
    BENT.plot(path, kind=kind)
    assert path.read_bytes() == encoded(draw(BENT, kind), ".svg")


@pytest.mark.parametrize("kind", ["fit", "corner", "influence"])
def test_fits_of_several_sets_are_drawn(tmp_path, kind):
    FEW.plot(tmp_path / "picture.png", kind=kind)
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_profile_curves_pass_through_the_ends_of_their_intervals():
    figure = draw(BENT, "profile")
    for axes, name in zip(figure.axes, BENT.names, strict=True):
        profile = BENT.profile(name)
        (curve,) = [line for line in axes.lines if line.get_label() == "profile"]
        x, y = curve.get_data()
        for end, level in zip(profile.interval, (-profile.multiplier, profile.multiplier), strict=True):
            assert np.interp(end, x, y) == pytest.approx(level, abs=0.1)
        assert axes.get_title().startswith(f"{name}: ")


def test_corner_regions_touch_the_profiles_at_their_radius():
    found = BENT.joint()
    (region,) = found.regions.values()
    squares = []
    for vmax, km in region[::12]:
        residuals = BENT.rows.response - vmax * X / (km + X)
        squares.append(float(residuals @ residuals))
    zeta = np.sqrt(np.array(squares) - BENT.rss) / BENT.residual_standard_error
    assert zeta == pytest.approx(found.radius, rel=0.03)


def test_corner_of_a_linear_law_is_the_ellipse():
    line = educe.fit("y = m*x + b", {"x": X, "y": 2 * X + RNG.normal(0, 0.1, 24)})
    found = line.joint()
    region = found.regions["m", "b"]
    inside = (region - line.theta) @ np.linalg.inv(line.covariance)
    assert np.sqrt(np.einsum("ij,ij->i", inside, region - line.theta)) == pytest.approx(
        found.radius, rel=1e-3
    )


def test_influence_names_the_row_that_decides():
    x = np.append(np.linspace(0.0, 1.0, 20), 9.0)
    y = 2 * x + np.random.default_rng(1).normal(0, 0.1, 21)
    y[-1] += 1.0
    figure = draw(educe.fit("y = m*x + b", {"x": x, "y": y}), "influence")
    assert "row 21" in texts(figure)
    assert [axes.get_ylabel() for axes in figure.axes[1:]] == ["m", "b"]
    assert "row 3 of run1" in texts(_far("run1", 2))


def _far(name, row):
    data = decays(3)
    data[name]["y"][row] += 2.0
    return draw(educe.fit("y = a*exp(-t/tau)", data, shared=["tau"]), "influence")


def test_identifiability_shows_deviations_and_what_no_row_tells():
    figure = draw(BENT, "identifiability")
    heights = [bar.get_y() + bar.get_height() for bar in figure.axes[0].patches]
    assert heights == pytest.approx(BENT.directions.deviations)
    assert "rank 2, full" in texts(figure)
    product = educe.fit("y = a*b*x", {"x": X, "y": 2 * X + RNG.normal(0, 0.1, 24)}, start={"a": 1, "b": 2})
    shown = texts(draw(product, "identifiability"))
    assert "not at all" in shown
    assert "rank 1: the data determine 1 of 2 directions" in shown


def test_directions_are_the_eigenvectors_of_the_scaled_information():
    found = BENT.directions
    J = BENT.weighted_jacobian
    unit = J / np.linalg.norm(J, axis=0)
    sizes, vectors = np.linalg.eigh(unit.T @ unit)
    assert found.deviations == pytest.approx(1 / np.sqrt(sizes), rel=1e-9)
    assert np.abs(np.einsum("ij,ij->j", found.vectors, vectors)) == pytest.approx(1.0)
    fixed = educe.fit("v = vmax*s/(km + s)", BENT.rows.columns, fixed={"km": BENT.params["km"]})
    alone = fixed.stderr["vmax"] / fixed.residual_standard_error * BENT.residual_standard_error
    assert found.alone[0] == pytest.approx(alone, rel=1e-6)


def test_few_sets_share_a_panel_and_many_have_their_own():
    few = draw(FEW).axes
    assert [t.get_text() for t in few[0].get_legend().get_texts()] == ["run0", "run1", "run2"]
    markers = {line.get_marker() for line in few[0].lines if line.get_label().startswith("run")}
    assert len(markers) == 3  # told apart without colours too
    many = draw(MANY).axes
    assert [axes.get_title() for axes in many[:8]] == [f"run{k}" for k in range(8)]


def test_sets_of_two_inputs_show_measured_over_fitted():
    data = {
        name: {"x": X, "t": X[::-1] ** 2, "y": a * X + X[::-1] ** 2 + RNG.normal(0, 0.1, 24)}
        for name, a in (("one", 1.0), ("two", 2.0))
    }
    figure = draw(educe.fit("y = a*x + b*t", data, shared=["b"]))
    assert figure.axes[1].get_xlabel() == "y, fitted"


def test_names_are_harmless_and_a_wrong_kind_is_refused():
    data = {"$x_{\\": {"x": X, "y": X + RNG.normal(0, 0.1, 24)}, "<b>": {"x": X, "y": 2 * X}}
    hostile = educe.fit("y = m*x + b", data, shared=["b"])
    for kind in ("fit", "influence"):
        encoded(draw(hostile, kind), ".svg")
    with pytest.raises(educe.ParameterError, match=r"'profil' is not one of .* Did you mean 'profile'"):
        BENT.plot(kind="profil")


def test_the_text_has_a_table_for_each_set():
    shown = str(FEW)
    assert shown.index("shared  ") < shown.index("a_run0") < shown.index("a_run2")
    assert "each data set fitted alone, then all at once" in shown
    assert "run1      25 rows" in shown
