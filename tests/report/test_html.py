"""HTML: read by an independent parser; nothing of the user's becomes markup, nothing comes from elsewhere."""

import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from educe.report.figures import render as figure_of
from educe.report.html import render
from educe.report.numbers import rounded

VOID = {"meta", "img", "mspace"}


class Reading(HTMLParser):
    """The elements, attributes and words of a page; elements must close in order."""

    def __init__(self, markup):
        super().__init__()
        self.elements, self.attributes, self.words, self.open = [], [], [], []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


NAMES = ["decay", "sensors", "rate", "product", "stopped", "constant", "hostile"]


@pytest.mark.parametrize("name", NAMES)
def test_markup_is_whole_and_needs_nothing_from_elsewhere(name, fits):
    markup = render(fits.ALL[name](), figure=True)
    reading = Reading(markup)
    assert reading.open == []
    assert not {"script", "link", "iframe", "object", "base", "form"} & set(reading.elements)
    for attribute, value in reading.attributes:
        assert not attribute.startswith("on")
        if attribute in {"src", "href"}:
            assert value.startswith("data:image/svg+xml;base64,")
    assert "url(" not in markup
    assert "@import" not in markup
    assert set(re.findall(r"https?://[^\s\"'<]+", markup)) <= {"http://www.w3.org/1998/Math/MathML"}


def test_what_the_user_wrote_is_shown_and_is_not_markup(fits):
    reading = Reading(render(fits.hostile()))
    words = "".join(reading.words)
    assert "<script>alert('$x_{\\')</script>&\\frac?[2J.csv" in words
    assert "script" not in reading.elements
    assert "\x1b" not in words


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_the_block_are_those_of_the_fit(name, fits):
    fit = fits.ALL[name]()
    words = Reading(render(fit)).words
    for parameter in fit.names:
        shown = rounded(fit.params[parameter], fit.stderr[parameter])
        at = words.index(parameter, words.index("relative error"))
        assert tuple(words[at + 1 : at + 3]) == shown
    assert any(f"{fit.residual_standard_error:.6g}" in word for word in words)
    for warning in fit.warnings:
        assert any(warning.rstrip(".")[1:] in word for word in words)


def test_the_figure_in_the_block_is_the_figure_of_the_fit(fits):
    markup = render(fits.decay(), figure=True)
    source = dict(Reading(markup).attributes)["src"]
    assert b64decode(source.partition(",")[2]) == figure_of(fits.decay(), ".svg")
    assert dict(Reading(markup).attributes)["alt"].startswith("Measurements, fitted law")
    assert "data:" not in render(fits.decay())


def test_a_notebook_can_have_the_law_as_latex(fits):
    tex = fits.decay()._repr_latex_()
    assert tex.startswith("$\\displaystyle")
    assert r"y &= a \, \mathrm{e}^{-k \, x} + c" in tex
    assert "3.136" in tex


def test_two_blocks_share_a_notebook_without_touching_its_style(fits):
    markup = render(fits.decay())
    style = re.search(r"<style>(.*?)</style>", markup, re.S)[1]
    for selector in re.findall(r"(?:^|[}])\s*([^{}@]+)\{", style):
        assert all(part.strip().startswith(".educe-fit") for part in selector.split(","))
