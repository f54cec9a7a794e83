"""A page read by an independent parser: its numbers, formulas, words and elements."""

import math
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "img", "mspace", "input", "br", "hr"}
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@dataclass
class Datum:
    """A number of the page: what it is, its value, what is shown; the formula that holds it, if one does."""

    key: str
    value: float
    shown: str = ""
    formula: str = ""


@dataclass
class Element:
    tag: str
    attributes: dict
    words: list = field(default_factory=list)


class PageReader(HTMLParser):
    """Elements must close in order; what is in them is kept."""

    def __init__(self, markup):
        super().__init__()
        self.elements, self.open, self.data, self.words = [], [], [], []
        self.formula = ""
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"{tag} has an attribute twice: {attrs}"
        self.elements.append(element)
        if tag == "math":
            self.formula = ""
        if tag == "data":
            datum = Datum(element.attributes["data-key"], float(element.attributes["value"]))
            if "data-shown" in element.attributes:
                datum.shown, datum.formula = element.attributes["data-shown"], self.formula
            self.data.append(datum)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        for element in self.open:
            element.words.append(data)
        if any(element.tag == "math" for element in self.open):
            self.formula += data
        if self.open and self.open[-1].tag == "data":
            self.data[-1].shown += data
        if not self.open or self.open[-1].tag not in ("style", "script"):
            self.words.append(data)

    def all(self, tag):
        return [element for element in self.elements if element.tag == tag]

    @property
    def text(self):
        return "".join(self.words)


def number_of(shown):
    """Return the number that a reader sees, and half a unit of its last digit."""
    words = shown.replace("−", "-").replace(",", "").replace("< ", "")
    mantissa, _, power = words.partition(" × 10")
    scale = 10.0 ** int(power.translate(_RAISED)) if power else 1.0
    if "e" in mantissa:
        mantissa, _, exponent = mantissa.partition("e")
        scale = 10.0 ** int(exponent)
    digits = len(mantissa.partition(".")[2])
    return float(mantissa) * scale, 0.5 * 10.0**-digits * scale


def shows(datum):
    """Tell whether what is shown is the value, to the digits shown."""
    special = {
        "unknown": math.inf,
        "-unknown": -math.inf,
        "infinite": math.inf,
        "−infinite": -math.inf,
        "undefined": math.nan,
    }
    if datum.shown in special:
        return datum.value == special[datum.shown] or math.isnan(datum.value)
    if "<" in datum.shown:
        return datum.value < float(datum.shown.replace("< ", ""))
    seen, half = number_of(datum.shown)
    # numbers with an error are rounded to its second digit, so a whole number may end in zeros
    trailing = len(datum.shown) - len(datum.shown.rstrip("0")) if "." not in datum.shown else 0
    return abs(seen - datum.value) <= half * 10.0**trailing * (1 + 1e-6) + 1e-15 * abs(datum.value)
