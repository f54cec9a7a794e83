"""The steps of a few variables as straight-line code: each sum and each rotation written out for its size.

The arithmetic of three variables takes a microsecond; a loop over it in Python takes five.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from educe.least_squares.triangle import DEPENDENT

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = list[list[float]]


class Steps(NamedTuple):
    """What `few` offers, for one number of variables."""

    cost: Callable[[Rows], float]
    squared_scale: Callable[[Rows], list[float]]
    larger_scale: Callable[[Rows, list[float], float], list[float]]
    damped_step: Callable[[Rows, float, list[float]], tuple[list[float], float] | None]
    newton_step: Callable[[Rows], tuple[list[float], float] | None]


@cache
def written_out(p: int) -> Steps:
    """Return the steps for p variables."""
    lasts = [f"z{i}" for i in range(p + 1)]
    return Steps(
        compiled(
            [
                "def f(R):",
                f"    {', '.join(f'(*_, {z})' for z in lasts)}, = R",
                f"    return {dot(lasts, lasts)}",
            ]
        ),
        compiled(["def f(R):", *unpacked(p), f"    return [{', '.join(_lengths(p))}]"]),
        compiled(_larger(p)),
        compiled(_damped(p)),
        compiled(_newton(p)),
    )


def compiled(lines: list[str]) -> Callable[..., Any]:
    """Return the function f that the lines define."""
    space: dict[str, Any] = {"sqrt": math.sqrt, "hypot": math.hypot}
    exec("\n".join(lines), space)  # noqa: S102 - every line is written below, nothing in them is given
    function: Callable[..., Any] = space["f"]
    return function


def unpacked(p: int) -> list[str]:
    """Return the lines that name the elements of R and z."""
    return [
        "    " + ", ".join([*["_"] * i, *(f"r{i}{j}" for j in range(i, p)), f"z{i}"]) + f" = R[{i}]"
        for i in range(p)
    ]


def _lengths(p: int) -> list[str]:
    """Return the squared length of each column of R."""
    return [" + ".join(f"r{i}{j}*r{i}{j}" for i in range(j + 1)) for j in range(p)]


def _larger(p: int) -> list[str]:
    """Return the larger of each squared column length and what is kept of the scale so far, 1 for 0."""
    lines = ["def f(R, scale, memory):", *unpacked(p)]
    for j, length in enumerate(_lengths(p)):
        lines += [
            f"    s{j} = {length}",
            f"    k = memory * scale[{j}]",
            f"    if not s{j} > k: s{j} = k or 1.0",
        ]
    return [*lines, f"    return {listed([f's{j}' for j in range(p)])}"]


def _substituted(p: int) -> list[str]:
    """Return the lines of back substitution."""
    lines = []
    for i in reversed(range(p)):
        inner = "".join(f" - r{i}{j}*d{j}" for j in range(i + 1, p))
        lines.append(f"    d{i} = (z{i}{inner}) / r{i}{i}")
    return lines


def _newton(p: int) -> list[str]:
    lines = ["def f(R):", *unpacked(p)]
    for j, length in enumerate(_lengths(p)):
        lines.append(f"    if r{j}{j}*r{j}{j} <= {DEPENDENT**2} * ({length}): return None")
    size = " + ".join(f"z{i}*z{i}" for i in range(p))
    return [*lines, *_substituted(p), f"    return [{', '.join(f'd{i}' for i in range(p))}], sqrt({size})"]


def _damped(p: int) -> list[str]:
    """Return the damped step: each row of sqrt(damping) D is turned into R.

    Source: Givens (1958); Golub and Van Loan (2013), section 5.1.8.
    """
    weights = [f"w{i}" for i in range(p)]
    lines = ["def f(R, damping, scale):", *unpacked(p), f"    {listed(weights)} = scale"]
    for k in reversed(range(p)):  # the last first: then no diagonal is zero when an earlier row meets it
        lines += [f"    w{k} *= damping", f"    e{k} = sqrt(w{k})"]
        for i in range(k, p):
            lines += [
                f"    h = hypot(r{i}{i}, e{i})",
                "    if not h: return None",
                f"    c = r{i}{i} / h",
                f"    s = e{i} / h",
                f"    r{i}{i} = h",
            ]
            for upper, lower in [(f"r{i}{j}", f"e{j}") for j in range(i + 1, p)] + [(f"z{i}", "ez")]:
                if i == k:  # the row to be turned in is zero beyond its diagonal
                    lines += [f"    {lower} = -s*{upper}", f"    {upper} = c*{upper}"]
                else:
                    lines.append(f"    {upper}, {lower} = c*{upper} + s*{lower}, c*{lower} - s*{upper}")
    promised = " + ".join(f"z{i}*z{i} + w{i}*d{i}*d{i}" for i in range(p))
    return [*lines, *_substituted(p), f"    return [{', '.join(f'd{i}' for i in range(p))}], {promised}"]


@cache
def mixing(p: int, m: int) -> Callable[..., list[float]]:
    """Return the mixed step of p variables from m earlier ones: a function of R, theta, delta and the history.

    By Gram-Schmidt: what the newest difference explains of delta is taken away first, then what the next
    explains of the rest. A difference that repeats newer ones ends it.
    """
    every = range(p)
    d, t, z, mixed = ([f"{name}{i}" for i in every] for name in ("d", "t", "z", "x"))
    lines = ["def f(R, theta, delta, history):", *unpacked(p)]
    lines += [f"    {listed(d)} = {listed(mixed)} = delta", f"    {listed(t)} = theta"]
    for k in range(m):
        a, b, c, s, u = ([f"{name}{k}_{i}" for i in every] for name in "abcsu")
        lines.append(f"    {listed(a)}, {listed(b)} = history[{k}]")
        lines += [f"    {c[i]} = {d[i]} - {b[i]}; {s[i]} = {t[i]} - {a[i]} + {c[i]}" for i in every]
        lines += [f"    {u[i]} = {dot([f'r{i}{j}' for j in every[i:]], c[i:])}" for i in every]
        lines.append(f"    whole{k} = length{k} = {dot(u, u)}")
        for n in range(k):  # what newer differences explain
            newer, shift = [f"u{n}_{i}" for i in every], [f"s{n}_{i}" for i in every]
            lines.append(f"    g = ({dot(u, newer)}) / length{n}")
            lines += [f"    {u[i]} -= g*{newer[i]}; {s[i]} -= g*{shift[i]}" for i in every]
        if k:
            lines.append(f"    length{k} = {dot(u, u)}")
        lines.append(f"    if not length{k} > 1e-20 * whole{k}: return {listed(mixed)}")
        lines.append(f"    g = ({dot(z, u)}) / length{k}")  # R delta is z
        lines += [f"    {mixed[i]} -= g*{s[i]}; {z[i]} -= g*{u[i]}" for i in every]
    return compiled([*lines, f"    return {listed(mixed)}"])


def listed(names: list[str]) -> str:
    """Return the text of a list."""
    return f"[{', '.join(names)}]"


def dot(a: list[str], b: list[str]) -> str:
    """Return the text of a sum of products."""
    return " + ".join(f"{x}*{y}" for x, y in zip(a, b, strict=True))


@cache
def elimination(
    m: int, factors: tuple[int | None, ...]
) -> Callable[[Rows], tuple[list[float], Rows, float] | None]:
    """Return the elimination of m linear parameters from the wide triangle of a few others.

    factors : for each other parameter, which phi its one column is the derivative of; None for the offset
    The function takes the wide triangle, of which nothing below the diagonal is read, and returns c, the triangle
    of the rest and its sum of squares; None where the phi depend on each other. A derivative that lies in the
    span of the phi is set to zero: what is left of it is rounding.
    """
    q = len(factors)
    k = m + q
    lines = ["def f(W):", *_unpacked_wide(k)]
    for j in range(m):
        size = " + ".join(f"abs(w{i}_{j})" for i in range(j + 1))
        lines.append(f"    if abs(w{j}_{j}) <= {DEPENDENT} * ({size}): return None")
    for i in reversed(range(m)):
        inner = "".join(f" - w{i}_{j}*c{j}" for j in range(i + 1, m))
        lines.append(f"    c{i} = (w{i}_{k}{inner}) / w{i}_{i}")
    for j, factor in enumerate(factors, start=m):
        inside = " + ".join(f"abs(w{i}_{j})" for i in range(m))
        left = " and ".join(f"abs(w{i}_{j}) <= t" for i in reversed(range(m, j + 1)))
        scaled = [f"w{i}_{j} *= g" for i in range(m, j + 1)]
        lines += [f"    t = {DEPENDENT} * ({inside})", f"    g = {1.0 if factor is None else f'c{factor}'}"]
        lines += [f"    if {left}: g = 0.0", f"    {'; '.join(scaled)}"]
    rows = [listed([*["0.0"] * (i - m), *(f"w{i}_{j}" for j in range(i, k + 1))]) for i in range(m, k + 1)]
    cost = " + ".join(f"w{i}_{k}*w{i}_{k}" for i in range(m, k + 1))
    return compiled([*lines, f"    return {listed([f'c{i}' for i in range(m)])}, {listed(rows)}, {cost}"])


@cache
def restoration(m: int, factors: tuple[int | None, ...]) -> Callable[[Rows, list[float]], Rows]:
    """Return the function of the rows and c that gives the triangle in all parameters, with zeros below.

    factors : see `elimination`
    """
    k = m + len(factors)
    scale = [*[""] * m, *("" if factor is None else f"*c[{factor}]" for factor in factors)]
    rows = [
        listed([*["0.0"] * i, *(f"w{i}_{j}{scale[j]}" for j in range(i, k)), "0.0" if i < m else f"w{i}_{k}"])
        for i in range(k + 1)
    ]
    return compiled(["def f(W, c):", *_unpacked_wide(k), f"    return {listed(rows)}"])


def _unpacked_wide(k: int) -> list[str]:
    """Return the lines that name the elements of a wide triangle, the last column among them."""
    return [
        "    " + ", ".join([*["_"] * i, *(f"w{i}_{j}" for j in range(i, k + 1))]) + f", = W[{i}]"
        for i in range(k + 1)
    ]
