"""`educe demo`: the whole story on simulated sensors and on real measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from educe.cli.completing import PATH
from educe.cli.output import say, say_json, table, wrapped
from educe.cli.program import NOT_REACHED
from educe.cli.progress import progress
from educe.errors import FileError

if TYPE_CHECKING:
    from educe.cli.chapters import Chapter
    from educe.learning.result import Learned

FORGOTTEN = "The same sensors, their law forgotten"
LEARN = (
    "educe learn sensors.csv z --hidden 3 --activation sigmoid --output sigmoid --penalty 1e-05 --starts 6"
)


@click.command()
@click.argument("folder", metavar="[DIR]", default="educe-demo", type=PATH)
@click.option("--json", is_flag=True, help="Print one JSON object instead of the story.")
def command(folder: str, *, json: bool) -> None:
    """Tell the whole story, on simulated and real data.

    Simulates sensors, finds the constants of their law and compares them with the truth; fits real
    measurements; and learns the sensors' function again, without the law. Writes data, models, figures and
    reports into DIR (educe-demo if not given).

    \b
    Example:
      educe demo story
    """
    from educe.cli.chapters import CHAPTERS, forgotten

    place = _made(folder)
    chapters: list[Chapter] = []
    files: list[str] = []
    with progress("demonstrating", len(CHAPTERS) + 1) as step:
        for chapter_of in CHAPTERS:
            chapter = chapter_of(place)
            files += _write(chapter, place)
            chapters.append(chapter)
            step(chapter.name)
        learned = forgotten(place)
        files += _learned(learned, place)
        step("network")
    files.append(_index(chapters, learned, place))
    if json:
        shown = [_as_dict(chapter) for chapter in chapters]
        say_json({"folder": folder, "chapters": shown, "network": learned.to_dict(), "files": files})
    else:
        say("\n\n".join(_told(number, chapter) for number, chapter in enumerate(chapters, 1)))
        say(f"\n{len(chapters) + 1}. {FORGOTTEN}\n{wrapped(_of_network(learned))}")
        say("\n" + wrapped(f"Wrote {len(files)} files into {folder}; {files[-1]} there lists them."))
        pages = f"{place / 'sensors.html'}, and of the network {place / 'network.html'},"
        say(wrapped(f"Why, with every formula, step and number: open {pages} in a browser."))
    if not all(chapter.found.converged for chapter in chapters):
        raise click.exceptions.Exit(NOT_REACHED)


def _made(folder: str) -> Path:
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise FileError(f"{folder} is a file; name a folder to write to.")
    place.mkdir(parents=True, exist_ok=True)
    return place


def _write(chapter: Chapter, place: Path) -> list[str]:
    """Write model, figures and report of a chapter; its data are there already."""
    from educe.report.figures import draw, encoded
    from educe.report.writing import write

    chapter.found.save(place / f"{chapter.name}.json")
    figure = draw(chapter.found)
    for form in (".svg", ".png"):
        write(place / f"{chapter.name}{form}", encoded(figure, form))
    chapter.found.report(place / f"{chapter.name}.html")
    return [f"{chapter.name}{ending}" for ending in (".csv", ".json", ".svg", ".png", ".html")]


def _learned(learned: Learned, place: Path) -> list[str]:
    """Write the network and its report."""
    learned.save(place / "network.json")
    learned.report(place / "network.html")
    return ["network.json", "network.html"]


def _of_network(learned: Learned) -> str:
    from educe.cli.chapters import NOISE

    shape = "-".join(map(str, learned.layers))
    return (
        f"Now nobody knows the law: a {shape} network with sigmoid nodes learns z from x and y. On readings that it "
        f"had not seen it errs by {learned.validation_rmse:.3g}; the noise is {NOISE:g}."
    )


def _index(chapters: list[Chapter], learned: Learned, place: Path) -> str:
    """Write what the folder holds, and how to make it again."""
    from educe.report.writing import write

    parts = ["# What educe demo wrote", ""]
    for chapter in chapters:
        name = chapter.name
        parts += [f"## {chapter.title}", "", chapter.told, "", "```", _numbers(chapter), "```", ""]
        parts += [f"Again in the terminal: `{chapter.command}`", "", f"![{chapter.title}]({name}.svg)", ""]
        parts += [
            f"[measurements]({name}.csv), [model, for educe predict]({name}.json), [report]({name}.html), "
            f"figure as [SVG]({name}.svg) and [PNG]({name}.png)",
            "",
        ]
    parts += [f"## {FORGOTTEN}", "", _of_network(learned), "", f"Again in the terminal: `{LEARN}`", ""]
    parts += ["[network, for educe predict](network.json), [report](network.html)", ""]
    write(place / "README.md", "\n".join(parts).encode("utf-8"))
    return "README.md"


def _told(number: int, chapter: Chapter) -> str:
    from educe.report.sentences import law_with_numbers

    return "\n".join(
        [
            f"{number}. {chapter.title}",
            wrapped(chapter.told),
            "",
            _numbers(chapter),
            "",
            law_with_numbers(chapter.found),
        ]
    )


def _numbers(chapter: Chapter) -> str:
    """Return the parameters with their errors; beside the truth where it is known, else with their interval."""
    from educe.report.numbers import rounded

    found = chapter.found
    rows = []
    for name, (lower, upper) in found.conf_int().items():
        value, error, low, high = rounded(found.params[name], found.stderr[name], lower, upper)
        known = (
            (f"{chapter.truth[name]:g}", f"{abs(chapter.off[name]):.1f} errors")
            if chapter.truth
            else (low, high)
        )
        rows.append((name, value, error, *known))
    last = ("truth", "away by") if chapter.truth else ("lower 95 %", "upper 95 %")
    return table(("parameter", "value", "std. error", *last), rows)


def _as_dict(chapter: Chapter) -> dict[str, Any]:
    return {
        "name": chapter.name,
        "title": chapter.title,
        "command": chapter.command,
        "truth": dict(chapter.truth),
        "standard_errors_off": chapter.off,
        "fit": chapter.found.to_dict(),
    }
