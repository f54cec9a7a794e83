"""Pages in a real browser: nothing clipped, nothing overlapping, no error, no request, no attack that works."""

from dataclasses import replace

import numpy as np
import pytest
from tests.explanation.browser import CLIPPED, OVERLAPPING, WIDTHS, Watched, launched
from tests.report import fits

import educe
from educe.explanation.law import explain
from educe.report.page import save


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return a function from the name of a fit to the file of its page."""
    folder = tmp_path_factory.mktemp("pages")

    def page(name):
        path = folder / f"{name}.html"
        if not path.exists():
            fits.ALL[name]().report(path)
        return path

    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["decay", "sensors", "rate", "product", "stopped", "constant", "hostile"])
def test_nothing_is_clipped_and_no_words_overlap(browser, pages, name, width):
    page = Watched(browser, pages(name), width=width)
    assert page.tab.evaluate(CLIPPED) == []
    assert page.tab.evaluate(OVERLAPPING) == []
    assert page.errors == []
    assert page.elsewhere == []
    page.close()


def test_levels_and_colours_can_be_chosen_without_a_script(browser, pages):
    page = Watched(browser, pages("decay"), script=False)

    def seen(chapter):
        return page.tab.locator(f"#{chapter}").is_visible()

    assert seen("triangle")
    page.tab.locator("label[for=level-plain]").click()
    assert not seen("triangle")
    assert not seen("jacobian")
    assert page.tab.locator("#found .only-plain").is_visible()
    page.tab.locator("label[for=level-school]").click()
    assert seen("jacobian")
    assert not seen("triangle")
    assert not page.tab.locator("#found .only-plain").is_visible()
    paper = "() => getComputedStyle(document.body).backgroundColor"
    before = page.tab.evaluate(paper)
    page.tab.locator("label[for=theme-dark]").click()
    assert page.tab.evaluate(paper) != before
    page.close()


def test_dark_follows_the_system_until_the_reader_chooses(browser, pages):
    colours = []
    for theme in ("light", "dark"):
        page = Watched(browser, pages("constant"), theme=theme)
        colours.append(page.tab.evaluate("() => getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert colours[0] != colours[1]


def test_paper_is_white_whatever_the_screen(browser, pages):
    page = Watched(browser, pages("sensors"), theme="dark")
    page.tab.emulate_media(media="print")
    look = "() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    assert page.tab.evaluate(look) == ["rgb(255, 255, 255)", "rgb(31, 35, 40)"]
    assert not page.tab.locator(".bar").is_visible()
    assert page.errors == []
    page.close()


def test_a_page_opens_at_the_level_asked_for(browser, tmp_path):
    save(explain(fits.constant()), tmp_path / "plain.html", depth="plain")
    page = Watched(browser, tmp_path / "plain.html")
    assert page.tab.locator("#level-plain").is_checked()
    assert not page.tab.locator("#triangle").is_visible()
    page.close()


def test_the_curve_in_the_page_is_the_law(browser, pages):
    fit = fits.decay()
    page = Watched(browser, pages("decay"))
    theta = [fit.params[name] for name in fit.names]
    x = np.linspace(0.0, 8.0, 50)
    found = page.tab.evaluate(
        "([xs, theta]) => xs.map((x) => educe.functions.law([x], theta))", [x.tolist(), theta]
    )
    assert np.allclose(found, fit.predict({"x": x}), rtol=1e-12, atol=0.0)
    page.close()


def test_sliders_replay_the_steps_together(browser, pages):
    page = Watched(browser, pages("decay"))
    sliders = page.tab.locator("#iterations input[type=range]")
    assert sliders.count() == 2
    curve = page.tab.locator("#replay .moving-curve")
    before = curve.get_attribute("d")
    mark = page.tab.locator("#landscape .moving-mark")
    ended = mark.get_attribute("cx")
    sliders.first.focus()
    page.tab.keyboard.press("Home")
    assert curve.get_attribute("d") != before
    assert mark.get_attribute("cx") != ended
    assert "start" in page.tab.locator("#landscape output").inner_text()
    page.tab.keyboard.press("End")
    assert curve.get_attribute("d") == before
    assert mark.get_attribute("cx") == ended
    page.close()


def test_the_surface_is_drawn_and_turns_by_keyboard(browser, pages):
    page = Watched(browser, pages("sensors"))
    canvas = page.tab.locator("#surface canvas")
    picture = "(c) => c.toDataURL()"
    before = canvas.evaluate(picture)
    inked = canvas.evaluate(
        "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, k) => k % 4 === 3 && v).length"
    )
    assert inked > 10_000
    canvas.focus()
    page.tab.keyboard.press("ArrowLeft")
    assert canvas.evaluate(picture) != before
    assert page.errors == []
    page.close()


def test_words_of_the_glossary_explain_themselves_and_code_can_be_reached(browser, pages):
    page = Watched(browser, pages("decay"), width=380)
    term = page.tab.locator("#least-squares a.term").first
    term.focus()
    assert page.tab.locator(".tip").inner_text().startswith("What was measured less")
    page.tab.keyboard.press("Escape")
    assert page.tab.locator(".tip").count() == 0
    wide = page.tab.evaluate(
        "() => [...document.querySelectorAll('.box')]"
        ".filter((b) => b.scrollWidth > b.clientWidth + 1).map((b) => b.tabIndex)"
    )
    assert wide
    assert set(wide) == {0}
    page.close()


def test_a_reader_without_sight_finds_the_way(browser, pages):
    page = Watched(browser, pages("sensors"))
    look = page.tab.evaluate
    assert look("() => document.documentElement.lang") == "en"
    assert look("() => document.querySelectorAll('h1').length") == 1
    for landmark in ("main", "nav", "header", "footer"):
        assert page.tab.locator(landmark).count() >= 1
    assert look("() => [...document.querySelectorAll('th')].every((th) => th.scope)")
    assert look("() => [...document.querySelectorAll('table')].every((t) => t.caption)")
    assert look(
        "() => [...document.querySelectorAll('figure')].every((f) => f.querySelector('.unseen').textContent)"
    )
    assert look("() => [...document.querySelectorAll('input')].every((i) => i.labels.length || i.ariaLabel)")
    page.tab.keyboard.press("Tab")
    assert page.tab.locator(".skip").evaluate("(e) => e === document.activeElement")
    page.close()


def test_the_page_is_ready_soon(browser, pages):
    """Far above the second that is promised: this machine may be busy."""
    page = Watched(browser, pages("sensors"))
    ready = page.tab.evaluate("() => performance.getEntriesByType('navigation')[0].domComplete")
    assert ready < 5_000
    page.close()


ATTACKS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title></style><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)" x="',
    "<math><maction actiontype='statusline' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg onload=alert(1)>'/></svg>",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "<iframe src='https://example.org'></iframe>",
    "<link rel=stylesheet href=https://example.org/x.css>",
    "<style>*{display:none}@import url(https://example.org)</style>",
    "</style><style>body{background:url(https://example.org)}",
    "<base href=https://example.org/>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<!--",
    "]]>",
    "\\href{javascript:alert(1)}{x}",
    "$\\text{</math><script>alert(1)</script>}$",
    "\\unicode{x3c}script",
    "{{constructor.constructor('alert(1)')()}}",
    "`${alert(1)}`",
    "\u202egnp.exe\u2066",
    "\u2028alert(1)\u2029",
    "\x00\x1b]0;x\x07",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "-->\"'><textarea><title>",
    "[[residual]] **x** {n} $x$",
)


SHAPE = "() => [...document.querySelectorAll('*')].map((e) => e.tagName).join()"
PAIRS = [" ".join(pair) for pair in zip(ATTACKS[::2], ATTACKS[1::2], strict=True)]


def written_over(words, path):
    """Write the page of a fit whose file, units and reason are these words."""
    x = np.linspace(1.0, 5.0, 12)
    found = educe.fit("y_1 = alpha_*x_1", {"x_1": x, "y_1": 2.0 * x + fits.noise(6, 12, 0.1)})
    rows = replace(found.rows, source=words, units={"x_1": words, "y_1": words})
    replace(found, rows=rows, left_out={words: 3}).report(path)


@pytest.fixture(scope="module")
def harmless(browser, tmp_path_factory):
    """Return the elements of the page of harmless words."""
    path = tmp_path_factory.mktemp("harmless") / "page.html"
    written_over("u", path)
    page = Watched(browser, path, width=768)
    found = page.tab.evaluate(SHAPE)
    page.close()
    return found


@pytest.mark.parametrize("attack", PAIRS, ids=range(len(PAIRS)))
def test_what_a_file_says_cannot_become_part_of_the_page(browser, tmp_path, attack, harmless):
    """Two attacks together are the name of the file, the units and a reason; no element may come of them."""
    written_over(attack, tmp_path / "attack.html")
    page = Watched(browser, tmp_path / "attack.html", width=768)
    assert page.errors == []
    assert page.elsewhere == []
    assert page.tab.evaluate(SHAPE) == harmless
    assert page.tab.evaluate(CLIPPED) == []
    page.close()


NAMES = (
    "x onload=alert(1)",
    "<b>",
    "</script>",
    "x'\"",
    "\u202ex",
    "$x$",
    "$\\href{javascript:alert(1)}{x}$",
    "educe.start()",
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_parameter_is_text_wherever_it_stands(browser, tmp_path, name):
    """Columns are given plain names when a table is read; a law made in Python can call a parameter anything."""
    symbol = educe.formula.symbol
    law = educe.formula.Law(symbol(name) * symbol("x") + symbol("b"), symbol("y"))
    x = np.linspace(1.0, 5.0, 12)
    found = educe.fit(law, {"x": x, "y": 2.0 * x + fits.noise(6, 12, 0.1)})
    found.report(tmp_path / "name.html")
    page = Watched(browser, tmp_path / "name.html", width=380)
    assert page.errors == []
    assert page.elsewhere == []
    assert page.tab.locator("b, a[onload], [onload]").count() == 0
    assert page.tab.evaluate(CLIPPED) == []
    assert page.tab.evaluate("() => educe.functions.law([2], [3, 1])") == 7
    page.close()


def test_a_name_that_is_as_long_as_a_line_does_not_widen_the_page(browser, tmp_path):
    x = np.linspace(1.0, 5.0, 12)
    name = "temperature_of_the_outer_wall_of_the_second_chamber_in_the_morning"
    found = educe.fit(f"y = m*{name} + b", {name: x, "y": 2.0 * x + fits.noise(6, 12, 0.1)})
    found.report(tmp_path / "long.html")
    for width in WIDTHS:
        page = Watched(browser, tmp_path / "long.html", width=width)
        assert page.tab.evaluate(CLIPPED) == []
        assert page.tab.evaluate(OVERLAPPING) == []
        page.close()
