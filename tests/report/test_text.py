"""The text report: whole reports compared with golden files, and what must hold for any of them."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from standin import Combination, decay, sensors

from educe.report.text import printable, render

GOLDEN = Path(__file__).parent / "golden"


def stopped():
    return sensors(
        converged=False,
        reason="stopped: the iteration limit was reached",
        undetermined=(Combination("only a*b is determined, not a and b separately"),),
        warnings=("The column y holds a single value.",),
        stderr={"a": np.inf, "b": np.inf},
    )


REPORTS = {
    "decay": lambda: render(decay(), width=80, encoding="utf-8"),
    "sensors": lambda: render(sensors(), width=100, encoding="utf-8"),
    "stopped": lambda: render(stopped(), width=60, encoding="ascii"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_whole_report_is_as_approved(name):
    path = GOLDEN / f"{name}.txt"
    text = REPORTS[name]() + "\n"
    if os.environ.get("EDUCE_APPROVE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120])
@pytest.mark.parametrize("fit", [decay(), sensors(), stopped()], ids=["decay", "sensors", "stopped"])
def test_no_line_is_wider_than_asked_and_none_ends_in_a_space(fit, width):
    for line in render(fit, width=width).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


def test_width_is_brought_into_what_the_layout_can_hold():
    assert render(decay(), width=10) == render(decay(), width=60)
    assert render(decay(), width=500) == render(decay(), width=120)


def test_colour_adds_escapes_and_changes_nothing_else():
    coloured = render(stopped(), width=80, color=True)
    assert "\x1b[1;33m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(stopped(), width=80)


def test_ascii_stands_in_where_the_stream_cannot_carry_more():
    fit = decay(response="µ_α")
    render(fit, width=80, encoding="ascii").encode("ascii")
    render(fit, width=80, encoding="cp1252").encode("cp1252")
    assert "µ_α" in render(fit, width=80, encoding="utf-8")
    assert printable("α² ± Ω", "ascii") == "alpha^2 +/- Omega"
    assert printable("x²", "no-such-encoding") == "x^2"


def test_no_string_of_the_user_reaches_the_terminal_as_an_escape():
    fit = decay(source="a\x1b]0;title\x07.csv\nrows", warnings=("\x9b2J",))
    text = render(fit, width=80, encoding="utf-8")
    assert not set(text) & {"\x1b", "\x07", "\x9b"}
    assert "a?]0;title?.csv?rows" in text


def test_warnings_come_before_every_number_and_the_gravest_first():
    text = " ".join(render(stopped(), width=120).split())
    order = ["Not converged", "Only a*b is determined", "The column y", "data 400 rows", "rss"]
    assert sorted(order, key=text.index) == order


def test_a_very_long_name_is_laid_out_below_the_others():
    long = "k" * 50
    fit = decay(params={"a": 1.0, long: 2.0, "c": 0.5}, stderr={"a": 0.1, long: 0.2, "c": 0.0})
    from educe.parameters import Parameter

    fit = decay(
        names=("a", long),
        params={"a": 1.0, long: 2.0},
        stderr={"a": 0.1, long: 0.2},
        parameters=(Parameter("a"), Parameter(long)),
    )
    text = render(fit, width=60)
    assert f"\n{long}\n    value 2.00, std. error 0.20" in text


def test_sigma_decides_what_is_said_about_each_number():
    absolute, free = render(decay(), width=120), render(sensors(), width=120)
    assert "normal distribution, since sigma is known" in absolute
    assert "Chi-square" in absolute
    assert "k = 2, the free parameters" in absolute
    assert "Student's t with 398 degrees of freedom" in free
    assert "Chi-square" not in free
    assert "k = 3, the free parameters and the noise variance" in free


def test_marks_of_parameters_are_shown():
    from educe.parameters import Parameter

    parameters = (Parameter("a", lower=3.1416), Parameter("k"), Parameter("c", 0.5, fixed=True))
    text = render(decay(parameters=parameters, ties={"k": "a/4"}), width=120)
    assert "at lower bound 3.1416" in text
    assert "tied: a/4" in text
    assert "fixed" in text
