"""Pages of networks in a real browser: nothing clipped, no words over words, and a training that is computed there."""

import numpy as np
import pytest
from tests.explanation.browser import CLIPPED, OVERLAPPING, WIDTHS, Watched, launched

import educe

RANDOM = np.random.default_rng(2)
X, Y = RANDOM.uniform(-3, 3, 80), RANDOM.uniform(-3, 3, 80)
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><svg onload=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$",
    "a_very_long_name_without_any_place_at_which_it_could_be_broken_into_lines",
]
SMALL = {"penalty": 1e-3, "starts": 2, "epochs": 20}
CASES = {
    "surface": ({"x": X, "y": Y, "z": 2 * np.sin(X) + 0.5 * np.cos(Y)}, "z", {"hidden": 3, "activation": "sigmoid"}),
    "curve": ({"t": X, "z": np.sin(X)}, "z", {"hidden": 4}),
    "counts": ({"t": X, "k": RANDOM.poisson(np.exp(1 + 0.3 * X)).astype(float)}, "k", {"hidden": 2, "loss": "poisson"}),
    "deep": ({"x": X, "y": Y, "z": X * Y}, "z", {"hidden": (9, 8), "output": "tanh"}),
    "hostile": (
        {**{name: RANDOM.normal(size=80) for name in ATTACKS}, "javascript:alert(1)": X},
        "javascript:alert(1)",
        {"hidden": 2},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def learned():
    return {
        name: educe.learn(data, target, **(SMALL | options))
        for name, (data, target, options) in CASES.items()
    }


@pytest.fixture(scope="module")
def pages(tmp_path_factory, learned):
    folder = tmp_path_factory.mktemp("pages")
    for name, network in learned.items():
        network.report(folder / f"{name}.html")
    return folder


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_nothing_is_clipped_and_no_words_overlap(browser, pages, name, width):
    page = Watched(browser, pages / f"{name}.html", width=width)
    assert page.tab.evaluate(CLIPPED) == []
    assert page.tab.evaluate(OVERLAPPING) == []
    assert page.errors == []
    assert page.elsewhere == []
    page.close()


@pytest.mark.parametrize("name", ["surface", "curve", "counts", "deep", "hostile"])
def test_the_network_in_the_page_is_the_network(browser, pages, learned, name):
    """The weights of the last step, evaluated by the script of the page and by NumPy, to the digits of the weights."""
    page = Watched(browser, pages / f"{name}.html")
    network = learned[name]
    rows = network.rows.X[:40]
    scene = "JSON.parse(document.getElementById('scene-training').textContent)"
    values = page.tab.evaluate(
        f"([theta, xs]) => xs.map((x) => educe.network({scene}, theta, x))",
        [network.scaled.theta.tolist(), network.scales.inputs(rows).T.tolist()],
    )
    assert np.allclose(values, network.predict(rows), rtol=1e-12, atol=1e-12)
    page.close()


@pytest.mark.parametrize(
    ("name", "moving"), [("surface", "rect"), ("curve", "path.moving-curve"), ("hostile", "circle")]
)
def test_the_training_can_be_replayed(browser, pages, name, moving):
    page = Watched(browser, pages / f"{name}.html")
    slider = page.tab.locator("#training input[type=range]")
    state = f"() => [...document.querySelectorAll('#training {moving}')].map((e) => e.outerHTML).join()"
    last = page.tab.evaluate(state)
    slider.evaluate("(s) => { s.value = 0; s.dispatchEvent(new Event('input')); }")
    first = page.tab.evaluate(state)
    assert first != last
    assert page.tab.locator("#training output").inner_text().startswith("step 0 of")
    slider.evaluate("(s) => { s.value = s.max; s.dispatchEvent(new Event('input')); }")
    assert page.tab.evaluate(state) != first
    slider.focus()
    page.tab.keyboard.press("ArrowLeft")
    assert page.errors == []
    page.close()


def test_every_language_can_be_copied(browser, pages):
    page = Watched(browser, pages / "surface.html")
    assert page.tab.locator("#copy .code button").count() == 6
    page.close()
