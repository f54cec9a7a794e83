"""The first chapters about a law: what was found, and from which data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from educe.explanation.law_pictures import data_pictures
from educe.explanation.law_sets import sets_table
from educe.report import sentences
from educe.report.blocks import (
    Beside,
    Block,
    Chapter,
    Formula,
    Inline,
    Items,
    Level,
    Line,
    Number,
    Prose,
    Strong,
    Table,
    Typed,
    counted,
    number,
)
from educe.report.numbers import percent, rounded, share
from educe.report.wording import line, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.explanation.law_reading import Reading


def found(reading: Reading) -> Chapter:
    """Return the chapter of the result: warnings, numbers with their errors, picture."""
    blocks: list[Block] = [Prose((words,), "warning") for words in sentences.warnings(reading.fit)]
    blocks += [_summary(reading), Level("plain", (_in_words(reading),), alone=True)]
    blocks += [Level("school", (_parameters(reading), *_notes(reading))), _goodness(reading)]
    blocks += _side_by_side(data_pictures(reading))
    blocks.append(Level("full", (_quantities(reading),)))
    return Chapter("found", "What was found", tuple(blocks))


def _side_by_side(pictures: list[Block]) -> list[Block]:
    return pictures if len(pictures) < 2 else [Beside(tuple(pictures))]


def _summary(reading: Reading) -> Prose:
    fit = reading.fit
    several = "constants that were" if fit.p > 1 else "constant that was"
    return said(
        f"The law {{law}} has {{p}} {several} not known. {{n}} rows of {{source}} say what "
        f"{'they are' if fit.p > 1 else 'it is'}, each with an [[standard error|error bar]].",
        {
            "law": Typed(sentences.law_text(fit)),
            "p": counted("p", fit.p),
            "n": counted("n", fit.n),
            "source": Strong(fit.source),
        },
    )


def _in_words(reading: Reading) -> Items:
    """Return each parameter with its interval, in words."""
    entries: list[Line] = []
    for name in reading.fit.names:
        ends = reading.interval(name)
        pieces: dict[str, Number | Typed] = {"name": Typed(name), "value": reading.value(name)}
        words = "{name} is about {value}"
        if ends is not None:
            pieces |= {"lower": ends[0], "upper": ends[1]}
            words += ": if the law is right, the true value lies between {lower} and {upper}, in 95 of 100 such cases"
        entries.append(line(words + ".", pieces))
    return Items(tuple(entries))


def _parameters(reading: Reading) -> Table:
    fit = reading.fit
    rows: list[tuple[Line, ...]] = []
    for shown in sentences.parameter_lines(fit):
        ends = reading.interval(shown.name)
        has_error = bool(shown.error)
        rows.append(
            (
                reading.name(shown.name),
                reading.value(shown.name),
                reading.error(shown.name) if has_error else "",
                *(ends or ("", "")),
                shown.relative,
                shown.note,
            )
        )
    header: tuple[Line, ...] = (
        "parameter",
        "value",
        "standard error",
        "lower 95 %",
        "upper 95 %",
        "relative error",
        "",
    )
    noted = any(row[-1] for row in rows)
    if not noted:
        header, rows = header[:-1], [row[:-1] for row in rows]
    return Table("The constants of the law, with their error bars", header, tuple(rows))


def _notes(reading: Reading) -> list[Block]:
    words = [*sentences.conventions(reading.fit), sentences.correlated(reading.fit)]
    return [Prose((" ".join(filter(None, words)),), "note")]


def _goodness(reading: Reading) -> Prose:
    fit = reading.fit
    y = Typed(sentences.response(fit))
    if reading.robust:
        return said(
            "A good reading lies about {s} from the law; rows that are far off counted for less.",
            {"s": number("noise", fit.noise, 4)},
            kind="finding",
        )
    if not math.isfinite(fit.residual_standard_error):
        return said(
            "There are as many constants as rows: the law passes through all of them.", kind="finding"
        )
    pieces: dict[str, Inline] = {
        "s": number("residual_standard_error", fit.residual_standard_error, 4),
        "unit": " times its sigma" if reading.weighted else reading.unit,
        "y": y,
    }
    words = "A reading of {y} lies about {s}{unit} from the law"
    if math.isfinite(fit.r_squared) and fit.law_variables:
        pieces["r2"] = Number("r_squared", fit.r_squared, share(fit.r_squared))
        words += ", which explains a share of {r2} of its variation ([[R squared|R²]])"
    return said(words + ".", pieces, kind="finding")


def _quantities(reading: Reading) -> Table:
    keys = {
        "Noise": "noise",
        "Residual sum of squares": "rss",
        "Sum of squared distances": "rss",
        "Residual standard error": "residual_standard_error",
        "R²": "r_squared",
        "Adjusted R²": "adjusted_r_squared",
        "Chi-square": "chi_square",
        "Reduced chi-square": "reduced_chi_square",
        "AIC": "aic",
        "AICc": "aicc",
        "BIC": "bic",
    }
    rows: list[tuple[Line, ...]] = []
    for q in sentences.quantities(reading.fit):
        key = keys[q.label]
        rows.append((q.label, Number(key, float(getattr(reading.fit, key)), q.value), q.convention))
    return Table("How well the law fits", ("", "value", "convention"), tuple(rows), words=True)


def data(reading: Reading) -> Chapter:
    """Return the chapter of the data: how many rows, of what, and which were left out."""
    fit = reading.fit
    blocks: list[Block] = [_rows_used(reading), _columns(reading)]
    if fit.sets is not None:
        blocks.append(sets_table(reading))
    if fit.rows.thinned:
        blocks.append(
            said(
                "This page was made from a saved fit, whose file keeps {kept} of the {n} rows, evenly taken. "
                "The result is "
                "that of all rows; pictures and residuals are those of the rows kept.",
                {"kept": counted("rows.kept", len(fit.rows.response)), "n": counted("n", fit.n)},
                kind="note",
            )
        )
    blocks.append(Level("school", (_first_rows(reading),)))
    return Chapter("data", "The data", tuple(blocks))


def _rows_used(reading: Reading) -> Prose:
    fit = reading.fit
    words = "{n} rows of {source} were used"
    pieces: dict[str, Number | Strong | str] = {"n": counted("n", fit.n), "source": Strong(fit.source)}
    if fit.left_out:
        pieces["out"] = counted("left_out", sum(fit.left_out.values()))
        reasons = []
        for k, (reason, rows) in enumerate(fit.left_out.items()):
            pieces |= {f"count{k}": counted(f"left_out.{k}", rows), f"reason{k}": reason}
            reasons.append(f"{{count{k}}} {{reason{k}}}")
        words += f"; {{out}} were left out: {', '.join(reasons)}"
    else:
        words += ", none was left out"
    if reading.weighted:
        words += (
            ". Each row comes with its sigma, the standard deviation of its reading, and counts with the "
            "[[weight]] $w_i = 1/\\sigma_i$"
        )
    return said(words + ".", pieces)


def _columns(reading: Reading) -> Table:
    fit = reading.fit
    rows = [_range(reading, name, "input") for name in fit.law_variables]
    y = fit.rows.response
    named = sentences.response(fit)
    rows.append(
        (
            Typed(sentences.label(fit, named)),
            "measured",
            number("response.min", y.min()),
            number("response.mean", y.mean()),
            number("response.max", y.max()),
        )
    )
    return Table("What was measured", ("column", "role", "smallest", "mean", "largest"), tuple(rows))


def _range(reading: Reading, name: str, role: str) -> tuple[Line, ...]:
    column = reading.fit.rows.columns[name]
    ends = (("min", column.min()), ("mean", column.mean()), ("max", column.max()))
    return (reading.column(name), role, *(number(f"column.{name}.{end}", value) for end, value in ends))


def _first_rows(reading: Reading) -> Table:
    fit = reading.fit
    names = fit.law_variables
    rows: list[tuple[Line, ...]] = []
    for i in reading.few:
        cells = [number(f"column.{name}.{i}", fit.rows.columns[name][i]) for name in names]
        cells.append(number(f"response.{i}", fit.rows.response[i]))
        if fit.rows.sigma is not None:
            cells.append(number(f"sigma.{i}", fit.rows.sigma[i]))
        rows.append((str(i + 1), *cells))
    header: list[Line] = ["row", *(Typed(name) for name in names), Typed(sentences.response(fit))]
    if reading.weighted:
        header.append("sigma")
    return Table("The first rows", tuple(header), tuple(rows))


def derived(reading: Reading) -> Iterator[Chapter]:
    """Yield the chapter of the quantities computed from the parameters, if some were asked for."""
    fit = reading.fit
    if not fit.derive:
        return
    rows: list[tuple[Line, ...]] = []
    for name, quantity in fit.derived.items():
        shown = rounded(quantity.value, quantity.standard_error, quantity.lower, quantity.upper)
        cells = (quantity.value, quantity.standard_error, quantity.lower, quantity.upper)
        keys = ("value", "stderr", "lower", "upper")
        numbers = [Number(f"derived.{name}.{k}", v, s) for k, v, s in zip(keys, cells, shown, strict=True)]
        rows.append(
            (Typed(name), *numbers, percent(quantity.standard_error, quantity.value), Typed(fit.derive[name]))
        )
    header = ("quantity", "value", "standard error", "lower 95 %", "upper 95 %", "relative error", "formula")
    yield Chapter(
        "derived",
        "What follows from the constants",
        (
            said("A quantity computed from the constants inherits their error bars."),
            Table("Derived quantities", header, tuple(rows)),
            Level(
                "full",
                (
                    said(
                        "With $g$ the derivatives of the quantity by the constants and $C$ the [[covariance]], "
                        "its standard "
                        "error is the length of $g$ as $C$ measures it:"
                    ),
                    Formula(r"s_q = \sqrt{g^{\top} C \, g}", "s_q = sqrt(g' C g)"),
                ),
            ),
        ),
        "school",
    )
