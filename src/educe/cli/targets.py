"""One target of a result that may predict several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.errors import ParameterError, listing, nearest

if TYPE_CHECKING:
    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether

    Result = Fit | Learned | LearnedTogether


def of_target(result: Result, target: str | None) -> Result:
    """Return what predicts the target; all of it where none is named."""
    from educe.fitting.result import Fit

    each = (result,) if isinstance(result, Fit) else result.each
    by_target: dict[str, Fit | Learned] = {one.response: one for one in each}
    if target is None:
        return result
    if target not in by_target:
        raise ParameterError(
            f"--target '{target}' is not predicted; there is {listing(by_target)}.{nearest(target, by_target)}"
        )
    return by_target[target]


def named(result: Result) -> str | list[str]:
    """Return the name of what a result predicts, or the names of several."""
    from educe.learning.together import LearnedTogether

    return list(result.targets) if isinstance(result, LearnedTogether) else result.response
