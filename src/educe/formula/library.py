"""Named laws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NamedLaw:
    """A law that is called by name."""

    name: str
    text: str
    variables: tuple[str, ...]


LAWS: dict[str, NamedLaw] = {}
