"""Results as C99: one function of doubles, nothing needed but <math.h>."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.export.code import comment, law_lines, names_of, numbers, shifted
from educe.export.described import WrittenLaw
from educe.formula.c_source import C, preamble
from educe.formula.languages import straight_code

if TYPE_CHECKING:
    from educe.export.described import WrittenNetwork
    from educe.formula import Expression


def source(written: WrittenLaw | WrittenNetwork) -> str:
    """Return C code that defines `double target(double input, ...)`; of several targets values are written to `out`."""
    return _law(written) if isinstance(written, WrittenLaw) else _network(written)


def _law(law: WrittenLaw) -> str:
    name, arguments, lines, value = law_lines(law, C)
    body = "".join(f"    {line}\n" for line in [*lines, f"return {value};"])
    return f"{preamble(body)}{comment(law, arguments, '// ')}{_head(name, arguments)}\n{{\n{body}}}\n"


def _head(name: str, arguments: list[str]) -> str:
    return f"double {name}({', '.join(f'double {a}' for a in arguments) or 'void'})"


def _network(network: WrittenNetwork) -> str:
    name, arguments = names_of(network)
    sizes = [len(network.inputs), *(len(b) for _, b in network.layers)]
    functions, body = [], []
    body.append(f"const double educe_a0[{sizes[0]}] = {{{shifted(network, arguments)}}};")
    for k, (W, b) in enumerate(network.layers):
        i, o = sizes[k], sizes[k + 1]
        functions.append(f"static const double educe_W{k}[{o}][{i}] = {numbers(W, '{}')};\n")
        functions.append(f"static const double educe_b{k}[{o}] = {numbers(b, '{}')};\n")
        functions.append(_bend(k, network.bends[k]))
        body += [
            f"double educe_a{k + 1}[{o}];",
            f"for (int i = 0; i < {o}; i++) {{",
            f"    double s = educe_b{k}[i];",
            f"    for (int j = 0; j < {i}; j++) s += educe_W{k}[i][j] * educe_a{k}[j];",
            f"    educe_a{k + 1}[i] = educe_bend{k}(s);",
            "}",
        ]
    values, outputs = f"educe_a{len(network.layers)}", len(network.targets)
    head = _head(name, arguments)
    if network.several:
        head = f"void {name}({', '.join(f'double {a}' for a in arguments)}, double educe_out[{outputs}])"
        body.append(f"for (int i = 0; i < {outputs}; i++) educe_out[i] = {values}[i];")
    else:
        body.append(f"return {values}[0];")
    above = "".join(functions)
    inner = "".join(f"    {line}\n" for line in body)
    return f"{preamble(above)}{comment(network, arguments, '// ')}\n{above}\n{head}\n{{\n{inner}}}\n"


def _bend(k: int, formula: Expression | None) -> str:
    lines, value = ([], "s") if formula is None else straight_code(formula, {"z": "s"}, C)
    body = "".join(f"    {line}\n" for line in [*lines, f"return {value};"])
    return f"static double educe_bend{k}(double s)\n{{\n{body}}}\n"
