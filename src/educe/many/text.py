"""What very many fits found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educe.many.result import Many


def render(many: Many) -> str:
    """Return the counts, and median and 5 % to 95 % range of each parameter over the fits that converged."""
    summary = many.to_dict()
    left = (
        ", ".join(f"{count:,} left out: {reason}" for reason, count in many.left_out.items())
        or "none left out"
    )
    rate = f"{len(many) / many.seconds:,.0f} fits a second" if many.seconds else ""
    lines = [
        many.law,
        "",
        f"data    {many.n:,} rows of {many.source} in {len(many):,} data sets by {' and '.join(many.by)}, {left}",
    ]
    lines += [f"solved  {count:,} {words}" for words, count in many.counts.items()]
    lines += [f"time    {many.seconds:.2f} s, {rate}", ""]
    rows = [("parameter", "median", "5 %", "95 %", "median std. error")]
    for name, values in summary["parameters"].items():
        rows.append((name, *(_number(values[k]) for k in ("median", "lower", "upper", "median_stderr"))))
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    lines += ["", "Median and range are over the data sets, of the fits that converged."]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
