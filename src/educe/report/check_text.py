"""A check as words for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.report.numbers import count, short
from educe.report.sentences import law_text, law_with_numbers

if TYPE_CHECKING:
    from educe.comparison.check_regions import Region
    from educe.comparison.check_result import Check


def verdict(check: Check) -> str:
    """Return the answer in one sentence."""
    if check.exact:
        return "nothing left: the law reproduces the measurements to rounding"
    if not check.found:
        return f"nothing left: the residuals look like noise ({probability(check)})"
    if not check.regions:
        return f"structure in the residuals: {check.kind} ({probability(check)})"
    first = check.regions[0]
    if check.oscillates and check.wave is not None and check.wave.z > abs(first.z):
        return (
            f"structure: {check.kind}, worth {check.wave.z:.1f} standard deviations ({probability(check)}), "
            f"strongest near {place(first)}"
        )
    return (
        f"structure near {place(first)}, worth {abs(first.z):.1f} standard deviations ({probability(check)}): "
        f"measurements lie {short(abs(first.mean), 2)} {'above' if first.mean > 0 else 'below'} the law"
    )


def place(region: Region) -> str:
    """Return a region as it is read: x = 2.1..2.6, y = 0.3..0.9.

    >>> from educe.comparison.check_regions import Region
    >>> place(Region({"x": (2.1, 2.6)}, 4.2, 0.1, 12, True))
    'x = 2.1..2.6'
    """
    return ", ".join(f"{name} = {_ends(low, high)}" for name, (low, high) in region.bounds.items())


def _ends(low: float, high: float) -> str:
    """Return both ends with as many digits as tell them apart; one number where they are equal."""
    if low == high:
        return short(low)
    for digits in range(2, 15):
        if abs(float(short(high, digits)) - float(short(low, digits)) - (high - low)) <= 0.1 * (high - low):
            return f"{short(low, digits)}..{short(high, digits)}"
    return f"{low!r}..{high!r}"


def probability(check: Check) -> str:
    """Return the p-value, no finer than the replicates can tell."""
    least = 1.0 / (check.replicates + 1)
    return f"p < {short(2.0 * least, 2)}" if check.p_value < 1.5 * least else f"p = {short(check.p_value, 2)}"


def render(check: Check) -> str:
    """Return the whole finding as text."""
    fit = check.fit
    lines = [law_text(fit), law_with_numbers(fit), "", check.verdict]
    if check.found and check.kind not in check.verdict:
        lines.append(f"  most like {check.kind}")
    lines += [f"  also near {_further(region)}" for region in check.regions[1:] if check.found]
    lines.append("")
    lines.append(f"data     {count(fit.n, 'row')} of {fit.source}")
    if not check.exact:
        lines.append(f"noise    {_noise(check)}")
        each = ", ".join(f"{name} {short(p, 2)}" for name, p in check.p_values.items())
        lines.append(f"looked   {each} (p of each alone, {check.replicates} draws of noise)")
    if check.explained is not None:
        lines.append(f"network  {_network(check)}")
    lines += [f"note     {note}" for note in check.notes]
    return "\n".join(lines)


def _further(region: Region) -> str:
    side = "above" if region.mean > 0 else "below"
    return f"{place(region)}: {abs(region.z):.1f} standard deviations, {short(abs(region.mean), 2)} {side} the law"


def _noise(check: Check) -> str:
    """Return whether the noise is the same everywhere, unless what the law misses may be what is seen."""
    if check.found and not check.noise.constant:
        return (
            "its size seems to change, which what the law misses may do alone; look again with a better law"
        )
    return check.noise.sentence


def _network(check: Check) -> str:
    explained = check.explained
    assert explained is not None
    if explained.share <= 0.0:
        return "predicts nothing of the residuals on rows that it did not see"
    return (
        f"of {explained.parameters} parameters predicts {100 * explained.share:.2g} % of the residuals' variance on "
        "rows that it did not see"
    )
