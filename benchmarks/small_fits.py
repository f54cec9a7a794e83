"""The 54 certified NIST runs: digits and CPU time of one fit, beside SciPy and lmfit."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import lmfit
import numpy as np
import scipy.optimize
import scipy.special

import educe
from timing import digits, geometric_mean, table, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNS = {"Eckerle4": ("b1", "b2"), "Gauss1": ("b5", "b8"), "Gauss2": ("b5", "b8"), "Gauss3": ("b5", "b8")}
SOLVED = 4.0  # digits from which a tool counts as having found the answer
TOOLS = ("educe.fit", "educe.curve_fit", "curve_fit", "lmfit")


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown."""
    rows, ratios, summary = [], {tool: [] for tool in TOOLS}, {tool: [] for tool in TOOLS}
    for name in educe.datasets.names("nist"):
        data = educe.datasets.load(name)
        for index, start in enumerate(data.starts):
            found = {tool: _tool(tool, data, start) for tool in TOOLS}
            quality = {tool: _quality(name, data.certificate, call) for tool, call in found.items()}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                runnable = {tool: call for tool, call in found.items() if quality[tool] is not None}
                times = take_turns(runnable, rounds=2 if quick else 9)
            for tool in TOOLS:
                summary[tool].append(quality[tool] or (0.0, 0.0, 0.0))
                both = (quality[tool] or (0,))[0] >= SOLVED and (quality["curve_fit"] or (0,))[0] >= SOLVED
                if both:
                    ratios[tool].append((times["curve_fit"] / times[tool], f"{name} {index + 1}"))
            rows.append([f"{name} {index + 1}", *(_cell(quality[t], times.get(t)) for t in TOOLS)])
    return "\n\n".join([_summary(summary, ratios), _slower(ratios), _against_lmfit(rows), _all(rows)])


def _tool(tool: str, data: Any, start: Any) -> Callable[[], tuple[dict[str, float], dict[str, float], float]]:
    """Return a call that fits and gives parameters, standard errors and residual sum of squares."""
    law, columns, names = data.law, dict(data.columns), list(start)
    function, x, y = function_of(data, names)
    p0 = [start[name] for name in names]

    def by_fit() -> Any:
        result = educe.fit(law, columns, start=start)
        return result.params, result.stderr, result.rss

    def by_curve_fit(curve_fit: Any) -> Any:
        def call() -> Any:
            popt, pcov = curve_fit(function, x, y, p0=p0)
            r = y - function(x, *popt)
            errors = np.sqrt(np.diag(pcov)).tolist()
            return (
                dict(zip(names, popt.tolist(), strict=False)),
                dict(zip(names, errors, strict=False)),
                float(r @ r),
            )

        return call

    model = lmfit.Model(function)

    def by_lmfit() -> Any:
        result = model.fit(y, x=x, **start)
        errors = {name: p.stderr if p.stderr is not None else np.nan for name, p in result.params.items()}
        return dict(result.best_values), errors, float(result.chisqr)

    calls = {
        "educe.fit": by_fit,
        "educe.curve_fit": by_curve_fit(educe.curve_fit),
        "curve_fit": by_curve_fit(scipy.optimize.curve_fit),
        "lmfit": by_lmfit,
    }
    return calls[tool]


def function_of(data: Any, names: list[str]) -> tuple[Any, Any, Any]:
    """Return the law as the NumPy function a user of SciPy would write, its x and its y."""
    left, right = (side.strip() for side in data.law.split("=", 1))
    inputs = [name for name in data.columns if name != "y"]
    unpack = f"    {', '.join(inputs)} = x\n" if len(inputs) > 1 else ""
    source = f"def law(x, {', '.join(names)}):\n{unpack}    return {right.replace('^', '**')}\n"
    space = {
        "exp": np.exp,
        "cos": np.cos,
        "sin": np.sin,
        "atan": np.arctan,
        "arctan": np.arctan,
        "pi": np.pi,
        "log": np.log,
    }
    exec(source, space)
    y = np.log(data.columns["y"]) if left.startswith("log") else data.columns["y"]
    x = np.array([data.columns[name] for name in inputs]) if len(inputs) > 1 else data.columns[inputs[0]]
    return space["law"], x, y


def _quality(name: str, certificate: Any, call: Any) -> tuple[float, float, float] | None:
    """Return digits in parameters, standard errors and rss; None where the tool raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            params, errors, rss = call()
        except (RuntimeError, ValueError, educe.EduceError):
            return None
    flip = SIGNS.get(name, ())

    def same(a, k):
        return abs(a) if k in flip else a

    return (
        min(
            digits(same(params[k], k), v if k not in flip else abs(v))
            for k, v in certificate.parameters.items()
        ),
        min(digits(errors[k], v) for k, v in certificate.stderr.items()),
        digits(rss, certificate.rss),
    )


def _cell(quality: tuple[float, float, float] | None, seconds: float | None) -> str:
    return "failed" if quality is None or seconds is None else f"{quality[0]:.1f} · {seconds * 1e6:.0f} µs"


def _summary(quality: dict[str, list[Any]], ratios: dict[str, list[Any]]) -> str:
    rows = []
    for tool, found in quality.items():
        speed = [ratio for ratio, _ in ratios[tool]]
        rows.append(
            [
                tool,
                *(str(sum(q[0] >= d for q in found)) for d in (10, 8, 6, 4)),
                str(sum(q[1] >= 9 for q in found)),
                str(sum(q[2] >= 9 for q in found)),
                f"{geometric_mean(speed):.2f}",
                f"{min(speed):.2f} ({min(ratios[tool])[1]})",
                str(len(speed)),
            ]
        )
    header = [
        "of 54 runs",
        "≥ 10 digits",
        "≥ 8",
        "≥ 6",
        "≥ 4",
        "errors ≥ 9",
        "rss ≥ 9",
        "speed",
        "least",
        "runs compared",
    ]
    words = (
        "Speed is the CPU time of SciPy's `curve_fit` (defaults) divided by the tool's, geometric mean over the runs "
        "in which both find the answer (≥ 4 digits); *least* is the run where the tool does worst. The time of "
        "`educe.fit` includes reading the law and the table and the standard errors; of `curve_fit` and lmfit, the "
        "covariance. "
        "Lanczos1's standard errors and rss lie below what float64 data can carry."
    )
    return f"### NIST StRD from the certified starts\n\n{table(header, rows)}\n\n{words}"


def _slower(ratios: dict[str, list[Any]]) -> str:
    lines = []
    for tool in ("educe.fit", "educe.curve_fit"):
        slower = [f"{name} ({ratio:.2f})" for ratio, name in sorted(ratios[tool]) if ratio < 1.0]
        lines.append(
            f"`{tool}` is slower than SciPy's `curve_fit` on {len(slower)}: {', '.join(slower) or 'none'}."
        )
    return "\n\n".join(lines)


def _against_lmfit(rows: list[list[str]]) -> str:
    def seconds(cell: str) -> float | None:
        return (
            None
            if cell == "failed" or float(cell.split(" ")[0]) < SOLVED
            else float(cell.split("· ")[1].split(" ")[0])
        )

    pairs = [(seconds(row[1]), seconds(row[4])) for row in rows]
    ratios = [theirs / ours for ours, theirs in pairs if ours and theirs]
    return (
        f"Against lmfit, over the {len(ratios)} runs that both solve, `educe.fit` is "
        f"{geometric_mean(ratios):.1f} times as fast (geometric mean; least {min(ratios):.1f})."
    )


def _all(rows: list[list[str]]) -> str:
    return f"Digits in the parameters · CPU time of one fit:\n\n{table(['run', *TOOLS], rows)}"
