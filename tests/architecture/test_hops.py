"""A reader can follow one fit: it enters few files and few functions, and does not nest deep."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np

import educe

SOURCE = str(Path(educe.__file__).parent)
UNCOUNTED = (  # the tree of a law is walked by recursion, and errors only refuse
    str(Path(educe.__file__).parent / "formula"),
    str(Path(educe.__file__).parent / "errors.py"),
)

MOST_FILES, MOST_FUNCTIONS, DEEPEST = 27, 76, 13


def entered(work: Callable[[], object]) -> tuple[set[str], set[tuple[str, str]], int]:
    """Return files and functions of educe that the work enters, but for `UNCOUNTED`, and how deep they nest."""
    functions: set[tuple[str, str]] = set()
    deepest = 0

    def of_educe(frame: FrameType | None) -> bool:
        return frame is not None and frame.f_code.co_filename.startswith(SOURCE)

    def watch(frame: FrameType, event: str, _: object) -> None:
        nonlocal deepest
        file = frame.f_code.co_filename
        comprehension = frame.f_code.co_name.endswith(
            "comp>"
        )  # a function of its own only before Python 3.12
        if event != "call" or comprehension or not of_educe(frame) or file.startswith(UNCOUNTED):
            return
        functions.add((file, frame.f_code.co_qualname))
        depth, caller = 0, frame
        while caller is not None:
            depth += of_educe(caller)
            caller = caller.f_back
        deepest = max(deepest, depth)

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return {file for file, _ in functions}, functions, deepest


def test_one_fit_can_be_followed() -> None:
    x = np.linspace(0.0, 3.0, 40)
    data = {"x": x, "y": 2.0 * np.exp(-1.3 * x) + 0.5 + 0.01 * np.cos(40.0 * x)}

    def fit() -> object:
        return educe.fit("y = a*exp(-b*x) + c", data, start={"b": 1.0}).stderr

    fit()  # what is loaded on first use is not part of the path
    files, functions, deepest = entered(fit)
    assert len(files) <= MOST_FILES, sorted(files)
    assert len(functions) <= MOST_FUNCTIONS, sorted(functions)
    assert deepest <= DEEPEST
