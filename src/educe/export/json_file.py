"""JSON files: written whole or not at all, the same bytes for the same data, read as data and nothing else."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError
from educe.table import replacing

if TYPE_CHECKING:
    import os

LARGEST = 500_000_000  # bytes


def write(path: str | os.PathLike[str], data: dict[str, Any]) -> None:
    """Write data as JSON; floats keep all their digits. FileError if the file cannot be written."""
    text = dumps(data)
    with replacing(path) as stream:
        stream.write((text + "\n").encode("utf-8"))


def dumps(data: dict[str, Any]) -> str:
    """Return data as JSON text: keys in their order, floats in the shortest form that reads back the same.

    >>> dumps({"a": 0.1})
    '{"a": 0.1}'
    """
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Return nested data with every number that is not finite as None: JSON has no word for it.

    >>> plain({"rss": np.float64(2.0), "interval": (0.5, math.inf)})
    {'rss': 2.0, 'interval': [0.5, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises FileError if it cannot be read, is too large, or is not one JSON object.
    """
    place = Path(path)
    try:
        if place.stat().st_size > LARGEST:
            raise FileError(
                f"{place.name} is larger than {LARGEST // 1_000_000} MB: not a file that educe wrote."
            )
        found = json.loads(place.read_bytes().decode("utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise FileError(f"{place}: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{place.name} is not a JSON file ({error}).") from None
    if not isinstance(found, dict):
        raise FileError(f"{place.name} holds no JSON object: not a file that educe wrote.")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")
