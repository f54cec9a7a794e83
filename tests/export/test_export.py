"""Results in other languages, run there and compared with `predict`."""

from __future__ import annotations

import ctypes
import json
import math
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import educe
from educe.errors import FormulaError, ParameterError
from educe.export.described import WrittenLaw, described
from educe.export.identifiers import identifiers
from educe.export.result import LANGUAGES, TEXTS, export
from educe.export.sheet import column, sheet_of
from educe.formula import evaluate, parse, parse_expression
from educe.formula.operations import FUNCTIONS
from educe.network import ACTIVATIONS, Architecture, Network

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TOLERANCE = 1e-12
RANDOM = np.random.default_rng(7)
X, Y = RANDOM.uniform(-3, 3, 60), RANDOM.uniform(-3, 3, 60)
POSITIVE = np.abs(X) + 0.1

LAWS = {
    "plane wave": ("z = a*sin(x) + b*cos(y)", {"x": X, "y": Y}),
    "powers": ("z = a*p^2 - b/p^3 + c*p^0.5 + p^-0.5 + p^d", {"p": POSITIVE}),
    "cases": ("z = where(x < 0 and not y > 1 or y == 0, a*x, b*y)", {"x": X, "y": Y}),
    "special": ("z = a*erf(x) + b*erfc(y) + c*expit(x - y) + d*sinc(x)", {"x": X, "y": Y}),
    "small": ("z = a*expm1(1e-9*x) + b*log1p(1e-9*p) + tanh(x)*1e-9", {"x": X, "p": POSITIVE}),
    "sides": ("z = a*max(x, y) + b*min(x, 0.5) + abs(y)*sign(x) + heaviside(x) + floor(y) - ceil(x)", {"x": X, "y": Y}),
    "angles": ("z = a*atan2(y, x) + b*hypot(x, y) + cbrt(x) + sinh(y) + cosh(x) + tan(0.4*x)", {"x": X, "y": Y}),
    "logs": ("z = a*log10(p) + b*log2(p) + c*log(p) + sqrt(p) + asinh(x)", {"x": X, "p": POSITIVE}),
    "gamma": ("z = a*gamma(p) + b*lgamma(p) + c*gamma(x)", {"x": X, "p": POSITIVE}),
    "signs": ("z = -a^2*x - (-b)*-x^2 - (x - (y - c)) - x/(y/a)*2", {"x": X, "y": Y}),
}  # fmt: skip


def fitted(name: str) -> tuple[educe.Fit, dict[str, Array]]:
    """Return a law with its parameters as they are: nothing needs to be fitted to be written."""
    text, columns = LAWS[name]
    values = {"a": 1.7, "b": -0.8, "c": 2.5e-3, "d": 1.3}
    law = parse(text)
    fixed = {key: value for key, value in values.items() if key in law.names}
    response = law.evaluate({**columns, **fixed})
    free = next(iter(fixed))
    started = {free: fixed.pop(free)}
    fit = educe.fit(text, {**columns, "z": response + 0.01 * Y}, start=started, fixed=fixed, search=False)
    return fit, columns


def learned(**options: Any) -> educe.Learned:
    data = {"x": X, "y": Y, "z": np.sin(X) + np.cos(Y)}
    plain: dict[str, Any] = {"hidden": 3, "penalty": 1e-3, "starts": 2, "epochs": 5}
    return educe.learn(data, "z", **(plain | options))


NETWORKS: dict[str, dict[str, Any]] = {
    "text": {"activation": "sigmoid", "output": "sigmoid"},
    "deep": {"hidden": (4, 3), "activation": "tanh", "optimizer": "l-bfgs"},
    "relu": {"activation": "relu", "optimizer": "l-bfgs"},
    "softplus": {"activation": "softplus"},
    "gelu": {"activation": "gelu"},
    "sine": {"activation": "sin"},
    "linear": {"hidden": ()},
}


def results() -> list[Any]:
    return [*(pytest.param("law", name, id=name) for name in LAWS),
            *(pytest.param("network", name, id=name) for name in NETWORKS)]  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, str], tuple[Any, dict[str, Array], Array]]:
    """Return every result with new inputs and what it predicts there."""
    known = {}
    for name in LAWS:
        fit, columns = fitted(name)
        known["law", name] = (fit, columns, np.asarray(fit.predict(columns)))
    for name, options in NETWORKS.items():
        net = learned(**options)
        columns = {"x": X, "y": Y}
        known["network", name] = (net, columns, np.asarray(net.predict(columns)))
    return known


Made = dict[tuple[str, str], tuple[Any, dict[str, "Array"], "Array"]]


def run(code: str | bytes) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(code, space)  # noqa: S102 - that is what is tested
    return space


def close(found: Any, expected: Array) -> None:
    scale = 1e-3 * np.abs(expected).max()  # a value near 0 is a difference of larger ones
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * scale)


def inputs_of(result: Any, columns: dict[str, Array]) -> list[Array]:
    return [columns[name] for name in described(result).inputs]


@pytest.mark.parametrize(("kind", "name"), results())
def test_python_of_floats(kind: str, name: str, made: Made) -> None:
    result, columns, expected = made[kind, name]
    space = run(export(result, "python"))
    rows = zip(*inputs_of(result, columns), strict=True)
    close([space["z"](*map(float, row)) for row in rows], expected)


@pytest.mark.parametrize(("kind", "name"), results())
def test_numpy(kind: str, name: str, made: Made) -> None:
    result, columns, expected = made[kind, name]
    space = run(export(result, "numpy"))
    close(space["z"](*inputs_of(result, columns)), expected)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_c(made: Made, tmp_path: Path) -> None:
    paths = []
    for k, (result, _, _) in enumerate(made.values()):
        paths.append(tmp_path / f"f{k}.c")
        code = export(result, "c")
        assert isinstance(code, str)
        paths[-1].write_text(code.replace("double z(", f"double z{k}("))
    library = tmp_path / "all.so"
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "-o", library, *paths, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    for k, (result, columns, expected) in enumerate(made.values()):
        function = getattr(loaded, f"z{k}")
        function.restype = ctypes.c_double
        rows = zip(*inputs_of(result, columns), strict=True)
        close([function(*map(ctypes.c_double, row)) for row in rows], expected)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_c_that_calls_more_than_c99_has(tmp_path: Path) -> None:
    """A strict <math.h> hides j0; an undeclared function would return garbage, not fail."""
    fit = educe.fit("z = a*j0(x) + b*j1(y)", {"x": X, "y": Y, "z": X - Y})
    (tmp_path / "f.c").write_text(str(export(fit, "c")))
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "-o", tmp_path / "f.so", tmp_path / "f.c", "-lm"], check=True)
    function = ctypes.CDLL(str(tmp_path / "f.so")).z
    function.restype = ctypes.c_double
    found = [function(ctypes.c_double(x), ctypes.c_double(y)) for x, y in zip(X, Y, strict=True)]
    close(found, np.asarray(fit.predict({"x": X, "y": Y})))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_javascript_at_the_poles_of_gamma() -> None:
    fit = educe.fit("z = a*gamma(x) + b*lgamma(x)", {"x": POSITIVE, "z": POSITIVE})
    code = f"{export(fit, 'javascript')}\nconsole.log([-2, -1, 3].map((x) => String(z(x))).join(' '));"
    said = subprocess.run(["node", "-e", code], check=True, capture_output=True, text=True).stdout
    expected = np.asarray(fit.predict({"x": [-2.0, -1.0, 3.0]}))
    np.testing.assert_allclose([float(value) for value in said.split()], expected, rtol=TOLERANCE)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_javascript(made: Made, tmp_path: Path) -> None:
    script = ["'use strict';", "const out = [];"]
    for result, columns, _ in made.values():
        rows = json.dumps(np.column_stack(inputs_of(result, columns)).tolist())
        script.append(f"{{ {export(result, 'javascript')}\nout.push({rows}.map((r) => z(...r))); }}")
    path = tmp_path / "all.js"
    path.write_text("\n".join([*script, "console.log(JSON.stringify(out));"]))
    said = subprocess.run(["node", path], check=True, capture_output=True, text=True).stdout
    for values, (_, _, expected) in zip(json.loads(said), made.values(), strict=True):
        close(values, expected)


@pytest.mark.parametrize(("kind", "name"), results())
def test_onnx(kind: str, name: str, made: Made) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    result, columns, expected = made[kind, name]
    if name in ("special", "angles", "logs", "gamma", "gelu"):
        with pytest.raises(FormulaError, match="in double precision"):
            export(result, "onnx")
        return
    session = runtime.InferenceSession(export(result, "onnx"), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {name: columns[name] for name in described(result).inputs})
    assert found.dtype == np.float64
    close(found, expected)


def test_every_activation_says_what_it_computes() -> None:
    z = np.linspace(-30, 30, 601)
    for name, activation in ACTIVATIONS.items():
        network = Network(Architecture((1, 1), "tanh", name), np.array([1.0, 0.0]))
        found = parse_expression(activation.formula)
        value = np.asarray(evaluate(found, {"z": z}))
        np.testing.assert_allclose(value, network(z[:, None]), rtol=1e-12, atol=1e-300, err_msg=name)


def test_counts_come_back_as_counts() -> None:
    counts = np.random.default_rng(3).poisson(np.exp(1.0 + 0.4 * X)).astype(float)
    net = educe.learn({"x": X, "k": counts}, "k", hidden=2, loss="poisson", starts=1, epochs=20)
    for language in ("python", "numpy"):
        space = run(export(net, language))
        close([float(space["k"](value)) for value in X], np.asarray(net.predict({"x": X})))


def test_a_far_away_clock_keeps_its_digits() -> None:
    """Folding t = 1.7e9 + x into b_0 would cost nine digits."""
    t = 1.7e9 + X
    net = educe.learn({"t": t, "z": np.sin(X)}, "z", hidden=3, penalty=1e-4, starts=2, epochs=20)
    for language in ("python", "numpy"):
        space = run(export(net, language))
        found = [float(space["z"](value)) for value in t]
        np.testing.assert_allclose(found, net.predict({"t": t}), rtol=0, atol=1e-13)


HOSTILE = [
    "double", "lambda", "Temp (C)", "*/ system(1); /*", '"""\nimport os', "x\\", "\u2028alert(1)//", "t0", "educe_a",
    "</script>", "=cmd|' /C calc'!A0", "EDUCE_W0", "s", "i", "math", "np", "y0", "Math", "{0}",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("cc") is None or shutil.which("node") is None, reason="needs cc and Node")
def test_names_from_a_hostile_file(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    data = {name: random.normal(size=60) for name in HOSTILE}
    target = "int main"
    data[target] = sum(data.values())
    net = educe.learn(data, target, hidden=2, penalty=0.1, starts=1, epochs=3)
    first = {name: column[:1] for name, column in data.items()}
    row = [float(data[name][0]) for name in HOSTILE]
    expected = float(np.asarray(net.predict(first))[0])
    for language in ("python", "numpy"):
        space = run(export(net, language))
        assert float(space["int_main"](*row)) == pytest.approx(expected, rel=TOLERANCE)
    arguments = ", ".join(map(repr, row))
    (tmp_path / "a.js").write_text(f"{export(net, 'javascript')}\nconsole.log(int_main({arguments}));")
    said = subprocess.run(["node", tmp_path / "a.js"], check=True, capture_output=True, text=True).stdout
    assert float(said) == pytest.approx(expected, rel=TOLERANCE)
    main = f'#include <stdio.h>\nint main(void) {{ printf("%.17g", int_main({arguments})); return 0; }}'
    (tmp_path / "a.c").write_text(f"{export(net, 'c')}\n{main}")
    subprocess.run(
        ["cc", "-std=c99", "-Wall", "-Werror", tmp_path / "a.c", "-o", tmp_path / "a", "-lm"], check=True
    )
    assert float(subprocess.check_output([tmp_path / "a"])) == pytest.approx(expected, rel=TOLERANCE)
    head = str(export(net, "spreadsheet")).split("\n")[0].split("\t")
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in head)


def test_identifiers_are_apart_and_plain() -> None:
    found = identifiers([*HOSTILE, "", "-", "a b", "a_b", "α", "alpha"])
    assert len(set(found.values())) == len(found)
    assert all(word.isidentifier() and word.isascii() for word in found.values())


LACKING: dict[str, set[str]] = {language: {"digamma", "polygamma", "dsinc", "j0", "j1"} for language in TEXTS}
LACKING |= {"c": {"digamma", "polygamma", "dsinc"}, "numpy": {"dsinc"}, "latex": set()}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_function_is_written_or_refused(function: str, language: str) -> None:
    arguments = ["x > 0", "x", "2*x"] if function == "where" else ["x", "x + 1"][: FUNCTIONS[function].arity]
    law = WrittenLaw(
        "z", ("x",), "", parse_expression(f"a*{function}({', '.join(arguments)})"), {"a": 1.7}, (0.5,)
    )
    if function in LACKING[language]:
        with pytest.raises(FormulaError, match=function):
            TEXTS[language](law)
        return
    text = TEXTS[language](law)
    at = {"acosh": 1.4, "polygamma": 2.0}.get(function, 0.4)
    expected = evaluate(law.expression, {"a": 1.7, "x": at})
    if language in ("python", "numpy"):
        close(float(run(text)["z"](at)), np.array(expected))
    if language == "spreadsheet":
        close(computed(text.split("\t")[-1].strip(), {"A2": at}), np.array(expected))


def compiled(formula: str) -> Any:
    """Return a formula as a function of cells, {name: value}, by the package formulas."""
    function = pytest.importorskip("formulas").Parser().ast(formula)[1].compile()
    return lambda cells: float(function(*(cells[str(name)] for name in function.inputs)))


def computed(formula: str, cells: dict[str, float]) -> float:
    return float(compiled(formula)(cells))


@pytest.mark.parametrize(("kind", "name"), results())
def test_spreadsheet(kind: str, name: str, made: Made) -> None:
    result, columns, expected = made[kind, name]
    written = described(result)
    functions = [compiled(formula) for _, formula in sheet_of(written).formulas]
    found = []
    for row in list(zip(*inputs_of(result, columns), strict=True))[:12]:
        cells = {f"{column(k)}2": value for k, value in enumerate(row)}
        for k, function in enumerate(functions, start=len(row)):
            cells[f"{column(k)}2"] = function(cells)
        found.append(list(cells.values())[-1])
    close(found, expected[:12])


def test_a_network_too_long_for_a_cell_gets_a_cell_for_each_node() -> None:
    net = learned(hidden=(16, 16), optimizer="l-bfgs")
    sheet = sheet_of(described(net))
    assert len(sheet.formulas) == 33
    cells = {"A2": 0.3, "B2": -1.1}
    for k, (_, formula) in enumerate(sheet.formulas, start=2):
        cells[f"{column(k)}2"] = computed(formula, cells)
    close(cells[f"{column(34)}2"], np.asarray(net.predict({"x": [0.3], "y": [-1.1]}))[0])


def test_a_workbook_is_read_by_an_independent_reader(made: Made, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    result, _, _ = made["network", "text"]
    path = tmp_path / "net.xlsx"
    export(result, "spreadsheet", path)
    (sheet,) = openpyxl.load_workbook(path)
    assert [cell.value for cell in sheet[1]] == ["x", "y", "z"]
    *inputs, formula = (cell.value for cell in sheet[2])
    example = {"x": [inputs[0]], "y": [inputs[1]]}
    close(
        computed(formula, dict(zip(("A2", "B2"), inputs, strict=True))),
        np.asarray(result.predict(example))[0],
    )


def numbers_of(tex: str, name: str) -> Array:
    """Return a matrix that stands in LaTeX after `name &=`."""
    inner = re.search(re.escape(name) + r" &= \\begin\{pmatrix\} (.*?) \\end\{pmatrix\}", tex)
    assert inner
    rows = [[_number(cell) for cell in row.split("&")] for row in inner[1].split(r"\\")]
    return np.array(rows)


def _number(cell: str) -> float:
    return float(re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", cell.strip()))


@pytest.mark.parametrize("name", ["text", "deep", "linear"])
def test_latex_of_networks_holds_all_digits(name: str, made: Made) -> None:
    result, columns, expected = made["network", name]
    tex = str(export(result, "latex"))
    written = described(result)
    a = np.vstack(inputs_of(result, columns))
    for k in range(len(written.layers)):
        sums = numbers_of(tex, rf"\mathbf{{W}}_{k}") @ a + numbers_of(tex, rf"\mathbf{{b}}_{k}")
        bend = written.bends[k]
        a = sums if bend is None else np.asarray(evaluate(bend, {"z": sums}))
    close(a[0], expected)


def test_latex_of_a_law_holds_all_digits(made: Made) -> None:
    result, _, _ = made["law", "plane wave"]
    tex = str(export(result, "latex"))
    found = dict(re.findall(r"^  (\w) &= (-?[\d.]+)", tex, re.MULTILINE))
    assert {name: float(value) for name, value in found.items()} == result.params
    assert r"z &= a \, \sin\left(x\right) + b \, \cos\left(y\right)" in tex


def test_what_is_refused() -> None:
    fit, _ = fitted("plane wave")
    with pytest.raises(ParameterError, match="Did you mean 'python'"):
        export(fit, "pyton")

    def z(x: Any, a: float) -> Any:
        return np.array([a * math.sin(v) for v in x])

    opaque = educe.fit(z, {"x": X, "z": np.sin(X)}, start={"a": 1.0})
    for language in LANGUAGES:
        with pytest.raises(FormulaError, match="could not be read as a formula"):
            export(opaque, language)


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    fit, _ = fitted("plane wave")
    for language in LANGUAGES:
        if language == "onnx":
            pytest.importorskip("onnx")
        path = tmp_path / "out"
        content = export(fit, language, path)
        assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
        assert export(fit, language) == content


TOGETHER: dict[str, dict[str, Any]] = {
    "plain": {},
    "bounded": {"activation": "sigmoid", "output": "sigmoid"},
    "counts": {"loss": "poisson", "activation": "tanh"},
    "linear": {"hidden": ()},
    "wide": {"hidden": 40},
}


@pytest.fixture(scope="module", params=TOGETHER)
def together(request: pytest.FixtureRequest) -> Any:
    data = {"x": X + 2.0, "y": Y, "u v": np.exp(0.3 * X + 0.1 * Y), "w": 25.0 + X * Y}
    plain: dict[str, Any] = {"hidden": 3, "penalty": 1e-3, "starts": 1, "epochs": 5}
    return educe.learn(data, ["u v", "w"], inputs=["x", "y"], **(plain | TOGETHER[request.param]))


def test_several_targets_are_one_function(together: Any, tmp_path: Path) -> None:
    columns = {"x": X + 2.0, "y": Y}
    expected = np.asarray(together.predict(columns))
    rows = np.column_stack(list(columns.values())).tolist()
    close([run(together.export("python"))["u_v_w"](*row) for row in rows[:20]], expected[:20])
    close(np.column_stack(run(together.export("numpy"))["u_v_w"](*columns.values())), expected)
    if shutil.which("node") is not None:
        code = (
            f"{together.export('javascript')}\nconsole.log(JSON.stringify({rows}.map((r) => u_v_w(...r))));"
        )
        said = subprocess.run(["node", "-e", code], check=True, capture_output=True, text=True).stdout
        close(json.loads(said), expected)
    if shutil.which("cc") is not None:
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
        together.export("c", tmp_path / "f.c")
        subprocess.run(["cc", *flags, "-o", tmp_path / "f.so", tmp_path / "f.c", "-lm"], check=True)
        function, out = ctypes.CDLL(str(tmp_path / "f.so")).u_v_w, (ctypes.c_double * 2)()
        found = [(function(*map(ctypes.c_double, row), out), list(out))[1] for row in rows]
        close(found, expected)


def test_several_targets_in_latex(together: Any) -> None:
    tex, written = str(together.export("latex")), described(together)
    a = np.vstack((X + 2.0, Y)) - written.centre[:, None]
    for k, bend in enumerate(written.bends):
        sums = numbers_of(tex, rf"\mathbf{{W}}_{k}") @ a + numbers_of(tex, rf"\mathbf{{b}}_{k}")
        a = sums if bend is None else np.asarray(evaluate(bend, {"z": sums}))
    close(a.T, np.asarray(together.predict({"x": X + 2.0, "y": Y})))
    assert r"w \end{pmatrix} &= " in tex


def test_several_targets_are_the_last_cells_of_a_sheet(together: Any) -> None:
    cells = {"A2": 1.5, "B2": -0.5}
    for k, (_, formula) in enumerate(sheet_of(described(together)).formulas, start=2):
        cells[f"{column(k)}2"] = computed(formula, cells)
    expected = np.asarray(together.predict({"x": [1.5], "y": [-0.5]}))[0]
    close(list(cells.values())[-2:], expected)
    assert str(together.export("spreadsheet")).splitlines()[0].endswith("u_v\tw")


def test_several_targets_are_outputs_of_one_onnx_graph(together: Any) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(together.export("onnx"), providers=["CPUExecutionProvider"])
    found = session.run(list(together.targets), {"x": X + 2.0, "y": Y})
    close(np.column_stack(found), np.asarray(together.predict({"x": X + 2.0, "y": Y})))
