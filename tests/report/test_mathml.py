"""Formulas as MathML: well formed, and never anything but mathematics."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educe.formula import parse
from educe.report.mathml import typeset

SPACE = "{http://www.w3.org/1998/Math/MathML}"


@pytest.mark.parametrize(
    "law",
    ["y = a*exp(-k*x) + c", "z = where(x < 1, a, b)", "y = sqrt(abs(x))/gamma_1", "y = max(a, erf(x))**2"],
)
def test_a_law_becomes_mathematics(law):
    markup = typeset(parse(law).latex(), law)
    assert ElementTree.fromstring(markup).tag == f"{SPACE}math"


def test_an_underscore_in_a_name_stands_without_a_backslash():
    assert "\\" not in typeset(parse("y = rate_ + a_b_c*x_max").latex(), "")


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\frac{",
        r"a_b_c",
        r"\begin{cases} a",
        "x" * 5000,
        "",
    ],
)
def test_what_cannot_be_typeset_is_escaped_code(tex):
    markup = typeset(tex, "y = a<b")
    assert markup == "<code>y = a&lt;b</code>" or not {"<script", "<img", "href"} & set(markup.split())
    for element in ElementTree.fromstring(markup).iter():
        assert element.tag == "code" or element.tag.startswith(f"{SPACE}m")
        assert not {"href", "onerror", "src", "style"} & element.attrib.keys()


@given(st.text(alphabet="\\{}_^<>&\"'$%#~ abfrctexhymatin0123/=:()[]", max_size=40))
def test_no_text_whatever_yields_anything_but_mathematics_or_code(tex):
    for element in ElementTree.fromstring(typeset(tex, tex)).iter():
        assert element.tag == "code" or element.tag.startswith(f"{SPACE}m")
        assert not {"href", "onerror", "src", "style"} & element.attrib.keys()


def test_a_name_is_one_word() -> None:
    for name in ("\u0627\u0631\u062a\u0641\u0627\u0639", "NOx"):
        found = typeset(rf"\mathrm{{{name}}} = a \, \mathrm{{e}}^{{-k}}", "")
        assert f'<mi mathvariant="normal">{name}</mi>' in found
        assert "<mi>&#x00065;</mi>" in found
