"""The law as JavaScript, so that a page can compute it from the constants of any step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.errors import FormulaError
from educe.formula.js_source import JAVASCRIPT
from educe.formula.languages import straight_code

if TYPE_CHECKING:
    from educe.explanation.law_reading import Reading


def script(reading: Reading) -> tuple[str, ...]:
    """Return the law as a function of the page's script, made of numbers and places alone; none if it has no form."""
    if reading.expression is None:
        return ()
    places = {name: f"theta[{k}]" for k, name in enumerate(reading.fit.names)}
    places |= {name: f"x[{k}]" for k, name in enumerate(reading.fit.law_variables)}
    try:
        lines, value = straight_code(reading.expression, places, JAVASCRIPT)
    except FormulaError:
        return ()
    body = "\n".join((*lines, f"return {value};"))
    own = "\n".join(JAVASCRIPT.needed(body))
    return (f"educe.functions.law = (() => {{\n{own}\nreturn (x, theta) => {{\n{body}\n}};\n}})();",)
