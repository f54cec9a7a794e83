"""Every example in README and docs is run, in a folder of its own, page by page from top to bottom.

    ```python    is executed; a ```text block right below it is what it must print
    ```console   lines that begin with "$ " are run; the lines below are what they must print

In what must be printed, "..." stands for anything and runs of blanks count as one, as in doctests.
"""

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (language, code, expected output) of each block that is to be run."""
    found = list(FENCE.finditer(text))
    for block, below in zip_longest(found, found[1:]):
        language, code = block.groups()
        if language == "python":
            adjacent = below and below[1] == "text" and not text[block.end() : below.start()].strip()
            yield "python", code, below[2] if below and adjacent else ""
        elif language == "console":
            yield from (("console", *command) for command in commands(code))


def commands(code: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
        command = re.match(r"(?:.*\\\n)*.*\n?", part)
        assert command
        yield command[0].replace("\\\n", " ").strip(), part[command.end() :]


def run_python(code: str, names: dict[str, object], where: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, where, "exec"), names)  # noqa: S102 -- our own pages, as a reader would paste them
    return printed.getvalue()


def run_console(command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def assert_printed(expected: str, printed: str, what: str) -> None:
    if expected.strip():
        same = doctest.OutputChecker().check_output(expected, printed, LOOSE)
        assert same, f"{what}\nshould print\n{expected}\nprinted\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_run_and_print_what_they_say(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for language, code, expected in blocks(page.read_text(encoding="utf-8")):
        printed = run_python(code, names, page.name) if language == "python" else run_console(code)
        assert_printed(expected, printed, code)


def test_the_runner_notices_what_is_wrong() -> None:
    text = "```python\nprint(1)\n```\n\n```text\n2\n```\n\n```console\n"
    text += "$ educe fit \\\n  a.csv\nchi2 ...\n$ false\n```\n"
    python, first, second = blocks(text)
    assert python == ("python", "print(1)\n", "2\n")
    assert first == ("console", "educe fit    a.csv", "chi2 ...\n")
    assert second == ("console", "false", "")
    with pytest.raises(AssertionError, match="should print"):
        assert_printed("2\n", run_python("print(1)", {}, "page"), "print(1)")
    with pytest.raises(AssertionError, match="false"):
        run_console("false")
