"""Laws: from text or a NumPy function to value, derivatives, LaTeX and C."""

from educe.formula.differentiate import gradient
from educe.formula.evaluate import evaluate
from educe.formula.expression import Expression, constant, substitute, symbol
from educe.formula.law import Law, Roles
from educe.formula.numpy_source import Stage
from educe.formula.parse import parse, parse_condition, parse_expression
from educe.formula.program import Program, compile_stages
from educe.formula.structure import affine_parts, linear_parameters
from educe.formula.trace import trace, trace_rows
from educe.formula.traced import NotTraceableError

__all__ = [
    "Expression",
    "Law",
    "NotTraceableError",
    "Program",
    "Roles",
    "Stage",
    "affine_parts",
    "compile_stages",
    "constant",
    "evaluate",
    "gradient",
    "linear_parameters",
    "parse",
    "parse_condition",
    "parse_expression",
    "substitute",
    "symbol",
    "trace",
    "trace_rows",
]
