"""Rules of the house that neither ruff nor the import linter can state."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "educe"
FILES = sorted(SOURCE.rglob("*.py"))
IDS = [str(file.relative_to(SOURCE)) for file in FILES]

LONGEST_FILE, MEDIAN_FILE = 450, 200
LONG_FUNCTION, MEDIAN_FUNCTION = 40, 6  # body without docstring; one in twenty may be longer
MOST_POSITIONAL = 6
SIGNATURES_OF_OTHERS = {"curve_fit"}  # SciPy's, argument by argument
NAMES_WITHOUT_SUBJECT = {"utils", "util", "helpers", "common", "core", "misc", "tools", "base"}
CLASSES_WITHOUT_SUBJECT = re.compile(r"(Manager|Factory|Handler|Orchestrator|Coordinator|Facade)$")

# Slow to import, so imported inside the function that needs them. A file that is itself loaded only on demand
# may import its one package at its top.
HEAVY = {"pandas", "polars", "xarray", "pyarrow", "matplotlib", "sklearn", "sympy", "rich", "scipy.special"}
HEAVY |= {"scipy.stats", "scipy.optimize", "jax", "numba", "dask", "distributed", "onnx"}
ON_DEMAND = {
    "comparison/bases.py": {"sklearn"},
    "comparison/estimators.py": {"sklearn"},
    "comparison/law_estimator.py": {"sklearn"},
    "comparison/networks.py": {"sklearn"},
    "engines/lanes.py": {"numba"},
    "engines/elementary.py": {"numba"},
    "engines/loops.py": {"numba"},
    "engines/many_loops.py": {"numba"},
    "engines/network_compiled.py": {"jax"},
    "fitting/regressor.py": {"sklearn"},
    "learning/regressor.py": {"sklearn"},
    "formula/sympy_bridge.py": {"sympy"},
}


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def imported_at_top(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names imported at the top, TYPE_CHECKING blocks and functions left out."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def body_length(function: ast.FunctionDef) -> int:
    body = function.body[ast.get_docstring(function) is not None :]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_a_file_can_be_read_in_one_sitting(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_most_files_and_functions_are_short() -> None:
    files = [len(file.read_text(encoding="utf-8").splitlines()) for file in FILES]
    bodies = sorted(body_length(function) for file in FILES for function in functions(tree_of(file)))
    assert statistics.median(files) <= MEDIAN_FILE
    assert statistics.median(bodies) <= MEDIAN_FUNCTION
    assert bodies[int(0.95 * len(bodies))] <= LONG_FUNCTION


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_a_name_says_its_subject(file: Path) -> None:
    assert file.stem not in NAMES_WITHOUT_SUBJECT
    classes = [node.name for node in ast.walk(tree_of(file)) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if CLASSES_WITHOUT_SUBJECT.search(name)] == []


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_only_errors_that_can_be_named_are_caught(file: Path) -> None:
    handlers = [node for node in ast.walk(tree_of(file)) if isinstance(node, ast.ExceptHandler)]
    assert [handler.lineno for handler in handlers if is_broad(handler)] == []


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_a_misspelt_option_is_a_type_error(file: Path) -> None:
    """Public functions take no ``**options``, so Python itself refuses a name that does not exist."""
    open_ended = [f.name for f in functions(tree_of(file)) if f.args.kwarg and not f.name.startswith("_")]
    assert open_ended == []


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_few_arguments_go_by_position(file: Path) -> None:
    crowded = [
        f.name
        for f in functions(tree_of(file))
        if len(f.args.posonlyargs + f.args.args) > MOST_POSITIONAL and f.name not in SIGNATURES_OF_OTHERS
    ]
    assert crowded == []


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_heavy_packages_are_imported_where_they_are_used(file: Path) -> None:
    allowed = ON_DEMAND.get(file.relative_to(SOURCE).as_posix(), set())
    names = set(imported_at_top(tree_of(file)))
    heavy = {name for name in names for package in HEAVY - allowed if f"{name}.".startswith(f"{package}.")}
    assert heavy == set()


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_nothing_is_left_for_later(file: Path) -> None:
    assert re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b", file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("code", "broad"),
    [
        ("try: pass\nexcept: pass", True),
        ("try: pass\nexcept Exception: pass", True),
        ("try: pass\nexcept (ValueError, BaseException): pass", True),
        ("try: pass\nexcept (ValueError, KeyError): pass", False),
    ],
)
def test_the_judge_of_broad_excepts_can_tell_them(code: str, broad: bool) -> None:
    handler = next(node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ExceptHandler))
    assert is_broad(handler) is broad
