"""`educe compare` as it is called."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]

QUICK = ("--only", "law", "--only", "linear", "--jobs", "1", "--no-regions", "--repeats", "1")
DECAY = ("compare", "decay.csv", "y", "--law", "y = a*exp(-k*t)", *QUICK)


def test_the_board_is_printed_verdict_first(run: Run) -> None:
    done = run(*DECAY)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert "a*exp(-k*t)" in lines[0]
    assert any(line.startswith("a*exp(-k*t)") and line.endswith("taken") for line in lines)


def test_json_is_one_object(run: Run) -> None:
    done = run(*DECAY, "--json")
    found = json.loads(done.output)
    assert found["contenders"][0]["name"] == "a*exp(-k*t)"
    assert found["target"] == "y"


def test_files_are_written_and_told(run: Run, folder: Path) -> None:
    done = run(*DECAY, "--report", "b.html", "--plot", "b.svg", "--save", "b.json")
    assert done.exit_code == 0, done.output
    for name in ("b.html", "b.svg", "b.json"):
        assert (folder / name).stat().st_size > 500
        assert f"wrote {name}" in done.output
    assert json.loads((folder / "b.json").read_text())["winner"] == "a*exp(-k*t)"
    assert run(*DECAY, "-q").output == ""


def test_laws_have_names_and_rows_conditions(run: Run) -> None:
    done = run(
        "compare", "line.csv", "y", "--inputs", "x", "--law", "wave: y = a*sin(x)", "--where", "x > 1", *QUICK
    )
    assert done.exit_code == 0, done.output
    assert "wave" in done.output
    assert "condition" in done.output or "left out" in done.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("decay.csv", "yy"), "yy"),
        (("decay.csv", "y", "--law", "y = a*exp(-k*q"), "bracket"),
        (("decay.csv", "y", "--only", "foo"), "no contender 'foo'"),
        (("decay.csv", "y", "--folds", "30"), "folds need"),
        (("decay.csv", "y", "--plot", "b.doc"), ".svg"),
        (("decay.csv", "y", "--report", "decay.csv"), "is the input"),
        (("none.csv", "y"), "none.csv"),
    ],
)
def test_wrong_use_is_refused_in_one_sentence(run: Run, words: tuple[str, ...], sentence: str) -> None:
    done = run("compare", *words)
    assert done.exit_code == 2, done.output
    assert sentence in done.output
    assert done.output.startswith("educe: ")
    assert len(done.output.strip().splitlines()) == 1


def test_ctrl_c_prints_the_board_so_far(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from educe.comparison import compare

    whole = compare.run

    def stopped(*given: Any, **options: Any) -> Iterator[Any]:
        yield from islice(whole(*given, **options), 10)
        raise KeyboardInterrupt

    monkeypatch.setattr(compare, "run", stopped)
    done = run(*DECAY)
    assert done.exit_code == 130
    assert "linear" in done.output
    assert "not reached" in done.output
    assert "interrupted; the board is of what was finished." in done.output
