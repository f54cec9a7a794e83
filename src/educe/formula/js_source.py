"""JavaScript for expressions: Math has most functions of a formula by the same names; the others are written here."""

from __future__ import annotations

from educe.formula.languages import Language
from educe.formula.operations import OPERATIONS

_OF_MATH = frozenset(
    (
        *(
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "atan2",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
        ),
        *("exp", "expm1", "log", "log1p", "log10", "log2", "sqrt", "cbrt", "hypot"),
        *("abs", "sign", "floor", "ceil", "max", "min"),
    )
)
_OF_OWN = frozenset(("heaviside", "sinc", "expit", "erf", "erfc", "gamma", "lgamma"))
_SIGNS = {"**": "Math.pow({0}, {1})", "==": "{0} === {1}", "!=": "{0} !== {1}"}

_OWN = {
    "educe_heaviside": "const educe_heaviside = (x) => (x > 0 ? 1 : x < 0 ? 0 : 0.5);",
    "educe_sinc": "const educe_sinc = (x) => (x === 0 ? 1 : Math.sin(x) / x);",
    "educe_expit": (
        "const educe_expit = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));"
    ),
    # Abramowitz and Stegun (1964), 7.1.6: all terms are positive, so no digit is lost
    "educe_erf_series": """const educe_erf_series = (x) => {
    let term = x, sum = x;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
        term *= (2 * x * x) / (2 * n + 1);
        sum += term;
    }
    return 1.1283791670955126 * Math.exp(-x * x) * sum;
};""",
    # Abramowitz and Stegun (1964), 7.1.14, from its far end
    "educe_erfc_fraction": """const educe_erfc_fraction = (x) => {
    let tail = 0;
    for (let k = 120; k >= 1; k--) tail = k / 2 / (x + tail);
    return 0.5641895835477563 * Math.exp(-x * x) / (x + tail);
};""",
    "educe_erf": """const educe_erf = (x) => {
    if (Number.isNaN(x)) return NaN;
    if (Math.abs(x) < 2) return educe_erf_series(x);
    return x > 0 ? 1 - educe_erfc_fraction(x) : educe_erfc_fraction(-x) - 1;
};""",
    "educe_erfc": """const educe_erfc = (x) => {
    if (Number.isNaN(x)) return NaN;
    if (x >= 1) return educe_erfc_fraction(x);
    return x > -2 ? 1 - educe_erf_series(x) : 2 - educe_erfc_fraction(-x);
};""",
    # Stirling's series after raising x beyond 15: Abramowitz and Stegun (1964), 6.1.41
    "educe_stirling": """const educe_stirling = (x) => {
    const w = 1 / (x * x);
    const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188))))) / x;
    return (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + series;
};""",
    "educe_gamma": """const educe_gamma = (x) => {
    if (x <= 0 && Number.isInteger(x)) return x === 0 ? 1 / x : NaN;
    if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * educe_gamma(1 - x));
    let divisor = 1;
    for (; x < 15; x++) divisor *= x;
    const w = 1 / (x * x);
    const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188))))) / x;
    const half = Math.pow(x, x / 2 - 0.25);
    return (2.5066282746310002 * half * Math.exp(-x) * half * Math.exp(series)) / divisor;
};""",
    "educe_lgamma": """const educe_lgamma = (x) => {
    if (x <= 0 && Number.isInteger(x)) return Infinity;
    if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - educe_lgamma(1 - x);
    let divisor = 1;
    for (; x < 15; x++) divisor *= x;
    return educe_stirling(x) - Math.log(divisor);
};""",
}


def _template(operation: str) -> str:
    if operation in _SIGNS:
        return _SIGNS[operation]
    arguments = ", ".join(f"{{{k}}}" for k in range(OPERATIONS[operation].arity))
    if operation in _OF_MATH:
        return f"Math.{operation}({arguments})"
    if operation in _OF_OWN:
        return f"educe_{operation}({arguments})"
    # signs, comparisons, and, or, not and the question mark are written as in C
    return "" if operation.isalnum() and operation not in _AS_IN_C else OPERATIONS[operation].c


_AS_IN_C = frozenset(("and", "or", "not", "neg", "where"))

JAVASCRIPT = Language("JavaScript", _template, "const {0} = {1};", "const {0} = {1};", _OWN, "Math.PI")
