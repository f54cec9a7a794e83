"""Files that are whole or not there: written beside the target, then moved onto it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from educe.errors import FileError


def write(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that it is never seen half-written, not even after a power cut or a full disk.

    Raises FileError, and leaves what was there before, if it cannot be written.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:60]}.")
    except OSError as error:
        raise FileError(f"{target}: cannot be written ({error.strerror or error}).") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(_permissions(target))
        os.replace(name, target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise FileError(f"{target}: cannot be written ({error.strerror or error}).") from error


def _permissions(target: Path) -> int:
    """Return the permissions of the file that is replaced, or those of any new file."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
