"""What the data cannot tell apart, in words: "only a*b is determined, not a and b separately".

The null space of the Jacobian holds the directions in which the parameters may move without changing the
law at any row. What stays the same along them is determined. Where the parameters of such a group enter as
a product, that invariant has whole-number coefficients in log |theta|; where they enter as a sum, in theta
itself; in a*exp(b), in log |a| and b. So whole numbers are looked for in each of these coordinates.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import ParameterError
from educe.uncertainty.inverse_root import RANK_TOLERANCE, Floats, InverseRoot, inverse_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINKED = 1e-6  # correlation within the null space above which two parameters belong together
_WHOLE = 1e-6  # how near a coefficient must be to a whole number
_LARGEST = 6  # largest whole number believed
_MIXED = 4  # parameters in a group up to which forms such as a*exp(b) are tried


@dataclass(frozen=True)
class Combination:
    """Parameters that the data cannot tell apart.

    names : those parameters
    determined : what the data do tell about them, as expressions; empty where they tell nothing, or where
        it has no simple form
    directions : changes of the parameters, in their units, that leave the law the same (each of length 1)
    words : the same as a sentence
    ambiguous : another form fits as well at this theta (at a = b = 1, a*b and a + b look the same); ask
        again at another theta to tell
    """

    names: tuple[str, ...]
    determined: tuple[str, ...]
    directions: tuple[tuple[float, ...], ...]
    words: str
    ambiguous: bool = False

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class _Form:
    """One way to write what is determined. cost: how complicated it is."""

    expressions: tuple[str, ...]
    cost: int


def undetermined(
    R: Floats, names: Sequence[str], theta: Floats, *, tolerance: float = RANK_TOLERANCE
) -> list[Combination]:
    """Name the parameters that the data cannot determine, each group with what is determined about it.

    R : (p + 1, p + 1) -- triangle of [J | r]
    names : p names
    theta : (p,) float -- the parameters at which R was computed
    tolerance : float, 0 < tolerance < 1 -- relative singular value below which a direction counts as
        without effect; larger (1e-6, say) also names what is only nearly undetermined

    Returns one Combination per group, in order of the parameters; empty for a fit of full rank.

    Raises ParameterError if the numbers of names and values differ from p or the tolerance is outside its
    range, FitError if R holds values that are not finite.

    >>> x = np.linspace(1, 2, 20); a, b = 3.0, 0.7
    >>> R = np.linalg.qr(np.column_stack([b * x, a * x, x**2]), mode="r")  # a*b*x, residuals x**2
    >>> print(*undetermined(R, ["a", "b"], np.array([a, b])))
    only a*b is determined, not a and b separately
    """
    p = len(R) - 1
    if not len(names) == len(theta) == p:
        raise ParameterError(
            f"The triangle has {p} parameters, but {len(names)} names and {len(theta)} values are given."
        )
    if not 0 < tolerance < 1:
        raise ParameterError(f"The rank tolerance must lie between 0 and 1, not {tolerance}.")
    factor = inverse_root(R, tolerance)
    slack = max(_WHOLE, 10 * tolerance)
    return [_describe(group, factor, names, theta, slack) for group in _groups(factor)]


def _groups(factor: InverseRoot) -> list[list[int]]:
    """Split the undetermined parameters into groups that share no direction."""
    projector = factor.null @ factor.null.T  # (p, p)
    size = np.sqrt(np.diagonal(projector))
    waiting = list(np.flatnonzero(factor.undetermined()))
    groups = []
    while waiting:
        group = [waiting.pop(0)]
        for member in group:  # grows while it is walked
            linked = [i for i in waiting if abs(projector[member, i]) > _LINKED * size[member] * size[i]]
            waiting = [i for i in waiting if i not in linked]
            group += linked
        groups.append(sorted(int(i) for i in group))
    return groups


def _describe(
    group: list[int], factor: InverseRoot, names: Sequence[str], theta: Floats, slack: float
) -> Combination:
    own = tuple(names[i] for i in group)
    lengths = factor.lengths[group]
    # Singular vectors of the group's rows of the null space: first those that span it, then the others.
    basis, sizes, _ = np.linalg.svd(factor.null[group])
    k = int(np.count_nonzero(sizes > 0.5))
    moves = basis[:, :k].T / lengths  # (k, g)
    moves /= np.linalg.norm(moves, axis=1)[:, None]
    directions = tuple(tuple(float(value) for value in move) for move in moves)
    if k == len(group):
        return Combination(own, (), directions, f"{own[0]} has no effect on the data")
    invariants = _reduced(basis[:, k:].T)  # (g - k, g), in scaled parameters
    forms = sorted(_forms(invariants * lengths, own, theta[group], slack), key=lambda form: form.cost)
    if not forms:
        return Combination(own, (), directions, _general(own, moves))
    tied = [form for form in forms if form.cost == forms[0].cost]
    shown = " or ".join(_listed(form.expressions) for form in tied)
    note = " (the same at these values)" if len(tied) > 1 else ""
    verb = "are" if len(tied[0].expressions) > 1 else "is"
    words = f"only {shown}{note} {verb} determined, not {_listed(own)} separately"
    return Combination(own, tied[0].expressions, directions, words, ambiguous=len(forms) > 1)


def _reduced(rows: Floats) -> Floats:
    """Return the reduced row echelon form: the sparsest basis that reads from left to right."""
    rows = rows.copy()
    done = 0
    for column in range(rows.shape[1]):
        if done == len(rows):
            break
        pivot = done + int(np.argmax(np.abs(rows[done:, column])))
        if abs(rows[pivot, column]) < _LINKED:
            continue
        rows[[done, pivot]] = rows[[pivot, done]]
        rows[done] /= rows[done, column]
        others = np.arange(len(rows)) != done
        rows[others] -= np.outer(rows[others, column], rows[done])
        done += 1
    rows[np.abs(rows) < _LINKED] = 0.0
    return rows


def _forms(invariants: Floats, names: tuple[str, ...], theta: Floats, slack: float) -> Iterator[_Form]:
    """Yield the forms with whole-number coefficients: products and sums first, mixed ones only if neither
    fits.

    invariants : (m, g) -- gradients, in theta, of what is determined
    """
    g = len(names)
    pure = [(True,) * g, (False,) * g]
    mixed = [c for c in itertools.product([True, False], repeat=g) if c not in pure] if g <= _MIXED else []
    for choices in (pure, mixed):
        found = [_form(invariants, names, theta, logs, slack) for logs in choices]
        yield from (form for form in found if form)
        if any(found):
            return


def _form(
    invariants: Floats, names: tuple[str, ...], theta: Floats, logs: tuple[bool, ...], slack: float
) -> _Form | None:
    """Write the invariants with the logarithms of the chosen parameters, or return None."""
    coordinates = invariants * np.where(logs, theta, 1.0)  # d/d log|theta| = theta d/d theta
    expressions, cost = [], 0
    for row in coordinates:
        whole = _whole(row, slack)
        if whole is None or np.count_nonzero(whole) != np.count_nonzero(row):
            return None
        powers = {n: c for n, c, log in zip(names, whole, logs, strict=True) if log and c}
        terms = {n: c for n, c, log in zip(names, whole, logs, strict=True) if not log and c}
        expressions.append(_expression(powers, terms))
        cost += sum(abs(c) for c in whole)
    return _Form(tuple(expressions), cost)


def _whole(row: Floats, slack: float) -> list[int] | None:
    """Return the row as small whole numbers without common divisor, the first positive, or None."""
    used = row[row != 0]
    if not used.size or not np.isfinite(used).all():
        return None
    smallest = used[np.argmin(np.abs(used))]
    for factor in range(1, _LARGEST + 1):
        scaled = row / smallest * factor
        whole = np.round(scaled)
        if np.abs(whole).max() <= _LARGEST and np.abs(scaled - whole).max() <= slack * factor:
            sign = 1 if whole[np.flatnonzero(whole)[0]] > 0 else -1
            return [sign * int(value) for value in whole]
    return None


def _expression(powers: dict[str, int], terms: dict[str, int]) -> str:
    if not powers:
        return _sum(terms)
    if not terms:
        return _product(powers)
    if next(iter(powers.values())) < 0:
        powers, terms = ({n: -c for n, c in part.items()} for part in (powers, terms))
    return f"{_product(powers)}*exp({_sum(terms)})"


def _product(powers: dict[str, int]) -> str:
    above = [n if c == 1 else f"{n}**{c}" for n, c in powers.items() if c > 0]
    below = [n if c == -1 else f"{n}**{-c}" for n, c in powers.items() if c < 0]
    bottom = f"/({'*'.join(below)})" if len(below) > 1 else "".join(f"/{n}" for n in below)
    return ("*".join(above) or "1") + bottom


def _sum(terms: dict[str, float] | dict[str, int]) -> str:
    """Write terms with their signs, such as a - 2*b."""
    text = ""
    for name, c in terms.items():
        size = name if math.isclose(abs(c), 1, rel_tol=1e-3) else f"{abs(c):.3g}*{name}"
        text += (" - " if c < 0 else " + ") + size if text else ("-" if c < 0 else "") + size
    return text


def _general(names: tuple[str, ...], moves: Floats) -> str:
    if len(moves) > 1:
        count = len(names) - len(moves)
        return f"{_listed(names)} cannot be told apart: the data determine {count} of their combinations"
    move = moves[0] * np.sign(moves[0][0])
    return (
        f"the combination {_sum(dict(zip(names, move.tolist(), strict=True)))} is undetermined: "
        f"{_listed(names)} can move together in this ratio without changing the law"
    )


def _listed(words: Sequence[str]) -> str:
    """Join words as in "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
