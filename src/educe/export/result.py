"""A result in another language: the one door to all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from educe.errors import ParameterError, listing, nearest
from educe.export import c, javascript, latex, python, sheet
from educe.export.described import described
from educe.table import replacing

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from educe.export.described import WrittenLaw, WrittenNetwork
    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

TEXTS: dict[str, Callable[[WrittenLaw | WrittenNetwork], str]] = {
    "python": python.source,
    "numpy": python.numpy_source,
    "c": c.source,
    "javascript": javascript.source,
    "latex": latex.source,
    "spreadsheet": sheet.source,
}
LANGUAGES = (*TEXTS, "onnx")


def export(
    result: Fit | Learned | LearnedTogether, to: str, path: str | os.PathLike[str] | None = None
) -> str | bytes:
    """Return a result as code that predicts the same to 12 digits or more, and write it to path if one is given.

    to : python (math module alone), numpy, c (C99), javascript, latex, spreadsheet, onnx (double precision; needs
        the package onnx). A spreadsheet is text to paste into cell A1; with a path that ends in .xlsx, a workbook.

    Of several targets it is one function of all: a tuple in Python, an array in JavaScript, written to an array in C.

    Raises ParameterError for another language, FormulaError where it lacks what the law needs or the law is a
    Python function that could not be read as a formula, FileError if it cannot be written.
    """
    if to not in LANGUAGES:
        raise ParameterError(
            f"'{to}' is not a language that results are written in; there are {listing(LANGUAGES)}."
            f"{nearest(str(to), LANGUAGES)}"
        )
    written = described(result)
    content: str | bytes
    if to == "onnx":
        from educe.export import onnx_graph

        content = onnx_graph.model(written)
    elif to == "spreadsheet" and path is not None and Path(path).suffix.lower() == ".xlsx":
        content = sheet.workbook(written)
    else:
        content = TEXTS[to](written)
    if path is not None:
        with replacing(path) as stream:
            stream.write(content if isinstance(content, bytes) else content.encode("utf-8"))
    return content
