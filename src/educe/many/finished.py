"""What is done of very many fits, kept in a folder, so that an interrupted call can go on."""

from __future__ import annotations

import contextlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from educe.engines.many import Ends
from educe.errors import FileError


@dataclass(frozen=True)
class Finished:
    """Parts of the result in a folder; None: nothing is kept. Parts of another call are refused, never mixed in."""

    folder: Path | None

    @classmethod
    def at(cls, path: str | os.PathLike[str] | None, mark: str) -> Finished:
        """Return what is kept at a path, made now if it is not there.

        mark : what tells this call from others

        Raises FileError if the folder is of another call or cannot be written.
        """
        if path is None:
            return cls(None)
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            which = folder / "call"
            if which.exists():
                if which.read_text(encoding="ascii") != mark:
                    raise FileError(
                        f"{folder}: this checkpoint is of another law, other data or other options."
                    )
            elif any(folder.iterdir()):
                raise FileError(f"{folder} is not empty and no checkpoint; give a new folder.")
            else:
                which.write_text(mark, encoding="ascii")
        except OSError as error:
            raise FileError(
                f"{folder}: the checkpoint cannot be written: {error.strerror or error}."
            ) from None
        return cls(folder)

    def read(self, first: int) -> Ends | None:
        """Return the part that begins with this data set, None if it is not done; a damaged one is done again."""
        if self.folder is None:
            return None
        damaged = contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile)
        with damaged, np.load(self._path(first), allow_pickle=False) as kept:
            return Ends(*(kept[name] for name in Ends._fields))
        return None

    def write(self, first: int, ends: Ends) -> None:
        """Keep a part: it appears when it is whole."""
        if self.folder is None:
            return
        path = self._path(first)
        unfinished = path.with_suffix(".unfinished")
        with open(unfinished, "wb") as stream:
            np.savez(stream, **ends._asdict())
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)

    def remove(self) -> None:
        """Remove the folder: all is done."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, first: int) -> Path:
        assert self.folder is not None
        return self.folder / f"{first:012d}.npz"
