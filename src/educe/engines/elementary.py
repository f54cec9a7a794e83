"""Sine, cosine and exponential that a compiler can turn into vector instructions.

The functions of the C library are scalar calls; those here are polynomials without branches, some five times as
fast in a loop, and within 2 units in the last place. Only compiled code imports this file.

Sources: argument reduction, Cody and Waite (1980); polynomials, Sun's fdlibm (1993).
"""

from __future__ import annotations

import math
from typing import Any

import numba
from numba.extending import intrinsic

REACH = 1e5  # |x| up to which k * HALF_PI[0], k whole, has no rounding; beyond it sine and cosine give nan

# pi/2 in three parts, the first two with 33 bits
HALF_PI_1 = float.fromhex("0x1.921fb544p+0")
HALF_PI_2 = float.fromhex("0x1.0b4611a6p-34")
HALF_PI_3 = float.fromhex("0x1.3198a2e037073p-69")
BY_HALF_PI = 2.0 / math.pi
S1, S2, S3 = -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04
S4, S5, S6 = 2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10
C1, C2, C3 = 4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05
C4, C5, C6 = -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11

LOG2_1, LOG2_2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10
BY_LOG2 = 1.44269504088896338700
TO_INTEGER = 6755399441055744.0  # 1.5 * 2**52: added to a small whole number, its low bits hold that number

CONTRACT = {"contract"}  # multiply and add may be one operation


@intrinsic
def bits_of(context: Any, value: Any) -> Any:
    """The bits of a float as an integer."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], compiler.get_value_type(numba.int64))

    return numba.int64(numba.float64), code


@intrinsic
def of_bits(context: Any, value: Any) -> Any:
    """The float with these bits."""

    def code(compiler: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], compiler.get_value_type(numba.float64))

    return numba.float64(numba.int64), code


_bits: Any = bits_of  # called with one argument less than it is defined with
_of_bits: Any = of_bits


@numba.njit(error_model="numpy", fastmath=CONTRACT, cache=True)
def sincos(x: float) -> tuple[float, float]:
    """Return sine and cosine; nan beyond REACH."""
    k = math.floor(x * BY_HALF_PI + 0.5)
    r = ((x - k * HALF_PI_1) - k * HALF_PI_2) - k * HALF_PI_3
    z = r * r
    s = r + r * z * (S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))))
    c = 1.0 - 0.5 * z + z * z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))
    half, quarter = 0.5 * k, 0.25 * k
    odd = half != math.floor(half)
    turn = quarter - math.floor(quarter)
    sine, cosine = (c, s) if odd else (s, c)
    sine = -sine if turn >= 0.5 else sine
    cosine = -cosine if turn == 0.25 or turn == 0.5 else cosine
    beyond = not abs(x) <= REACH
    return (math.nan if beyond else sine), (math.nan if beyond else cosine)


@numba.njit(error_model="numpy", cache=True)
def sincos_anywhere(x: float) -> tuple[float, float]:
    """Return sine and cosine, of any number."""
    return math.sin(x), math.cos(x)


@numba.njit(error_model="numpy", fastmath=CONTRACT, cache=True)
def sin(x: float) -> float:
    """Return the sine; nan beyond REACH."""
    return sincos(x)[0]


@numba.njit(error_model="numpy", fastmath=CONTRACT, cache=True)
def cos(x: float) -> float:
    """Return the cosine; nan beyond REACH."""
    return sincos(x)[1]


@numba.njit(error_model="numpy", fastmath=CONTRACT, cache=True)
def exp(x: float) -> float:
    """Return the exponential, of any number."""
    inside = x if x > -746.0 else -746.0
    inside = inside if inside < 710.0 else 710.0
    k = math.floor(inside * BY_LOG2 + 0.5)
    r = (inside - k * LOG2_1) - k * LOG2_2
    tail = 1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600 + r / 6227020800))
    tail = 1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r * tail))
    e = 1.0 + (r + r * r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * tail))))))
    whole: int = _bits(k + TO_INTEGER) - _bits(TO_INTEGER)
    half = whole >> 1  # two factors, so that neither overflows where the result is a number
    grown = e * _of_bits((half + 1023) << 52) * _of_bits((whole - half + 1023) << 52)
    return grown if x == x else x  # nan is not equal to itself


@numba.njit(error_model="numpy", fastmath=CONTRACT, cache=True)
def expit(x: float) -> float:
    """Return 1/(1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))
