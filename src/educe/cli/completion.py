"""`educe completion`: the script with which a shell completes educe's commands, options and names."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--json", is_flag=True, help="Print one JSON object that holds the script.")
def command(shell: str, *, json: bool) -> None:
    """Print the script that makes Tab complete educe.

    \b
    Example:
      educe completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    from educe.cli.output import say_json
    from educe.cli.program import main

    found = get_completion_class(shell)
    assert found is not None
    script = found(main, {}, "educe", "_EDUCE_COMPLETE").source().strip("\n")
    if json:
        say_json({"shell": shell, "script": script})
        return
    click.echo(script)
