"""Checkpoints of a long training: JSON, replaced whole, so that a kill at any moment leaves the one before."""

from __future__ import annotations

import hashlib
import math
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.descent.training import State
from educe.errors import FileError
from educe.export.json_file import read, write

if TYPE_CHECKING:
    import os

FORMAT = "educe training"
VERSION = 1

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Progress:
    """Starts that are done, and where the current one stands."""

    finished: tuple[State, ...] = field(default=())
    current: State | None = None


def fingerprint(arrays: tuple[Array, ...], settings: object) -> str:
    """Return a hash of data and settings: a checkpoint continues this training and no other."""
    digest = hashlib.sha256(repr(settings).encode())
    for array in arrays:
        digest.update(repr(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def write_checkpoint(path: str | os.PathLike[str], mark: str, content: dict[str, Any]) -> None:
    """Write a checkpoint in the place of the last one."""
    write(path, {"format": FORMAT, "version": VERSION, "training": mark, **content})


def open_checkpoint(path: str | os.PathLike[str], mark: str) -> dict[str, Any] | None:
    """Return what a checkpoint holds, None if there is no such file.

    Raises FileError if it is no checkpoint, or belongs to other data or settings.
    """
    if not Path(path).exists():
        return None
    found = read(path)
    if found.get("format") != FORMAT or found.get("version") != VERSION:
        raise FileError(f"{path} is not a checkpoint that this version of educe wrote.")
    if found.get("training") != mark:
        raise FileError(
            f"{path} is the checkpoint of another network, other options or other data; give another file."
        )
    return found


def packed(array: Array | NDArray[np.intp]) -> dict[str, Any]:
    """Return an array as JSON holds it: its bits, so that it comes back the same.

    >>> unpacked(packed(np.array([[0.1, np.inf]])))
    array([[0.1, inf]])
    """
    kind = "i8" if array.dtype.kind == "i" else "f8"
    data = np.ascontiguousarray(array, dtype=f"<{kind}").tobytes()
    return {"kind": kind, "shape": list(array.shape), "data": b64encode(data).decode()}


def unpacked(item: dict[str, Any]) -> NDArray[Any]:
    """Return the array; ValueError, TypeError or KeyError where the parts do not fit."""
    if item["kind"] not in ("i8", "f8"):
        raise ValueError(f"numbers of kind {item['kind']!r} are unknown")
    flat = np.frombuffer(b64decode(item["data"], validate=True), dtype=f"<{item['kind']}")
    return flat.reshape([int(width) for width in item["shape"]]).copy()


def save(path: str | os.PathLike[str], progress: Progress, mark: str) -> None:
    """Write the checkpoint of a training by epochs."""
    states = [_plain(state) for state in progress.finished]
    current = None if progress.current is None else _plain(progress.current)
    write_checkpoint(path, mark, {"finished": states, "current": current})


def take_up(path: str | os.PathLike[str], mark: str) -> Progress:
    """Return the progress that a checkpoint holds; none if there is no such file.

    Raises FileError if it is no checkpoint, is damaged, or belongs to other data or settings.
    """
    found = open_checkpoint(path, mark)
    if found is None:
        return Progress()
    try:
        current = None if found["current"] is None else _state(found["current"])
        return Progress(tuple(_state(item) for item in found["finished"]), current)
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path} is damaged: {error!s}.") from None


def _plain(state: State) -> dict[str, Any]:
    return {
        "epoch": state.epoch,
        "theta": state.theta.tolist(),
        "memory": [{"shape": list(m.shape), "values": m.ravel().tolist()} for m in state.memory],
        "factor": state.factor,
        "best": state.best.tolist(),
        "best_loss": state.best_loss if math.isfinite(state.best_loss) else None,
        "best_epoch": state.best_epoch,
        "losses": list(state.losses),
        "checks": [list(check) for check in state.checks],
        "notes": list(state.notes),
    }


def _state(item: dict[str, Any]) -> State:
    return State(
        int(item["epoch"]),
        np.array(item["theta"], dtype=np.float64),
        tuple(np.array(m["values"], dtype=np.float64).reshape(m["shape"]) for m in item["memory"]),
        float(item["factor"]),
        np.array(item["best"], dtype=np.float64),
        math.inf if item["best_loss"] is None else float(item["best_loss"]),
        int(item["best_epoch"]),
        tuple(float(loss) for loss in item["losses"]),
        tuple((int(epoch), float(level)) for epoch, level in item["checks"]),
        tuple(str(note) for note in item["notes"]),
    )
