"""Numbers as they stand in a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educe.report.blocks import Number


def bare(value: Number) -> str:
    """Return a number in LaTeX.

    >>> from educe.report.blocks import number
    >>> print(bare(number("a", -1.25e-7)))
    -1.25 \\cdot 10^{-7}
    """
    mantissa, _, exponent = value.shown.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def in_tex(value: Number) -> str:
    """Return a number in LaTeX, a negative one in braces, so that its minus is a sign wherever it stands.

    >>> from educe.report.blocks import number
    >>> in_tex(number("a", -2.5))
    '{-2.5}'
    """
    return f"{{{bare(value)}}}" if is_negative(value) else bare(value)


def signed(value: Number) -> str:
    """Return a number as a further term of a sum, with its sign and spaces.

    >>> from educe.report.blocks import number
    >>> signed(number("a", -2.5)), signed(number("a", 2.5))
    (' - 2.5', ' + 2.5')
    """
    return f" - {bare(value)[1:]}" if is_negative(value) else f" + {bare(value)}"


def enclosed(value: Number) -> str:
    """Return a number as a factor, or as what is subtracted: a negative one in brackets.

    >>> from educe.report.blocks import number
    >>> print(enclosed(number("a", -2.5)))
    \\left(-2.5\\right)
    """
    return rf"\left({bare(value)}\right)" if is_negative(value) else bare(value)


def is_negative(value: Number) -> bool:
    """Return whether a number is shown with a minus."""
    return value.shown.startswith("-")
