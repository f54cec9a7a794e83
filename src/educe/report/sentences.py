"""What a report says about a fit, as words and rounded numbers, for every form that a report takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.report.law_with_numbers import put_in
from educe.report.numbers import count, percent, plain, probability, rounded, share, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from educe.fitting.result import Fit
    from educe.fitting.streaming import Streaming
    from educe.learning.result import Learned
    from educe.parameters import Parameter
    from educe.uncertainty.intervals import Interval

LEVEL = 0.95
STRONG = 0.9  # correlations above this are named
MOST_ALIASES = 2  # frequencies whose aliases are written out
DOUBTFUL = 0.05  # p-values below this are called out


@dataclass(frozen=True)
class ParameterLine:
    """One parameter as a table shows it: text, rounded by its error; empty where there is nothing to say."""

    name: str
    value: str
    error: str
    lower: str
    upper: str
    relative: str
    note: str


@dataclass(frozen=True)
class Quantity:
    """One number of the fit with the convention it stands under."""

    label: str
    value: str
    convention: str


def law_text(fit: Fit) -> str:
    """Return the law as written, ``z = a*sin(x)``."""
    return fit.stated.text


def law_with_numbers(fit: Fit) -> str:
    """Return the law with every parameter replaced by its value, rounded by its error.

    Of several data sets, those that they share.
    """
    values = {name: rounded(value, fit.stderr[name])[0] for name, value in fit.params.items()}
    return put_in(fit.stated.text, values)


def response(fit: Fit) -> str:
    """Return the name of what was measured."""
    return fit.response or "response"


def label(result: Fit | Learned, name: str) -> str:
    """Return the name of a column with its unit, where that is known.

    The unit of a response such as log(y) is not that of its column, and is left out.
    """
    known = result.units.get(name, "")
    return _printed(f"{name} ({known})" if known else name)


def unit(result: Fit | Learned, name: str) -> str:
    """Return the unit of a difference of two values of a column, with a space before it; "" if none is known."""
    known = _printed(result.units.get(name, ""))
    return f" {'s' if known.startswith('s since ') else known}" if known else ""


def _printed(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def rows(fit: Fit) -> str:
    """Return where the rows came from and how many there are."""
    return f"{count(fit.n, 'row')} of {fit.source}{_left_out(fit.left_out)}{_times(fit)}"


def _times(fit: Fit) -> str:
    """Return from when the columns of times count."""
    units = {name: fit.units.get(name, "") for name in fit.rows.columns}
    return "".join(f"; {name} in {unit}" for name, unit in units.items() if unit.startswith("s since "))


def _left_out(left_out: Mapping[str, int]) -> str:
    total = sum(left_out.values())
    if not total:
        return ", none left out"
    return f"; {total:,} left out: " + ", ".join(f"{rows:,} {reason}" for reason, rows in left_out.items())


def degrees_of_freedom(fit: Fit) -> str:
    """Return the degrees of freedom with the subtraction that gave them."""
    free = count(len(fit.names), "free parameter")
    return f"{fit.dof:,} degrees of freedom: {count(fit.n, 'row')} less {free}"


def solution(fit: Fit) -> str:
    """Return how the fit ended, and after how many iterations."""
    return f"{fit.reason} ({count(fit.iterations, 'iteration')})" if fit.iterations else fit.reason


def starting_values(fit: Fit) -> str:
    """Return where the starting values came from, and how sure the search is of its answer."""
    if fit.sets is not None and fit.search is None and not fit.started:
        return "each data set fitted alone, then all at once"
    if fit.search is None:
        pattern = fit.plan.model.pattern
        if pattern is not None and pattern.linear == len(fit.names):
            return "none needed: all free parameters enter linearly"
        if fit.started:
            return "as given"
        return "1 for each parameter, or inside its bounds: nothing was searched for"
    found = fit.search
    words = (
        f"searched for: {count(found.agreed, 'start')} in {count(found.rounds, 'round')} led to this minimum"
    )
    others = len(found.starts) - 1
    if others > 0:
        words += f", {others} other {'minimum was' if others == 1 else 'minima were'} met"
    words += f"; {'settled' if found.settled else 'not settled'}"
    return ". ".join([words, *_aliases(found.aliases)])


def _aliases(sentences: Sequence[str]) -> Iterator[str]:
    """Yield the first sentences about frequencies that fit as well, and how many more there are."""
    for sentence in sentences[:MOST_ALIASES]:
        yield sentence.removesuffix(".")
    if len(sentences) > MOST_ALIASES:
        yield f"So it is with {count(len(sentences) - MOST_ALIASES, 'other parameter')}"


_KINDS = {
    "wald": "Wald: symmetric about the value",
    "profile": "profile: the other parameters refitted at each value",
    "bootstrap": "bootstrap: refits to redrawn residuals, bias-corrected and accelerated",
    "jackknife": "jackknife: refits without each row, symmetric about the value",
}


def interval_convention(fit: Fit) -> str:
    """Return how the intervals of the table were made."""
    if math.isinf(fit.interval_dof):
        how = "normal distribution, since sigma is known"
    else:
        how = f"Student's t with {count(fit.dof, 'degree')} of freedom"
    kinds = {interval.method for interval in fit.intervals(LEVEL).values()} or {"wald"}
    words = "; ".join(_KINDS[kind] for kind in _KINDS if kind in kinds)
    if kinds & {"bootstrap"} == kinds:
        return f"Lower and upper: {100 * LEVEL:.0f} % interval ({words})."
    marked = ", where so marked" if len(kinds) > 1 else ""
    return f"Lower and upper: {100 * LEVEL:.0f} % interval ({words}{marked}; {how})."


def parameter_lines(fit: Fit) -> list[ParameterLine]:
    """Return one line for each parameter, in the law's order."""
    intervals = fit.intervals(LEVEL)
    return [
        _line(
            p.name,
            fit.params[p.name],
            fit.stderr[p.name],
            intervals.get(p.name),
            _notes(_note(p, fit), intervals.get(p.name)),
        )
        for p in fit.parameters
    ]


def derived_lines(fit: Fit) -> list[ParameterLine]:
    """Return one line for each derived quantity."""
    intervals = fit.intervals(LEVEL)
    return [
        _line(
            name, d.value, d.standard_error, intervals[name], _notes(f"= {fit.derive[name]}", intervals[name])
        )
        for name, d in fit.derived.items()
    ]


def _notes(note: str, interval: Interval | None) -> str:
    """Return the marks of a parameter with the kind of its interval, where that is not Wald's."""
    kind = interval.method if interval is not None and interval.method != "wald" else ""
    return ", ".join(filter(None, (kind, note)))


def parameter_groups(fit: Fit) -> list[tuple[str, list[ParameterLine]]]:
    """Return the parameters under their headings: of several data sets, the shared ones, then those of each."""
    lines = parameter_lines(fit)
    if fit.sets is None:
        return [("parameter", lines)]
    by_name = {line.name: line for line in lines}
    groups = [("shared", fit.sets.shared)]
    groups += [(name, tuple(fit.sets.name_of(own, name) for own in fit.sets.own)) for name in fit.sets.names]
    return [(title, [by_name[name] for name in names]) for title, names in groups if names]


def data_sets(fit: Fit) -> list[Quantity]:
    """Return one line for each data set of several: its rows, and how far they scatter."""
    if fit.sets is None:
        return []
    unit = "in units of sigma" if fit.convention.sigma != "none" else f"in the unit of {response(fit)}"
    counted = zip(fit.sets.names, fit.sets.sources, fit.sets.used, fit.sets.rss, strict=True)
    return [
        Quantity(
            name, count(rows, "row"), f"of {source}, residuals {short(math.sqrt(rss / rows))} rms, {unit}"
        )
        for name, source, rows, rss in counted
        if rows
    ]


def _line(name: str, value: float, error: float, interval: Interval | None, note: str) -> ParameterLine:
    if error == 0 and note.startswith("fixed"):
        return ParameterLine(name, short(value), "", "", "", "", note)
    lower, upper = interval[:2] if interval is not None else (math.nan, math.nan)
    shown = rounded(value, error, lower, upper)
    none = interval is None or not math.isfinite(error) or (interval.method == "wald" and math.isinf(upper))
    low, high = (
        ("", "") if none else (_end(end, words) for end, words in zip((lower, upper), shown[2:], strict=True))
    )
    return ParameterLine(name, shown[0], shown[1], low, high, percent(error, value), note)


def _end(end: float, words: str) -> str:
    """Return an end of an interval; without limit it is open."""
    return words if math.isfinite(end) else "open"


def _note(parameter: Parameter, fit: Fit) -> str:
    """Return the marks of a parameter: fixed, tied, at a bound, starting value."""
    name, value = parameter.name, fit.params[parameter.name]
    if parameter.fixed:
        return "fixed"
    if name in fit.ties:
        return f"tied: {fit.ties[name]}"
    notes = []
    for side, bound in (("lower", parameter.lower), ("upper", parameter.upper)):
        if math.isclose(value, bound, rel_tol=1e-12):
            notes.append(f"at {side} bound {short(bound)}")
    if name in fit.started and name not in fit.linear:
        notes.append(f"start {short(fit.started[name])}")
    return ", ".join(notes)


def quantities(fit: Fit) -> list[Quantity]:
    """Return how well the law fits, each number with its convention."""
    weighted = fit.convention.sigma != "none"
    y = response(fit)
    residual = f"({y} - fitted)/sigma" if weighted else f"{y} - fitted"
    unit = "in units of sigma" if weighted else f"in the unit of {y}"
    if fit.convention.loss != "linear":
        # AIC, BIC and R² belong to plain least squares: rows that the loss left aside would rule them
        return [
            Quantity("Noise", short(fit.noise), f"of good rows, from the median residual, {unit}"),
            Quantity("Residual sum of squares", short(fit.rss), f"rss, sum of ({residual})² over all rows"),
        ]
    if fit.convention.noisy_inputs:
        # R² and the criteria compare residuals in y alone
        return [
            Quantity("Residual standard error", short(fit.residual_standard_error), f"sqrt(rss/dof), {unit}"),
            Quantity(
                "Sum of squared distances",
                short(fit.rss),
                "rss, of y and x to the law, in units of their errors",
            ),
            *_chi_square(fit),
        ]
    found = [
        Quantity("Residual standard error", short(fit.residual_standard_error), f"sqrt(rss/dof), {unit}"),
        Quantity("Residual sum of squares", short(fit.rss), f"rss, sum of ({residual})²"),
        Quantity("R²", share(fit.r_squared), f"share of the variation of {y} about its mean"),
        Quantity("Adjusted R²", share(fit.adjusted_r_squared), "1 - (1 - R²)(n - 1)/(n - p)"),
    ]
    return found + _chi_square(fit) + _criteria(fit)


def _chi_square(fit: Fit) -> list[Quantity]:
    if fit.chi_square is None or fit.reduced_chi_square is None or fit.chi_square_p_value is None:
        return []
    p = fit.chi_square_p_value
    verdict = f"dof = {fit.dof:,}, {probability(p)}"
    if p < DOUBTFUL:
        verdict += ": scatter larger than sigma allows"
    elif p > 1 - DOUBTFUL / 5:
        verdict += ": scatter smaller than sigma promises"
    return [
        Quantity("Chi-square", short(fit.chi_square), verdict),
        Quantity(
            "Reduced chi-square",
            short(fit.reduced_chi_square),
            "chi-square/dof, near 1 where law and sigma are right",
        ),
    ]


def _criteria(fit: Fit) -> list[Quantity]:
    p = len(fit.names)
    if fit.convention.sigma == "absolute":
        k = f"k = {p}, the free parameters"
    else:
        k = f"k = {p + 1}, the free parameters and the noise variance"
    return [
        Quantity("AIC", plain(fit.aic), k),
        Quantity("AICc", plain(fit.aicc), "AIC corrected for few rows"),
        Quantity("BIC", plain(fit.bic), "all three compare laws for the same rows, lower is better"),
    ]


def rank(fit: Fit) -> str:
    """Return how many directions of the parameters the data determine, and how unequally."""
    found = fit.directions
    p = len(found.names)
    if found.rank < p:
        return f"rank {found.rank}: the data determine {found.rank} of {count(p, 'direction')} of the free parameters"
    return f"rank {found.rank}, full; condition number {short(found.condition, 3)} (columns scaled)"


def correlated(fit: Fit) -> str:
    """Return the pairs of parameters whose correlation is above STRONG, strongest first, as a sentence."""
    pairs = [
        (abs(r), f"{first} and {second} {_correlation(r)}")
        for j, second in enumerate(fit.names)
        for i, first in enumerate(fit.names[:j])
        if abs(r := float(fit.correlation[i, j])) > STRONG
    ]
    if not pairs:
        return f"No correlation between parameters exceeds {STRONG}." if len(fit.names) > 1 else ""
    named = ", ".join(words for _, words in sorted(pairs, key=lambda pair: -pair[0]))
    return f"Correlations beyond ±{STRONG}: {named}."


def _correlation(r: float) -> str:
    if abs(r) < 0.9995:
        return f"{r:.3f}"
    return f"{'-' if r < 0 else ''}{share(abs(r))}"


def warnings(fit: Fit) -> list[str]:
    """Return what the reader must know before the numbers, the gravest first."""
    return [sentence(warning) for warning in fit.warnings]


def sentence(words: str) -> str:
    """Return words with a capital and a full stop; a name of the user at the start stays as it is.

    >>> sentence("error bars come from the scatter")
    'Error bars come from the scatter.'
    """
    first = words.split(" ", 1)[0]
    capital = words if "_" in first or len(first) < 2 else words[:1].upper() + words[1:]
    return capital if capital.endswith((".", "?", "!")) else capital + "."


def conventions(fit: Fit) -> list[str]:
    """Return the conventions under which errors and intervals stand, as sentences."""
    digits = "Values are rounded to the second digit of their error; all digits are in the JSON."
    return [*map(sentence, fit.convention.sentences), interval_convention(fit), digits]


def residual_tests(fit: Fit) -> list[Quantity]:
    """Return each test of the residuals: its name, its p-value, what it says."""
    return [
        Quantity(test.name, probability(test.p_value), f"{test.verdict} ({test.convention})")
        for test in fit.residual_tests
    ]


def passes(how: Streaming) -> str:
    """Return how a file was read that is larger than memory."""
    times = "once" if how.passes == 1 else f"{how.passes} times"
    parts = "one piece" if how.pieces == 1 else f"{how.pieces:,} pieces"
    rate = how.rows * how.passes / max(how.seconds, 1e-9) / 1e6
    return (
        f"row by row, {times}, in {parts}: {how.bytes / 1e6:,.0f} MB of numbers, {rate:,.1f} million rows a second; "
        "the tests of the residuals and the figures are of a sample"
    )
