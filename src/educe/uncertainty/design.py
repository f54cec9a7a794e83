"""Where to measure next: the rows whose Jacobian shrinks the errors most, from a list of candidates.

With C = (J'J)^-1 of the rows there are, one more row a changes what is minimised by

    D:  log det C          ->  - log(1 + a'Ca)
    A:  sum_j C_jj / C0_jj ->  - sum_j (Ca)_j^2 / C0_jj / (1 + a'Ca)
    c:  g'Cg               ->  - (g'Ca)^2 / (1 + a'Ca)

so candidates are judged at once, without a factorisation. The best is taken, then the next; then each is exchanged for
a better one until there is none. A candidate may be taken several times: a repeated measurement.

Sources: Fedorov (1972), section 3.1, and Mitchell (1974) for the exchange; Box and Lucas (1959) for nonlinear laws.
"""

from __future__ import annotations

import numpy as np

from educe.uncertainty.inverse_root import Floats, scaled_triangle

CRITERIA = ("D", "A", "c")
FAINT = 1e-5  # stands for what the rows tell about a direction that they leave open: of the largest singular value
UNDETERMINED = 1e-9  # of the largest singular value, columns scaled: below it the rows tell nothing
TOLD = (
    1e-6  # share of a row, its columns scaled, that must lie in an open direction to tell anything about it
)
ROUNDS, STARTS = 50, 6
GAIN = 1e-9  # relative improvement below which an exchange is none


class Information:
    """What rows say about the parameters, and how much more others would.

    R : (p + 1, p + 1), the triangle of the rows there are
    criterion : "D", "A" or "c";  direction : (p,), gradient of the quantity of "c" in the parameters, else None
    candidates : (m, p), weighted rows that might be added: what neither they nor the rows tell is left aside
    """

    def __init__(
        self, R: Floats, criterion: str, direction: Floats | None = None, *, candidates: Floats | None = None
    ) -> None:
        lengths, T = scaled_triangle(R)
        _, sizes, axes = np.linalg.svd(T)
        self.lengths, self.criterion = lengths, criterion
        known = sizes > UNDETERMINED * sizes.max(initial=0.0)
        if not known.all() and (candidates is None or _tells(candidates / lengths, axes[~known])):
            sizes, known = (
                np.maximum(sizes, FAINT * (sizes.max(initial=0.0) or 1.0)),
                np.full(len(sizes), True),
            )
        self.basis = axes[known].T  # what no row tells stays out
        self.start = (self.basis / np.square(sizes[known])) @ self.basis.T
        if direction is not None:
            scaled = direction / lengths
            self.weights = np.outer(scaled, scaled)
        else:
            self.weights = np.diag(1.0 / np.diag(self.start))

    def value(self, C: Floats) -> float:
        """Return what is minimised: log det C, or the weighted sum of variances."""
        if self.criterion == "D":
            return float(np.linalg.slogdet(self.basis.T @ C @ self.basis)[1])
        return float(np.einsum("ij,ji->", self.weights, C))

    def gains(self, C: Floats, A: Floats) -> Floats:
        """Return by how much each candidate, (m, p) scaled rows, would lower it, (m,); 0 where that is no number."""
        with np.errstate(all="ignore"):
            CA = A @ C
            one = 1.0 + np.einsum("ij,ij->i", CA, A)
            if self.criterion == "D":
                found: Floats = np.log(one)
            else:
                found = np.einsum("ij,jk,ik->i", CA, self.weights, CA) / one
        found[~np.isfinite(found)] = 0.0
        return found

    def with_rows(self, A: Floats) -> Floats:
        """Return C after adding scaled rows, (k, p)."""
        C: Floats = self.start
        for a in A:
            Ca: Floats = C @ a
            C = C - np.outer(Ca, Ca) / (1.0 + float(a @ Ca))
        return C


def _tells(A: Floats, null: Floats) -> bool:
    """Tell whether scaled rows say anything about directions, (k, p)."""
    size = np.sqrt(np.square(A).sum(axis=1)).max(initial=0.0)
    return bool(np.abs(A @ null.T).max(initial=0.0) > TOLD * size)


def best_rows(information: Information, candidates: Floats, count: int, *, seed: int = 0) -> list[int]:
    """Return the candidates whose rows lower the criterion most, as places; one may come several times.

    candidates : (m, p) weighted rows of the Jacobian;  count : rows to choose;  seed : of the random starts

    Greedy choice, then exchange, from it and from random choices; the best end is returned.

    >>> line = np.column_stack([np.linspace(-1, 1, 21), np.ones(21)])
    >>> R = np.linalg.qr(np.column_stack([line[5:16], np.zeros(11)]), mode="r")
    >>> sorted(best_rows(Information(R, "c", np.array([1.0, 0.0])), line, 2))
    [0, 20]
    """
    A = candidates / information.lengths
    rng = np.random.default_rng(seed)
    starts: list[list[int]] = [[]]
    starts += [rng.integers(len(A), size=count).tolist() for _ in range(STARTS if count > 1 else 0)]
    ends = [_exchanged(information, A, _filled(information, A, start, count)) for start in starts]
    return sorted(min(ends, key=lambda chosen: information.value(information.with_rows(A[np.array(chosen)]))))


def _filled(information: Information, A: Floats, chosen: list[int], count: int) -> list[int]:
    """Return the choice with the best candidates added one by one."""
    found = [*chosen]
    while len(found) < count:
        found.append(
            int(np.argmax(information.gains(information.with_rows(A[np.array(found, dtype=np.intp)]), A)))
        )
    return found


def _exchanged(information: Information, A: Floats, chosen: list[int]) -> list[int]:
    """Return the choice after every exchange that lowers the criterion."""
    for _ in range(ROUNDS):
        changed = False
        for k in range(len(chosen)):
            others = chosen[:k] + chosen[k + 1 :]
            gains = information.gains(information.with_rows(A[np.array(others, dtype=np.intp)]), A)
            best = int(np.argmax(gains))
            if gains[best] > gains[chosen[k]] * (1.0 + GAIN):
                chosen = [*others[:k], best, *others[k:]]
                changed = True
        if not changed:
            break
    return chosen
