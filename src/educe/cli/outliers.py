"""What `educe fit --outliers` says: rows that no noise explains, and the rows that move each parameter most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from educe.cli.output import table, wrapped
from educe.report.numbers import probability, short

if TYPE_CHECKING:
    from educe.fitting.outliers import Outliers
    from educe.fitting.result import Fit

MOST = 20  # outliers that are listed
LEFT_OUT = "left out, and named in the warning"


def listed(fit: Fit, outliers: Outliers) -> str:
    """Return the outliers with the reason for each, and for each parameter the row that moves it most."""
    excluded = fit.excluded is not None and bool(outliers.found)
    lines = [_outliers(outliers, excluded=excluded), "", _moving(fit)]
    return "\n".join(lines)


def _outliers(outliers: Outliers, *, excluded: bool) -> str:
    if not outliers.found:
        return wrapped(f"No outliers: every row passes the {outliers.rule}.")
    rows = [
        (
            f"row {one.number}{f' of {one.data_set}' if one.data_set else ''}",
            short(one.residual),
            f"{one.t:.1f}",
            probability(one.p_value),
        )
        for one in outliers.found[:MOST]
    ]
    end = f"{LEFT_OUT if excluded else 'still in the fit; --outliers exclude leaves them out'}"
    more = len(outliers.found) - MOST
    head = table(("outlier", "residual", "t", "among all rows"), rows)
    rest = f"\nand {more:,} more" if more > 0 else ""
    share = len(outliers.found) / outliers.n
    doubt = " So many rows are far that the law may be the wrong one." if share > 0.1 else ""
    return f"{head}{rest}\n{wrapped(f'Rule: {outliers.rule}. They are {end}.{doubt}')}"


def _moving(fit: Fit) -> str:
    """Return for each free parameter the row that moves it most."""
    influence = fit.influence
    limit = 2.0 / math.sqrt(fit.n)
    rows = []
    for k, name in enumerate(influence.names):
        place = int(influence.strongest(name, 1)[0])
        move = float(influence.dfbetas[place, k])
        which = fit.rows.number(place)
        if fit.sets is not None:
            data_set, within = fit.sets.place(which - 1)
            words = f"row {within + 1} of {data_set}"
        else:
            words = f"row {which}"
        rows.append((name, words, f"{move:+.2f}", f"{influence.cooks_distance[place]:.3g}"))
    note = f"Moves are in standard errors (DFBETAS); beyond {limit:.2g} is more than the usual row does."
    return f"{table(('parameter', 'moved most by', 'move', 'Cook'), rows)}\n{wrapped(note)}"
