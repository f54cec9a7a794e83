"""Several data sets under one law: which parameters they share, and the one law of all their rows.

A parameter that is not shared becomes one for each data set: in the law it is replaced by

    a  ->  a_cold*in_cold + a_hot*in_hot

where the column in_cold is 1 in the rows of that data set and 0 elsewhere. So the stacked rows are fitted like
any others, and what is linear in a stays linear in a_cold and a_hot.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError, TableError, listing, nearest
from educe.formula import Law, parse_expression, substitute
from educe.table import Table, as_table
from educe.table.moments import origin

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from educe.fitting.rows import Rows
    from educe.formula import Expression
    from educe.least_squares.triangle import Array

NAMED = 4  # data sets up to which a table of all is called after each


@dataclass(frozen=True, eq=False)
class Sets:
    """Data sets that were fitted at once.

    law : as given;  names : of the data sets;  sources : words for where each came from
    shared, own : parameters that all data sets have in common, and those of which each has its own
    sizes : rows that each source holds, used or not
    notes : sentences about the fits of single data sets that gave the starting values
    used, rss : rows used of each data set, and its weighted residual sum of squares, once fitted
    """

    law: Law
    names: tuple[str, ...]
    sources: tuple[str, ...]
    shared: tuple[str, ...]
    own: tuple[str, ...]
    sizes: tuple[int, ...]
    notes: tuple[str, ...] = field(default=(), repr=False)
    used: tuple[int, ...] = ()
    rss: tuple[float, ...] = ()

    def name_of(self, parameter: str, data_set: str) -> str:
        """Return what a parameter of the law is called for one data set."""
        return f"{parameter}_{data_set}" if parameter in self.own else parameter

    def names_of(self, parameter: str) -> tuple[str, ...]:
        """Return what a parameter of the law is called in all data sets: one name if it is shared."""
        if parameter not in self.own:
            return (parameter,)
        return tuple(self.name_of(parameter, name) for name in self.names)

    @cached_property
    def combined(self) -> Law:
        """The law of all rows at once."""
        if not self.own:
            return self.law
        sums = {
            parameter: parse_expression(
                " + ".join(f"{self.name_of(parameter, name)}*{member(name)}" for name in self.names)
            )
            for parameter in self.own
        }
        return self.law.substitute(sums)

    def find(self, data_set: str | None) -> str:
        """Return the name of a data set, or raise ParameterError with the nearest."""
        if data_set in self.names:
            return str(data_set)
        if data_set is None:
            raise ParameterError(
                f"the law has parameters of its own for each data set; say which one is meant: {listing(self.names)}."
            )
        raise ParameterError(
            f"there is no data set '{data_set}'; there are {listing(self.names)}."
            f"{nearest(str(data_set), self.names)}"
        )

    def indicators(self, data_set: str, n: int) -> dict[str, Array]:
        """Return the columns that say that n rows belong to a data set."""
        return {member(name): np.full(n, float(name == data_set)) for name in self.names}

    def rows_of(self, rows: Rows, data_set: str) -> NDArray[np.bool_]:
        """Return which of the stacked rows belong to a data set, (n,)."""
        mine: NDArray[np.bool_] = np.equal(self._numbers(rows), self.names.index(data_set))
        return mine

    def counted(self, rows: Rows, weighted_residuals: Array) -> Sets:
        """Return the data sets with the rows used of each and their residual sums of squares."""
        mine = [self.rows_of(rows, name) for name in self.names]
        squares = np.square(weighted_residuals)
        used = tuple(int(np.count_nonzero(own)) for own in mine)
        return replace(self, used=used, rss=tuple(float(squares[own].sum()) for own in mine))

    def in_turn(self, rows: Rows, along: Array) -> Array:
        """Return the place of each row where the data sets follow one another, each in the order of `along`, (n,)."""
        place = np.empty(len(along))
        place[np.lexsort((along, self._numbers(rows)))] = np.arange(len(along))
        return place

    def _numbers(self, rows: Rows) -> NDArray[np.intp]:
        """Return the number of the data set of each row, (n,)."""
        places = np.arange(len(rows.response)) if rows.kept is None else rows.kept
        return np.searchsorted(np.cumsum(self.sizes), places, side="right")

    def spread(self, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return what was given by parameter for each of its names; what was given for one data set wins."""
        if given is None:
            return None
        everywhere = {
            name: value
            for known, value in given.items()
            if known in self.own
            for name in self.names_of(known)
        }
        return {**everywhere, **{name: value for name, value in given.items() if name not in self.own}}

    def spread_formulas(self, given: Mapping[str, str] | None, *, new: bool) -> dict[str, str] | None:
        """Return formulas of parameters, one for each data set where they use a parameter of its own.

        new : whether the formulas name new quantities; else they are ties of parameters
        """
        if given is None:
            return None
        found: dict[str, str] = {}
        for name, text in given.items():
            expression = parse_expression(text)
            varies = bool(expression.free_names & set(self.own))
            if varies and not new and name not in self.own:
                raise ParameterError(
                    f"the tie {name} = {text} uses a parameter that each data set has its own of, but {name} is shared."
                )
            if not varies and name not in self.own:
                found[name] = text
                continue
            for data_set in self.names:
                found[f"{name}_{data_set}"] = str(self._put_in(expression, data_set))
        return found

    def _put_in(self, expression: Expression, data_set: str) -> Expression:
        from educe.formula import symbol

        own = expression.free_names & set(self.own)
        return substitute(expression, {name: symbol(self.name_of(name, data_set)) for name in own})

    def place(self, number: int) -> tuple[str, int]:
        """Return the data set and the row in it, both of a stacked row, counted from 0 at the sources."""
        for name, size in zip(self.names, self.sizes, strict=True):
            if number < size:
                return name, number
            number -= size
        raise IndexError(number)


def member(data_set: str) -> str:
    """Return the name of the column that is 1 in the rows of a data set."""
    return f"in_{data_set}"


def read_sets(data: Any, names: Collection[str]) -> dict[str, Table]:
    """Return the tables of several data sets by name: those of a dict, or the files' names, or 1, 2, ...

    data : {name: data} or a sequence of data, each as for `fit`;  names : that may be columns

    Raises TableError for anything else, FileError for a file that cannot be read.
    """
    if isinstance(data, str | os.PathLike) or not isinstance(data, Mapping | list | tuple):
        raise TableError(
            f"shared parameters need several data sets: a list, or {{name: data}}, not {type(data).__name__}."
        )
    given = dict(data) if isinstance(data, Mapping) else dict(zip(called(data), data, strict=True))
    if len(given) < 2:
        raise TableError(f"shared parameters need two data sets or more; {len(given)} was given.")
    clean = {name: re.sub(r"\W", "_", str(name)) for name in given}
    if len(set(clean.values())) < len(given):
        raise TableError(f"two data sets have the same name: {listing(map(str, given))}.")
    if isinstance(data, Mapping) and all(np.ndim(v) == 1 and not isinstance(v, str) for v in data.values()):
        raise TableError(
            "shared parameters need several data sets, each with its columns: {'cold': {'x': ..., 'y': ...}, "
            "'hot': ...}; columns of numbers were given."
        )
    tables = {}
    for name, one in given.items():
        table = as_table(one, names=list(names) if isinstance(one, str | os.PathLike) else None)
        known = isinstance(one, str | os.PathLike | Table)
        tables[clean[name]] = table if known else replace(table, source=str(name))
    return tables


def called(data: Sequence[Any]) -> Sequence[str]:
    """Return names for data sets in a list: of files, what they are called; of others, 1, 2, ..."""
    if not all(isinstance(one, str | os.PathLike) for one in data):
        return [str(k) for k in range(1, len(data) + 1)]
    stems = [os.path.splitext(os.path.basename(os.fspath(one)))[0] for one in data]
    return stems if len(set(stems)) == len(stems) else [f"{stem}_{k}" for k, stem in enumerate(stems, 1)]


def arrange(law: Law, tables: Mapping[str, Table], shared: Sequence[str]) -> Sets:
    """Return how the parameters of a law belong to data sets.

    Raises ParameterError for a shared name that is no parameter, or names that would clash.
    """
    columns = tuple(dict.fromkeys(name for t in tables.values() for name in (t.available or t.columns)))
    parameters = law.roles(columns).parameters
    for name in shared:
        if name not in parameters:
            kind = "is a column, not a parameter" if name in columns else "is not a parameter of the law"
            raise ParameterError(
                f"shared: {name} {kind}; its parameters are {listing(parameters)}.{nearest(name, parameters)}"
            )
    sets = Sets(
        law,
        tuple(tables),
        tuple(table.source for table in tables.values()),
        tuple(name for name in parameters if name in shared),
        tuple(name for name in parameters if name not in shared),
        tuple(table.n for table in tables.values()),
    )
    taken = {*columns, *parameters}
    for made in (*(name for own in sets.own for name in sets.names_of(own)), *map(member, sets.names)):
        if made in taken:
            raise ParameterError(
                f"{made} would be the name of a parameter of one data set, but it is a column or a parameter "
                "already; name the data sets otherwise."
            )
    return sets


def stacked(sets: Sets, tables: Mapping[str, Table], names: Collection[str]) -> Table:
    """Return the rows of all data sets in one table, with the columns that say which row belongs to which.

    names : columns to be stacked: each must be there in every data set that has any

    Raises TableError where a data set lacks a column of the others.
    """
    used = [n for n in names if any(n in (t.available or t.columns) for t in tables.values())]
    columns = {name: np.concatenate([table[name] for table in tables.values()]) for name in used}
    for name in sets.names:
        columns[member(name)] = np.concatenate(
            [np.full(table.n, float(other == name)) for other, table in tables.items()]
        )
    left_out: dict[str, int] = {}
    for table in tables.values():
        for reason, rows in table.left_out.items():
            left_out[reason] = left_out.get(reason, 0) + rows
    few = f"{', '.join(sets.sources[:-1])} and {sets.sources[-1]}"
    source = few if len(sets.sources) <= NAMED else f"{len(sets.sources)} data sets"
    n = len(columns[member(sets.names[0])])
    return Table(columns, n, source, left_out=left_out, units=_units(list(tables.values())))


def _units(tables: Sequence[Table]) -> dict[str, str]:
    """Return the units of the first table; times that begin anew in each are told so."""
    units = dict(tables[0].units)
    for name, unit in units.items():
        if origin(unit) is not None and any(table.units.get(name) != unit for table in tables):
            units[name] = "s since the first of each data set"
    return units
