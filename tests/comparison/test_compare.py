"""Boards: the whole comparison, its promises, and what it refuses."""

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.svm import SVR

import educe
from educe import TableError
from educe.comparison.board import Board
from educe.comparison.compare import compare
from educe.errors import FileError, FitError, FormulaError, ParameterError

LAW = "z = a*sin(x) + b*cos(y)"
NAME = "a*sin(x) + b*cos(y)"
QUICK = ["law", "linear", "polynomials", "neighbours"]


def sensors(n: int = 80, noise: float = 0.3, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-2.0, 2.0, (2, n))
    return {"x": x, "y": y, "z": 2.0 * np.sin(x) + 1.3 * np.cos(y) + noise * rng.standard_normal(n)}


def quick(data: object = None, **options: object) -> Board:
    given = {"laws": [LAW], "only": QUICK, "jobs": 1, "regions": False, "repeats": 1} | options
    return compare(sensors() if data is None else data, "z", **given)  # type: ignore[arg-type]


def numbers(board: Board) -> dict[str, object]:
    """Return everything that a seed settles."""
    found = board.to_dict()
    del found["seconds"]
    for score in found["contenders"]:
        for clock in ("seconds", "fit_seconds", "predict_seconds"):
            del score[clock]
    return found


@pytest.fixture(scope="module")
def board() -> Board:
    return quick(regions=True, contenders={"svr": SVR()}, only=[*QUICK, "added"])


def test_the_right_law_is_taken(board: Board) -> None:
    assert board.winner == board.contenders[0].name == NAME
    assert NAME in board.verdict
    assert board.contenders[0].place == "taken"
    assert board["mean"].place == "worse"
    assert board["mean"].difference is not None
    assert board["mean"].difference.lower > 0.0


def test_errors_are_those_of_rows_held_out() -> None:
    """Recomputed here from the folds alone, for the mean and for the linear law."""
    data = sensors()
    found = quick(data, repeats=2)
    X, z = np.column_stack((data["x"], data["y"])), data["z"]
    draw = np.random.default_rng((0, len(z), 11))
    order = np.unique(np.column_stack((X, z)), axis=0, return_inverse=True)[1].ravel()
    squares: dict[str, list[float]] = {"mean": [], "linear": []}
    for _ in range(2):
        fold = draw.permutation(np.arange(len(z)) % 5)[order]
        for k in range(5):
            seen, held = fold != k, fold == k
            A = np.column_stack((np.ones(len(z)), X))
            beta = np.linalg.lstsq(A[seen], z[seen], rcond=None)[0]
            squares["mean"] += np.square(z[held] - z[seen].mean()).tolist()
            squares["linear"] += np.square(z[held] - A[held] @ beta).tolist()
    for name, values in squares.items():
        assert found[name].rmse_mean == pytest.approx(math.sqrt(np.mean(values)), rel=1e-12)


def test_the_object_of_json_holds_what_it_promises(board: Board) -> None:
    found = json.loads(json.dumps(board.to_dict(), allow_nan=False))
    assert [c["name"] for c in found["contenders"]] == [c.name for c in board.contenders]
    for contender in found["contenders"]:
        assert {
            "name",
            "kind",
            "rmse_mean",
            "rmse_sd",
            "parameters_count",
            "seconds",
            "verdict",
        } <= contender.keys()
    assert found["contenders"][0]["parameters_count"] == 2
    assert {c["name"]: c for c in found["contenders"]}["svr"]["parameters_count"] is None


def test_outside_a_right_law_holds_and_neighbours_do_not(board: Board) -> None:
    assert board.regions == 4
    assert board[NAME].outside_rmse < 0.45
    assert board["nearest neighbours"].outside_rmse > 0.6


def test_intervals_of_a_right_law_hold_what_they_say() -> None:
    found = quick(sensors(400), only=["law"])
    assert abs(found[NAME].coverage - 0.95) < 0.035


def test_the_same_seed_gives_the_same_board_in_any_order_on_any_number_of_jobs() -> None:
    laws = {"one": LAW, "two": "z = a*x + b*y"}
    once = quick(laws=laws)
    turned = quick(laws=dict(reversed(laws.items())), only=QUICK[::-1])
    assert numbers(once) == numbers(turned)
    assert numbers(once) == numbers(quick(laws=laws, jobs=2))
    assert numbers(once) != numbers(quick(laws=laws, seed=1))


def test_two_ways_to_write_one_law_tie() -> None:
    found = quick(laws={"sines": LAW, "cubes": "z = p^3*sin(x) + q*sin(y + 1.5707963267948966)"})
    assert found["sines"].rmse_mean == pytest.approx(found["cubes"].rmse_mean, rel=1e-6)
    assert {found["sines"].place, found["cubes"].place} == {"taken", "tie"}


def test_data_without_noise_are_no_trouble() -> None:
    found = quick(sensors(noise=0.0), laws={"sines": LAW, "again": "z = p*sin(x) + q*cos(y)"})
    assert {found["sines"].place, found["again"].place} == {"taken", "tie"}
    assert found["sines"].rmse_mean < 1e-12
    assert str(found)


def test_copies_of_rows_are_not_learned_from_and_judged_by_at_once() -> None:
    rng = np.random.default_rng(0)
    data = {"x": rng.uniform(size=40), "z": rng.standard_normal(40)}
    doubled = {name: np.repeat(values, 2) for name, values in data.items()}
    found = quick(doubled, laws=(), only=["neighbours"])
    assert found["nearest neighbours"].rmse_mean > 0.5 * np.std(data["z"])


def test_the_one_taken_can_be_used(board: Board) -> None:
    model = board.fit()
    assert model.predict(np.array([[1.0, 0.0]]))[0] == pytest.approx(2.0 * math.sin(1.0) + 1.3, abs=0.2)
    assert board.fit("linear").predict(np.zeros((3, 2))).shape == (3,)
    with pytest.raises(ParameterError, match="Did you mean 'linear'"):
        board["linea"]


class Fragile(SVR):
    """Cannot learn where the first input is large."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Fragile":
        if X[:, 0].max() > 1.99:
            raise ValueError("too large for me")
        return super().fit(X, y)


def test_who_fails_in_a_fold_is_named_last_and_stops_nothing() -> None:
    data = sensors(200)
    data["x"][7] = 1.999
    found = quick(data, contenders={"fragile": Fragile()}, only=["law", "added"])
    assert found.winner == NAME
    last = found.contenders[-1]
    assert (last.name, last.place) == ("fragile", "failed")
    assert "too large for me" in last.verdict
    assert "too large for me" in str(found)
    assert math.isnan(last.rmse_mean)
    assert found.to_dict()["contenders"][-1]["rmse_mean"] is None


class Slow(SVR):
    """Takes its time."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Slow":
        time.sleep(0.4)
        return super().fit(X, y)


def test_out_of_time_the_board_is_of_what_was_finished() -> None:
    found = quick(contenders={"slow": Slow()}, only=["linear", "added"], seconds=0.6)
    assert found.ended == "out of time"
    assert found["slow"].place == "not reached"
    assert found["linear"].place in ("taken", "tie", "worse")
    with pytest.raises(FitError, match="no contender finished"):
        quick(seconds=1e-9)


def test_an_interrupt_gives_the_board_so_far() -> None:
    def told(name: str, total: int) -> None:
        if name == "linear":
            raise KeyboardInterrupt

    found = quick(told=told)
    assert found.ended == "interrupted"
    assert found["mean"].place == "taken"
    assert found["polynomials"].place == "not reached"
    assert "interrupted" in str(found)


def test_an_interrupt_before_anyone_finished_is_told() -> None:
    def told(name: str, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(told=told)


def test_missing_values_are_counted_and_text_is_named() -> None:
    data = {name: values.tolist() for name, values in sensors().items()}
    data["x"][3] = data["z"][4] = math.nan
    data["who"] = ["ann"] * 80  # type: ignore[list-item]
    found = quick(data)
    assert (found.n, sum(found.left_out.values())) == (78, 2)
    assert any("who" in note for note in found.notes)
    with pytest.raises(TableError, match="who"):
        quick(data, inputs=["x", "who"])


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({"z": np.ones(80)}, {}, TableError, "nothing to predict"),
        ({}, {"inputs": ["x", "yy"], "laws": ()}, TableError, "Did you mean 'y'|no column 'yy'"),
        ({}, {"inputs": ["x", "z"]}, ParameterError, "cannot be an input"),
        ({}, {"inputs": ["x", "x"]}, ParameterError, "twice"),
        ({}, {"folds": 50}, TableError, "at least 100"),
        ({}, {"folds": 1}, ParameterError, "folds must be"),
        ({}, {"jobs": 0}, ParameterError, "jobs must be"),
        ({}, {"seed": -1}, ParameterError, "seed must be"),
        ({}, {"seconds": 0.0}, ParameterError, "seconds must be"),
        ({}, {"repeats": 2.5}, ParameterError, "repeats must be"),
        ({}, {"inputs": ["x"]}, ParameterError, "uses the column y, which is no input"),
        ({}, {"laws": ["w = a*x"]}, ParameterError, "the target is z"),
        ({}, {"laws": ["z = a*"]}, FormulaError, "a\\*"),
        ({}, {"laws": {"mean": LAW}}, ParameterError, "two contenders"),
        ({}, {"only": ["forests"]}, ParameterError, "there is no contender 'forests'"),
        ({}, {"where": "x > 5"}, TableError, "no row is left"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    change: dict[str, np.ndarray], options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        quick(sensors() | change, **options)


def test_of_many_rows_some_are_drawn() -> None:
    found = quick(sensors(500), rows=100)
    assert found.n == 100
    assert any("100 of 500 rows" in note for note in found.notes)


def test_it_writes_figure_page_and_json(board: Board, tmp_path: Path) -> None:
    board.plot(tmp_path / "board.svg")
    board.report(tmp_path / "board.html")
    board.save(tmp_path / "board.json")
    assert (tmp_path / "board.svg").read_bytes().startswith(b"<?xml")
    page = (tmp_path / "board.html").read_text()
    assert all(score.name in page for score in board.contenders)
    assert json.loads((tmp_path / "board.json").read_text())["winner"] == board.winner
    with pytest.raises(FileError):
        board.plot(tmp_path / "board.docx")


def test_names_cannot_become_markup(tmp_path: Path) -> None:
    found = quick(laws={"<script>alert(1)</script>": LAW}, only=["law"])
    found.report(tmp_path / "board.html")
    for html in ((tmp_path / "board.html").read_text(), found._repr_html_()):
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_the_names_are_public() -> None:
    assert educe.compare is compare
    assert educe.Board is Board


STOPPED = """
import os, signal
import numpy as np
from educe.comparison.compare import compare
done = []
def told(name, total):
    done.append(name)
    if len(done) == 12:
        os.killpg(0, signal.SIGINT)
if __name__ == "__main__":
    x = np.linspace(0.0, 3.0, 90)
    z = np.exp(-x) + 0.1 * np.cos(40.0 * x)
    only = ["linear", "polynomials", "splines", "neighbours"]
    board = compare({"x": x, "z": z}, "z", only=only, repeats=20, jobs=JOBS, told=told)
    print(board.ended, len(done), board["mean"].place)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_reaches_every_process_and_leaves_a_board(tmp_path: Path, jobs: int) -> None:
    """The whole group gets the signal, as from a terminal; no process writes a traceback."""
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED.replace("JOBS", str(jobs)))
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, start_new_session=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("interrupted 12")
    assert "Traceback" not in done.stderr


BLOCKED = """
import signal
from multiprocessing import resource_tracker
from joblib.externals.loky.backend import resource_tracker as of_loky
from educe.comparison.scoring import _uninterrupted
with _uninterrupted():
    resource_tracker.ensure_running()
    of_loky.ensure_running()
    print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signal masks")
def test_processes_that_start_first_do_not_let_ctrl_c_through() -> None:
    """Each of Python's and joblib's trackers of shared memory ends the blocking as it starts."""
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
