"""Text of compiled code for one step of Levenberg-Marquardt in every lane, written out for the number of parameters.

A is [J | r]'[J | r] with its entries in variables a0_0, a0_1, ...; r is its last column. Steps come from Cholesky's
factor of A as long as that keeps some ten digits. Sources: Marquardt (1963); Golub and Van Loan (2013), section 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ENOUGH = 1e-6  # share of a squared length that must be left: the triangle then has 10 digits
FAINT = 1e-28  # share of the squares of the largest term that a term must have to be more than rounding

ROWS = ("cost", "damping", "growth", "promised", "last", "fresh", "turn", "deviance", "end", "left", "best")
"""What is kept of each fit beside its parameters, in this order."""


def entries(q: int) -> list[tuple[int, int]]:
    """Return the places of the upper triangle of a matrix of q columns, row by row."""
    return [(i, j) for i in range(q) for j in range(i, q)]


def entry(i: int, j: int) -> str:
    """Return the variable that holds an entry of A."""
    return f"a{min(i, j)}_{max(i, j)}"


def _sum(terms: Iterable[str]) -> str:
    return "".join(f" - {term}" for term in terms)


def factored(p: int, right: int | None, diagonal: Sequence[str], *, held: bool = False) -> list[str]:
    """Return lines for Cholesky's factor of the leading p rows of A: u, its inverse diagonal i, and a mask `fine`.

    right : column to which the factor's inverse is applied as well, or None
    diagonal : text of the entries of the diagonal;  held : whether masks h of parameters are to be left out
    """
    lines = []
    columns = [*range(p), *([] if right is None else [right])]
    for k in range(p):
        lines.append(f"w = {diagonal[k]}")
        if held:
            lines.append(f"w = choose(h{k}, 1.0, w)")
        lines.append(f"d = w{_sum(f'u{i}_{k}*u{i}_{k}' for i in range(k))}")
        test = f"d > {ENOUGH!r}*w"
        lines.append(f"fine = {test}" if k == 0 else f"fine = fine & ({test})")
        lines.append(f"i{k} = 1.0/sqrt(d)")
        for j in columns[k + 1 :]:
            value = entry(k, j)
            if held:
                mask = f"h{k}" if j >= p else f"h{k} | h{j}"
                value = f"choose({mask}, 0.0, {value})"
            lines.append(f"u{k}_{j} = ({value}{_sum(f'u{i}_{k}*u{i}_{j}' for i in range(k))})*i{k}")
    return lines


def solved(p: int, right: int, name: str) -> list[str]:
    """Return lines for the solution by back substitution, in variables of that name."""
    return [
        f"{name}{i} = (u{i}_{right}{_sum(f'u{i}_{j}*{name}{j}' for j in range(i + 1, p))})*i{i}"
        for i in range(p - 1, -1, -1)
    ]


def linear_solved(p: int, linear: int, factors: Sequence[int | None] | None, *, bounded: bool) -> list[str]:
    """Return lines that move the leading linear parameters m to their best for the others.

    factors : for each other parameter the linear one that its derivatives are proportional to, or None for none; then
        A follows, exactly. None: A cannot follow, and the law is to be evaluated again.

    Sets: `value`, lowered;  `look`, the mask of fits to be evaluated again before anything is decided.
    """
    r = p
    lines = [*factored(linear, r, [entry(k, k) for k in range(linear)]), *solved(linear, r, "d")]
    lines.append("good = fine & (value < math.inf)")
    for k in range(linear):
        lines.append(f"n{k} = m{k} + d{k}")
        if bounded:
            lines.append(f"good = good & (n{k} >= lower[{k}]) & (n{k} <= upper[{k}])")
    if factors is None:
        lines.append("look = good & fresh")
        lines.append("good = good & (fresh | looking)")
        for k in range(linear):
            lines.append(f"value = choose(good, value - d{k}*{entry(k, r)}, value)")
            lines.append(f"m{k} = choose(good, n{k}, m{k})")
        return lines
    used = sorted({k for k in factors if k is not None})
    zero = " | ".join(f"(m{k} == 0.0)" for k in used) or "fresh & ~fresh"
    lines += [f"zero = {zero}", "whole = value"]
    lines.append(f"lowered = whole{_sum(f'd{k}*{entry(k, r)}' for k in range(linear))}")
    lines.append("much = ~(lowered > 1e-6*whole)")  # too much to subtract: the rest would be rounding
    lines += ["look = good & fresh & (zero | much)", "good = look | (good & ~zero & ~much)"]
    lines += [f"d{k} = choose(good, d{k}, 0.0)" for k in range(linear)]
    lines += [f"f{k} = choose(good & ~zero, n{k}/m{k}, 1.0)" for k in used]
    lines += [f"m{k} = choose(good, n{k}, m{k})" for k in range(linear)]
    lines += [f"b{k} = {entry(k, r)}" for k in range(linear)]
    for i in range(p):
        lines.append(f"{entry(i, r)} = {entry(i, r)}{_sum(f'd{k}*{entry(i, k)}' for k in range(linear))}")
    lines.append(f"value = value{_sum(f'd{k}*(b{k} + {entry(k, r)})' for k in range(linear))}")
    scale = [None] * linear + [None if k is None else f"f{k}" for k in factors]
    for i, j in entries(p + 1):
        both = [s for s in ((*scale, None)[i], (*scale, None)[j]) if s]
        if both:
            lines.append(f"{entry(i, j)} = {'*'.join([entry(i, j), *both])}")
    return lines


_DECIDED = """\
settled = ~(looking | look)
cost, promised = load(M, {cost}), load(M, {promised})
damping, growth = load(M, {damping}), load(M, {growth})
first = cost == math.inf
accept = settled & (value < cost)
gain = choose(promised > 0.0, (cost - value)/promised, 1.0)
turned = 2.0*gain - 1.0
shrunk = 1.0 - turned*turned*turned
shrunk = choose(gain > 0.9, 0.03, choose(shrunk > 1.0/3.0, shrunk, 1.0/3.0))
damping = choose(accept, choose(first, damping, damping*shrunk), choose(settled, damping*growth, damping))
growth = choose(accept, 2.0, choose(settled, 2.0*growth, growth))
cost = choose(accept, value, cost)"""

_ENDED = """\
promised = promised + damping*extra
turn = load(M, {turn})
done = promised <= tolerance*cost
taken = done & ~clipped
end = spread(0.0)
end = choose(turn >= most, {limit}, end)
end = choose(done, {converged}, end)
end = choose(damping > 1e14, {stuck}, end)
end = choose(~fine, {lost}, end)
end = choose((load(M, {last}) > 0.0), {converged}, end)
end = choose(faint & (end == {converged}), {undetermined}, end)
end = choose(first & ~accept, {not_finite}, end)
taken = taken & settled & (end == {converged}) & ~(load(M, {last}) > 0.0)
left = choose(taken, cost - promised, cost)
store(M, {cost}, choose(left > 0.0, left, choose(taken, 0.0, cost)))
store(M, {damping}, damping)
store(M, {growth}, growth)
store(M, {promised}, promised)
store(M, {last}, choose(settled & small, 1.0, 0.0))
store(M, {turn}, choose(settled, turn + 1.0, turn))
store(M, {end}, choose(settled, end, 0.0))
store(M, {fresh}, spread(0.0))"""


def settling(
    p: int,
    linear: int,
    factors: Sequence[int | None] | None,
    codes: dict[str, int],
    *,
    bounded: bool,
    poisson: bool,
    exact: bool,
    width: int,
) -> list[str]:
    """Return the lines that follow an evaluation at `moved`, whose products are in T: accept it or not, and step on.

    linear, factors : see `linear_solved`;  codes : statuses, by name, each plus 1
    bounded : whether a parameter has a bound;  poisson : whether the cost is a deviance, in M;  width : of lanes
    exact : T holds the triangle of [J | r] instead, and `reflected` gives the step
    """
    q = p + 1
    rows = {name: f"{k * width}" for k, name in enumerate(ROWS)}
    words = rows | {name: repr(float(code)) for name, code in codes.items()}
    lines = [f"m{k} = load(moved, {k * width})" for k in range(p)]
    lines += [f"a{i}_{j} = load(T, {place * width})" for place, (i, j) in enumerate(entries(q))]
    squares = " + ".join(f"{entry(i, p)}*{entry(i, p)}" for i in range(q)) if exact else entry(p, p)
    lines.append(f"value = load(M, {rows['deviance']})" if poisson else f"value = {squares}")
    lines.append(f"looking = load(M, {rows['left']}) > 0.0")
    lines.append(f"fresh = (load(M, {rows['fresh']}) > 0.0) & ~looking")
    if linear and not poisson and not exact:
        lines += linear_solved(p, linear, factors, bounded=bounded)
    else:
        lines.append("look = looking & ~looking")
    lines += _chosen(p, rows, width)
    lines += _DECIDED.format(**words).splitlines()
    lines += [
        f"a{i}_{j} = choose(accept, a{i}_{j}, load(S, {place * width}))"
        for place, (i, j) in enumerate(entries(q))
    ]
    lines += [f"store(S, {place * width}, a{i}_{j})" for place, (i, j) in enumerate(entries(q))]
    lines += [f"c{k} = choose(accept, m{k}, load(here, {k * width}))" for k in range(p)]
    if bounded:
        lines += held_masks(p, exact=exact)
        lines += [f"store(H, {k * width}, choose(h{k}, 1.0, 0.0))" for k in range(p)]
    lines += _reflected(p, bounded=bounded) if exact else _normal_step(p, bounded=bounded)
    lines += _moved(p, bounded=bounded)
    lines += _faint(linear, factors, exact=exact)
    lines += _ENDED.format(**words).splitlines()
    lines += [f"store(here, {k * width}, choose(taken, t{k}, c{k}))" for k in range(p)]
    lines += [f"store(moved, {k * width}, choose(settled, t{k}, m{k}))" for k in range(p)]
    return lines


def held_masks(p: int, *, exact: bool) -> list[str]:
    """Return lines for masks h: a parameter c at its bound is held if the cost falls outwards."""
    lines = []
    for k in range(p):
        slope = " + ".join(f"{entry(m, k)}*{entry(m, p)}" for m in range(k + 1)) if exact else entry(k, p)
        lines.append(f"slope = {slope}")
        below = f"(c{k} <= lower[{k}]) & (slope <= 0.0)"
        lines.append(f"h{k} = ({below}) | ((c{k} >= upper[{k}]) & (slope >= 0.0))")
    return lines


def _normal_step(p: int, *, bounded: bool) -> list[str]:
    """Return lines for the step s and the fall of the cost that the damped model promises, in two parts."""
    lines = factored(p, p, [f"{entry(k, k)}*(1.0 + damping)" for k in range(p)], held=bounded)
    lines += solved(p, p, "s")
    lines.append(f"promised = {' + '.join(f'u{i}_{p}*u{i}_{p}' for i in range(p))}")
    lines.append(f"extra = {' + '.join(f'{entry(i, i)}*s{i}*s{i}' for i in range(p))}")
    return lines


def _reflected(p: int, *, bounded: bool) -> list[str]:
    """Return lines for the same from the triangle."""
    triangle = ", ".join(entry(i, j) for i, j in entries(p + 1))
    held = ", ".join(f"h{k}" for k in range(p)) if bounded else ""
    steps = ", ".join(f"s{k}" for k in range(p))
    return [f"{steps}, promised, fine = reflected([{triangle}], damping, [{held}])", "extra = 0.0"]


def _chosen(p: int, rows: dict[str, str], width: int) -> list[str]:
    """Return lines that keep the best of the starts."""
    lines = [f"best = load(M, {rows['best']})", "better = looking & (value < best)"]
    lines.append(f"store(M, {rows['best']}, choose(better, value, best))")
    lines.append(f"store(M, {rows['left']}, load(M, {rows['left']}) - choose(looking, 1.0, 0.0))")
    lines += [f"store(kept, {k * width}, choose(better, m{k}, load(kept, {k * width})))" for k in range(p)]
    return lines


def _faint(linear: int, factors: Sequence[int | None] | None, *, exact: bool) -> list[str]:
    """Return lines for the mask `faint`: a term that others depend on is below the rounding of the largest term."""
    lines = ["largest, faint = cost, cost != cost"]
    for k in range(linear):
        square = " + ".join(f"{entry(i, k)}*{entry(i, k)}" for i in range(k + 1)) if exact else entry(k, k)
        lines.append(f"z{k} = ({square})*c{k}*c{k}")
        lines.append(f"largest = choose(z{k} > largest, z{k}, largest)")
    used = sorted({k for k in factors or () if k is not None})
    return [*lines, *(f"faint = faint | (z{k} < {FAINT!r}*largest)" for k in used)]


def _moved(p: int, *, bounded: bool) -> list[str]:
    """Return lines for the next place t, within the bounds, and masks `clipped` and `small` of the step to it."""
    lines = ["clipped = cost != cost", "small = cost == cost"]
    for k in range(p):
        lines.append(f"t{k} = c{k} + s{k}")
        if bounded:
            lines.append(
                f"z = choose(t{k} < lower[{k}], lower[{k}], choose(t{k} > upper[{k}], upper[{k}], t{k}))"
            )
            lines.append(f"clipped = clipped | (z != t{k})")
            lines.append(f"t{k} = z")
        lines.append(f"small = small & (abs(t{k} - c{k}) <= tolerance*(abs(c{k}) + tolerance))")
    return lines


def covariances(p: int, *, bounded: bool, width: int) -> list[str]:
    """Return lines that fill `out` with standard errors for noise of variance 1 from products in S, where `fine`."""
    lines = [f"a{i}_{j} = load(S, {place * width})" for place, (i, j) in enumerate(entries(p + 1))]
    if bounded:
        lines += [f"h{k} = load(H, {k * width}) > 0.0" for k in range(p)]
    lines += factored(p, None, [entry(k, k) for k in range(p)], held=bounded)
    lines += [f"e{i} = spread(0.0)" for i in range(p)]
    for k in range(p):
        lines.append(f"g{k} = i{k}")
        for i in range(k - 1, -1, -1):
            lines.append(f"g{i} = (0.0{_sum(f'u{i}_{j}*g{j}' for j in range(i + 1, k + 1))})*i{i}")
        lines += [f"e{i} = e{i} + g{i}*g{i}" for i in range(k + 1)]
    for i in range(p):
        value = f"choose(h{i}, 0.0, sqrt(e{i}))" if bounded else f"sqrt(e{i})"
        lines.append(f"store(out, {i * width}, choose(fine, {value}, math.nan))")
    return lines
