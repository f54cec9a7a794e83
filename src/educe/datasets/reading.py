"""The compact table in which a data set is kept: a header of ``# key: value`` lines, then plain CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.datasets.dataset import Certificate, DataSet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Header = dict[str, list[str]]


def read(path: Path) -> DataSet:
    """Read one compact table; its name is that of the file."""
    head, names, rows = _parts(path.read_text(encoding="utf-8"))
    decimals = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns = {name: np.array(texts, dtype=np.float64) for name, texts in decimals.items()}
    return DataSet(
        name=path.stem,
        title=head["title"][0],
        description=head["description"][0],
        source=head["source"][0],
        origin=head["origin"][0],
        columns=columns,
        decimals=decimals,
        meanings={name: head[f"column {name}"][0] for name in names},
        law=head["law"][0] if "law" in head else None,
        starts=tuple(_values(text) for text in head.get("start", ())),
        certificate=_certificate(head) if "certified" in head else None,
    )


def _parts(text: str) -> tuple[Header, list[str], list[list[str]]]:
    """Split the text of a table into header, column names and rows of decimal texts."""
    lines = text.splitlines()
    head: Header = {}
    table = [line for line in lines if not line.startswith("# ")]
    for line in lines[: len(lines) - len(table)]:
        key, _, value = line[2:].partition(": ")
        head.setdefault(key, []).append(value)
    return head, table[0].split(","), [line.split(",") for line in table[1:]]


def _values(text: str) -> Mapping[str, float]:
    """Read ``b1=2 b2=0.5``."""
    pairs = (item.split("=") for item in text.split())
    return {name: float(value) for name, value in pairs}


def _certificate(head: Header) -> Certificate:
    return Certificate(
        parameters=_values(head["certified"][0]),
        stderr=_values(head["stderr"][0]),
        rss=float(head["rss"][0]),
        residual_sd=float(head["residual_sd"][0]),
        dof=int(head["dof"][0]),
        difficulty=head["difficulty"][0],
    )
