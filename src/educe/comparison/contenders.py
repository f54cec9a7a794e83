"""Who competes: a name, a kind and an estimator; the standard list, and laws with and without a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from educe.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from educe.fitting.plan import LawLike

KINDS = (
    "mean",
    "law",
    "linear",
    "polynomials",
    "splines",
    "network",
    "law and network",
    "Gaussian process",
    "neighbours",
    "trees",
    "added",
)
"""From plain to opaque; of two that predict as well with as many numbers, the plainer one is taken."""

TEXTBOOK = "2-3-1 sigmoid network"
NETWORK = "network"
MOST_TENSOR_INPUTS = 6


@dataclass(frozen=True, eq=False)
class Contender:
    """One way to predict a column from others.

    name : once on a board;  kind : one of KINDS
    estimator : of scikit-learn, not fitted. If it has `predict_interval(X, level)`, its intervals are judged too; if,
    once fitted, it has `parameters_`, that is the number of numbers it needed.
    note : a sentence on what is limited here, or ""
    """

    name: str
    kind: str
    estimator: Any = field(repr=False)
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a kind that is none."""
        if self.kind not in KINDS:
            raise ParameterError(
                f"the kind of {self.name} must be one of {', '.join(KINDS)}, not '{self.kind}'."
            )


def standard(inputs: int, n: int, *, seed: int = 0) -> list[Contender]:
    """Return the contenders that need no law, from the mean to the chosen network.

    inputs : number of columns to predict from;  n : rows to learn from;  seed : of those that draw

    Each chooses what it has to choose by itself, inside `fit`, on the rows it is given there.

    >>> [contender.name for contender in standard(1, 100)][:3]
    ['mean', 'linear', 'polynomials']
    """
    from sklearn.dummy import DummyRegressor

    from educe.comparison.bases import Basis
    from educe.comparison.estimators import Boosting, Forest, GaussianProcess, Neighbours
    from educe.comparison.networks import ChosenNetwork, textbook_network

    found = [
        Contender("mean", "mean", DummyRegressor()),
        Contender("linear", "linear", Basis("linear", seed=seed)),
        Contender("polynomials", "polynomials", Basis("polynomials", seed=seed)),
        Contender("additive splines", "splines", Basis("additive", seed=seed)),
        Contender("nearest neighbours", "neighbours", Neighbours(seed=seed)),
        Contender("random forest", "trees", Forest(seed=seed)),
        Contender("gradient boosting", "trees", Boosting(seed=seed)),
        Contender("Gaussian process", "Gaussian process", GaussianProcess(seed=seed), _of_process(n)),
        Contender(f"{inputs}-3-1 sigmoid network", "network", textbook_network(seed=seed)),
        Contender(NETWORK, "network", ChosenNetwork(seed=seed)),
    ]
    if 1 < inputs <= MOST_TENSOR_INPUTS:
        found.insert(4, Contender("tensor splines", "splines", Basis("tensor", seed=seed)))
    return found


def _of_process(n: int) -> str:
    from educe.comparison.estimators import MOST_PROCESS, MOST_TUNED

    if n <= MOST_TUNED:
        return ""
    return f"length scales from {MOST_TUNED} rows, conditioned on {min(n, MOST_PROCESS)}"


def of_laws(
    laws: Mapping[str, LawLike],
    columns: Sequence[str],
    target: str,
    *,
    others: Sequence[str] = (),
    seed: int = 0,
    network: bool = True,
) -> list[Contender]:
    """Return each law as a contender, and each law with a network on what it leaves.

    laws : {name: law, as for `educe.fit`};  columns : names of the inputs, in their order;  target : predicted column
    others : columns that are no inputs, which no law may use;  network : whether law and network compete together too

    Raises ParameterError, or FormulaError, for a law that does not predict the target from these inputs.
    """
    from educe.comparison.law_estimator import LawOnColumns, checked
    from educe.comparison.networks import LawAndNetwork

    found = []
    for name, law in laws.items():
        read = checked(law, tuple(columns), target, tuple(others))
        estimator = LawOnColumns(read, tuple(columns), seed=seed)
        found.append(Contender(name, "law", estimator))
        if network:
            both = LawAndNetwork(read, tuple(columns), seed=seed)
            found.append(Contender(f"{name} + network", "law and network", both))
    return found


def added(estimators: Mapping[str, Any]) -> list[Contender]:
    """Return a user's own estimators as contenders; ParameterError for what has no fit and predict."""
    for name, estimator in estimators.items():
        if isinstance(estimator, Contender):
            continue
        if isinstance(estimator, type) or not all(
            hasattr(estimator, verb) for verb in ("fit", "predict", "get_params")
        ):
            raise ParameterError(
                f"contender {name} must be a scikit-learn estimator, such as SVR(), not {estimator!r}."
            )
    return [
        estimator if isinstance(estimator, Contender) else Contender(name, "added", estimator)
        for name, estimator in estimators.items()
    ]
