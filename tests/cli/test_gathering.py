"""Records of options: what a command takes as one is what the Python side calls the same."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click
import pytest
from tests.cli.conftest import Run

import educe
from educe.cli import compare, fit
from educe.cli.gathering import gathered
from educe.cli.output import Outputs


@pytest.mark.parametrize(
    ("record", "function"), [(fit.Asked, educe.fit), (compare.Asked, educe.compare)], ids=["fit", "compare"]
)
def test_a_record_holds_arguments_of_the_function(record: type[Any], function: Callable[..., Any]) -> None:
    assert {field.name for field in fields(record)} <= inspect.signature(function).parameters.keys()


@pytest.mark.parametrize(
    ("command", "words", "function"),
    [(fit.command, ["f.csv", "y = a*x"], educe.fit), (compare.command, ["f.csv", "y"], educe.compare)],
    ids=["fit", "compare"],
)
def test_defaults_are_those_of_python(
    command: click.Command, words: list[str], function: Callable[..., Any]
) -> None:
    python = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    given = click.Context(command)
    command.parse_args(given, words)
    shared = [
        name for name in given.params if python.get(name, inspect.Parameter.empty) != inspect.Parameter.empty
    ]
    assert len(shared) > 9
    assert {name: given.params[name] or None for name in shared} == {
        name: python[name] or None for name in shared
    }


def test_an_option_goes_to_the_record_and_the_others_to_the_command() -> None:
    @gathered("outputs", Outputs)
    def command(file: str, outputs: Outputs) -> tuple[str, Outputs]:
        return file, outputs

    assert command(file="x.csv", json=True) == ("x.csv", Outputs(json=True))
    with pytest.raises(TypeError, match="jsn"):
        command(file="x.csv", jsn=True)


@pytest.mark.parametrize(
    "words", [("--level", "0.9"), ("--errors", "sandwich"), ("--derive", "t = 1/k"), ("--no-search",)]
)
def test_what_very_many_fits_do_not_understand_is_refused(run: Run, words: tuple[str, ...]) -> None:
    done = run("fit", "decay.csv", "y = a*exp(-k*t)", "--by", "t", *words)
    assert done.exit_code == 2
    assert f"{words[0]} and --by do not go together" in done.stderr


def test_one_sigma_for_all_of_very_many_fits_is_refused(run: Run) -> None:
    done = run("fit", "decay.csv", "y = a*exp(-k*t)", "--by", "t", "--sigma", "0.1")
    assert done.exit_code == 2
    assert "--sigma 0.1: with --by it is a column" in done.stderr
