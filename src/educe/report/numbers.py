"""Numbers as a reader wants them: no more digits than the error bar supports, no fewer.

Full digits stay in the result and in its JSON; nothing here is used for computing.
"""

from __future__ import annotations

import math


def rounded(value: float, error: float, *others: float) -> tuple[str, ...]:
    """Return value, error and other numbers, all to the decimal place of the error's second digit.

    value : float -- an estimate
    error : float -- its standard error, same unit; where it is 0 or not finite, six digits are shown
    others : float -- numbers that go with them, such as the ends of an interval

    Like the rule of the Particle Data Group (2022, section 5.3), with two digits of the error always.

    >>> rounded(2.00341, 0.00447, 1.99465, 2.01218)
    ('2.0034', '0.0045', '1.9947', '2.0122')
    >>> rounded(1.60217e-19, 3.1e-23)
    ('1.60217e-19', '3.1e-23')
    >>> rounded(23123.0, 1234.0)
    ('23100', '1200')
    """
    if not (math.isfinite(value) and math.isfinite(error)) or error <= 0:
        return tuple(short(number) for number in (value, error, *others))
    place = _second_digit(error)
    largest = max(abs(value), error)
    form = _fixed if 1e-4 <= largest < 1e7 else _scientific
    first, *rest = (form(number, place) for number in (value, *others))
    shown = f"{error:.1e}" if form is _scientific or error < 1e-9 else _fixed(error, place)
    return (first, shown, *rest)


def short(number: float, digits: int = 6) -> str:
    """Return a number to so many significant digits, trailing zeros dropped.

    >>> short(0.1 + 0.2), short(math.inf), short(math.nan), short(-1234567.0)
    ('0.3', 'unknown', 'undefined', '-1.23457e+06')
    """
    if math.isnan(number):
        return "undefined"
    if math.isinf(number):
        return "unknown" if number > 0 else "-unknown"
    return f"{number:.{digits}g}"


def plain(number: float) -> str:
    """Return a number that may be infinite and mean it, such as AIC for residuals of zero.

    >>> plain(math.inf), plain(12.5)
    ('infinite', '12.5')
    """
    if math.isinf(number):
        return "infinite" if number > 0 else "-infinite"
    return short(number)


def share(number: float) -> str:
    """Return a share such as R2, with enough digits to tell it from 1.

    >>> share(0.98134), share(0.99999999683), share(1.0)
    ('0.9813', '0.9999999968', '1')
    """
    if not math.isfinite(number) or number >= 1:
        return short(number)
    if number < 0.9:
        return f"{number:.4f}" if number > -10 else short(number)
    return f"{number:.{min(15, max(4, 1 - math.floor(math.log10(1 - number))))}f}"


def percent(error: float, value: float) -> str:
    """Return an error relative to a value, in percent to two digits; empty where that says nothing.

    >>> percent(0.0045, 2.0034), percent(3.0, 2.0), percent(1.0, 0.0)
    ('0.22 %', '150 %', '')
    """
    if not (math.isfinite(error) and math.isfinite(value)) or value == 0 or error == 0:
        return ""
    ratio = 100 * error / abs(value)
    return "> 1000 %" if ratio > 1000 else f"{_two_digits(ratio)} %"


def probability(p: float) -> str:
    """Return a p-value in words that do not claim more than it can carry.

    >>> probability(0.4321), probability(0.00321), probability(1e-9), probability(math.nan)
    ('p = 0.43', 'p = 0.0032', 'p < 0.0001', 'p undefined')
    """
    if math.isnan(p):
        return "p undefined"
    if p < 1e-4:
        return "p < 0.0001"
    return f"p = {_two_digits(p)}"


def count(number: int, noun: str) -> str:
    """Return a number of things with the noun in the right form.

    >>> count(1, "row"), count(12000, "row")
    ('1 row', '12,000 rows')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _two_digits(number: float) -> str:
    mantissa_exponent = f"{number:.1e}"
    return f"{float(mantissa_exponent):.{max(0, 1 - int(mantissa_exponent.split('e')[1]))}f}"


def _second_digit(error: float) -> int:
    """Return the decimal place of the error's second digit: 3 for 0.012, -2 for 1200."""
    return 1 - int(f"{error:.1e}".split("e")[1])


def _fixed(number: float, place: int) -> str:
    if not math.isfinite(number):
        return short(number)
    # Beyond the 15th significant digit float64 prints noise.
    digits = 15 - (math.floor(math.log10(abs(number))) + 1 if number else 0)
    text = f"{round(number, place):.{max(0, min(place, digits))}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _scientific(number: float, place: int) -> str:
    if number == 0 or not math.isfinite(number):
        return short(number)
    exponent = int(f"{number:.15e}".split("e")[1])
    return f"{number:.{min(15, max(0, exponent + place))}e}"
