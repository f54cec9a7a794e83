"""`educe data`: the measurements that ship with educe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from educe.cli.completing import PATH, data_names
from educe.cli.output import check_writable, say, say_json, table, wrapped

if TYPE_CHECKING:
    from educe.datasets import DataSet


@click.command()
@click.argument("name", required=False, shell_complete=data_names)
@click.option(
    "-o", "--output", type=PATH, metavar="FILE", help="Write the measurements, as .csv, .tsv or .parquet."
)
@click.option("--json", is_flag=True, help="Print one JSON object instead of the list.")
def command(name: str | None, *, output: str | None, json: bool) -> None:
    """List, describe or write the data that ship.

    \b
    Example:
      educe data ethanol -o ethanol.csv
    """
    from educe import datasets

    if name is None:
        if output is not None:
            raise click.UsageError("-o needs the NAME of a data set")
        sets = [datasets.load(each) for folder in ("measured", "nist") for each in datasets.names(folder)]
        say_json({"data": [as_dict(one) for one in sets]}) if json else say(_listed(sets))
        return
    one = datasets.load(name)
    if output is not None:
        from educe.table import write

        check_writable(output)
        write(output, one.columns)
    if json:
        say_json(as_dict(one))
        return
    say(f"wrote {output}: {one.n} rows" if output is not None else _described(one))


def as_dict(one: DataSet) -> dict[str, Any]:
    """Return a data set as it stands in the JSON, without its rows."""
    return {
        "name": one.name,
        "title": one.title,
        "description": one.description,
        "origin": one.origin,
        "source": one.source,
        "n": one.n,
        "columns": dict(one.meanings),
        "law": one.law,
        "starts": [dict(start) for start in one.starts],
    }


def _listed(sets: list[DataSet]) -> str:
    rows = [(one.name, f"{one.n}", one.origin, one.title) for one in sets]
    return table(("name", "rows", "origin", "title"), rows, left=4)


def _described(one: DataSet) -> str:
    return "\n".join(
        [
            f"{one.name}: {one.title} ({one.n} rows, {one.origin})",
            wrapped(one.description),
            wrapped(f"Source: {one.source}"),
            "",
            table(("column", "meaning"), list(one.meanings.items()), left=2),
            "",
            f"educe data {one.name} -o {one.name}.csv",
            *([f'educe fit {one.name}.csv "{one.law}"'] if one.law else []),
        ]
    )
