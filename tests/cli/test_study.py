"""`educe study`: what it prints and writes, and every refusal."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from educe.studying import study as room
from educe.studying.questions import Cell

CELL = Cell("shape", "smooth", "smooth", 1, 50, 0.05, 0)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    work = [(CELL, "mean"), (CELL, "additive splines"), (CELL, "linear")]
    monkeypatch.setattr(room, "tasks", lambda only=(), *, full=False, seed=0: work)


def test_the_findings_are_printed_and_written(run: Run, folder: Path) -> None:
    result = run("study", "--only", "shape", "--jobs", "1", "-o", "found")
    assert result.exit_code == 0
    assert "3 fits on 1 data sets" in result.stdout
    assert "wrote found/study.md" in result.stdout
    assert sorted(path.name for path in (folder / "found").iterdir()) == [
        "study-shape.svg",
        "study.csv",
        "study.json",
        "study.md",
    ]


def test_json_is_one_object_with_every_outcome(run: Run) -> None:
    found = json.loads(run("study", "--jobs", "1", "--json").stdout)
    assert found["columns"][:3] == ["question", "target", "setting"]
    assert [row[found["columns"].index("contender")] for row in found["outcomes"]] == [
        "mean",
        "additive splines",
        "linear",
    ]


def test_ctrl_c_keeps_what_is_done_and_says_so(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, calls = room.judged, []

    def judged(cell: Cell, name: str) -> object:
        calls.append(name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(cell, name)

    monkeypatch.setattr(room, "judged", judged)
    result = run("study", "--jobs", "1", "-o", "found", "--quiet")
    assert result.exit_code == 130
    assert "what was done until then was kept" in result.stderr
    assert len(json.loads((folder / "found" / "study.json").read_text())["outcomes"]) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--jobs", "0"), "jobs must be at least 1, not 0"),
        (("-o", "line.csv"), "line.csv is a file; name a folder to write into"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_refusals(run: Run, words: tuple[str, ...], sentence: str) -> None:
    result = run("study", *words)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_an_unknown_question_is_refused_with_the_nearest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    result = run("study", "--only", "nois")
    assert result.exit_code == 2
    assert "there is no question 'nois'" in result.stderr
    assert "Did you mean 'noise'?" in result.stderr
