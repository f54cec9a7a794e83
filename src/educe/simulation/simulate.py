"""Measurements of a law as noisy sensors would give them, the same for the same seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import FormulaError, ParameterError, check_whole
from educe.formula import Law, parse
from educe.simulation.roles import Setting, setting_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LARGEST = 50_000_000  # rows
OUTLIER = 10.0  # how many times wider than the noise the outlying readings scatter


@dataclass(frozen=True, eq=False)
class Simulated:
    """Simulated measurements and the truth behind them.

    columns : name -> (n,) float64, the inputs and then the response; nan where a reading is missing
    law : the law;  values : parameter -> its true value;  noise : standard deviation, in the response's unit
    outliers, missing : how many readings are outlying, how many are missing
    """

    columns: dict[str, NDArray[np.float64]]
    law: Law
    values: dict[str, float]
    noise: float
    outliers: int
    missing: int


def simulate(
    law: str | Law,
    n: int,
    *,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    values: Mapping[str, float] | None = None,
    noise: float | str = 0.0,
    seed: int = 0,
    outliers: float = 0.0,
    missing: float = 0.0,
    grid: bool = False,
) -> Simulated:
    r"""Return n simulated measurements of a law.

    .. math:: y_i = f(x_i; \theta) + \varepsilon_i, \qquad \varepsilon_i \sim N(0, \sigma^2)

    law : text such as ``"z = a*sin(x) + b*cos(y)"``, or a Law; its left side names the response, ``y`` if it
        has none
    n : rows; with `grid`, at least the number of points
    ranges : {variable: (low, high)}; inputs are uniform there. A named law has ranges of its own
    values : {parameter: value}. A named law has typical values of its own
    noise : standard deviation in the unit of the response, or a share of its spread such as ``"5%"``
    seed : of NumPy's PCG64; the same seed gives the same bits
    outliers : share of the readings, 0 <= share < 1, that scatter ten times as widely
    missing : share of the readings, 0 <= share < 1, that are nan
    grid : True: inputs on a regular grid of equal steps, not at random

    Raises ParameterError for a name without range or value, or numbers that cannot hold; FormulaError for a
    law that cannot be read or whose left side is a formula of several columns or not finite on the ranges.

    >>> made = simulate("z = a*x", 3, ranges={"x": (0, 2)}, values={"a": 2}, grid=True)
    >>> made.columns["z"]
    array([0., 2., 4.])
    """
    _check(n, outliers, missing)
    check_whole("seed", seed, 0)
    setting = setting_of(
        parse(law) if isinstance(law, str) else law,
        law if isinstance(law, str) else "",
        ranges or {},
        values or {},
    )
    random = np.random.Generator(np.random.PCG64(seed))
    inputs = _grid(setting, n) if grid else _scattered(setting, n, random)
    rows = len(next(iter(inputs.values()), ())) or n
    with np.errstate(all="ignore"):
        exact = np.array(
            np.broadcast_to(setting.law.evaluate({**setting.values, **inputs}), (rows,)), dtype=float
        )
    _check_finite(exact, inputs, setting)
    sigma = _sigma(noise, exact)
    wrong = _chosen(outliers, rows, random)
    lost = _chosen(missing, rows, random)
    reading = exact + sigma * np.where(wrong, OUTLIER, 1.0) * random.standard_normal(rows)
    reading[lost] = math.nan
    columns = {**inputs, setting.response: reading}
    return Simulated(columns, setting.law, setting.values, sigma, int(wrong.sum()), int(lost.sum()))


def _check(n: int, outliers: float, missing: float) -> None:
    if not 1 <= n <= LARGEST:
        raise ParameterError(f"the number of rows must lie between 1 and {LARGEST:,}, not {n:,}.")
    for name, share in (("outliers", outliers), ("missing", missing)):
        if not 0.0 <= share < 1.0:
            raise ParameterError(f"{name} is a share of the rows, at least 0 and below 1, not {share:g}.")


def _scattered(setting: Setting, n: int, random: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    return {name: random.uniform(low, high, n) for name, (low, high) in setting.ranges.items()}


def _grid(setting: Setting, n: int) -> dict[str, NDArray[np.float64]]:
    """Return the points of a regular grid, the first variable slowest: as few a side as give n points."""
    k = len(setting.ranges)
    side = 1
    while side**k < n and k:
        side = max(side + 1, math.ceil(n ** (1.0 / k) - 1e-9))
    axes = [np.linspace(low, high, side) for low, high in setting.ranges.values()]
    mesh = np.meshgrid(*axes, indexing="ij")
    return {name: points.ravel() for name, points in zip(setting.ranges, mesh, strict=True)}


def _sigma(noise: float | str, exact: NDArray[np.float64]) -> float:
    """Return the standard deviation of the noise in the unit of the response."""
    text = str(noise).strip()
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        raise ParameterError(f"noise is a number such as 0.1, or a share such as 5%, not '{text}'.") from None
    if not (math.isfinite(number) and number >= 0.0):
        raise ParameterError(f"noise must be 0 or more, and finite, not {text}.")
    return number / 100.0 * float(exact.std()) if text.endswith("%") else number


def _chosen(share: float, n: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Return which rows are chosen: round(share*n) of n, (n,) bool."""
    chosen = np.zeros(n, dtype=np.bool_)
    chosen[random.permutation(n)[: round(share * n)]] = True
    return chosen


def _check_finite(
    exact: NDArray[np.float64], inputs: Mapping[str, NDArray[np.float64]], setting: Setting
) -> None:
    bad = np.flatnonzero(~np.isfinite(exact))
    if len(bad):
        place = ", ".join(f"{name} = {column[bad[0]]:g}" for name, column in inputs.items())
        raise FormulaError(
            f"{setting.law.text} is not finite in {len(bad)} of {len(exact)} rows"
            f"{f', first where {place}' if place else ''}; choose other ranges or values."
        )
