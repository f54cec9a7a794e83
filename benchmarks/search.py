"""Fits without starting values: the catalogue and the 27 NIST problems, over many draws and seeds.

    python benchmarks/search.py [--draws 20] [--first 0] [--seeds 20] [--workers 2] [--only NAME ...] [--no-nist]

A draw is right when the cost reached is no higher (1e-6 relative) than the cost reached from the true parameters.
Prints one line for each law and every failure by name.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from numpy.typing import NDArray

from catalogue import Entry, draw, entries
from educe import datasets
from educe.formula import Expression, evaluate, parse
from educe.search import Found, search
from educe.search.batch import Descents, descend
from educe.search.problem import Problem
from educe.search.rows import canonical

Array = NDArray[np.float64]
RIGHT = 1e-6


@dataclass(frozen=True)
class Outcome:
    """One search: excess is cost/reference - 1."""

    name: str
    number: int
    n: int
    excess: float
    settled: bool
    seconds: float
    rounds: int
    noise: float

    @property
    def right(self) -> bool:
        return self.excess <= RIGHT


def descended(law: Expression, theta: dict[str, float], columns: dict[str, Array], response: Array) -> float:
    """Return the cost that a long descent from theta reaches on all rows."""
    problem = Problem(law, tuple(theta), canonical(columns, response, None, most=10**9), {})
    start = np.array([[theta[name] for name in problem.searched]])
    state = descend(problem.descending, Descents.begin(problem.descending, start), iterations=500)
    return float(state.cost[0])


def judged(name: str, number: int, found: Found, n: int, costs: tuple[float, float], cpu: float) -> Outcome:
    reached, reference = costs
    excess = reached / reference - 1 if reference > 0 else 0.0
    return Outcome(name, number, n, excess, found.settled, cpu, found.rounds, reference)


def of_catalogue(task: tuple[Entry, int]) -> Outcome:
    entry, number = task
    made = draw(entry, number)
    names = [name for name in entry.law.names if name in made.truth]
    began = time.process_time()
    found = search(entry.law.expression, made.response, made.columns, names, seed=number)
    cpu = time.process_time() - began
    reference = descended(
        entry.law.expression, {p: made.truth[p] for p in names}, made.columns, made.response
    )
    reached = np.inf
    for start in found.starts[:1]:
        reached = descended(entry.law.expression, dict(start.theta), made.columns, made.response)
    return judged(entry.name, number, found, len(made.response), (reached, reference), cpu)


def of_nist(task: tuple[str, int]) -> Outcome:
    name, seed = task
    problem = datasets.load(name)
    law = parse(problem.law or "")
    columns = dict(problem.columns)
    response = np.asarray(evaluate(law.response, columns))
    roles = law.roles(columns)
    began = time.process_time()
    inputs = {variable: columns[variable] for variable in roles.variables}
    found = search(law.expression, response, inputs, roles.parameters, seed=seed)
    cpu = time.process_time() - began
    certified = problem.certificate.rss
    reached = found.starts[0].cost
    if name == "Lanczos1":  # a sum of 1e-25 is rounding: what counts is that it is one
        reached, certified = max(reached, 2e-25), max(certified, 2e-25)
    return judged(f"NIST {name}", seed, found, problem.n, (reached, certified), cpu)


def lines(outcomes: list[Outcome]) -> list[str]:
    right = sum(o.right for o in outcomes)
    settled = sum(o.settled for o in outcomes)
    wrong = sum(o.settled and not o.right for o in outcomes)
    lower = sum(o.excess < -RIGHT for o in outcomes)
    cpu = [o.seconds for o in outcomes]
    head = (
        f"{outcomes[0].name:26s} {right:4d}/{len(outcomes):<4d} lower {lower:<3d} settled {settled:<4d} "
        f"settled wrong {wrong:<3d} cpu {median(cpu):6.3f} max {max(cpu):6.2f} s "
        f"rounds {sum(o.rounds for o in outcomes) / len(outcomes):.1f}"
    )
    failures = [
        f"    failed: {o.name} draw {o.number} n {o.n} cost {o.excess:+.1e} relative"
        f"{', called settled' if o.settled else ''}"
        for o in outcomes
        if not o.right
    ]
    return [head, *failures]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--no-nist", action="store_true")
    options = parser.parse_args()
    chosen = [entry for entry in entries() if not options.only or entry.name in options.only]
    tasks = [
        (entry, number) for entry in chosen for number in range(options.first, options.first + options.draws)
    ]
    names = [] if options.no_nist or options.only else datasets.names("nist")
    nist = [(name, seed) for name in names for seed in range(options.seeds)]
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for found in (pool.map(of_catalogue, tasks, chunksize=4), pool.map(of_nist, nist, chunksize=4)):
            group: list[Outcome] = []
            for outcome in found:
                if group and group[0].name != outcome.name:
                    print(*lines(group), sep="\n", flush=True)
                    group = []
                group.append(outcome)
                outcomes.append(outcome)
            if group:
                print(*lines(group), sep="\n", flush=True)
    total = lines(outcomes)[0].replace(outcomes[0].name.ljust(26), "all".ljust(26), 1)
    print(total)


if __name__ == "__main__":
    main()
