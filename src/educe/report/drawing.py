"""Drawings as SVG whose colours follow the page: axes, curves, bands, dots, cells.

Written by hand rather than by matplotlib, since a page wants text that can be read and searched, colours that change
with the theme, and parts that a script can move. What comes from the user is text, and is escaped here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from educe.report.axes import Axis, fitted_in, tick_labels, width_of
from educe.report.markup import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

WIDTH, HEIGHT = 480, 330
TOP, BOTTOM, RIGHT = 30, 44, 14
CELLS = (56, 40)  # of a drawing of very many rows
SHADES = 6


@dataclass
class Drawing:
    """A drawing that is being made. parts : elements of SVG, the lowest first."""

    width: float = WIDTH
    height: float = HEIGHT
    parts: list[str] = field(default_factory=list)

    def svg(self) -> str:
        """Return the drawing; its words are in the page beside it, so that a reader hears them once."""
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-hidden="true" focusable="false">'
            f"{''.join(self.parts)}</svg>"
        )

    def colour_bar(self, panel: Panel, colours: Sequence[str], low: float, high: float) -> None:
        """Draw the colours of a scale beside a panel, lowest first, with round values along it."""
        x = panel.x.end + 14
        scale = Axis(low, high, panel.y.start, panel.y.end)
        step = (panel.y.start - panel.y.end) / len(colours)
        for k, fill in enumerate(colours):
            top = panel.y.start - (k + 1) * step
            self.parts.append(
                f'<rect x="{x:.1f}" y="{top:.2f}" width="12" height="{step + 0.4:.2f}" fill="{fill}"/>'
            )
        ticks = scale.ticks()
        for tick, label in zip(ticks, tick_labels(ticks), strict=True):
            self.parts.append(_text(x + 16, float(scale.at(tick)) + 4, label, "start", "small"))

    def panel(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        x_label: str,
        y_label: str,
        log_x: bool = False,
        log_y: bool = False,
        top: float = 0.0,
        bottom: float | None = None,
        right: float = RIGHT,
        grid: bool = True,
    ) -> Panel:
        """Return a new panel with its axes drawn.

        x, y : ends of the axes;  top, bottom : of its place in the drawing, in pixels, labels included
        """
        below = self.height if bottom is None else bottom
        across = Axis(*y, below - BOTTOM, top + TOP, y_label, log_y)
        margin = 12 + max(map(width_of, tick_labels(across.ticks())), default=0.0)
        along = Axis(*x, margin, self.width - right, x_label, log_x)
        panel = Panel(self, along, across)
        panel.frame(grid=grid)
        return panel


@dataclass(frozen=True)
class Panel:
    """A pair of axes in a drawing."""

    drawing: Drawing
    x: Axis
    y: Axis

    def frame(self, *, grid: bool) -> None:
        """Draw ticks, labels and the two axes."""
        left, right, low, high = self.x.start, self.x.end, self.y.start, self.y.end
        lines, words = [], []
        for tick, label in self._spaced():
            place, half = float(self.x.at(tick)), 0.5 * width_of(label)
            lines.append(f"M{place:.1f} {low:.1f}V{high if grid else low + 4:.1f}")
            words.append(_text(min(place, self.drawing.width - 2 - half), low + 18, label, "middle"))
        ticks = self.y.ticks()
        for tick, label in zip(ticks, tick_labels(ticks), strict=True):
            place = float(self.y.at(tick))
            lines.append(f"M{left:.1f} {place:.1f}H{right if grid else left - 4:.1f}")
            words.append(_text(left - 7, place + 4.5, label, "end"))
        self.add(f'<path class="{"grid" if grid else "edge-line"}" d="{"".join(lines)}"/>')
        self.add(f'<path class="edge-line" d="M{left:.1f} {high:.1f}V{low:.1f}H{right:.1f}"/>', *words)
        room = self.drawing.width - 8
        self.add(_text(4, high - 12, fitted_in(self.y.label, room), "start", "label"))
        self.add(_text(right, low + 38, fitted_in(self.x.label, room), "end", "label"))

    def _spaced(self) -> list[tuple[float, str]]:
        """Return the ticks along x with their labels, as many as have room beside each other."""
        ticks = self.x.ticks()
        labels = tick_labels(ticks)
        room = abs(self.x.end - self.x.start) / max(len(ticks), 1)
        step = max(1, math.ceil((max(map(width_of, labels), default=0.0) + 8) / room))
        return list(zip(ticks, labels, strict=True))[::step]

    def add(self, *elements: str) -> None:
        """Add elements of SVG above those that are there."""
        self.drawing.parts.extend(elements)

    def curve(self, x: ArrayLike, y: ArrayLike, style: str = "curve") -> None:
        """Draw a line through points; it breaks where a value is not finite."""
        self.add(f'<path class="{style}" d="{self.line(x, y)}"/>')

    def line(self, x: ArrayLike, y: ArrayLike) -> str:
        """Return the path through points, cut where it leaves the panel far behind."""
        px, py = self.x.at(x), np.clip(self.y.at(y), self.y.end - 60, self.y.start + 60)
        pieces, pen = [], "M"
        for a, b in zip(px.tolist(), py.tolist(), strict=True):
            if a == a and b == b:
                pieces.append(f"{pen}{a:.1f} {b:.1f}")
                pen = "L"
            else:
                pen = "M"
        return "".join(pieces)

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, style: str) -> None:
        """Fill the room between two curves, where both are finite."""
        x, low, high = (np.asarray(v, dtype=np.float64) for v in (x, low, high))
        known = np.isfinite(low) & np.isfinite(high)
        if known.sum() > 1:
            there, back = self.line(x[known], low[known]), self.line(x[known][::-1], high[known][::-1])
            self.add(f'<path class="{style}" d="{there}L{back[1:]}Z"/>')

    def dots(self, x: ArrayLike, y: ArrayLike, style: str = "dot", *, radius: float | None = None) -> None:
        """Draw a dot for each point within the panel, smaller the more there are."""
        px, py = self.x.at(x), self.y.at(y)
        size = radius or float(np.clip(9 / max(len(px), 1) ** 0.2, 1.6, 4.2))
        seen = self.within(px, py)
        circles = [
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size:.1f}"/>'
            for a, b in zip(px[seen].tolist(), py[seen].tolist(), strict=True)
        ]
        self.add(f'<g class="{style}">{"".join(circles)}</g>')

    def within(self, px: Floats, py: Floats) -> NDArray[np.bool_]:
        """Tell which places lie in the panel."""
        with np.errstate(invalid="ignore"):
            return np.asarray(
                (px >= self.x.start - 1)
                & (px <= self.x.end + 1)
                & (py <= self.y.start + 1)
                & (py >= self.y.end - 1)
            )

    def bars(self, x: ArrayLike, low: ArrayLike, high: ArrayLike) -> None:
        """Draw an upright line for each error bar."""
        top, foot = self.y.end - 2, self.y.start + 2
        px = self.x.at(x)
        a, b = (np.clip(self.y.at(v), top, foot) for v in (low, high))
        path = "".join(f"M{p:.1f} {q:.1f}V{r:.1f}" for p, q, r in zip(px, a, b, strict=True))
        self.add(f'<path class="bar-line" d="{path}"/>')

    def density(self, x: ArrayLike, y: ArrayLike) -> None:
        """Draw very many points as cells, darker where there are more."""
        px, py = self.x.at(x), self.y.at(y)
        box = ((self.x.start, self.x.end), (self.y.end, self.y.start))
        counts, columns, rows = np.histogram2d(px, py, bins=CELLS, range=box)
        shade = np.ceil(SHADES * np.log1p(counts) / np.log1p(max(counts.max(), 1.0))).astype(int)
        wide, high = columns[1] - columns[0], rows[1] - rows[0]
        for level in range(1, SHADES + 1):
            cells = zip(*np.nonzero(shade == level), strict=True)
            path = "".join(
                f"M{columns[i]:.1f} {rows[j]:.1f}h{wide:.1f}v{high:.1f}h-{wide:.1f}z" for i, j in cells
            )
            if path:
                self.add(
                    f'<path class="cell" fill="currentColor" fill-opacity="{0.13 * level:.2f}" d="{path}"/>'
                )

    def cells(self, x: Floats, y: Floats, colours: Sequence[Sequence[str]]) -> None:
        """Fill cells of a grid.

        x, y : edges, (m + 1,) and (k + 1,);  colours : k lines of m colours, "" for a cell that is left open
        """
        px, py = self.x.at(x).tolist(), self.y.at(y).tolist()
        paths: dict[str, list[str]] = {}
        for j, row in enumerate(colours):
            i = 0
            while i < len(row):
                end = i
                while end < len(row) and row[end] == row[i]:
                    end += 1
                if row[i]:
                    high = py[j + 1] - py[j] - 0.5  # over the next line, which is drawn later: no gap between
                    paths.setdefault(row[i], []).append(
                        f"M{px[i]:.1f} {py[j]:.1f}H{px[end]:.1f}v{high:.1f}H{px[i]:.1f}z"
                    )
                i = end
        for fill, pieces in paths.items():
            self.add(f'<path fill="{fill}" shape-rendering="crispEdges" d="{"".join(pieces)}"/>')

    def painted(self, x: ArrayLike, y: ArrayLike, colours: Sequence[str]) -> None:
        """Draw dots, each in its own colour."""
        px, py = self.x.at(x).tolist(), self.y.at(y).tolist()
        size = float(np.clip(11 / max(len(px), 1) ** 0.2, 1.8, 5.5))
        circles = [
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size:.1f}" fill="{fill}"/>'
            for a, b, fill in zip(px, py, colours, strict=True)
        ]
        self.add(f'<g class="painted">{"".join(circles)}</g>')

    def columns(self, edges: ArrayLike, heights: ArrayLike) -> None:
        """Draw upright columns from zero."""
        px, py, foot = self.x.at(edges), self.y.at(heights), float(self.y.at(0.0))
        bars = "".join(
            f"M{a:.1f} {foot:.1f}V{top:.1f}H{b:.1f}V{foot:.1f}z"
            for a, b, top in zip(px[:-1], px[1:], py, strict=True)
            if top < foot
        )
        self.add(f'<path class="bars" d="{bars}"/>')

    def segments(self, pieces: Iterable[tuple[float, float, float, float]], style: str) -> None:
        """Draw separate lines, each from (x, y) to (x, y), in data."""
        ends = np.array(list(pieces), dtype=np.float64).reshape(-1, 4)
        if len(ends):
            a, b, c, d = (
                self.x.at(ends[:, 0]),
                self.y.at(ends[:, 1]),
                self.x.at(ends[:, 2]),
                self.y.at(ends[:, 3]),
            )
            path = "".join(f"M{p:.1f} {q:.1f}L{r:.1f} {s:.1f}" for p, q, r, s in zip(a, b, c, d, strict=True))
            self.add(f'<path class="{style}" d="{path}"/>')

    def level(self, y: float, style: str = "zero") -> None:
        """Draw a line across at one height."""
        place = float(self.y.at(y))
        self.add(f'<path class="{style}" d="M{self.x.start:.1f} {place:.1f}H{self.x.end:.1f}"/>')

    def words(self, x: float, y: float, label: str, anchor: str = "start") -> None:
        """Write a small text at a place in data."""
        self.add(_text(float(self.x.at(x)), float(self.y.at(y)), label, anchor, "small"))


def _text(x: float, y: float, words: str, anchor: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{text(words)}</text>'


def key(
    drawing: Drawing, entries: Iterable[tuple[str, str]], *, x: float | None = None, y: float = 18
) -> None:
    """Write a legend in one line that ends at the right: (style, words) each.

    style : "curve", "dot", "band", ... as the parts that it stands for
    """
    place = drawing.width - 4 if x is None else x
    for style, words in reversed(list(entries)):
        place -= width_of(words, 11.5)
        drawing.parts.append(_text(place, y, words, "start", "small"))
        place -= 20
        drawing.parts.append(_sample(style, place, y - 4))
        place -= 12


def _sample(style: str, x: float, y: float) -> str:
    if style in ("dot", "far", "stop", "rejected"):
        return f'<circle class="{style}" cx="{x + 9:.1f}" cy="{y:.1f}" r="3.4"/>'
    if style == "bars-band":
        style = "bars"
    if "band" in style or style == "bars":
        return f'<rect class="{style}" x="{x:.1f}" y="{y - 5:.1f}" width="16" height="10"/>'
    return f'<path class="{style}" d="M{x:.1f} {y:.1f}h16"/>'
