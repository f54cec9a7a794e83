"""`educe`: finds the command, and turns everything that can go wrong into one sentence and an exit status."""

from __future__ import annotations

import errno
import importlib
from typing import TYPE_CHECKING, Any

import click

from educe.errors import EduceError, FitError, nearest

if TYPE_CHECKING:
    from typing import NoReturn

COMMANDS = (
    "demo",
    "simulate",
    "fit",
    "learn",
    "check",
    "compare",
    "explain",
    "next",
    "predict",
    "export",
    "certify",
    "study",
    "laws",
    "data",
    "completion",
)
NOT_REACHED = 1  # exit status of a command that ran but did not reach its result


class Refusal(click.ClickException):
    """Wrong use: a sentence on the standard error, and the exit status."""

    exit_code = 2

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence.split("\n")[0])  # a formula is shown below its refusal, with a caret

    def show(self, file: Any = None) -> None:
        """Write ``educe: ...``, in letters that the terminal has."""
        from educe.cli.output import warn

        warn(self.message)


class NotReached(Refusal):
    """The result was not reached."""

    exit_code = NOT_REACHED


class Interrupted(Refusal):
    """The user pressed Ctrl-C."""

    exit_code = 130


class Program(click.Group):
    """The group of all commands; none is imported before it is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"educe.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names, or refuse it with the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            known = f"there are {', '.join(COMMANDS)}.{nearest(args[0], COMMANDS)}"
            raise Refusal(f"there is no command '{args[0]}'; {known}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands before the command."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise _misused(error) from None
        except OSError as error:  # of the help that could not be written
            _on_system_error(error)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; here, and only here, errors become sentences."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _misused(error) from None
        except FitError as error:
            raise NotReached(str(error)) from None
        except EduceError as error:
            raise Refusal(str(error)) from None
        except KeyboardInterrupt:
            raise Interrupted("interrupted; no half-written file was left.") from None
        except MemoryError:
            raise NotReached("there is not enough memory for this.") from None
        except OSError as error:
            _on_system_error(error)


def _misused(error: click.UsageError) -> Refusal:
    """Return wrong use in one sentence."""
    where = error.ctx.command_path if error.ctx else "educe"
    if isinstance(error, click.NoSuchOption):
        near = nearest(error.option_name, error.possibilities or ())
        return Refusal(f"there is no option '{error.option_name}' of {where}.{near}")
    return Refusal(f"{error.format_message().rstrip('.')}; see '{where} --help'.")


def _on_system_error(error: OSError) -> NoReturn:
    """Refuse what the system refused; a closed pipe is left to click, which ends quietly."""
    if error.errno == errno.EPIPE:
        raise error
    place = f"{error.filename}: " if error.filename else ""
    raise Refusal(f"{place}{error.strerror or error}.") from None


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from educe import __version__

        click.echo(f"educe {__version__}")
        ctx.exit()


@click.command(
    "educe", cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print the version."
)
def main() -> None:
    """Measure something, get the function.

    educe finds the constants of a known law from noisy measurements, with error bars; where no law is
    known, it learns a function that predicts.

    \b
    Example:
      educe fit sensors.csv "z = a*sin(x) + b*cos(y)"
      educe learn sensors.csv z
    """
