"""The text report: whole reports compared with golden files, and what must hold for any of them."""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import educe
from educe.report.text import printable, render

GOLDEN = Path(__file__).parent / "golden"
LAYOUTS = {"decay": (80, "utf-8"), "rate": (100, "utf-8"), "stopped": (60, "ascii")}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_whole_report_is_as_approved(name, fits):
    path = GOLDEN / f"{name}.txt"
    width, encoding = LAYOUTS[name]
    text = render(fits.ALL[name](), width=width, encoding=encoding) + "\n"
    if os.environ.get("EDUCE_APPROVE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120])
@pytest.mark.parametrize("name", ["decay", "sensors", "rate", "product", "stopped", "constant", "hostile"])
def test_no_line_is_wider_than_asked_and_none_ends_in_a_space(name, width, fits):
    for line in render(fits.ALL[name](), width=width).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


def test_width_is_brought_into_what_the_layout_can_hold(fits):
    fit = fits.decay()
    assert render(fit, width=10) == render(fit, width=60)
    assert render(fit, width=500) == render(fit, width=120)


def test_colour_adds_escapes_and_changes_nothing_else(fits):
    coloured = render(fits.stopped(), width=80, color=True)
    assert "\x1b[1;33m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(fits.stopped(), width=80)


def test_ascii_stands_in_where_the_stream_cannot_carry_more(fits):
    found = fits.sensors()
    fit = replace(found, rows=replace(found.rows, source="µ_α.csv"))
    render(fit, width=80, encoding="ascii").encode("ascii")
    render(fit, width=80, encoding="cp1252").encode("cp1252")
    assert "µ_α.csv" in render(fit, width=80, encoding="utf-8")
    assert printable("α² ± Ω", "ascii") == "alpha^2 +/- Omega"
    assert printable("x²", "no-such-encoding") == "x^2"


def test_no_string_of_the_user_reaches_the_terminal_as_an_escape(fits):
    text = render(fits.hostile(), width=120, encoding="utf-8")
    assert "\x1b" not in text
    assert "frac?[2J.csv" in text


def test_warnings_come_before_every_number(fits):
    text = render(fits.product(), width=120)
    order = ["only a*b is determined", "20 rows", "rss, sum of"]
    assert sorted(order, key=text.index) == order
    assert "did not converge" in render(fits.stopped(), width=120)


def test_a_very_long_name_is_laid_out_below_the_others():
    from educe import fit

    long = "k" * 50
    text = render(fit(f"y = {long}*x", {"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 4.1, 6.0, 7.9]}), width=60)
    assert f"\n{long}\n    value 1.993, std. error" in text


def test_sigma_decides_what_is_said_about_each_number(fits):
    absolute, free = render(fits.decay(), width=120), render(fits.sensors(), width=120)
    assert "normal distribution, since sigma is known" in absolute
    assert "Chi-square" in absolute
    assert "k = 2, the free parameters" in absolute
    assert "Student's t with 398 degrees of freedom" in free
    assert "Chi-square" not in free
    assert "k = 3, the free parameters and the noise variance" in free


def test_marks_of_parameters_are_shown(fits):
    assert re.search(r"^c +0\.5 +fixed$", render(fits.decay(), width=120), re.M)
    text = render(fits.rate(), width=120)
    assert re.search(r"^m +0\.55.* at lower bound 0\.55", text, re.M)
    assert re.search(r"^d .* tied: 2\*b$", text, re.M)
    assert "start 30" in render(fits.stopped(), width=120)


def test_numbers_are_those_of_the_fit(fits):
    fit, text = fits.sensors(), render(fits.sensors(), width=120)
    for name in ("a", "b"):
        value, error = re.search(rf"^{name} +(\S+) +(\S+)", text, re.M).groups()
        assert abs(float(value) - fit.params[name]) <= 0.051 * fit.stderr[name]
        assert abs(float(error) / fit.stderr[name] - 1) < 0.05
    assert f"{fit.aic:.6g}" in text
    assert f"{fit.rss:.6g}" in text


def test_the_report_is_as_wide_as_the_terminal_says(fits, monkeypatch):
    monkeypatch.setenv("COLUMNS", "66")
    assert max(map(len, render(fits.ALL["decay"]()).splitlines())) <= 66


def test_a_robust_fit_shows_its_own_noise_and_no_criteria_of_least_squares():
    x = np.linspace(0.0, 6.0, 60)
    y = 2.0 * x + 1.0 + 0.1 * np.cos(17.0 * x)
    y[::13] += 8.0
    text = render(educe.fit("y = a*x + b", {"x": x, "y": y}, loss="tukey"), width=100)
    assert "Noise" in text
    assert "of good rows" in text
    assert "none needed: all free parameters enter linearly" in text
    assert "AIC" not in text
    assert "R²" not in text
