"""C code, compiled by gcc and compared with NumPy."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from educe.errors import FormulaError
from educe.formula import evaluate, parse, parse_expression
from educe.formula.c_source import c_source
from educe.formula.library import LAWS

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [
    "a*sin(x) + b*cos(y)",
    "a*exp(-b*x) + x**2 - y**3/x**-2",
    "where(0 < x and x < 1 or not y > 2, a, b*x)",
    "max(a, min(x, y)) + abs(-a) + sign(b) + heaviside(x - x)",
    "erf(a*x) + erfc(b) + gamma(a) + lgamma(b) + j0(x) + j1(y) + expit(-a)",
    "x**0.5 + x**-0.5 + x**1.7 + (a*x)**(b*y) + 2**x - (-2)**2*x",
    "sinc(a*x) + atan2(x, y) + hypot(a, b) + cbrt(x) + log2(x) + log10(y) + log1p(a) + expm1(b)",
    "1e-300*x*1e300 - 3*pi + 12345678901234567890*a + floor(x) + ceil(y)",
    "7",
]


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_compiled_laws_give_the_values_of_numpy(tmp_path: Path) -> None:
    texts = TEXTS + [law.text for law in LAWS.values()]
    expressions = [parse_expression(text.partition("=")[2] if " = " in text else text) for text in texts]
    orders = [tuple(sorted(expression.free_names)) for expression in expressions]
    functions = [
        c_source(e, (), o, name=f"f{k}") for k, (e, o) in enumerate(zip(expressions, orders, strict=True))
    ]
    paths = []
    for k, text in enumerate(functions):
        paths.append(tmp_path / f"f{k}.c")
        paths[-1].write_text("#define _GNU_SOURCE\n" + text)
    library = tmp_path / "laws.so"
    flags = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", library, *paths, "-lm"], check=True)
    compiled = ctypes.CDLL(str(library))
    for k, (expression, order) in enumerate(zip(expressions, orders, strict=True)):
        function = getattr(compiled, f"f{k}")
        function.restype = ctypes.c_double
        theta = np.linspace(0.3, 1.9, max(len(order), 1))
        found = function(None, theta.ctypes.data_as(ctypes.c_void_p))
        expected = evaluate(expression, dict(zip(order, theta, strict=False)))
        np.testing.assert_allclose(found, expected, rtol=1e-13, err_msg=texts[k])


def test_names_never_reach_the_code() -> None:
    text = c_source(parse_expression("`*/ system(1); /*`*x"), ["x"], ["*/ system(1); /*"])
    assert text.count("*/") == 1
    assert "system(" not in text
    assert "theta[0] * x[0]" in text


def test_shared_work_is_written_once() -> None:
    text = parse("exp(x)*a + exp(x)**2").c_source(["x"], ["a"])
    assert text.count("exp(") == 1


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        ("a*x + c", "law", "c is neither"),
        ("digamma(x)*a", "law", "no digamma"),
        ("a*x", "int main", "not a name for a C function"),
    ],
)
def test_what_cannot_be_written(text: str, name: str, problem: str) -> None:
    with pytest.raises(FormulaError, match=problem):
        c_source(parse_expression(text), ["x"], ["a"], name=name)
