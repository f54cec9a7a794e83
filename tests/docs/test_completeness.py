"""What exists is written down: names, commands and options, stopping reasons, dependencies, data sets."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import click
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "educe"
FILES = sorted(SOURCE.rglob("*.py"))


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, click.Command]]:
    from educe.cli import main

    with click.Context(main) as context:
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            assert command is not None
            yield name, command


def section(text: str, command: str) -> str:
    """Return the part of the page under the heading of the command."""
    found = re.search(rf"^## `?educe {command}`?\s*$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no heading '## educe {command}'"
    return found[1]


DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def members(owner: ast.ClassDef) -> list[ast.FunctionDef | ast.ClassDef]:
    return [node for node in owner.body if isinstance(node, DEFINITIONS)]


def is_protocol(node: ast.AST) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in node.bases)


@cache
def promised() -> frozenset[str]:
    """Return the methods that a Protocol describes; what implements them need not say it again."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in FILES)
    protocols = [node for tree in trees for node in tree.body if is_protocol(node)]
    return frozenset(method.name for protocol in protocols for method in members(protocol))


def public_without_docstring(tree: ast.Module) -> Iterator[str]:
    top = [node for node in tree.body if isinstance(node, DEFINITIONS)]
    methods = [node for owner in top if isinstance(owner, ast.ClassDef) for node in members(owner)]
    for node in top + [method for method in methods if method.name not in promised()]:
        if not node.name.startswith("_") and ast.get_docstring(node) is None:
            yield f"{node.name} (line {node.lineno})"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_every_public_name_has_a_docstring(file: Path) -> None:
    assert list(public_without_docstring(ast.parse(file.read_text(encoding="utf-8")))) == []


def test_every_command_and_option_is_described() -> None:
    text = page("cli.md")
    missing = [
        f"educe {name} {option}"
        for name, command in commands()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in parameter.opts + parameter.secondary_opts
        if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", section(text, name))
    ]
    assert missing == []


def test_no_option_is_described_that_does_not_exist() -> None:
    text = page("cli.md")
    for name, command in commands():
        real = {
            option for parameter in command.params for option in parameter.opts + parameter.secondary_opts
        }
        claimed = set(re.findall(r"`(--[a-z][\w-]*)", section(text, name)))
        assert claimed - real - {"--help"} == set(), f"educe {name}"


def test_every_dependency_is_justified_with_its_lower_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [*project["dependency-groups"].values(), *project["project"]["optional-dependencies"].values()]
    text = page("dependencies.md")
    wanted = [*project["project"]["dependencies"], *(entry for group in groups for entry in group)]
    rows = {
        tuple(cell.strip(" `") for cell in line.split("|")[1:3]) for line in text.splitlines() if "|" in line
    }
    split = (re.fullmatch(r"([\w.-]+(?:\[\w+\])?)(?:>=([\w.]+))?", entry) for entry in wanted)
    assert [found.groups("") for found in split if found and found.groups("") not in rows] == []


def test_every_stopping_reason_is_explained() -> None:
    from educe.descent.stopping import Reason as OfTraining
    from educe.least_squares.stopping import Reason

    rows = {
        line.split("|")[1].strip(" `") for line in page("theory.md").splitlines() if line.startswith("| `")
    }
    assert {reason.name for reason in (*Reason, *OfTraining)} - rows == set()


def test_every_data_set_stands_in_its_table() -> None:
    from educe import datasets

    sets = [datasets.load(name) for name in datasets.names()]
    rows = [f"| `{one.name}` | {one.n} | {one.title} | `{one.law}` |" for one in sets]
    text = page("data.md")
    assert [row for row in rows if row not in text] == []
    assert [one.name for one in sets if one.certificate is None and one.source not in text] == []


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{project['project']['version']}]" in changelog or "## [Unreleased]" in changelog
