"""HTML: read by an independent parser; nothing of the user's becomes markup, nothing comes from elsewhere."""

import re
from base64 import b64decode
from functools import cache
from html.parser import HTMLParser

import pytest

from educe.errors import FileError
from educe.report.figures import render as figure_of
from educe.report.html import POLICY, render, save
from educe.report.html import page as fresh
from educe.report.numbers import rounded

page = cache(fresh)  # each takes a figure's time
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
@pytest.mark.parametrize("form", [page, render])
def test_markup_is_whole_and_needs_nothing_from_elsewhere(name, form, fits):
    markup = form(fits.ALL[name]())
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
    reading = Reading(page(fits.hostile()))
    words = "".join(reading.words)
    assert "<script>alert('$x_{\\')</script>&\\frac?[2J.csv" in words
    assert "script" not in reading.elements
    assert "\x1b" not in words


def test_the_page_forbids_what_escaping_might_miss(fits):
    reading = Reading(page(fits.decay()))
    assert ("content", POLICY) in reading.attributes
    assert "default-src 'none'" in POLICY
    assert ("name", "viewport") in reading.attributes


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_the_page_are_those_of_the_fit(name, fits):
    fit = fits.ALL[name]()
    words = Reading(page(fit)).words
    for parameter in fit.names:
        shown = rounded(fit.params[parameter], fit.stderr[parameter])
        at = words.index(parameter, words.index("Parameters"))
        assert tuple(words[at + 1 : at + 3]) == shown
    for number in (fit.rss, fit.aic, fit.bic, fit.residual_standard_error):
        assert f"{number:.6g}" in words
    for warning in fit.warnings:
        assert any(warning.rstrip(".")[1:] in word for word in words)


def test_the_figure_in_the_page_is_the_figure_of_the_fit(fits):
    source = dict(Reading(page(fits.decay())).attributes)["src"]
    assert b64decode(source.partition(",")[2]) == figure_of(fits.decay(), ".svg")
    assert dict(Reading(page(fits.decay())).attributes)["alt"].startswith("Measurements, fitted law")


def test_a_block_can_carry_its_figure(fits):
    assert "data:image/svg+xml" in render(fits.decay(), figure=True)
    assert "data:" not in render(fits.decay())


def test_everything_a_report_owes_is_on_the_page(fits):
    words = " ".join(Reading(page(fits.decay())).words)
    for piece in (
        "Chi-square",
        "error bars follow from sigma alone",
        "normal distribution, since sigma is known",
        "57 rows of dictionary; 3 left out",
        "Wald-Wolfowitz",
        "iterations",
        "= 1/k",
        "y = a*exp(-k*x) + c",
    ):
        assert piece in words


def test_two_blocks_share_a_notebook_without_touching_its_style(fits):
    markup = render(fits.decay())
    style = re.search(r"<style>(.*?)</style>", markup, re.S)[1]
    for selector in re.findall(r"(?:^|[}])\s*([^{}@]+)\{", style):
        assert all(part.strip().startswith(".educe-fit") for part in selector.split(","))


def test_the_page_is_the_same_every_time_and_is_written_whole(tmp_path, fits):
    save(fits.decay(), tmp_path / "fit.html")
    assert (tmp_path / "fit.html").read_text(encoding="utf-8") == fresh(fits.decay()) == page(fits.decay())
    with pytest.raises(FileError, match="cannot be written"):
        save(fits.decay(), tmp_path / "nowhere" / "fit.html")
