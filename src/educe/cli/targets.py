"""One target of a result that may predict several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.errors import ParameterError, listing, nearest

if TYPE_CHECKING:
    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether


def of_target(result: Fit | Learned | LearnedTogether, target: str | None) -> Fit | Learned:
    """Return what predicts the target; it need be named only where there are several."""
    from educe.fitting.result import Fit

    each = (result,) if isinstance(result, Fit) else result.each
    by_target: dict[str, Fit | Learned] = {one.response: one for one in each}
    if target is None and len(by_target) == 1:
        return next(iter(by_target.values()))
    if target is None:
        raise ParameterError(f"this network predicts {listing(by_target)}; name one with --target.")
    if target not in by_target:
        raise ParameterError(
            f"--target '{target}' is not predicted; there is {listing(by_target)}.{nearest(target, by_target)}"
        )
    return by_target[target]
