"""Results as Python: with the math module alone for one point, or with NumPy for arrays of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.export.code import comment, law_lines, names_of, numbers, shifted
from educe.export.described import WrittenLaw
from educe.formula.languages import straight_code
from educe.formula.python_source import NUMPY, PYTHON

if TYPE_CHECKING:
    from educe.export.described import WrittenNetwork
    from educe.formula.languages import Language


def source(written: WrittenLaw | WrittenNetwork) -> str:
    """Return Python that defines `target(input, ...)` of floats and needs nothing but the standard library."""
    if isinstance(written, WrittenLaw):
        return _law(written, PYTHON)
    name, arguments = names_of(written)
    lines = [f"educe_a = [{shifted(written, arguments)}]"]
    for k in range(len(written.layers)):
        steps, value = _bend(written, k, PYTHON)
        name_of_sums = "educe_a" if not steps and value == "s" else "educe_sums"
        lines += [
            f"{name_of_sums} = [",
            "    b + sum(w * a for w, a in zip(row, educe_a))",
            f"    for row, b in zip(EDUCE_W{k}, EDUCE_B{k})",
            "]",
        ]
        if name_of_sums == "educe_a":
            continue
        if not steps:
            lines.append(f"educe_a = [{value} for s in educe_sums]")
        else:
            lines += ["educe_a = []", "for s in educe_sums:"]
            lines += [f"    {step}" for step in (*steps, f"educe_a.append({value})")]
    lines.append("return tuple(educe_a)" if written.several else "return educe_a[0]")
    return _file(written, PYTHON, name, arguments, lines, _tables(written, "{}"))


def numpy_source(written: WrittenLaw | WrittenNetwork) -> str:
    """Return Python that defines `target(input, ...)` of arrays that broadcast, with NumPy."""
    if isinstance(written, WrittenLaw):
        return _law(written, NUMPY)
    name, arguments = names_of(written)
    lines = [f"educe_a = np.stack(np.broadcast_arrays({shifted(written, arguments)}), axis=-1)"]
    for k in range(len(written.layers)):
        steps, value = _bend(written, k, NUMPY)
        sums = f"educe_a @ EDUCE_W{k}.T + EDUCE_B{k}"
        lines += [f"educe_a = {sums}"] if value == "s" else [f"s = {sums}", *steps, f"educe_a = {value}"]
    lines.append(f"return {', '.join(f'educe_a[..., {k}]' for k in range(len(written.targets)))}")
    return _file(written, NUMPY, name, arguments, lines, _tables(written, "np.array({})"))


def _law(law: WrittenLaw, language: Language) -> str:
    name, arguments, lines, value = law_lines(law, language)
    return _file(law, language, name, arguments, [*lines, f"return {value}"], "")


def _bend(network: WrittenNetwork, k: int, language: Language) -> tuple[list[str], str]:
    formula = network.bends[k]
    return ([], "s") if formula is None else straight_code(formula, {"z": "s"}, language)


def _tables(network: WrittenNetwork, form: str) -> str:
    text = ""
    for k, (W, b) in enumerate(network.layers):
        text += f"EDUCE_W{k} = {form.format(numbers(W, '[]'))}\n"
        text += f"EDUCE_B{k} = {form.format(numbers(b, '[]'))}\n"
    return text


def _file(
    written: WrittenLaw | WrittenNetwork,
    language: Language,
    name: str,
    arguments: list[str],
    lines: list[str],
    tables: str,
) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    own = "".join(f"\n\n{text}\n" for text in language.needed(body))
    code = f"{own}{body}"
    imports = [
        text
        for mark, text in (
            ("math.", "import math"),
            ("np.", "import numpy as np"),
            ("special.", "from scipy import special"),
        )
        if mark in code or (mark == "np." and language is NUMPY)
    ]
    head = "".join(f"{line}\n" for line in imports) + ("\n" if imports else "")
    gap = "\n\n" if own or tables else ("\n" if imports else "")
    return f"{comment(written, arguments, '# ')}{head}{tables}{own}{gap}def {name}({', '.join(arguments)}):\n{body}"
