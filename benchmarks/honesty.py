"""Is `educe compare` honest? Simulated data whose truth is known, many times over.

    python benchmarks/honesty.py [--runs 200] [--only noise] [--with-networks] [-o FILE]

noise       nothing to find: how often is anyone declared better than the mean?          (at most 5 %)
law         data from a law that competes: does the verdict name it, or a tie with it?   (at least 95 %)
equivalent  two ways to write one formula: do they tie?                                  (always)
unbiased    the RMSE told of the winner, over its RMSE on a million fresh measurements   (1 within 3 %)

Networks and the random forest take most of the time of a board and rarely win on these data; they compete with
`--with-networks`.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from educe.comparison.compare import compare
from educe.comparison.contenders import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.comparison.board import Board

QUICK = tuple(kind for kind in KINDS if kind not in ("network", "law and network", "added"))
FRESH = 1_000_000
LAW = "z = a*sin(x) + b*cos(y)"


@dataclass(frozen=True)
class World:
    """A truth over two inputs in (-2, 2), its noise, and the law that is offered."""

    name: str
    truth: Callable[[np.ndarray], np.ndarray]
    noise: float
    law: str

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs (n, 2) and measurements (n,)."""
        X = rng.uniform(-2.0, 2.0, (n, 2))
        return X, self.truth(X) + self.noise * rng.standard_normal(n)


NOISE = World("noise", lambda X: np.zeros(len(X)), 1.0, LAW)
KNOWN = World("law", lambda X: 2.0 * np.sin(X[:, 0]) + 1.3 * np.cos(X[:, 1]), 0.5, LAW)
LINE = World("line", lambda X: X @ np.array([1.0, -0.5]), 0.5, LAW)
SMOOTH = World("smooth", lambda X: np.exp(-X[:, 0]) * np.sin(2.0 * X[:, 1]), 0.2, LAW)
STEP = World("step", lambda X: np.where(X[:, 0] + X[:, 1] > 0.0, 2.0, 0.0), 0.3, LAW)
MANY = (KNOWN, LINE, SMOOTH, STEP, NOISE)


def board_of(world: World, run: int, networks: bool, laws: list[str] | None = None) -> tuple[Board, int]:
    """Return the board of one simulated data set of 60 to 150 rows, and its number of rows."""
    rng = np.random.default_rng((run, len(world.name)))
    n = int(rng.integers(60, 151))
    X, z = world.draw(n, rng)
    data = {"x": X[:, 0], "y": X[:, 1], "z": z}
    only = () if networks else QUICK
    without = () if networks else ("random forest",)
    board = compare(
        data, "z", laws=laws or [world.law], only=only, without=without, repeats=1, regions=False, jobs=1, seed=run
    )  # fmt: skip
    return board, n


def noise(run: int, networks: bool) -> dict[str, object]:
    """Nothing to find."""
    board, n = board_of(NOISE, run, networks)
    return {"n": n, "winner": board.winner, "good": board.winner == "mean"}


def law(run: int, networks: bool) -> dict[str, object]:
    """A law that competes."""
    board, n = board_of(KNOWN, run, networks)
    name = LAW.partition("= ")[2]
    return {
        "n": n,
        "winner": board.winner,
        "good": name in (board.winner, *board.ties),
        "taken": board.winner == name,
    }


def equivalent(run: int, networks: bool) -> dict[str, object]:
    """One formula, written in two ways."""
    laws = ["sines: z = a*sin(x) + b*cos(y)", "roots: z = p^3*sin(x) + q*sin(y + 1.5707963267948966)"]
    board, n = board_of(KNOWN, run, networks, laws)
    sines, roots = board["sines"], board["roots"]
    tied = {sines.place, roots.place} == {"taken", "tie"} or sines.place == roots.place
    return {"n": n, "winner": board.winner, "good": tied, "gap": sines.rmse_mean - roots.rmse_mean}


def unbiased(run: int, networks: bool) -> dict[str, object]:
    """What is told of the winner, and what is true of it."""
    world = MANY[run % len(MANY)]
    board, n = board_of(world, run, networks)
    X, z = world.draw(FRESH, np.random.default_rng((run, 99)))
    true = float(np.sqrt(np.mean(np.square(board.fit().predict(X) - z))))
    told, held_out = board.expected.rmse, board.expected.held_out
    found = {"n": n, "world": world.name, "winner": board.winner, "told": told, "held_out": held_out}
    return {**found, "true": true, "good": None}


TESTS = {"noise": noise, "law": law, "equivalent": equivalent, "unbiased": unbiased}


def summary(name: str, rows: list[dict[str, object]]) -> str:
    """Return the result of one test in a line."""
    if name != "unbiased":
        good = sum(bool(row["good"]) for row in rows)
        return f"{name:<11} {good} of {len(rows)} as they should be"
    told, true = (np.array([row[key] for row in rows], dtype=float) for key in ("told", "true"))
    ratio = told / true
    error = ratio.std(ddof=1) / np.sqrt(len(ratio))
    return (
        f"{name:<11} told over true, mean of {len(rows)}: {ratio.mean():.4f} +- {error:.4f}; "
        f"root of mean squares {np.sqrt(np.mean(told**2) / np.mean(true**2)):.4f}"
    )


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", choices=TESTS, action="append")
    parser.add_argument("--with-networks", action="store_true")
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    found: dict[str, list[dict[str, object]]] = {}
    for name in asked.only or TESTS:
        began = time.process_time()
        rows = found[name] = []
        for run in range(asked.first, asked.first + asked.runs):
            rows.append(TESTS[name](run, asked.with_networks))
            if asked.output is not None and len(rows) % 5 == 0:
                asked.output.write_text(json.dumps(found))
        print(f"{summary(name, rows)}   ({time.process_time() - began:.0f} s of the processor)", flush=True)
        if asked.output is not None:
            asked.output.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
