"""Commands: one file each, loaded when it is asked for. Words in, words out; no mathematics."""

from educe.cli.program import main

__all__ = ["main"]
