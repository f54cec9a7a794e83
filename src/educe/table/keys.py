"""Keys: what tells one data set from another, be it numbers, text, dates or several columns together.

A table holds numbers only. So keys stay beside it: each row gets a code, a number that is equal where keys are equal
and ascends as they do, and a `Coding` remembers what the codes mean. A column of numbers is its own code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from educe.errors import TableError
from educe.table.cells import NUMBER
from educe.table.distinct import Distinct, as_text, ranks_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from educe.table.key_columns import KeyColumn

    Numbers = NDArray[Any]

MOST = 2**62  # combinations of values that a code can tell apart
NO_KEY = "missing key"


@dataclass(frozen=True, eq=False)
class Keys:
    """The keys of B data sets, ascending.

    columns : {name: (B,)} as they were given: numbers or dates as NumPy arrays, text and the like as Arrow's
    """

    columns: Mapping[str, Any]

    def __len__(self) -> int:
        """Return the number of data sets."""
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one column, (B,); text as objects."""
        column = self.columns[name]
        if isinstance(column, np.ndarray):
            return column
        return np.asarray(column.to_numpy(zero_copy_only=False))

    @property
    def stored(self) -> dict[str, Any]:
        """The columns as files hold them: {name: (B,)}, dates and truth values as Arrow's."""
        return {name: _stored(column) for name, column in self.columns.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.columns)

    def places(self, key: Sequence[Any]) -> NDArray[np.intp]:
        """Return the places of a key, one value for each column: one place, or none."""
        found = np.ones(len(self), dtype=bool)
        for value, column in zip(key, self.columns.values(), strict=True):
            found &= _equal(column, value)
        return np.flatnonzero(found)

    def some(self, most: int = 200) -> list[str]:
        """Return the first keys as text."""
        columns = [column[:most].tolist() for column in self.columns.values()]
        return [", ".join(str(value) for value in key) for key in zip(*columns, strict=True)]


def _stored(column: Any) -> Any:
    if not isinstance(column, np.ndarray) or column.dtype.kind not in "mMb":
        return column
    import pyarrow

    coarse = column.dtype.kind != "b" and np.datetime_data(column.dtype)[0] not in ("s", "ms", "us", "ns")
    if coarse and column.dtype != np.dtype("M8[D]"):
        column = column.astype(f"{column.dtype.kind}8[s]")
    return pyarrow.array(column)


def _equal(column: Any, value: Any) -> NDArray[np.bool_]:
    if isinstance(column, np.ndarray):
        return np.broadcast_to(np.asarray(column == value, dtype=bool), column.shape)
    import pyarrow
    from pyarrow import compute

    try:
        plain = value.item() if isinstance(value, np.generic) else value
        same = compute.equal(column, pyarrow.scalar(plain, column.type))
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError, TypeError):
        return np.zeros(len(column), dtype=bool)  # a value of another kind is no key
    return np.asarray(same.to_numpy(zero_copy_only=False), dtype=bool)


class Codes(NamedTuple):
    """The code of each row, (n,), and where a row has no key, (n,) bool or None."""

    codes: Numbers
    missing: NDArray[np.bool_] | None


class Coding(Protocol):
    """What codes mean."""

    def codes(self, columns: Sequence[KeyColumn]) -> Codes:
        """Return the code of each row, given the columns of the key."""

    def keys(self, codes: Numbers) -> Keys:
        """Return the keys of these codes, (B,)."""

    def narrowed(self, low: Any, high: Any) -> Coding:
        """Return what is enough for the codes from low to high: rows with any other key have none."""


@dataclass(frozen=True)
class Plain:
    """One column of numbers, dates or truth values: codes are the numbers themselves.

    name : of the column;  kind : NumPy's or Arrow's type in which it was given
    """

    name: str
    kind: Any

    def codes(self, columns: Sequence[KeyColumn]) -> Codes:
        """Return the numbers as they are."""
        (column,) = columns
        if column.numbers is None:
            raise TableError(f"the key '{self.name}' is text in one file and numbers in another.")
        if column.kind != self.kind and not _is_number(column.kind):
            raise TableError(
                f"the key '{self.name}' is {self.kind} in one file and {column.kind} in another."
            )
        return Codes(column.numbers, column.missing)

    def keys(self, codes: Numbers) -> Keys:
        """Return the numbers in the type that they were given in."""
        return Keys({self.name: as_given(codes, self.kind)})

    def narrowed(self, low: Any, high: Any) -> Plain:
        """Return this coding: it holds no values."""
        return self


@dataclass(frozen=True, eq=False)
class Level:
    """The different values of one column, ascending.

    values : (K,) numbers, or text (Arrow);  kind : the type in which numbers were given
    texts, ranks : of a column of text, each text and the place of what it means in `values`, -1 for none
    first : how many values come before these
    """

    name: str
    values: Any
    kind: Any = None
    texts: Any = None
    ranks: NDArray[np.int64] | None = None
    first: int = 0

    def rank(self, column: KeyColumn) -> NDArray[np.int64]:
        """Return the place of each row's value, (n,), -1 for none or one that is not among them."""
        if (column.texts is None) != (self.texts is None):
            raise TableError(f"the key '{self.name}' is text in one file and numbers in another.")
        if column.texts is not None:
            assert self.ranks is not None
            return _ranks_of_texts(column.texts, self.texts, self.ranks)
        assert column.numbers is not None
        rank = ranks_in(self.values, column.numbers)
        if self.first:
            rank = np.where(rank < 0, rank, rank + self.first)
        if column.missing is not None:
            rank[column.missing] = -1
        return rank

    def at(self, ranks: NDArray[np.int64]) -> Any:
        """Return the values at these places, as they were given."""
        if isinstance(self.values, np.ndarray):
            return as_given(self.values[ranks], self.kind)
        import pyarrow

        return self.values.take(pyarrow.array(ranks))

    def between(self, low: int, high: int) -> Level:
        """Return the values at places low to high, the last included, which keep their places."""
        if self.texts is None:
            return Level(self.name, self.values[low : high + 1], self.kind, first=low)
        assert self.ranks is not None
        chosen = np.flatnonzero((self.ranks >= low) & (self.ranks <= high))
        return Level(self.name, self.values, self.kind, self.texts.take(chosen), self.ranks[chosen])

    def __reduce__(self) -> Any:
        # What travels to another process ranks rows there; of text it needs no more than the texts.
        values = self.values if self.texts is None else None
        return Level, (self.name, values, self.kind, self.texts, self.ranks, self.first)


@dataclass(frozen=True, eq=False)
class Ranked:
    """Columns of any kind: a code is the places of the values, written as one number.

    levels : the different values of each column;  sizes : how many each has
    """

    levels: tuple[Level, ...]
    sizes: tuple[int, ...]

    def codes(self, columns: Sequence[KeyColumn]) -> Codes:
        """Return the places of the values of each row as one number; rows with an unknown value have no key."""
        total = self._strides()[0] * self.sizes[0]
        whole = np.int32 if total < 2**31 else np.int64
        codes: Numbers = np.zeros(len(columns[0]), dtype=whole)
        missing = np.zeros(len(columns[0]), dtype=bool)
        for level, stride, column in zip(self.levels, self._strides(), columns, strict=True):
            rank = level.rank(column)
            missing |= rank < 0
            codes += (rank * stride).astype(whole)
        return Codes(codes, missing if missing.any() else None)

    def keys(self, codes: Numbers) -> Keys:
        """Return the values that these codes stand for."""
        columns: dict[str, Any] = {}
        rest = codes.astype(np.int64)
        for level, stride in zip(self.levels, self._strides(), strict=True):
            columns[level.name] = level.at(rest // stride)
            rest = rest % stride
        return Keys(columns)

    def narrowed(self, low: Any, high: Any) -> Ranked:
        """Return the same with only those values of the first column that these codes have."""
        stride = self._strides()[0]
        first = self.levels[0].between(int(low) // stride, int(high) // stride)
        return Ranked((first, *self.levels[1:]), self.sizes)

    def _strides(self) -> list[int]:
        strides = [1]
        for size in self.sizes[:0:-1]:
            strides.insert(0, strides[0] * size)
        return strides


class Survey:
    """The different values of the columns of a key, collected from the rows a stretch at a time."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._seen: list[Distinct | None] = [None] * len(self._names)
        self._columns: list[KeyColumn | None] = [None] * len(self._names)

    def add(self, columns: Sequence[KeyColumn]) -> None:
        """Take in the values of some rows. TableError if text and numbers follow each other."""
        for place, column in enumerate(columns):
            seen, before = self._seen[place], self._columns[place]
            if seen is None or before is None:
                seen, self._columns[place] = Distinct(column.texts is not None), column
                self._seen[place] = seen
            elif (before.texts is None) != (column.texts is None):
                raise TableError(f"the key '{column.name}' is text in one file and numbers in another.")
            seen.add_texts(column.texts) if column.texts is not None else seen.add(column.present())

    def coding(self) -> Ranked:
        """Return the coding of all that was taken in; TableError if there are too many combinations."""
        levels = []
        for seen, column in zip(self._seen, self._columns, strict=True):
            assert seen is not None
            assert column is not None
            levels.append(_level(column, seen))
        sizes = tuple(max(len(level.values), 1) for level in levels)
        product = 1
        for size in sizes:
            product *= size
        if product > MOST:
            raise TableError(
                f"the key {', '.join(self._names)} has {' times '.join(f'{s:,}' for s in sizes)} possible values, "
                "more than 2**62; use fewer columns."
            )
        return Ranked(tuple(levels), sizes)


def coding_of(columns: Sequence[KeyColumn]) -> Coding:
    """Return the coding of columns that are all there."""
    if len(columns) == 1 and columns[0].texts is None:
        return Plain(columns[0].name, columns[0].kind)
    survey = Survey([column.name for column in columns])
    survey.add(columns)
    return survey.coding()


def as_given(numbers: Numbers, kind: Any) -> Any:
    """Return numbers in the type that they were given in: NumPy's, or Arrow's for dates and times."""
    if kind is None or _is_number(kind):
        return numbers
    if isinstance(kind, np.dtype):
        return numbers.astype(bool) if kind.kind == "b" else numbers.astype(np.int64).view(kind)
    import pyarrow

    bits = pyarrow.int32() if kind.bit_width == 32 else pyarrow.int64()
    return pyarrow.array(numbers).cast(bits).view(kind)


def _is_number(kind: Any) -> bool:
    return isinstance(kind, np.dtype) and kind.kind in "iuf"


def _level(column: KeyColumn, seen: Distinct) -> Level:
    if column.texts is None:
        return Level(column.name, seen.values(), column.kind)
    texts = seen.texts()
    written = [] if column.typed else texts.to_pylist()
    if written and all(_is_plain(text) for text in written):
        values, ranks = np.unique(np.array([float(text) for text in written]), return_inverse=True)
        whole = bool((values == np.floor(values)).all())
        return Level(column.name, values.astype(np.int64) if whole else values, None, texts, ranks)
    return Level(column.name, texts, None, texts, np.arange(len(texts)))


def _is_plain(text: str) -> bool:
    """Whether a cell is a number and says no more than that: 007 does, and so do more digits than a float64 has."""
    digits = text.lstrip("+-")
    leading = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    plain = bool(NUMBER.match(text)) and not leading and "d" not in text.lower()
    return plain and abs(float(text)) < 2**53


def _ranks_of_texts(column: Any, texts: Any, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    import pyarrow
    from pyarrow import compute

    known = np.append(ranks, -1)
    words = pyarrow.chunked_array(
        [as_text(chunk.dictionary) for chunk in column.chunks], pyarrow.large_string()
    )
    ends = np.cumsum([0, *(len(chunk.dictionary) for chunk in column.chunks)])
    places = known[
        compute.index_in(words, value_set=texts).fill_null(-1).to_numpy()
    ]  # one table of all texts
    parts = [np.empty(0, np.int64)]
    for k, chunk in enumerate(column.chunks):
        here = np.append(places[ends[k] : ends[k + 1]], -1)
        parts.append(here[chunk.indices.fill_null(len(here) - 1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts)
