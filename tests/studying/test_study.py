"""`study`: data that are the same for all, judgements that are right, a page that says what the data say."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from educe.errors import FileError, ParameterError
from educe.report import study_figures, study_page
from educe.report.study_claims import against_network, claims
from educe.studying import study as room
from educe.studying.outcome import Outcome, contenders, draw, judged
from educe.studying.questions import QUESTIONS, Cell, cells
from educe.studying.result import Study, dumped, load
from educe.studying.study import study, tasks
from educe.studying.targets import TARGETS

DOCS = Path(__file__).parents[2] / "docs"
CELL = Cell("law", "decay", "decay", 1, 60, 0.1, 0)


def outcome(contender: str, inside: float, *, kind: str = "splines", cell: Cell = CELL) -> Outcome:
    return Outcome(cell, contender, kind, inside, 3.0 * inside, 5.0, 0.02, 1.5)


def made(*outcomes: Outcome) -> Study:
    return Study(tuple(outcomes), False, 0, 60.0, False, "a machine")


# --- data and judgement -------------------------------------------------------------------------


def test_every_contender_gets_the_same_data_and_every_draw_other_data() -> None:
    first, again, other = draw(CELL), draw(CELL), draw(replace(CELL, seed=1))
    assert (first.y == again.y).all()
    assert not (first.X == other.X).any()


@pytest.mark.parametrize("name", TARGETS)
def test_judges_are_fresh_exact_and_outside_where_they_should_be(name: str) -> None:
    target = TARGETS[name]
    d = 2 if name in ("surface", "hills", "directions", "additive") else 1
    found = draw(Cell("shape", name, name, d, 500, 0.2, 3))
    X, truth = found.inside
    assert ((target.low <= X) & (target.high >= X)).all()
    assert truth == pytest.approx(target.truth(X))
    noise = found.y - target.truth(found.X)
    assert noise.std() == pytest.approx(0.2 * truth.std(), rel=0.12)
    beyond = found.outside[0]
    assert ((beyond < target.low) | (beyond > target.high)).any(axis=1).all()
    assert len(beyond) == len(X) == 2000


def test_the_law_of_exact_data_misses_nothing_and_the_mean_everything() -> None:
    cell = replace(CELL, noise=0.0)
    law, mean = judged(cell, "law"), judged(cell, "mean")
    assert law.inside < 1e-9
    assert law.outside < 1e-9
    assert law.parameters == 3.0
    assert mean.inside == pytest.approx(1.0, abs=0.1)
    assert law.seconds > 0.0


def test_a_laws_contenders_compete_where_a_law_is_the_question_only() -> None:
    names = [contender.name for contender in contenders(CELL)]
    assert names[-4:] == ["law", "law + network", "wrong law", "wrong law + network"]
    assert "law" not in [contender.name for contender in contenders(replace(CELL, question="shape"))]


def test_failure_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TARGETS, "decay", replace(TARGETS["decay"], laws={"law": "y = a*log(b - x0)"}))
    found = judged(replace(CELL, n=4), "law")
    assert found.failure == "" or math.isnan(found.inside)
    lost = made(replace(outcome("law", 0.1, kind="law"), inside=math.nan, failure="no"))
    assert lost.scores("law")[0].inside == math.inf
    assert "failed" in study_page.render(lost)


def test_questions_cover_what_was_promised() -> None:
    asked = cells()
    assert {cell.question for cell in asked} == set(QUESTIONS)
    assert {cell.inputs for cell in asked if cell.question == "inputs"} == {1, 2, 3, 5, 10}
    assert {cell.n for cell in asked if cell.question == "rows"} == {20, 100, 1000, 10_000, 100_000}
    assert {cell.noise for cell in asked if cell.question == "noise"} == {0.0, 0.01, 0.05, 0.2, 0.5}
    assert {cell.inputs for cell in cells(["inputs"], full=True)} == set(range(1, 11))
    assert len(cells(full=True)) > 3 * len(asked)
    assert len(tasks(["law"])) == 10 * 13 + 5 * 3  # two targets of five draws, 14 and 15 contenders


# --- running ------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Cell, str]]:
    """Let a study be four quick fits."""
    work = [(CELL, "mean"), (CELL, "linear"), (CELL, "law"), (replace(CELL, seed=1), "law")]
    monkeypatch.setattr(room, "tasks", lambda only, *, full, seed: work)
    return work


def test_outcomes_are_the_same_on_one_process_and_on_two(few: list[tuple[Cell, str]]) -> None:
    one, two = study(jobs=1), study(jobs=2)
    assert [(o.cell, o.contender) for o in one.outcomes] == few
    assert [o.inside for o in one.outcomes] == [o.inside for o in two.outcomes]
    assert not one.interrupted


def test_ctrl_c_keeps_what_is_done(few: list[tuple[Cell, str]]) -> None:
    seen: list[str] = []

    def stop(words: str) -> None:
        seen.append(words)
        if len(seen) == 2:
            raise KeyboardInterrupt

    found = study(jobs=1, told=stop)
    assert found.interrupted
    assert [(o.cell, o.contender) for o in found.outcomes] == few[:2]
    assert "interrupted before the end" in study_page.render(found)


def test_what_is_written_is_read_back(few: list[tuple[Cell, str]], tmp_path: Path) -> None:
    found = study(jobs=1)
    paths = [Path(path).name for path in found.write(tmp_path / "out")]
    assert paths == ["study.json", "study.csv", "study.md", "study-law.svg"]
    back = load(tmp_path / "out" / "study.json")
    assert dumped(back) == (tmp_path / "out" / "study.json").read_text()
    assert study_page.render(back) == (tmp_path / "out" / "study.md").read_text()
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "study.csv").read_text())))
    assert [row["contender"] for row in rows] == ["mean", "linear", "law", "law"]
    assert float(rows[2]["inside"]) == pytest.approx(found.outcomes[2].inside, rel=1e-4)


def test_what_is_no_study_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"format": "educe fit", "version": 1}')
    with pytest.raises(FileError, match="is not a study"):
        load(path)
    damaged = json.loads(dumped(made(outcome("mean", 1.0))))
    damaged["outcomes"][0].pop()
    path.write_text(json.dumps(damaged))
    with pytest.raises(FileError, match="is damaged"):
        load(path)
    with pytest.raises(ParameterError, match=r"no question 'row'; .* Did you mean 'rows'\?"):
        study(["row"])
    with pytest.raises(ParameterError, match="jobs must be at least 1, not 0"):
        study(jobs=0)


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (0.02, "the network 2 %, the best classical method, splines, 4 %: the network wins, by 2 times"),
        (0.08, "the network 8 %, the best classical method, splines, 4 %: the network loses, by 2 times"),
        (0.041, "equal, within 10 %"),
    ],
)
def test_the_verdict_follows_the_numbers(network: float, words: str) -> None:
    found = made(
        outcome("splines", 0.04),
        outcome("network", network, kind="network"),
        outcome("law", 0.01, kind="law"),
    )
    assert words in against_network(found.scores("law"))


def test_the_middle_of_the_draws_counts() -> None:
    outcomes = [outcome("splines", e, cell=replace(CELL, seed=k)) for k, e in enumerate((0.5, 0.1, 0.3))]
    (score,) = made(*outcomes).scores("law")
    assert (score.inside, score.low, score.high, score.draws) == (0.3, 0.1, 0.5, 3)


def test_wins_and_losses_are_counted() -> None:
    shapes = [
        replace(CELL, question="shape", target=name, setting=name)
        for name in ("smooth", "kinked", "oscillating")
    ]
    outcomes = [
        out
        for cell, network in zip(shapes, (0.1, 0.4, 0.105), strict=True)
        for out in (
            outcome("splines", 0.1, cell=cell),
            outcome("network", network, kind="network", cell=cell),
        )
    ]
    (counted, worst) = claims(made(*outcomes), "where")
    assert "In 3 settings without a law, the network is the best in 0" in counted
    assert "within 10 % in 2, and worse in 1" in counted
    assert worst == "It loses most to splines for the kinked truth: 4 times."


# --- the page that is published -----------------------------------------------------------------


def test_the_published_page_says_what_the_published_data_say() -> None:
    found = load(DOCS / "study.json")
    assert (DOCS / "study.md").read_text(encoding="utf-8") == study_page.render(found)
    assert (DOCS / "study.csv").read_text(encoding="utf-8") == found.to_csv()
    assert found.questions == tuple(QUESTIONS)
    assert not found.interrupted
    for name in study_figures.render(found):
        assert (DOCS / name).exists()


def test_a_table_of_the_page_is_computed_again_from_the_raw_rows() -> None:
    """An independent judge: medians from the CSV, without a line of the room's own code."""
    rows = list(csv.DictReader(io.StringIO((DOCS / "study.csv").read_text(encoding="utf-8"))))
    table = re.search(
        r"^\| error \| 20 rows .*?(?=^$)", (DOCS / "study.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert table
    lines = [[cell.strip(" *") for cell in line.split("|")[1:-1]] for line in table[0].strip().splitlines()]
    sizes = [float(cell.split()[0].replace(",", "")) for cell in lines[0][1:]]
    for name, *cells_ in lines[2:]:
        for size, cell in zip(sizes, cells_, strict=True):
            draws = [
                float(row["inside"])
                for row in rows
                if row["question"] == "rows" and float(row["setting"]) == size
                and row["contender"].replace("2-3-1 sigmoid", "textbook") == name
            ]  # fmt: skip
            assert draws, name
            assert float(cell.split()[0]) == pytest.approx(100.0 * median(draws), rel=0.06), (name, size)


def test_the_published_outcomes_are_made_again() -> None:
    found = load(DOCS / "study.json")
    quick = [
        o
        for o in found.outcomes
        if o.contender in ("linear", "additive splines") and o.cell.seed == found.seed
    ]
    for told in quick[::4]:
        assert judged(told.cell, told.contender).inside == pytest.approx(told.inside, rel=1e-3)


def test_figures_are_the_same_bytes_every_time() -> None:
    found = made(outcome("splines", 0.1), outcome("network", 0.2, kind="network"))
    assert study_figures.render(found) == study_figures.render(found)
    assert np.isfinite(len(study_figures.render(found)["study-law.svg"]))
