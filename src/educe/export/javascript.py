"""Results as JavaScript: one function of numbers, for a page or for Node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.export.code import comment, law_lines, names_of, numbers, shifted
from educe.export.described import WrittenLaw
from educe.formula.js_source import JAVASCRIPT
from educe.formula.languages import straight_code

if TYPE_CHECKING:
    from educe.export.described import WrittenNetwork
    from educe.formula import Expression


def source(written: WrittenLaw | WrittenNetwork) -> str:
    """Return JavaScript that defines `function target(input, ...)`."""
    return _law(written) if isinstance(written, WrittenLaw) else _network(written)


def _law(law: WrittenLaw) -> str:
    name, arguments, lines, value = law_lines(law, JAVASCRIPT)
    return _file(comment(law, arguments, "// "), name, arguments, [*lines, f"return {value};"])


def _file(words: str, name: str, arguments: list[str], lines: list[str]) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    own = "".join(f"{text}\n" for text in JAVASCRIPT.needed(body))
    return f"{words}{own}function {name}({', '.join(arguments)}) {{\n{body}}}\n"


def _network(network: WrittenNetwork) -> str:
    name, arguments = names_of(network)
    lines = [f"let educe_a = [{shifted(network, arguments)}];"]
    for k, (W, b) in enumerate(network.layers):
        table = f"const educe_W{k} = {numbers(W, '[]')};".split("\n")
        column = f"const educe_b{k} = {numbers(b, '[]')};".split("\n")
        lines += [*table, *column]
        lines += _layer(k, network.bends[k])
    lines.append("return educe_a;" if network.several else "return educe_a[0];")
    return _file(comment(network, arguments, "// "), name, arguments, lines)


def _layer(k: int, formula: Expression | None) -> list[str]:
    steps, value = ([], "s") if formula is None else straight_code(formula, {"z": "s"}, JAVASCRIPT)
    return [
        f"educe_a = educe_W{k}.map((w, i) => {{",
        f"    const s = w.reduce((sum, v, j) => sum + v * educe_a[j], educe_b{k}[i]);",
        *(f"    {step}" for step in steps),
        f"    return {value};",
        "});",
    ]
