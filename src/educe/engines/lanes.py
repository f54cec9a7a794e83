"""Lanes: a type of compiled code that holds one number of each of several fits, so that one instruction serves all.

What is written for numbers works for lanes: +, -, *, /, comparisons (which give masks), &, |, ~. A fit never sees
what stands in the other lanes, so that its result does not depend on its company. Only compiled code imports this file.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from llvmlite import binding, ir
from numba import extending, types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import lower_builtin, register_model, type_callable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

intrinsic: Any = extending.intrinsic  # what it decorates is called with one argument less

WIDTH = 8 if binding.get_host_cpu_features().get("avx512f") else 4  # numbers in a register, or in two

_NUMBERS = ir.VectorType(ir.DoubleType(), WIDTH)
_TRUTHS = ir.VectorType(ir.IntType(1), WIDTH)
_WHOLE = ir.VectorType(ir.IntType(64), WIDTH)
_PLACE = ir.IntType(32)


class Lanes(types.Type):
    """One float64 for each fit."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({WIDTH})")


class Mask(types.Type):
    """One truth value for each fit."""

    def __init__(self) -> None:
        super().__init__(name=f"Mask({WIDTH})")


_LANES, _MASK = Lanes(), Mask()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _NUMBERS)


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _TRUTHS)


def _spread(builder: Any, value: Any) -> Any:
    nothing = ir.Constant(_NUMBERS, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_PLACE, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_PLACE, WIDTH), [0] * WIDTH))


def _as_lanes(context: Any, builder: Any, value: Any, kind: Any) -> Any:
    if isinstance(kind, Lanes):
        return value
    return _spread(builder, context.cast(builder, value, kind, types.float64))


def _binary(function: Any, emit: Callable[[Any, Any, Any], Any], result: types.Type) -> None:
    """Teach the compiler an operator of two lanes, or of lanes and a number."""

    @type_callable(function)
    def _typed(context: Any) -> Callable[[Any, Any], Any]:
        def typer(a: Any, b: Any) -> Any:
            known = all(isinstance(kind, (Lanes, types.Number)) for kind in (a, b))
            return result if known and (isinstance(a, Lanes) or isinstance(b, Lanes)) else None

        return typer

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pairs = zip(arguments, signature.args, strict=True)
        return emit(builder, *(_as_lanes(context, builder, value, kind) for value, kind in pairs))

    for kinds in (
        (Lanes, Lanes),
        (Lanes, types.Float),
        (types.Float, Lanes),
        (Lanes, types.Integer),
        (types.Integer, Lanes),
    ):
        lower_builtin(function, *kinds)(lower)


def _arithmetic(name: str, flags: Sequence[str]) -> Callable[[Any, Any, Any], Any]:
    return lambda builder, a, b: getattr(builder, name)(a, b, flags=flags)


def _comparison(sign: str) -> Callable[[Any, Any, Any], Any]:
    method = "fcmp_unordered" if sign == "!=" else "fcmp_ordered"
    return lambda builder, a, b: getattr(builder, method)(sign, a, b)


# Multiply and add may be one operation; products may be regrouped, so that what does not change in a loop leaves it.
for _name, _emitted, _flags in (
    ("add", "fadd", ("contract",)),
    ("sub", "fsub", ("contract",)),
    ("mul", "fmul", ("contract", "reassoc", "nsz")),
    ("truediv", "fdiv", ("contract",)),
):
    _binary(getattr(operator, _name), _arithmetic(_emitted, _flags), _LANES)
    _binary(getattr(operator, f"i{_name}"), _arithmetic(_emitted, _flags), _LANES)
for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")):
    _binary(getattr(operator, _name), _comparison(_sign), _MASK)


def _of_masks(function: Any, name: str) -> None:
    @type_callable(function)
    def _typed(context: Any) -> Callable[[Any, Any], Any]:
        return lambda a, b: _MASK if isinstance(a, Mask) and isinstance(b, Mask) else None

    @lower_builtin(function, Mask, Mask)
    def _lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return getattr(builder, name)(*arguments)


_of_masks(operator.and_, "and_")
_of_masks(operator.or_, "or_")


def _unary(function: Any, kind: types.Type, emit: Callable[[Any, Any], Any]) -> None:
    @type_callable(function)
    def _typed(context: Any) -> Callable[[Any], Any]:
        return lambda a: kind if isinstance(a, type(kind)) else None

    @lower_builtin(function, type(kind))
    def _lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return emit(builder, arguments[0])


def _called(name: str) -> Callable[[Any, Any], Any]:
    """Return what emits a call of LLVM's function of that name, of one argument."""

    def emit(builder: Any, value: Any) -> Any:
        kind = ir.FunctionType(_NUMBERS, [_NUMBERS])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f64")
        return builder.call(function, [value])

    return emit


_unary(operator.neg, _LANES, lambda builder, value: builder.fneg(value, flags=("contract", "reassoc", "nsz")))
_unary(operator.invert, _MASK, lambda builder, value: builder.not_(value))
_unary(abs, _LANES, _called("fabs"))


def _function_of_lanes(name: str) -> Any:
    @intrinsic
    def function(context: Any, value: Any) -> Any:
        def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _called(name)(builder, arguments[0])

        return _LANES(_LANES), code

    return function


sqrt, floor, ceil, rint = (_function_of_lanes(name) for name in ("sqrt", "floor", "ceil", "rint"))


@intrinsic
def spread(context: Any, value: Any) -> Any:
    """One number in all lanes; lanes as they are."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _as_lanes(compiler, builder, arguments[0], signature.args[0])

    return _LANES(value), code


def _pointer(compiler: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    data = compiler.make_array(kind)(compiler, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), _NUMBERS.as_pointer())


@intrinsic
def load(context: Any, array: Any, at: Any) -> Any:
    """The lanes at entries at, at + 1, ... of a contiguous array of float64."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(compiler, builder, signature.args[0], *arguments), align=8)

    return _LANES(array, types.intp), code


@intrinsic
def store(context: Any, array: Any, at: Any, value: Any) -> Any:
    """Write lanes into entries at, at + 1, ... of a contiguous array of float64."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at, value = arguments
        builder.store(value, _pointer(compiler, builder, signature.args[0], array, at), align=8)
        return compiler.get_dummy_value()

    return types.void(array, types.intp, _LANES), code


@intrinsic
def put(context: Any, array: Any, at: Any, value: Any) -> Any:
    """Write one entry by an instruction of its own: as one scatter, many such take longer."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at, value = arguments
        data = compiler.make_array(signature.args[0])(compiler, builder, array).data
        builder.store_atomic(value, builder.gep(data, [at]), "monotonic", 8)
        return compiler.get_dummy_value()

    return types.void(array, types.intp, types.float64), code


@intrinsic
def choose(context: Any, mask: Any, a: Any, b: Any) -> Any:
    """In each lane a where the mask holds, else b: lanes or numbers."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sides = zip(arguments[1:], signature.args[1:], strict=True)
        return builder.select(arguments[0], *(_as_lanes(compiler, builder, v, kind) for v, kind in sides))

    return _LANES(_MASK, a, b), code


@intrinsic
def any_of(context: Any, mask: Any) -> Any:
    """Whether the mask holds in any lane."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(WIDTH), 0))

    return types.boolean(_MASK), code


@intrinsic
def part(context: Any, value: Any, lane: Any) -> Any:
    """The number in one lane."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.extract_element(arguments[0], builder.trunc(arguments[1], _PLACE))

    return types.float64(_LANES, types.intp), code


@intrinsic
def replaced(context: Any, value: Any, lane: Any, number: Any) -> Any:
    """The lanes with another number in one of them."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, lane, number = arguments
        return builder.insert_element(value, number, builder.trunc(lane, _PLACE))

    return _LANES(_LANES, types.intp, types.float64), code


@intrinsic
def times_power_of_two(context: Any, value: Any, power: Any) -> Any:
    """The value, neither 0 nor subnormal, times 2**power, whole, where the result is so too."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = builder.fptosi(arguments[1], _WHOLE)
        shifted = builder.shl(whole, ir.Constant(_WHOLE, [52] * WIDTH))
        return builder.bitcast(builder.add(builder.bitcast(arguments[0], _WHOLE), shifted), _NUMBERS)

    return _LANES(_LANES, _LANES), code


@intrinsic
def exponent_of(context: Any, value: Any) -> Any:
    """The exponent of a positive normal number, lowered by that of sqrt(1/2): the number is in 2**e [0.7, 1.4]."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], _WHOLE)
        moved = builder.sub(bits, ir.Constant(_WHOLE, [0x3FE6A09E00000000] * WIDTH))
        return builder.sitofp(builder.ashr(moved, ir.Constant(_WHOLE, [52] * WIDTH)), _NUMBERS)

    return _LANES(_LANES), code
