"""Expressions as straight-line NumPy code in stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from educe.formula.evaluate import evaluate
from educe.formula.expression import Expression


@dataclass(frozen=True)
class Stage:
    """What one call computes: outputs, from new arguments and those of earlier stages."""

    arguments: tuple[str, ...]
    outputs: tuple[Expression, ...]


@dataclass(frozen=True)
class Program:
    """Stages that can be bound to data."""

    data: tuple[str, ...]
    stages: tuple[Stage, ...]

    def bind(self, *columns: Any) -> tuple[Callable[..., None], ...]:
        """Return one function per stage, `stage(*arguments, out)`, which fills out[k] with output k."""
        known = dict(zip(self.data, columns, strict=True))
        return tuple(_stage(stage, known) for stage in self.stages)


def _stage(stage: Stage, known: dict[str, Any]) -> Callable[..., None]:
    def run(*given: Any) -> None:
        known.update(zip(stage.arguments, given[:-1], strict=True))
        for k, output in enumerate(stage.outputs):
            given[-1][k][...] = evaluate(output, known)

    return run


def compile_stages(data: Sequence[str], stages: Sequence[Stage], *, scalar: bool = False) -> Program:
    """Return the program that computes the stages' outputs from data columns and arguments."""
    return Program(tuple(data), tuple(stages))
