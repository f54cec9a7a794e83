"""What ``import educe`` does and, above all, does not do; each in a fresh process."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import educe

DOCS = Path(__file__).parents[2] / "docs"

HEAVY = ("pandas", "polars", "xarray", "pyarrow", "matplotlib", "sklearn", "rich", "click", "sympy")
HEAVY += ("jax", "numba", "dask", "scipy.special", "scipy.stats", "scipy.optimize")

STATE = """
import json, logging, os, sys, warnings
import numpy, scipy.linalg.lapack
def state():
    return [sorted(os.environ.items()), numpy.geterr(), numpy.get_printoptions()["precision"],
            [str(handler) for handler in logging.root.handlers], logging.root.level,
            [str(entry) for entry in warnings.filters], sys.getrecursionlimit()]
before = state()
import educe
print(json.dumps([before, state()], default=str))
"""


def in_a_fresh_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_importing_loads_nothing_heavy() -> None:
    loaded = json.loads(in_a_fresh_process("import educe, json, sys; print(json.dumps(list(sys.modules)))"))
    assert "numpy" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_importing_changes_no_global_state() -> None:
    before, after = json.loads(in_a_fresh_process(STATE))
    assert after == before


def test_importing_prints_nothing() -> None:
    assert in_a_fresh_process("import educe") == ""


def test_public_names_are_the_declared_ones_and_no_others() -> None:
    public = {
        name
        for name, value in vars(educe).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    late = {
        "Board",
        "Check",
        "Study",
        "check",
        "compare",
        "study",
        "LawRegressor",
        "Learned",
        "LearnedTogether",
        "Many",
        "NetworkRegressor",
        "fit_many",
        "learn",
    }  # loaded when asked for, for a quick import
    assert (public | late) - {"annotations", "TYPE_CHECKING"} == set(educe.__all__) - {
        "__version__",
        "datasets",
    }
    assert all(callable(getattr(educe, name)) and getattr(educe, name).__name__ == name for name in late)
    assert list(educe.__all__) == sorted(educe.__all__, key=str.lower) or list(educe.__all__) == sorted(
        educe.__all__
    )


def test_every_public_name_is_in_the_reference() -> None:
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert [name for name in educe.__all__ if f"educe.{name}" not in reference] == []


def test_version_is_the_one_that_is_installed() -> None:
    from importlib.metadata import version

    assert educe.__version__ == version("educe")
