"""Functions of lanes, for compiled fits of many small data sets: each serves several fits with one instruction.

Exponential, logarithm, sine and cosine are polynomials without branches, within 2 units in the last place; the
others are called lane by lane. Only compiled code imports this file.

Sources: argument reduction, Cody and Waite (1980); logarithm, sine and cosine, Sun's fdlibm (1993); the exponential's
polynomial interpolates (exp(r) - 1 - r)/r^2 at ten Chebyshev points of |r| <= log(2)/2.
"""

from __future__ import annotations

import math
from typing import Any

import numba

from educe.engines.elementary import (
    BY_HALF_PI,
    BY_LOG2,
    C1,
    C2,
    C3,
    C4,
    C5,
    C6,
    HALF_PI_1,
    HALF_PI_2,
    HALF_PI_3,
    LOG2_1,
    LOG2_2,
    REACH,
    S1,
    S2,
    S3,
    S4,
    S5,
    S6,
)
from educe.engines.lanes import (
    WIDTH,
    any_of,
    choose,
    exponent_of,
    floor,
    part,
    replaced,
    rint,
    spread,
    sqrt,
    times_power_of_two,
)

SMALLEST, LARGEST = -708.0, 709.0  # exponents whose exponential is neither subnormal nor near overflow
E0, E1, E2, E3, E4 = (
    0.5,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
)
E5, E6, E7 = 0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06
E8, E9 = 2.7620088445409746e-07, 2.510038549551032e-08
L1, L2, L3, L4 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
)
L5, L6, L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01
SMALLEST_NORMAL = 2.2250738585072014e-308


@numba.njit(error_model="numpy")
def exp(x: Any) -> Any:
    """Return the exponential: 0 below -708, where it is less than 3.4e-308."""
    k = rint(x * BY_LOG2)
    r = (x - k * LOG2_1) - k * LOG2_2
    s = r * r
    t = s * s
    low = (E0 + E1 * r) + (E2 + E3 * r) * s
    high = ((E4 + E5 * r) + (E6 + E7 * r) * s) + (E8 + E9 * r) * t
    e = times_power_of_two(1.0 + (r + s * (low + t * high)), choose(abs(x) <= LARGEST, k, 0.0))
    inside = choose(x < SMALLEST, 0.0, e)
    far = abs(x) > LARGEST
    if any_of(far & (x > 0.0)):
        return choose(x > LARGEST, lane_by_lane_exp(x), inside)
    return inside


@numba.njit(error_model="numpy")
def lane_by_lane_exp(x: Any) -> Any:
    """Return the C library's exponential."""
    for lane in range(WIDTH):
        x = replaced(x, lane, math.exp(part(x, lane)))
    return x


@numba.njit(error_model="numpy")
def expit(x: Any) -> Any:
    """Return 1/(1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))


@numba.njit(error_model="numpy")
def log(x: Any) -> Any:
    """Return the natural logarithm: nan below 0, -inf at 0."""
    small = x < SMALLEST_NORMAL
    y = choose(small, x * 18014398509481984.0, x)  # 2**54
    k = exponent_of(y)
    f = times_power_of_two(y, -k) - 1.0
    k = choose(small, k - 54.0, k)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    R = w * (L2 + w * (L4 + w * L6)) + z * (L1 + w * (L3 + w * (L5 + w * L7)))
    half = 0.5 * f * f
    value = k * LOG2_1 - ((half - (s * (half + R) + k * LOG2_2)) - f)
    value = choose(x > 0.0, value, choose(x == 0.0, -math.inf, math.nan))
    return choose(x == math.inf, math.inf, value)


@numba.njit(error_model="numpy")
def sincos(x: Any) -> Any:
    """Return sine and cosine."""
    k = rint(x * BY_HALF_PI)
    r = ((x - k * HALF_PI_1) - k * HALF_PI_2) - k * HALF_PI_3
    z = r * r
    s = r + r * z * (S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))))
    c = 1.0 - 0.5 * z + z * z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))
    turn = k - 4.0 * floor(0.25 * k)
    odd = (turn == 1.0) | (turn == 3.0)
    sine, cosine = choose(odd, c, s), choose(odd, s, c)
    sine = choose(turn >= 2.0, -sine, sine)
    cosine = choose((turn == 1.0) | (turn == 2.0), -cosine, cosine)
    if any_of(abs(x) > REACH):
        for lane in range(WIDTH):
            angle = part(x, lane)
            if abs(angle) > REACH:
                sine = replaced(sine, lane, math.sin(angle))
                cosine = replaced(cosine, lane, math.cos(angle))
    return sine, cosine


@numba.njit(error_model="numpy")
def sin(x: Any) -> Any:
    """Return the sine."""
    return sincos(x)[0]


@numba.njit(error_model="numpy")
def cos(x: Any) -> Any:
    """Return the cosine."""
    return sincos(x)[1]


def _of_one(function: Any) -> Any:
    """Return the function of lanes that calls a function of a number for each."""

    @numba.njit(error_model="numpy")
    def of_lanes(x: Any) -> Any:
        for lane in range(WIDTH):
            x = replaced(x, lane, function(part(x, lane)))
        return x

    return of_lanes


def _of_two(function: Any) -> Any:
    """Return the function of two lanes that calls a function of two numbers for each."""

    @numba.njit(error_model="numpy")
    def of_lanes(x: Any, y: Any) -> Any:
        for lane in range(WIDTH):
            x = replaced(x, lane, function(part(x, lane), part(y, lane)))
        return x

    return of_lanes


tan, asin, acos, atan = _of_one(math.tan), _of_one(math.asin), _of_one(math.acos), _of_one(math.atan)
sinh, cosh, tanh = _of_one(math.sinh), _of_one(math.cosh), _of_one(math.tanh)
asinh, acosh, atanh = _of_one(math.asinh), _of_one(math.acosh), _of_one(math.atanh)
expm1, log1p, log10 = _of_one(math.expm1), _of_one(math.log1p), _of_one(math.log10)
erf, erfc, gamma, lgamma = _of_one(math.erf), _of_one(math.erfc), _of_one(math.gamma), _of_one(math.lgamma)
atan2, hypot, power = _of_two(math.atan2), _of_two(math.hypot), _of_two(math.pow)


@numba.njit(error_model="numpy")
def cbrt(x: Any) -> Any:
    """Return the cube root."""
    root = power(abs(x), spread(1.0 / 3.0))
    return choose(x < 0.0, -root, root)


__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "expit",
    "expm1",
    "gamma",
    "hypot",
    "lgamma",
    "log",
    "log1p",
    "log10",
    "power",
    "sin",
    "sincos",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]
