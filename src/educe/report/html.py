"""A fit as a block of HTML for notebooks: no script, no request, and no style that leaks out of it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import astuple
from html import escape
from typing import TYPE_CHECKING

from educe.report import sentences
from educe.report.mathml import formula, formula_with_numbers
from educe.report.style import BLOCK
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from educe.fitting.result import Fit

COLUMNS = ("parameter", "value", "standard error", "lower 95 %", "upper 95 %", "relative error", "")


def render(fit: Fit, *, figure: bool = False) -> str:
    """Return a compact block for a notebook: the law, its parameters and the key numbers.

    figure : bool -- with the figure below, as an image in the text itself
    """
    body = [
        f'<div class="law">{formula(fit)}{formula_with_numbers(fit)}</div>',
        _warnings(fit),
        _parameters(fit),
        f'<p class="quiet">{_text(_key_numbers(fit))}</p>',
        _figure(fit) if figure else "",
    ]
    return f'<div class="educe-fit"><style>{BLOCK}</style>{"".join(body)}</div>'


def _text(words: str) -> str:
    return escape(printable(words))


def _warnings(fit: Fit) -> str:
    return "".join(f'<p class="warning" role="alert">{_text(words)}</p>' for words in sentences.warnings(fit))


def _parameters(fit: Fit) -> str:
    groups, derived = sentences.parameter_groups(fit), sentences.derived_lines(fit)
    if len(groups) == 1:
        groups = [(groups[0][0], [*groups[0][1], *derived])]
    elif derived:
        groups.append(("derived", derived))
    return "".join(
        _table((title, *COLUMNS[1:]), [astuple(line) for line in lines]) for title, lines in groups
    )


def _key_numbers(fit: Fit) -> str:
    named = {quantity.label: quantity.value for quantity in sentences.quantities(fit)}
    shown = [f"{name.lower() if name[1] != '²' else name} {value}" for name, value in named.items()][:3]
    return sentences.sentence(f"{sentences.rows(fit)}; {', '.join(shown)}; {sentences.solution(fit)}")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first cell heads its row."""
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in header)
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td>{_text(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{_text(first)}</th>{cells}</tr>')
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="scroll"><table>{body}</table></div>'


def _figure(fit: Fit) -> str:
    """Return the figure as an image that carries its own SVG, so that no style or name leaks out of it."""
    from educe.report.figures import render as drawn

    source = b64encode(drawn(fit, ".svg")).decode()
    words = f"Measurements, fitted law and residuals: {sentences.law_with_numbers(fit)}"
    return f'<img class="figure" alt="{_text(words)}" src="data:image/svg+xml;base64,{source}">'
