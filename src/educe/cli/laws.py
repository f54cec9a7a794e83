"""`educe laws`: the library of named laws, listed, explained and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from educe.cli.completing import PATH, law_names
from educe.cli.output import check_writable, say, say_json, table, wrapped
from educe.errors import FormulaError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from educe.formula.library import NamedLaw


@click.command()
@click.argument("name", required=False, shell_complete=law_names)
@click.option("--plot", type=PATH, metavar="F.svg", help="Draw the laws, as .svg, .png or .pdf.")
@click.option("--json", is_flag=True, help="Print one JSON object instead of the list.")
def command(name: str | None, *, plot: str | None, json: bool) -> None:
    """List the named laws, or explain one.

    NAME is a law or a group of laws; without it, all are listed. A named law is used like a function:
    "v = michaelis_menten(s)".

    \b
    Example:
      educe laws gaussian --plot gaussian.svg
    """
    chosen = _chosen(name)
    if plot is not None:
        _draw(chosen, plot)
    if json:
        say_json({"laws": [as_dict(law) for law in chosen]})
        return
    say(_explained(chosen[0]) if name == chosen[0].name else _listed(chosen))
    if plot is not None:
        say(f"wrote {plot}")


def _chosen(name: str | None) -> list[NamedLaw]:
    """Return the law of that name, or all of the group, or all there are."""
    from educe.formula.library import LAWS, groups

    if name is None:
        return list(LAWS.values())
    if name in LAWS:
        return [LAWS[name]]
    if name in groups():
        return [law for law in LAWS.values() if law.group == name]
    near = nearest(name, (*LAWS, *groups()))
    raise FormulaError(f"no law or group of laws is called '{name}'; `educe laws` lists them all.{near}")


def as_dict(law: NamedLaw) -> dict[str, Any]:
    """Return a law as it stands in the JSON."""
    return {
        "name": law.name,
        "group": law.group,
        "signature": law.signature,
        "text": law.text,
        "title": law.title,
        "description": law.description,
        "inputs": {
            name: {"low": low, "high": high, "meaning": meaning}
            for name, (low, high, meaning) in law.inputs.items()
        },
        "parameters": {
            name: {"typical": value, "meaning": meaning} for name, (value, meaning) in law.parameters.items()
        },
    }


def _listed(laws: Iterable[NamedLaw]) -> str:
    rows: list[tuple[str, str]] = []
    group = ""
    for law in laws:
        if law.group != group:
            group = law.group
            rows.append((f"\n{group}" if rows else group, ""))
        rows.append((f"  {law.signature}", law.text))
    width = max(len(signature) for signature, _ in rows)
    return "\n".join(f"{signature:<{width}}  {text}".rstrip() for signature, text in rows)


def _explained(law: NamedLaw) -> str:
    names = [(name, f"{low:g} .. {high:g}", meaning) for name, (low, high, meaning) in law.inputs.items()]
    constants = [(name, f"{value:g}", meaning) for name, (value, meaning) in law.parameters.items()]
    return "\n".join(
        [
            f"{law.title} ({law.group})",
            f"{law.signature} = {law.text}",
            wrapped(law.description),
            "",
            table(("input", "typical", "meaning"), names, left=3),
            "",
            table(("parameter", "typical", "meaning"), constants, left=3),
            "",
            f'educe fit FILE "y = {law.signature}"',
            f'educe simulate "y = {law.signature}" -n 100 --noise 5% -o {law.name}.csv',
        ]
    )


def _draw(laws: list[NamedLaw], path: str) -> None:
    from educe.cli.drawings import drawing
    from educe.report.figures import encoded, suffix
    from educe.report.law_figures import draw_law, gallery
    from educe.report.writing import write

    form = suffix(path)
    check_writable(path)
    drawings = [drawing(law) for law in laws]
    figure = draw_law(drawings[0]) if len(laws) == 1 else gallery(drawings)
    write(path, encoded(figure, form))
