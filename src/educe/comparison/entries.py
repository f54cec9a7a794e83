"""Which contenders take part: laws and their names, those taken and those left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from educe.comparison.contenders import KINDS
from educe.errors import ParameterError, listing, nearest
from educe.fitting.opaque_law import OpaqueLaw
from educe.fitting.plan import read_law
from educe.formula import Law

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.comparison.contenders import Contender
    from educe.fitting.plan import LawLike


def named(laws: LawLike | Sequence[LawLike] | Mapping[str, LawLike]) -> dict[str, LawLike]:
    """Return laws by name; what has no name is called by the right side of its formula, or as its function.

    >>> list(named(["z = a*x + b", "decay: z = a*exp(-k*x)"]))
    ['a*x + b', 'decay']
    """
    if isinstance(laws, Mapping):
        return dict(laws)
    given = (
        [laws] if isinstance(laws, str) or callable(laws) or isinstance(laws, Law | OpaqueLaw) else list(laws)
    )
    found: dict[str, LawLike] = {}
    for law in given:
        name, formula = _name(law)
        if name in found:
            raise ParameterError(f"the law {name} is given twice.")
        found[name] = formula
    return found


def _name(law: LawLike) -> tuple[str, LawLike]:
    if isinstance(law, str) and ":" in law:
        name, _, formula = law.partition(":")
        if not name.strip() or not formula.strip():
            raise ParameterError(f"'{law}' is no law with a name; write 'name: z = a*x + b'.")
        return name.strip(), formula.strip()
    name = getattr(law, "__name__", "<lambda>")
    if name != "<lambda>":
        return str(name), law
    read = read_law(law)
    if isinstance(read, Law):
        return read.text.partition("=")[2].strip() if read.response is not None else read.text, law
    return str(read.target), law


def chosen(
    contenders: Sequence[Contender], *, only: Sequence[str], without: Sequence[str]
) -> list[Contender]:
    """Return the contenders whose name or kind is in `only`, if that is given, and not in `without`.

    The mean stays in any case: what every other is measured by. ParameterError for a name that nobody has.
    """
    only, without = (tuple([names] if isinstance(names, str) else names) for names in (only, without))
    known = {word for contender in contenders for word in (contender.name, contender.kind)}
    for name in (*only, *without):
        if name not in known:
            kinds = [kind for kind in KINDS if kind in known]
            names = listing([contender.name for contender in contenders], 20)
            raise ParameterError(
                f"there is no contender '{name}'; there are {names}, of the kinds {listing(kinds)}."
                f"{nearest(name, known)}"
            )
    return [c for c in contenders if c.kind == "mean" or _wanted(c, only, without)]


def _wanted(contender: Contender, only: tuple[str, ...], without: tuple[str, ...]) -> bool:
    words = {contender.name, contender.kind}
    return (not only or not words.isdisjoint(only)) and words.isdisjoint(without)
