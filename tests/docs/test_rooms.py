"""The rooms of docs/how-it-works.md are those of the code: every file is named there, and every name is a file."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from educe.cli.program import COMMANDS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "educe"
PAGE = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.*?) \| .*? \| (.*) \|$", PAGE, re.MULTILINE)


def names(cell: str) -> list[str]:
    """Return what stands in backquotes: names of files, ``*`` for any letters, and of folders, ``laws/``."""
    return re.findall(r"`([^`]+)`", cell)


def files(room: str) -> list[str]:
    """Return the names of the files of a room; of a room that is one file, its own."""
    if (SOURCE / f"{room}.py").exists():
        return []
    return [file.stem for file in sorted((SOURCE / room).glob("*.py")) if file.stem != "__init__"]


@pytest.mark.parametrize(("rooms", "told"), ROWS, ids=[rooms for rooms, _ in ROWS])
def test_a_room_has_the_files_that_are_named(rooms: str, told: str) -> None:
    there = [file for room in names(rooms) for file in files(room)]
    there += [
        f"{file.parent.name}/" for room in names(rooms) for file in (SOURCE / room).glob("*/__init__.py")
    ]
    named = names(told)
    if names(rooms) == ["cli"]:
        named += COMMANDS
    assert [file for file in there if not any(fnmatch(file, name) for name in named)] == []
    assert [name for name in named if not any(fnmatch(file, name) for file in there)] == []


def test_every_room_has_a_line() -> None:
    folders = {folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists()}
    single = {file.stem for file in SOURCE.glob("*.py")} - {"__init__", "__main__"}
    assert {room for rooms, _ in ROWS for room in names(rooms)} == folders | single


def test_the_arrows_are_those_that_the_linter_checks() -> None:
    layers = re.search(
        r"^layers = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL
    )
    drawn = re.search(r"^    cli > .*?errors$", PAGE, re.MULTILINE | re.DOTALL)
    assert layers
    assert drawn
    checked = [set(re.findall(r"\w+", layer)) for layer in re.findall(r'"(.*?)"', layers[1])]
    told = [set(re.findall(r"\w+", layer)) for layer in re.split(r">", drawn[0])]
    assert [layer for layer in checked if layer != {"__main__"}] == told
