"""Lines of a text, and the cells that they are cut into."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from educe.errors import FileError

WHITESPACE = " "  # as a separator: runs of blanks and tabs
_COMMENT = re.compile(r"\s*(?:#|%|//|!)")
_QUOTED = 20  # lines that one quoted text may go over


@dataclass(frozen=True)
class Line:
    """One line of a text; `number` counts from 0."""

    number: int
    text: str


def is_comment(line: str) -> bool:
    """Whether a line is a comment: it begins with #, %, // or !."""
    return _COMMENT.match(line) is not None


def uncommented(line: str) -> str:
    """Return what a comment says.

    >>> uncommented("# t  U")
    't  U'
    """
    return _COMMENT.sub("", line, count=1).strip()


def first_lines(text: str, limit: int, *, whole: bool) -> list[Line]:
    """Return those of the first `limit` lines that are not blank; a quoted text may go over line ends.

    whole : bool -- the text is whole; otherwise its last line may be cut and is not returned
    """
    texts = text.split("\n", limit)
    if not whole or len(texts) > limit:
        texts.pop()
    lines: list[Line] = []
    at = 0
    while at < len(texts):
        joined, last = texts[at], at
        while joined.count('"') % 2 and last + 1 < min(len(texts), at + _QUOTED):
            last += 1
            joined += "\n" + texts[last]
        if joined.count('"') % 2:  # a quotation mark that quotes nothing, as of inches
            joined, last = texts[at], at
        if joined.strip():
            lines.append(Line(at, joined))
        at = last + 1
    return lines


def cut(line: str, separator: str) -> list[str]:
    """Return the cells of one line."""
    if separator == WHITESPACE:
        return [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)] if '"' in line else line.split()
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader(line.split("\n"), delimiter=separator, skipinitialspace=True), [])
    except csv.Error as error:
        raise FileError(f"a line cannot be cut into fields: {error}.") from None
