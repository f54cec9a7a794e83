"""A fit as HTML: a block for notebooks, and a whole page that needs nothing but itself.

No script, no request, no font from elsewhere. Everything that came from the user is escaped, and a policy in
the page forbids what escaping might have missed.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import astuple
from html import escape
from typing import TYPE_CHECKING

from educe.report import sentences
from educe.report.mathml import formula, formula_with_numbers
from educe.report.style import BLOCK, PAGE
from educe.report.text import printable
from educe.report.writing import write

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from educe.fitting.result import Fit

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
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


def page(fit: Fit) -> str:
    """Return a complete page: law, data, parameters, conventions, figure, residual tests, how it ended."""
    title = _text(sentences.law_text(fit))
    body = [
        f'<header><p class="kicker">Fitted law</p><h1 class="law">{formula(fit)}</h1>',
        f'<div class="law numbers">{formula_with_numbers(fit)}</div></header>',
        _warnings(fit),
        _section("Data sets", _sets(fit)),
        _section("Parameters", _parameters(fit) + _listed(_notes(fit))),
        _section("Figure", _figure(fit)),
        _section("Goodness of fit", _quantities(sentences.quantities(fit), ("", "value", "meaning"))),
        _section("Residuals", _tests(fit)),
        _section("Data and solution", _facts(fit)),
        "<footer><p>Written by educe.</p></footer>",
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title><style>{PAGE}</style>'
    )
    main = f'<main class="educe-fit">{"".join(body)}</main>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{main}</body></html>\n'


def save(fit: Fit, path: str | os.PathLike[str]) -> None:
    """Write the page of a fit. Raises FileError if it cannot be written."""
    write(path, page(fit).encode())


def _text(words: str) -> str:
    return escape(printable(words))


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""


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


def _sets(fit: Fit) -> str:
    lines = sentences.data_sets(fit)
    return _quantities(lines, ("data set", "rows", "")) if lines else ""


def _notes(fit: Fit) -> list[str]:
    return [words for words in (*sentences.conventions(fit), sentences.correlated(fit)) if words]


def _quantities(quantities: Iterable[sentences.Quantity], header: Sequence[str]) -> str:
    return _table(header, [astuple(quantity) for quantity in quantities], kind="words")


def _tests(fit: Fit) -> str:
    if not fit.residual_tests:
        return ""
    return _quantities(sentences.residual_tests(fit), ("test", "p-value", "finding"))


def _key_numbers(fit: Fit) -> str:
    named = {quantity.label: quantity.value for quantity in sentences.quantities(fit)}
    shown = [f"{name.lower() if name[1] != '²' else name} {value}" for name, value in named.items()][:3]
    return sentences.sentence(f"{sentences.rows(fit)}; {', '.join(shown)}; {sentences.solution(fit)}")


def _facts(fit: Fit) -> str:
    facts = [
        ("Data", sentences.rows(fit)),
        ("Degrees of freedom", sentences.degrees_of_freedom(fit)),
        ("Starting values", sentences.starting_values(fit)),
        ("Solved", sentences.solution(fit)),
        ("Method", fit.method),
        ("Law as text", sentences.law_text(fit)),
        ("With numbers", sentences.law_with_numbers(fit)),
    ]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{_text(words)}</dd>" for name, words in facts) + "</dl>"


def _listed(lines: Iterable[str]) -> str:
    return '<ul class="quiet">' + "".join(f"<li>{_text(line)}</li>" for line in lines) + "</ul>"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "numbers") -> str:
    """Return a table; the first cell heads its row.

    kind : "numbers", which scrolls by itself on a narrow page, or "words", whose last cell moves below
    """
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in header)
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td>{_text(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{_text(first)}</th>{cells}</tr>')
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="scroll"><table class="{kind}">{body}</table></div>'


def _figure(fit: Fit) -> str:
    """Return the figure as an image that carries its own SVG, so that no style or name leaks out of it."""
    from educe.report.figures import render as drawn

    source = b64encode(drawn(fit, ".svg")).decode()
    words = f"Measurements, fitted law and residuals: {sentences.law_with_numbers(fit)}"
    return f'<img class="figure" alt="{_text(words)}" src="data:image/svg+xml;base64,{source}">'
