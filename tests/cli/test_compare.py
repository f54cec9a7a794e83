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


@pytest.fixture
def interrupted_after(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return a function that calls educe, and presses Ctrl-C after so many fits of a comparison."""
    from educe.comparison import compare

    whole = compare.run

    def called(fits: int, *words: str) -> Result:
        def stopped(*given: Any, **options: Any) -> Iterator[Any]:
            yield from islice(whole(*given, **options), fits)
            raise KeyboardInterrupt

        monkeypatch.setattr(compare, "run", stopped)
        done = run(*words)
        assert done.exit_code == 130
        return done

    return called


@pytest.mark.parametrize("fits", [0, 1, 4])
def test_ctrl_c_before_any_contender_is_finished_leaves_no_board(
    interrupted_after: Callable[..., Result], folder: Path, fits: int
) -> None:
    done = interrupted_after(fits, *DECAY, "--save", "board.json")
    assert done.output == (
        "educe: interrupted before any contender was finished; there is no board, and nothing was written.\n"
    )
    assert not (folder / "board.json").exists()


def test_ctrl_c_after_one_contender_concludes_nothing(interrupted_after: Callable[..., Result]) -> None:
    done = interrupted_after(5, *DECAY)
    assert done.output.startswith("Only the mean was finished, and nothing else to compare it with.")
    assert "interrupted; the board is of what was finished." in done.output


def test_ctrl_c_prints_the_board_so_far(interrupted_after: Callable[..., Result]) -> None:
    done = interrupted_after(10, *DECAY)
    assert "linear" in done.output
    assert "not reached" in done.output
    assert "interrupted; the board is of what was finished." in done.output
