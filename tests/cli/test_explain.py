"""`educe explain`: a page about what is in the file, or one sentence about what is wrong with it."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Run

import educe


@pytest.fixture
def model(tmp_path: Path) -> Path:
    x = np.linspace(0.0, 5.0, 30)
    fit = educe.fit("y = a*exp(-k*x)", {"x": x, "y": 3.0 * np.exp(-0.7 * x) + 0.01 * np.sin(9 * x)})
    fit.save(tmp_path / "model.json")
    return tmp_path / "model.json"


def test_a_saved_fit_becomes_a_page(run: Run, model: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = run("explain", str(model), "-o", str(page))
    assert result.exit_code == 0
    assert result.stdout == f"wrote {page}\n"
    assert "Content-Security-Policy" in page.read_text(encoding="utf-8")


def test_json_says_what_was_written_and_quiet_nothing(run: Run, model: Path, tmp_path: Path) -> None:
    page = str(tmp_path / "page.html")
    told = json.loads(run("explain", str(model), "-o", page, "--level", "plain", "--json").stdout)
    assert told == {"model": str(model), "file": page, "level": "plain"}
    assert 'id="level-plain" checked' in Path(page).read_text(encoding="utf-8")
    assert run("explain", str(model), "-o", page, "-q").stdout == ""


def test_fit_writes_the_same_page(run: Run, model: Path, tmp_path: Path) -> None:
    assert (
        run(
            "simulate",
            "y = m*x",
            "-n",
            "20",
            "--range",
            "x=0:1",
            "--value",
            "m=2",
            "--noise",
            "0.1",
            "-o",
            "l.csv",
        ).exit_code
        == 0
    )
    assert run("fit", "l.csv", "y = m*x", "--report", "a.html", "--save", "l.json", "--quiet").exit_code == 0
    assert run("explain", "l.json", "-o", "b.html").exit_code == 0
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not"),
        ("{}", "neither"),
        ("<script>alert(1)</script>", "is not"),
        ('{"format": "educe fit", "version": 1}', "damaged"),
        ('{"format": "educe fit", "version": 999}', "is not a fit"),
    ],
)
def test_damaged_files_are_refused(run: Run, tmp_path: Path, content: str, words: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(content)
    result = run("explain", str(bad), "-o", str(tmp_path / "page.html"))
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_a_file_that_was_tampered_with_is_refused_or_shown_as_text(
    run: Run, model: Path, tmp_path: Path
) -> None:
    saved = json.loads(model.read_text())
    attack = "</script><img src=x onerror=alert(1)>"
    for place in ("law", "source", "method", "reason"):
        changed = tmp_path / "changed.json"
        changed.write_text(json.dumps({**saved, place: attack}))
        page = tmp_path / "changed.html"
        result = run("explain", str(changed), "-o", str(page))
        assert result.exit_code == (0 if place == "source" else 2)
        if result.exit_code == 0:
            assert attack not in page.read_text(encoding="utf-8")
            assert "&lt;img src=x" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--level", "scool"], "school"),
        (["-o", "model.json"], "is the input"),
        (["-o", "nowhere/page.html"], "no folder"),
    ],
)
def test_what_cannot_be_is_refused(
    run: Run, model: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(model.parent)
    output = [] if "-o" in words else ["-o", "page.html"]
    result = run("explain", "model.json", *words, *output)
    assert result.exit_code == 2
    assert told in result.stderr
    assert list(model.parent.glob("*.html")) == []
