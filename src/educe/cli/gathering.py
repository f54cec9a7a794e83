"""Options that belong together, given to a command as one record; and how options are read."""

from __future__ import annotations

import functools
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from educe.errors import ParameterError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., Any]
    Choice = click.Choice[str]
else:
    Choice = click.Choice  # that of click 8.1 takes no type


def gathered(name: str, record: type[Any]) -> Callable[[Command], Command]:
    """Give a command the options that a dataclass has fields for as one record.

    name : under which the command takes the record
    record : the dataclass; a field of which the command has no option keeps its default

    >>> from educe.cli.reading import Reading
    >>> gathered("reading", Reading)(lambda file, reading: reading.decimal)(file="x.csv", decimal=",")
    ','
    """
    names = {field.name for field in fields(record)}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def _called(**given: Any) -> Any:
            own = {option: given.pop(option) for option in names & given.keys()}
            return command(**given, **{name: record(**own)})

        return _called

    return decorate


def read_by(
    reader: Callable[[Any, str], Any],
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], Any]:
    """Return what makes an option hold not what was typed but what a reader of `assignments` found in it."""

    def read(_: click.Context, option: click.Parameter, typed: tuple[str, ...]) -> Any:
        return reader(typed, option.opts[0])

    return read


class OneOf(Choice):
    """A word out of a few; another is refused with the nearest of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the word; ParameterError if it is not one of those allowed."""
        if value not in self.choices:
            option = param.opts[0] if param else "a word"
            raise ParameterError(
                f"{option} '{value}' is not one of {', '.join(self.choices)}.{nearest(value, self.choices)}"
            )
        return super().convert(value, param, ctx)
