"""Straight-line code: lines of text with variables in them, named and given memory when all lines are known."""

from __future__ import annotations

from dataclasses import dataclass, field

BIND = -1  # the stage of what depends on data alone


@dataclass(eq=False, slots=True)
class Variable:
    """Something that a line defines.

    kind : "argument" of a stage, Python "scalar", "cell" (a number in a 0-d array, twice as quick to combine with
        an array as a Python float is), "buffer" (an array of the data's shape, allocated in bind) or "fresh" array
    stage : int -- where it is defined
    """

    kind: str
    stage: int
    name: str = ""
    last: tuple[int, int] = (-2, 0)  # stage and line of the last use
    uses: int = 0
    crosses: bool = False  # used in a later stage than its own


Part = str | Variable


@dataclass(slots=True)
class Line:
    """One line; `defines` is the variable that it sets, if any."""

    parts: list[Part]
    defines: Variable | None = None


@dataclass
class Listing:
    """The lines of bind (stage -1) and of every stage."""

    lines: dict[int, list[Line]] = field(default_factory=dict)

    def add(self, stage: int, parts: list[Part], defines: Variable | None = None) -> None:
        """Append a line to a stage."""
        self.lines.setdefault(stage, []).append(Line(parts, defines))

    def render(self, columns: int, arguments: list[list[Variable]], *, shape_of: str) -> str:
        """Return the source of `bind`, which defines and returns the stages."""
        self._merge_cells(len(arguments))
        self._find_uses(len(arguments))
        names = _Names()
        bound = [_text(line.parts, BIND) for line in self._named(BIND, names)]
        stages = [self._stage(k, arguments[k], names) for k in range(len(arguments))]
        head = [f"def bind({', '.join(f'x{k}' for k in range(columns))}):"]
        body = bound + [f"{name} = empty(())" for name in names.cells]
        body += [f"{name} = empty_like({shape_of})" for name in names.buffers]
        body += [f"{name} = None" for name in names.crossing]
        for stage in stages:
            body += stage
        returned = "".join(f"stage{k}, " for k in range(len(arguments)))
        return "\n    ".join([*head, *body, f"return ({returned})"]) + "\n"

    def _merge_cells(self, count: int) -> None:
        """Write `z[()] = a*b` for `s = a*b` and `z[()] = s` where s is used for nothing else."""
        self._count_uses(count)
        for lines in self.lines.values():
            k = 1
            while k < len(lines):
                before, line = lines[k - 1], lines[k]
                cell = line.defines
                if (
                    cell
                    and cell.kind == "cell"
                    and before.defines is line.parts[-1]
                    and before.defines.uses == 1
                ):
                    line.parts = [cell, "[()]", *before.parts[1:]]
                    del lines[k - 1]
                else:
                    k += 1

    def _count_uses(self, count: int) -> None:
        for lines in self.lines.values():
            for line in lines:
                for part in line.parts:
                    if isinstance(part, Variable) and part is not line.defines:
                        part.uses += 1

    def _find_uses(self, count: int) -> None:
        for stage in range(BIND, count):
            for k, line in enumerate(self.lines.get(stage, ())):
                for part in line.parts:
                    if isinstance(part, Variable):
                        part.last = (stage, k)
                        part.crosses = part.crosses or stage != part.stage

    def _named(self, stage: int, names: _Names) -> list[Line]:
        """Name what the lines define, giving a buffer back when it was used for the last time."""
        lines = self.lines.get(stage, [])
        for k, line in enumerate(lines):
            for part in dict.fromkeys(line.parts):
                if (
                    isinstance(part, Variable)
                    and part.kind == "buffer"
                    and part.last == (stage, k)
                    and part.name
                ):
                    names.give_back(part)
            if line.defines is not None and not line.defines.name:
                names.give(line.defines)
        return lines

    def _stage(self, k: int, arguments: list[Variable], names: _Names) -> list[str]:
        lines = self._named(k, names)
        head = f"def stage{k}({', '.join([*(a.name for a in arguments), 'out'])}):"
        kept = [argument for argument in arguments if argument.crosses]
        names.crossing += [f"kept_{argument.name}" for argument in kept]
        crossing = [f"kept_{argument.name}" for argument in kept]
        crossing += [
            line.defines.name
            for line in lines
            if line.defines and line.defines.crosses and line.defines.kind in ("scalar", "fresh")
        ]
        body = [f"nonlocal {', '.join(crossing)}"] if crossing else []
        body += [f"kept_{argument.name} = {argument.name}" for argument in kept]
        body += [_text(line.parts, k) for line in lines]
        return [head, *(f"    {text}" for text in body or ["pass"])]


def _text(parts: list[Part], stage: int) -> str:
    return "".join([part if isinstance(part, str) else _reference(part, stage) for part in parts])


def _reference(variable: Variable, stage: int) -> str:
    crossed = variable.kind == "argument" and variable.stage != stage
    return f"kept_{variable.name}" if crossed else variable.name


@dataclass
class _Names:
    """The names given so far, and the buffers that are free again."""

    buffers: list[str] = field(default_factory=list)
    free: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    crossing: list[str] = field(default_factory=list)
    others: int = 0

    def give(self, variable: Variable) -> None:
        """Name a variable."""
        if variable.kind == "buffer":
            if not variable.crosses and self.free:
                variable.name = self.free.pop()
                return
            variable.name = f"b{len(self.buffers)}"
            self.buffers.append(variable.name)
        elif variable.kind == "cell":
            variable.name = f"z{len(self.cells)}"
            self.cells.append(variable.name)
        else:
            variable.name = f"{'s' if variable.kind == 'scalar' else 't'}{self.others}"
            self.others += 1
            if variable.crosses and variable.stage != BIND:
                self.crossing.append(variable.name)

    def give_back(self, variable: Variable) -> None:
        """Free the buffer of a variable that is not used again."""
        if not variable.crosses:
            self.free.append(variable.name)
