"""Very many small fits of one law as one compiled loop: Levenberg-Marquardt for each, in the nearest cache.

Steps come from products of columns as long as these keep some ten digits, else from triangles, by reflections.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from educe.engines.compiled import FILL, module_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.formula import Expression

    Fits = Callable[..., None]

UNROLLED = 9  # columns up to which their products are summed in one loop

CONVERGED, AT_BOUND, UNDETERMINED, LIMIT, STUCK, NOT_FINITE, TOO_FEW = range(7)
"""What became of a fit; the first two are a minimum."""

_FITS = '''
from educe.engines.many_loops import cholesky, damped_step, errors, normal_step, reduced_cost, slope_of, solve_linear


@numba.njit(error_model="numpy", fastmath={{"contract", "reassoc", "nsz"}})
def gram(out, n, G):
{gram}


@numba.njit(error_model="numpy")
def weigh(out, q, n, at, y, w, poisson):
    """Multiply a block by its weights; return its part of the deviance."""
    deviance = 0.0
    if not poisson:
        for k in range(q):
            row = out[k]
            for i in range(n):
                row[i] *= w[at + i]
        return deviance
    r = out[q - 1]
    for i in range(n):
        f = y[at + i] - r[i]
        if not f > 0.0:
            return math.inf
        deviance -= 2.0 * r[i]
        if y[at + i] > 0.0:
            deviance += 2.0 * y[at + i] * math.log(y[at + i] / f)
        s = 1.0 / math.sqrt(f)
        for k in range(q):
            out[k, i] *= s
    return deviance


@numba.njit(error_model="numpy")
def evaluate(p, {columns}, at, y, w, own, n, poisson, exact, kept, out, S):
    """Fill S with the triangle of the weighted [J | r] of n rows if exact, else with [J | r]'[J | r].

    at, own : first row of the columns, and of response and weights
    Return the cost; infinite where not finite.
    """
    q = S.shape[0]
    deviance, cost = 0.0, 0.0
    if not exact:
        fill(p, {columns}, at, own, kept, out, n)
        if poisson or w.shape[0]:
            deviance = weigh(out, q, n, own, y, w, poisson)
        gram(out, (n + 7) // 8 * 8, S)
        for k in range(q):
            cost += S[k, k] * 0.0
        if cost == 0.0:
            return deviance if poisson else S[q - 1, q - 1]
    S[:, :] = 0.0
    deviance, cost = 0.0, 0.0
    for begin in range(0, n, {rows}):
        m = min({rows}, n - begin)
        fill(p, {columns}, at + begin, own + begin, kept, out, m)
        if not all_finite(out, q, m):
            fill_anywhere(p, {columns}, at + begin, own + begin, kept, out, m)
            if not all_finite(out, q, m):
                return math.inf
        if poisson or w.shape[0]:
            deviance += weigh(out, q, m, own + begin, y, w, poisson)
        if exact:
            fold(out, m, S)
        else:
            gram(out, (m + 7) // 8 * 8, S)
    if not deviance < math.inf:
        return math.inf
    if exact:
        for i in range(q):
            cost += S[i, q - 1] * S[i, q - 1]
    else:
        cost = S[q - 1, q - 1]
    return deviance if poisson else cost


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def fits(first, last, offsets, {columns}, y, w, shared, starts, single, linear, lower, upper, settings,
         theta, stderr, cost, status, steps):
    """Fit data sets first to last, the last left out: see `compiled_fits.fits_kernel`."""
    p = theta.shape[1]
    poisson, tolerance, most = settings[0] > 0.0, settings[1], int(settings[2])
    out, kept = np.zeros((p + 1, {rows})), np.empty(({buffers}, {rows}))
    S, trial, R = np.zeros((p + 1, p + 1)), np.zeros((p + 1, p + 1)), np.zeros((p + 1, p + 1))
    work, step, row, moved, here = np.empty((p, p + 1)), np.empty(p), np.empty(p), np.empty(p), np.empty(p)
    held = np.zeros(p, dtype=np.bool_)
    for b in range(first, last):
        i, j = offsets[b], offsets[b + 1]
        n = j - i
        at = 0 if shared else i
        steps[b] = 0
        cost[b] = math.inf
        for k in range(p):
            theta[b, k] = math.nan
            stderr[b, k] = math.nan
        if n < p:
            status[b] = {too_few}
            continue
        exact = n > {rows}
        if not exact:
            for k in range(p + 1):
                for m in range(n, min({rows}, (n + 7) // 8 * 8)):
                    out[k, m] = 0.0
        best, c = math.inf, math.inf
        for s in range(1 if single else starts.shape[0]):
            # the start whose nonlinear parameters leave least, the others at their best
            for k in range(p):
                moved[k] = starts[b, k] if single else starts[s, k]
            value = evaluate(moved, {columns}, at, y, w, i, n, poisson, exact, kept, out, S)
            c = value
            if value < math.inf and linear > 0 and not poisson and (exact or cholesky({p} + 1, S)):
                value = reduced_cost(S, linear)
                solve_linear(S, linear, moved)
                c = math.inf
            if value < best:
                best = value
                for k in range(p):
                    here[k] = min(max(moved[k], lower[k]), upper[k])
        if best < math.inf and not (single and c < math.inf):
            c = evaluate(here, {columns}, at, y, w, i, n, poisson, exact, kept, out, S)
        if not (best < math.inf and c < math.inf):
            status[b] = {not_finite}
            continue
        damping, growth, state = 1e-3, 2.0, {limit}
        for turn in range(most):
            steps[b] = turn + 1
            for k in range(p):  # a parameter at its bound is held if the cost falls outwards
                held[k] = False
                if here[k] <= lower[k] or here[k] >= upper[k]:
                    slope = slope_of(S, k, exact)
                    held[k] = (here[k] <= lower[k] and slope <= 0.0) or (here[k] >= upper[k] and slope >= 0.0)
            promised = math.nan
            if not exact:
                promised = normal_step({p}, S, damping, held, work, step)
                if promised != promised:  # too few digits are left: from here on by reflections
                    exact = True
                    c = evaluate(here, {columns}, at, y, w, i, n, poisson, exact, kept, out, S)
            if exact:
                promised = damped_step(S, damping, held, work, step)
                if promised != promised:
                    state = {undetermined}
                    break
            small = True
            for k in range(p):
                moved[k] = min(max(here[k] + step[k], lower[k]), upper[k])
                if abs(moved[k] - here[k]) > tolerance * (abs(here[k]) + tolerance):
                    small = False
            if promised <= tolerance * c or small:
                state = {converged}
            value = evaluate(moved, {columns}, at, y, w, i, n, poisson, exact, kept, out, trial)
            if value < c or (state == {converged} and value <= c * (1.0 + 1e-12)):
                gain = (c - value) / promised if promised > 0.0 else 1.0
                c = value
                for k in range(p):
                    here[k] = moved[k]
                S, trial = trial, S
                damping *= 0.03 if gain > 0.9 else max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3)
                growth = 2.0
            elif state != {converged}:
                damping *= growth
                growth *= 2.0
                if damping > 1e14:
                    state = {stuck}
            if state != {limit}:
                break
        at_bound = False
        for k in range(p):
            at_bound = at_bound or (held[k] and state == {converged})
            theta[b, k] = here[k]
        cost[b] = c
        if not exact:
            R[:, :] = S
            if not cholesky({p} + 1, R):
                evaluate(here, {columns}, at, y, w, i, n, poisson, True, kept, out, R)
        if not errors(S if exact else R, held, work, row, step):
            state = {undetermined}
        else:
            for k in range(p):
                stderr[b, k] = step[k]
        status[b] = {bound} if at_bound and state == {converged} else state
'''


@lru_cache(maxsize=32)
def fits_kernel(
    data: tuple[str, ...], arguments: tuple[str, ...], outputs: tuple[Expression, ...], own: tuple[str, ...]
) -> Fits:
    """Return fits(first, last, offsets, *columns, y, w, shared, starts, single, linear, lower, upper, settings, ...).

    data : columns of law and response;  arguments : parameters, linear ones first
    outputs : the derivatives by each parameter, then response - f
    own : columns of which every data set has its own rows, even where it shares the others
    offsets : (B+1,) int, data set b has rows offsets[b] to offsets[b+1];  y, w : response and weights, w (0,) for none
    shared : the columns have the rows of one data set, the same for all
    starts : (C, p) candidates, or (B, p) if single
    linear : how many parameters lead that are linear;  lower, upper : (p,)
    settings : (3,) float, Poisson or not, tolerance, most steps
    theta, stderr : (B, p), filled; stderr for noise 1;  cost : (B,);  status, steps : (B,) int

    Raises FormulaError if an operation has no compiled form.
    """
    parts = parts_of(data, arguments, outputs, own)
    text = (FILL + _FITS).format(
        **parts,
        gram=_gram(len(outputs)),
        p=len(outputs) - 1,
        converged=CONVERGED,
        bound=AT_BOUND,
        undetermined=UNDETERMINED,
        limit=LIMIT,
        stuck=STUCK,
        not_finite=NOT_FINITE,
        too_few=TOO_FEW,
        cache="{cache}",
    )
    return module_of(text).fits  # type: ignore[no-any-return]


def _gram(q: int) -> str:
    """Return the body that fills G with the upper triangle of the products of q rows of `out`, n entries each."""
    pairs = [(i, j) for i in range(q) for j in range(i, q)]
    if q > UNROLLED:
        loops = ["for i in range(out.shape[0]):", "    for j in range(i, out.shape[0]):"]
        return "\n".join(f"    {line}" for line in [*loops, "        G[i, j] = dot(out[i], out[j], n)"])
    lines = [f"o{k} = out[{k}]" for k in range(q)]
    lines.append(" = ".join(f"g{i}_{j}" for i, j in pairs) + " = 0.0")
    lines.append("for i in range(n):")
    lines += [f"    v{k} = o{k}[i]" for k in range(q)]
    lines += [f"    g{i}_{j} += v{i} * v{j}" for i, j in pairs]
    lines += [f"G[{i}, {j}] = g{i}_{j}" for i, j in pairs]
    return "\n".join(f"    {line}" for line in lines)
