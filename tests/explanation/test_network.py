"""The explanation of a network: every number on its page is computed again, every derivative otherwise."""

import math
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.explanation.markup import PageReader, shows
from tests.explanation.network_judge import Judge, slope

import educe
from educe.explanation.network import explain
from educe.explanation.network_form import _nested
from educe.explanation.network_minima import exchanged, same_function
from educe.explanation.network_paths import Descents, closed
from educe.explanation.network_reading import Reading
from educe.explanation.network_together import explain as explain_together
from educe.learning.saved import from_saved, to_saved
from educe.learning.together import LearnedTogether
from educe.network import Architecture
from educe.report.blocks import Formula, Term
from educe.report.page import every, render

RANDOM = np.random.default_rng(5)
X, Y = RANDOM.uniform(-3, 3, 120), RANDOM.uniform(-3, 3, 120)
NOISE = 0.1 * RANDOM.normal(size=120)
WAVE = 2 * np.sin(X) + 0.5 * np.cos(Y) + NOISE

SMALL = {"hidden": 3, "penalty": 1e-3, "starts": 4, "epochs": 60}
CASES = {
    "text": ({"x": X, "y": Y, "z": WAVE}, "z", SMALL | {"activation": "sigmoid"}),
    "bounded": ({"x": X, "y": Y, "z": WAVE}, "z", SMALL | {"activation": "sigmoid", "output": "sigmoid"}),
    "curve": ({"x": X, "z": np.sin(X) + NOISE}, "z", SMALL),
    "weighted": ({"x": X, "s": 0.1 + 0.05 * np.abs(Y), "z": np.sin(X) + NOISE}, "z", SMALL | {"sigma": "s"}),
    "counts": ({"x": X, "k": RANDOM.poisson(np.exp(1 + 0.4 * X)).astype(float)}, "k", SMALL | {"loss": "poisson"}),
    "huber": ({"x": X, "z": np.sin(X) + NOISE}, "z", SMALL | {"loss": "huber"}),
    "deep": ({"x": X, "y": Y, "z": WAVE}, "z", SMALL | {"hidden": (9, 8)}),
    "many": ({**{f"s{i}": RANDOM.normal(size=120) for i in range(7)}, "z": WAVE}, "z", SMALL | {"penalty": 1.0}),
    "plane": ({"x": X, "y": Y, "z": X - 2 * Y + NOISE}, "z", {"hidden": ()}),
    "relu": ({"x": X, "z": np.abs(X) + NOISE}, "z", SMALL | {"activation": "relu"}),
    "absolute": ({"x": X, "z": np.sin(X) + NOISE}, "z", SMALL | {"loss": "mae"}),
    "average": ({"x": X[:60], "z": np.sin(X[:60]) + NOISE[:60]}, "z", {"budget": 0.3, "starts": 4}),
    "three rows": ({"x": [0.0, 1.0, 2.0], "z": [0.0, 1.0, 4.0]}, "z", {"hidden": 1}),
}  # fmt: skip
JUDGED = [name for name in CASES if name not in ("relu", "absolute")]  # complex steps need smooth functions


@cache
def network(name):
    data, target, options = CASES[name]
    plain = {key: value for key, value in options.items() if key != "sigma"}
    options = plain | ({"sigma": "s", "inputs": ["x"]} if "sigma" in options else {})
    return educe.learn(data, target, **options)


@cache
def page_of(name):
    page = explain(network(name))
    return page, PageReader(render(page))


@pytest.mark.parametrize("name", JUDGED)
def test_every_number_of_the_page_is_that_of_the_network(name):
    judge = Judge(to_saved(network(name)))
    _, reader = page_of(name)
    page = {datum.key: datum.value for datum in reader.data}
    biggest = max((abs(v) for key, v in page.items() if key.startswith("row.g.")), default=1.0)
    whole = judge.size <= 16  # only then every weight of the start stands in the page
    for key, value in page.items():
        if key.startswith(("methods.", "start.longest")) and key != "methods.trained":
            continue  # judged in tests of their own
        if judge.members > 1 and key.startswith("curve."):
            continue  # of a minimum that the page finds by itself
        if not whole and (key.startswith("step.") or re.fullmatch(r"start\..*|curve\.start", key)):
            continue
        expected = judge.of(key, page)
        if expected is None:
            continue
        rough = 1e-4 if key.startswith("curve.") else 1e-6 if key.startswith("row.fd") else 1e-9
        tiny = {"row": 1e-9 * biggest, "end": 1e-11, "minima": 1e-12, "slope": 1e-12, "start": 1e-12}.get(
            key.split(".")[0], 0.0
        )
        assert value == pytest.approx(expected, rel=rough, abs=tiny), key


@pytest.mark.parametrize("name", CASES)
def test_what_is_shown_is_the_value_to_the_digits_shown(name):
    _, reader = page_of(name)
    assert [datum.key for datum in reader.data if not shows(datum)] == []
    assert len(reader.data) > 40


@pytest.mark.parametrize("name", ["text", "bounded", "deep"])
def test_displayed_derivatives_agree_with_automatic_differentiation(name):
    """12 digits, of the largest derivative: by complex steps here, by JAX where it is installed."""
    judge = Judge(to_saved(network(name)))
    page = {datum.key: datum.value for datum in page_of(name)[1].data}
    exact = slope(lambda p: judge.row_loss(p, page), judge.theta)
    shown = {int(key.split(".")[2]): value for key, value in page.items() if key.startswith("row.g.")}
    assert max(abs(value - exact[j]) for j, value in shown.items()) <= 1e-12 * np.abs(exact).max()
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    x, y = judge.row(page)

    def loss(theta):
        value = jax.numpy.asarray(x).T
        for k, (W, b) in enumerate(judge._blocks(theta)):
            names = judge.summary["activation"], judge.summary["output"]
            bend = names[k == len(judge.layers) - 2]
            value = {"tanh": jax.numpy.tanh, "sigmoid": jax.nn.sigmoid, "identity": lambda z: z}[bend](
                W @ value + b[:, None]
            )
        return (judge.shift + judge.scale * value[0, 0] - y) ** 2

    by_jax = np.asarray(jax.grad(loss)(judge.theta))
    assert max(abs(value - by_jax[j]) for j, value in shown.items()) <= 1e-12 * np.abs(by_jax).max()


def test_the_displays_of_the_text_compute_what_the_network_predicts():
    """Read the expanded formula with numbers, compute it, and compare to the digits shown."""
    page, _ = page_of("text")
    formulas = [block.tex for block in _blocks(page) if isinstance(block, Formula)]
    expanded = [tex for tex in formulas if r"\begin{array}{rl} f(\mathbf{x})" in tex]
    assert len(expanded) == 2
    assert (
        r"\omega_{6} \, \sigma\left(\omega_{0} \, x_{0} + \omega_{1} \, x_{1} + b_{0}\right)" in expanded[0]
    )
    lines = expanded[1].partition("= ")[2].removesuffix(r" \end{array}").split(r"\\")
    text = "".join(line.partition("&")[2].replace("{}", "") for line in lines)
    text = re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", text).replace(r"\, ", "*").replace(r"\left(", "(")
    text = (
        text.replace(r"\right)", ")").replace(r"\sigma", "expit").replace("x_{0}", "x").replace("x_{1}", "y")
    )
    formula = educe.formula.parse_expression(text)
    for x, y in zip(X[:10], Y[:10], strict=True):
        expected = float(network("text").predict({"x": [x], "y": [y]})[0])
        assert educe.formula.evaluate(formula, {"x": x, "y": y}) == pytest.approx(expected, abs=0.05)


def test_the_rules_walk_as_optax_walks():
    """The losses of the table, by an independent implementation of each rule."""
    optax = pytest.importorskip("optax")
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    descents = Descents(Reading(network("text")))
    loss = descents.loss
    rules = {"gradient-descent": optax.sgd(0.2), "momentum": optax.sgd(0.02, 0.9), "adam": optax.adam(0.01)}
    shown = {datum.key: datum.value for datum in page_of("text")[1].data}
    for name, rule in rules.items():
        theta = jax.numpy.asarray(descents.start)
        state = rule.init(theta)
        steps = 60
        update = jax.jit(rule.update)
        for _ in range(steps):
            moved, state = update(jax.numpy.asarray(loss(np.asarray(theta), None)[1]), state, theta)
            theta = theta + moved
        path = next(path for path in descents.paths if path.name == name)
        assert path.losses[steps] == pytest.approx(loss(np.asarray(theta), None)[0], rel=1e-9)
        last = closed(path, loss).losses[-1]
        assert shown[f"methods.{name}.loss"] == pytest.approx(last, rel=1e-12)


def test_marquardt_ends_where_the_gradient_is_zero():
    descents = Descents(Reading(network("text")))
    path = descents.paths[-1]
    assert path.name == "levenberg-marquardt"
    assert np.all(np.diff(path.losses) <= 0.0)
    gradient = descents.loss(path.places[-1], None)[1]
    assert np.abs(gradient).max() < 1e-4 * np.abs(descents.loss(descents.start, None)[1]).max()


@pytest.mark.parametrize("name", ["text", "bounded", "curve", "deep"])
def test_exchanged_weights_are_others_and_predict_the_same(name):
    reading = Reading(network(name))
    other = exchanged(reading)
    assert np.abs(other - reading.theta).max() > 1e-3
    same = reading.output(reading.x)
    assert np.allclose(
        reading.output(reading.x, other), same, rtol=1e-11, atol=1e-11 * np.abs(reading.theta).max()
    )


@pytest.mark.parametrize(
    ("layers", "hidden", "count"),
    [((2, 3, 1), "tanh", 48), ((2, 3, 1), "relu", 6), ((1, 2, 2, 1), "sin", 64)],
)
def test_the_number_of_equal_minima(layers, hidden, count):
    assert same_function(Architecture(layers, hidden)) == count


def test_the_number_of_symbols_of_a_nested_function():
    assert _nested(Architecture((2, 16, 16, 1))) == 16 * (1 + 16 * (1 + 2 + 1) + 1) + 1


def test_every_term_is_in_the_glossary_and_no_entry_is_idle():
    used = set()
    for name in CASES:
        page, _ = page_of(name)
        entries = {entry.name for entry in page.glossary}
        terms = {part.name for part in _parts(page) if isinstance(part, Term)}
        assert terms <= entries
        used |= terms
    assert used


def _blocks(page):
    return every(block for chapter in page.chapters for block in chapter.blocks)


def _parts(page):
    for block in _blocks(page):
        parts = getattr(block, "parts", ())
        yield from parts if isinstance(parts, tuple) else ()


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_small_and_asks_for_nothing(name):
    markup = render(page_of(name)[0])
    assert len(markup.encode()) < 1_500_000
    assert "http://" not in markup.replace("http://www.w3.org", "")
    assert "https://" not in markup


def test_a_file_gives_the_same_page_but_for_the_times():
    learned = network("text")
    again = from_saved(to_saved(learned))
    first, second = (PageReader(render(explain(each))).data for each in (learned, again))
    values = [
        {d.key: d.value for d in data if not d.key.endswith("milliseconds")} for data in (first, second)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-9, abs=1e-9)


def test_an_old_file_without_rows_is_explained_from_those_it_was_judged_by():
    saved = to_saved(network("curve"))
    del saved["rows"], saved["bend"]
    page = explain(from_saved(saved))
    assert len(page.chapters) > 10


@pytest.mark.parametrize("damage", [{"y": [1.0]}, {"X": [[math.nan]] * 120}, {"weights": "many"}])
def test_a_file_whose_rows_are_damaged_is_refused(damage):
    saved = to_saved(network("curve"))
    saved["rows"] = saved["rows"] | damage
    with pytest.raises(educe.FileError, match="is damaged"):
        from_saved(saved)


def test_many_rows_are_thinned_and_that_is_said():
    x = np.linspace(-3, 3, 5000)
    noise = np.random.default_rng(0).normal(size=5000)
    learned = educe.learn(
        {"x": x, "z": np.sin(x) + 0.1 * noise}, "z", hidden=2, penalty=1e-2, starts=2, epochs=5
    )
    reader = PageReader(render(explain(learned)))
    assert "2,000 of the rows are used" in reader.text
    assert math.isclose(next(d.value for d in reader.data if d.key == "n"), 5000)


def test_units_stand_in_the_words_and_on_the_axes(tmp_path):
    rows = [f"{x},{z}" for x, z in zip(X[:40].tolist(), np.sin(X[:40]).tolist(), strict=True)]
    file = tmp_path / "plant.csv"
    file.write_text("\n".join(["pressure [kPa],flow (L/min)", *rows]), encoding="utf-8")
    learned = educe.learn(file, "flow", hidden=2, penalty=1e-3, starts=2)
    assert learned.units == {"pressure": "kPa", "flow": "L/min"}
    page = render(explain(learned))
    for words in (
        "predicts <code>flow (L/min)</code> from <code>pressure (kPa)</code>",
        ">pressure (kPa)</text>",
    ):
        assert words in page
    assert re.search(r"its typical error .*?> L/min; on those it learned from .*?> L/min\.", page)


def test_a_unit_is_never_a_place_in_a_sentence():
    learned = replace(network("curve"), units={"z": "{n} <b>", "x": "{target}"})
    page = render(explain(learned))
    assert "{n} &lt;b&gt;" in page


def test_several_targets_share_a_page_and_each_keeps_its_own_numbers():
    both = educe.learn({"x": X, "z": np.sin(X) + NOISE, "w": X**2}, ["z", "w"], **SMALL)
    page = explain_together(both)
    reader = PageReader(render(page))
    errors = {datum.key: datum for datum in reader.data if datum.key.startswith("together.validation_rmse")}
    assert {key: datum.value for key, datum in errors.items()} == {
        f"together.validation_rmse.{one.target}": one.validation_rmse for one in both.each
    }
    assert all(map(shows, errors.values()))
    parts = [[chapter.name for chapter in page.chapters if chapter.part == k] for k in (0, 1)]
    assert [name.removesuffix("-0") for name in parts[0]] == [name.removesuffix("-1") for name in parts[1]]
    assert [chapter.name for chapter in page.chapters if chapter.part is None] == ["together", "copy"]
    assert {"What was learned of z", "What was learned of w"} <= set(reader.words)


def test_a_target_is_never_markup():
    both = educe.learn({"x": X[:30], "z": X[:30], "w": X[:30] ** 2}, ["z", "w"], hidden=1, starts=1, epochs=3)
    hostile = LearnedTogether(tuple(replace(one, target=f"<b>{one.target}") for one in both.each))
    page = render(explain_together(hostile))
    assert "<b>" not in page
    assert '<label for="part-1">&lt;b&gt;w</label>' in page
