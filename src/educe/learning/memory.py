"""Whether a training fits into memory, said before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.engines.network_rows import ROOM
from educe.errors import ParameterError
from educe.learning.choosing import HIDDEN, MOST_ROWS, PENALTIES
from educe.learning.folds import starts_for
from educe.learning.large import MANY
from educe.learning.settings import MOST_SQUARED, SMALL, usual_optimizer
from educe.learning.small import STARTS
from educe.network.architecture import Architecture
from educe.table.memory import available

if TYPE_CHECKING:
    from educe.learning.settings import Settings

NUMBER = 8.0  # bytes
LEAST_ROWS = 256  # of a block of Jacobians


def refuse_if_too_large(shape: tuple[int, ...], targets: int, settings: Settings) -> None:
    """Raise ParameterError where the training needs more memory than the machine has free.

    shape : (inputs, rows)
    """
    d, n = shape
    free = available()
    if settings.hidden is None:
        # what a choice begins with: of the larger networks it takes what its budget of operations allows
        smallest = Architecture((d, *HIDDEN[1], targets))
        need, fewer = of_squares(smallest, n, settings, penalties=len(PENALTIES[::2]))
        if need > free:
            raise ParameterError(_sentence("choosing a network", need, free, fewer))
        return
    architecture = Architecture((d, *settings.hidden, targets))
    P = architecture.parameters
    what = f"training a network of {P} parameters"
    if settings.squares and (settings.optimizer == SMALL or P <= MOST_SQUARED):
        penalties = len(PENALTIES) if settings.penalty is None else 1
        need, fewer = of_squares(architecture, n, settings, penalties=penalties)
        if P > MOST_SQUARED:
            fewer = "another optimizer, such as adam"
    else:
        rows = _batch(n, P, settings)
        need, least = of_descent(architecture, n, rows), of_descent(architecture, n, 0)
        what += f" on {rows} rows at once"
        fits = int((free - least) / (need - least) * rows)
        fewer = (
            f"adam with a batch of at most {fits} rows" if fits >= 1 else "a smaller network, or fewer rows"
        )
    if need > free:
        raise ParameterError(_sentence(what, need, free, fewer))


def of_squares(
    architecture: Architecture, n: int, settings: Settings, *, penalties: int
) -> tuple[float, str]:
    """Return the bytes that networks side by side need, and what would need fewer.

    Normal equations and their solution are four P x P matrices a network; a block of Jacobians and its weighted
    copy are at least LEAST_ROWS rows of each.
    """
    P, folds = architecture.parameters, 1 if settings.validation is not None else min(settings.folds, n)
    judged = folds * penalties * starts_for(architecture)
    trained = settings.starts or STARTS
    S = max(judged, trained)
    need = NUMBER * (S * (4.0 * P * P + min(n, MOST_ROWS)) + 3.0 * max(ROOM, S * P * LEAST_ROWS))
    return need, "fewer folds" if judged > trained else "fewer starts"


def of_descent(architecture: Architecture, n: int, rows: int) -> float:
    """Return the bytes that a training by gradients needs: the data, 20 pairs of L-BFGS, sums and values of a batch."""
    data = 2.0 * n * (architecture.layers[0] + architecture.layers[-1] + 1)
    return NUMBER * (data + 50.0 * architecture.parameters + 4.0 * rows * sum(architecture.layers))


def _batch(n: int, P: int, settings: Settings) -> int:
    """Return the rows that a gradient is taken over at once."""
    name = settings.optimizer or usual_optimizer(n, P)
    if name == "l-bfgs":
        return n
    return min(n, settings.batch or (256 if n > MANY and name.startswith("adam") else n))


def _sentence(what: str, need: float, free: float, fits: str) -> str:
    return f"{what} needs some {need / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free. What would fit: {fits}."
