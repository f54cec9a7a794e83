"""What a study found: every outcome, as data; files of it, and what is read back."""

from __future__ import annotations

import csv
import io
import math
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from educe.errors import FileError
from educe.studying.outcome import Outcome
from educe.studying.questions import QUESTIONS, Cell
from educe.studying.scores import Score, scored

FORMAT, VERSION = "educe study", 1
COLUMNS = (
    "question", "target", "setting", "inputs", "n", "noise", "seed", "contender", "kind",
    "inside", "outside", "parameters", "seconds", "microseconds", "failure",
)  # fmt: skip


@dataclass(frozen=True)
class Study:
    """Every outcome of a study.

    outcomes : in the order of the questions;  full, seed : as asked;  seconds : it took, all in all
    interrupted : it was ended early;  machine : in words
    """

    outcomes: tuple[Outcome, ...]
    full: bool
    seed: int
    seconds: float
    interrupted: bool
    machine: str

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that were asked, in their order."""
        asked = {outcome.cell.question for outcome in self.outcomes}
        return tuple(name for name in QUESTIONS if name in asked)

    @property
    def data_sets(self) -> int:
        """How many data sets were drawn."""
        return len({outcome.cell for outcome in self.outcomes})

    def settings(self, question: str, target: str | None = None) -> tuple[float | str, ...]:
        """Return what a question varied, in the order of asking; of one target, if one is named."""
        found = {o.cell.setting: None for o in self.outcomes if _of(o, question, target, None)}
        return tuple(sorted(found, key=lambda s: s if isinstance(s, float) else 0.0))

    def targets(self, question: str) -> tuple[str, ...]:
        """Return the targets of a question."""
        return tuple({o.cell.target: None for o in self.outcomes if o.cell.question == question})

    def scores(
        self, question: str, target: str | None = None, setting: float | str | None = None
    ) -> tuple[Score, ...]:
        """Return the contenders' scores in one setting, the best first."""
        return scored(o for o in self.outcomes if _of(o, question, target, setting))

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `educe study --json`; a number that is not finite is None."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "full": self.full,
            "seed": self.seed,
            "seconds": self.seconds,
            "interrupted": self.interrupted,
            "machine": self.machine,
            "columns": list(COLUMNS),
            "outcomes": [[_plain(value) for value in _row(outcome)] for outcome in self.outcomes],
        }

    def to_csv(self) -> str:
        """Return the outcomes as CSV, one a line."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_row(outcome) for outcome in self.outcomes)
        return text.getvalue()

    def write(self, folder: str | os.PathLike[str]) -> list[str]:
        """Write study.json, study.csv, study.md and the figures into a folder; return their paths.

        Raises FileError if it cannot be written.
        """
        from educe.report import study_figures, study_page
        from educe.report.writing import write

        place = Path(folder)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"{place}: no such folder can be made ({error.strerror or error}).") from error
        files = {
            "study.json": dumped(self).encode(),
            "study.csv": self.to_csv().encode(),
            "study.md": study_page.render(self).encode(),
            **study_figures.render(self),
        }
        for name, content in files.items():
            write(place / name, content)
        return [str(place / name) for name in files]

    def __str__(self) -> str:
        from educe.report import study_page

        return study_page.told(self)


def _of(outcome: Outcome, question: str, target: str | None, setting: float | str | None) -> bool:
    c = outcome.cell
    return c.question == question and target in (None, c.target) and setting in (None, c.setting)


def dumped(study: Study) -> str:
    """Return a study as JSON text, one outcome a line."""
    import json

    head = {key: value for key, value in study.to_dict().items() if key != "outcomes"}
    lines = ",\n".join(json.dumps(row, allow_nan=False) for row in study.to_dict()["outcomes"])
    return f'{json.dumps(head)[:-1]}, "outcomes": [\n{lines}\n]}}\n'


def load(path: str | os.PathLike[str]) -> Study:
    """Return the study that was written to a file. FileError if it cannot be read or is none."""
    from educe.export.json_file import read

    found = read(path)
    if found.get("format") != FORMAT or found.get("version") != VERSION:
        raise FileError(f"{path} is not a study that this version of educe wrote.")
    try:
        return Study(
            tuple(_outcome(dict(zip(COLUMNS, row, strict=True))) for row in found["outcomes"]),
            bool(found["full"]),
            int(found["seed"]),
            float(found["seconds"]),
            bool(found["interrupted"]),
            str(found["machine"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path} is damaged: {error!s}.") from None


def this_machine() -> str:
    """Return processor, Python and packages of this machine, in words."""
    from importlib.metadata import version

    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "scikit-learn"))
    return f"{platform.machine()}, {os.cpu_count()} cores; Python {platform.python_version()}, {packages}"


def _row(outcome: Outcome) -> list[Any]:
    c = outcome.cell
    told = [outcome.inside, outcome.outside, outcome.parameters, outcome.seconds, outcome.microseconds]
    rounded = [float(f"{value:.5g}") for value in told]
    return [
        c.question, c.target, c.setting, c.inputs, c.n, c.noise, c.seed, outcome.contender, outcome.kind,
        *rounded, outcome.failure,
    ]  # fmt: skip


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _outcome(row: dict[str, Any]) -> Outcome:
    setting = row["setting"] if isinstance(row["setting"], str) else float(row["setting"])
    cell = Cell(
        str(row["question"]), str(row["target"]), setting, int(row["inputs"]), int(row["n"]),
        float(row["noise"]), int(row["seed"]),
    )  # fmt: skip
    inside, outside, parameters, seconds, microseconds = (
        math.nan if row[name] is None else float(row[name])
        for name in ("inside", "outside", "parameters", "seconds", "microseconds")
    )
    who = (str(row["contender"]), str(row["kind"]))
    return Outcome(cell, *who, inside, outside, parameters, seconds, microseconds, str(row["failure"]))
