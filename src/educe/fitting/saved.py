"""A fit as the plain data of a file, from which `loaded` builds it again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError
from educe.export.json_file import plain
from educe.fitting.opaque_law import OpaqueLaw
from educe.fitting.summary import described, summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.fitting.result import Fit
    from educe.fitting.sets import Sets
    from educe.parameters import Parameter

FORMAT = "educe fit"
VERSION = 1
LARGEST = 20_000  # rows kept in a file; beyond that they are thinned evenly
OF_ALL_ROWS = ("r_squared", "log_likelihood", "scale")


def to_saved(fit: Fit) -> dict[str, Any]:
    """Return all that is needed to build the fit again.

    Raises FileError for a law that is a Python function: a file holds data, never code.
    """
    if isinstance(fit.law, OpaqueLaw):
        raise FileError(
            f"{fit.law.text} could not be read as a formula, so it cannot be saved: files hold no code."
        )
    kept = _kept(fit)
    return {
        "format": FORMAT,
        "version": VERSION,
        "law": fit.law.text,
        "variables": list(fit.law.variables),
        "declared_parameters": list(fit.law.parameters),
        "columns": list(fit.plan.columns),
        "parameters": [_saved_parameter(p) for p in fit.parameters],
        "ties": dict(fit.ties),
        "derive": dict(fit.derive),
        "method": fit.method,
        "sigma": fit.convention.sigma,
        "errors_in": list(fit.convention.noisy_inputs),
        "intervals": fit.convention.intervals,
        "errors": fit.convention.errors,
        "error_triangle": None if fit.convention.errors == "model" else fit.error_triangle.tolist(),
        "loss": fit.convention.loss,
        "loss_scale": fit.convention.loss_scale,
        "theta": fit.theta.tolist(),
        "triangle": fit.triangle.tolist(),
        "cost": fit.found.cost,
        "reason": fit.found.reason.name,
        "evaluations": fit.found.evaluations,
        "trace": [plain(list(step)) for step in fit.found.trace],
        "left_out": dict(fit.left_out),
        "started": dict(fit.started),
        "source": fit.source,
        "units": dict(fit.rows.units),
        "n": fit.n,
        "rows": {name: column[kept].tolist() for name, column in fit.rows.columns.items()},
        "sigma_column": fit.rows.sigma_column,
        "row_sigma": None if fit.rows.sigma is None else fit.rows.sigma[kept].tolist(),
        "of_all_rows": {name: plain(getattr(fit, name)) for name in OF_ALL_ROWS},
        "row_numbers": _row_numbers(fit, kept),
        "sets": None if fit.sets is None else _saved_sets(fit.sets),
        "excluded": None if fit.excluded is None else plain(fit.excluded.to_dict()),
        "search": None if fit.search is None else plain(described(fit.search)),
        "summary": summary(fit),
    }


def _saved_parameter(parameter: Parameter) -> dict[str, Any]:
    lower, upper = parameter.lower, parameter.upper
    return {
        "name": parameter.name,
        "start": parameter.start,
        "lower": lower if math.isfinite(lower) else None,
        "upper": upper if math.isfinite(upper) else None,
        "fixed": parameter.fixed,
    }


def _saved_sets(sets: Sets) -> dict[str, Any]:
    return {
        "law": sets.law.text,
        "variables": list(sets.law.variables),
        "declared_parameters": list(sets.law.parameters),
        "names": list(sets.names),
        "sources": list(sets.sources),
        "shared": list(sets.shared),
        "own": list(sets.own),
        "sizes": list(sets.sizes),
        "notes": list(sets.notes),
        "used": list(sets.used),
        "rss": list(sets.rss),
    }


def _row_numbers(fit: Fit, kept: NDArray[np.intp]) -> list[int] | None:
    """Return the places of the rows at their source, or None where all are here in order."""
    if fit.rows.kept is not None:
        return [int(place) for place in fit.rows.kept[kept]]
    return [int(place) for place in kept] if len(kept) < fit.n else None


def _kept(fit: Fit) -> NDArray[np.intp]:
    """Return the indices of the rows that a file keeps: all, or evenly thinned with every column's extremes."""
    if fit.n <= LARGEST:
        return np.arange(len(fit.rows.response))
    extremes = [f(column) for column in fit.rows.columns.values() for f in (np.argmin, np.argmax)]
    even = np.linspace(0, fit.n - 1, LARGEST).astype(np.intp)
    return np.union1d(even, np.array(extremes, dtype=np.intp))
