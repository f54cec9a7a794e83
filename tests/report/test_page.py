"""Pages of blocks: read by an independent parser, whatever their words."""

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from tests.explanation.markup import PageReader, number_of

from educe.errors import ParameterError
from educe.report.axes import Axis, ends, round_numbers, tick_labels
from educe.report.blocks import (
    Beside,
    Chapter,
    CodeToCopy,
    Entry,
    Fold,
    Formula,
    Items,
    Level,
    Page,
    Picture,
    Table,
    counted,
    number,
)
from educe.report.contours import contour
from educe.report.drawing import Drawing
from educe.report.page import depth_named, every, pictures, render
from educe.report.wording import said

HOSTILE = "</script><script>alert(1)</script><!-- ' \" \u202e \x1b"


def page(words="plain words"):
    """Return a page with every block, its words everywhere."""
    drawing = Drawing()
    panel = drawing.panel((0.0, 1.0), (0.0, 1.0), x_label=words, y_label=words)
    panel.curve([0.0, 1.0], [0.0, 1.0])
    picture = Picture(
        "one", words, words, drawing.svg(), words, {"kind": "replay", "steps": [{"words": words}]}
    )
    blocks = (
        said("A [[residual]] of {n} **rows** `x` $x^2$ {w}.", {"n": counted("n", 12345), "w": words}),
        Items((words, ("a", number("x", -1.25e-7)))),
        Formula("x < y", words, (number("y", 2.5),), words),
        Table(words, (words, "value"), ((words, number("z", 0.1)),), words),
        Beside((picture,)),
        CodeToCopy(words, words, words),
        Fold(words, (Level("school", (said("inside"),)),)),
    )
    chapters = (Chapter("first", words, blocks), Chapter("second", "Second", (), "full"))
    return Page(
        words, words, (Formula("", words), Formula("x", words)), chapters, (Entry("residual", words, "r"),)
    )


def test_the_policy_lets_in_this_style_and_this_script_alone():
    written = render(page())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', written)[1]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", written, re.S)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


@pytest.mark.parametrize("words", ["plain words", HOSTILE, "&lt;b&gt; \\\\ $ % {x}"])
def test_a_page_is_whole_and_names_nothing_elsewhere(words):
    written = render(page(words))
    reader = PageReader(written)
    shape = [element.tag for element in reader.elements]
    assert shape == [element.tag for element in PageReader(render(page())).elements]
    for element in reader.elements:
        assert not any(name.startswith("on") or name == "style" for name in element.attributes)
        assert not {"src", "action", "formaction", "srcdoc"} & element.attributes.keys()
        assert element.attributes.get("href", "#").startswith("#")
    assert "@import" not in written
    assert "url(" not in written
    assert set(re.findall(r"https?://[^\s\"'<)]+", written)) <= {"http://www.w3.org/1998/Math/MathML"}


def test_what_was_said_is_what_is_read():
    words = HOSTILE
    reader = PageReader(render(page(words)))
    seen = words.replace("\u202e", "?").replace("\x1b", "?")
    assert reader.text.count(seen) > 10
    (scene,) = [e for e in reader.all("script") if "id" in e.attributes]
    assert json.loads("".join(scene.words))["steps"][0]["words"] == words


def test_numbers_carry_their_value():
    data = {datum.key: datum for datum in PageReader(render(page())).data}
    assert data["n"].shown == "12,345"
    assert data["x"].shown == "−1.25 × 10⁻⁷"
    assert data["x"].value == -1.25e-7
    assert number_of(data["x"].shown)[0] == pytest.approx(-1.25e-7)
    assert data["y"].value == 2.5


def test_zero_has_no_sign():
    assert number("x", -0.0).shown == "0"


def test_a_level_has_a_name():
    assert depth_named("plain") == "plain"
    with pytest.raises(ParameterError, match="Did you mean 'school'"):
        depth_named("shcool")


def test_a_script_cannot_end_its_element():
    plain = page()
    bad = Page(plain.title, plain.kicker, plain.headline, (), scripts=("'</SCRIPT>'",))
    with pytest.raises(ValueError, match="end of a script"):
        render(bad)


def test_blocks_within_blocks_are_found():
    assert [p.name for p in pictures(page())] == ["one"]
    assert sum(isinstance(block, Level) for block in every(page().chapters[0].blocks)) == 1


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.0, 1.0), (-3.0, 3.0), (1e-9, 3e-9), (1e6, 1.0001e6), (-1e300, 1e300), (5.0, 5.0), (1e-300, 4e-300)],
)
def test_ticks_are_round_and_within(low, high):
    ticks = round_numbers(low, high, 6)
    assert 1 <= len(ticks) <= 6
    slack = 1e-9 * (high - low)
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    assert len(set(tick_labels(ticks))) == len(ticks)


def test_an_axis_keeps_its_ends_apart():
    for values in ([3.0, 3.0], [0.0], [], [float("nan")], [1.0, 1e300]):
        low, high = ends(values)
        assert low < high
        axis = Axis(low, high, 0.0, 100.0)
        assert axis.at([low, high]) == pytest.approx([0.0, 100.0])


def test_a_contour_lies_where_the_height_is_reached():
    import numpy as np

    x = np.linspace(-1.0, 1.0, 41)
    z = x[None, :] ** 2 + x[:, None] ** 2
    pieces = np.array(contour(x, x, z, 0.5))
    assert len(pieces) > 50
    assert np.hypot(pieces[:, 0], pieces[:, 1]) == pytest.approx(np.sqrt(0.5), abs=2e-3)
