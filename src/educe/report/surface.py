"""A surface over two inputs with what was measured, seen from the side: as it stands, and as a scene to be turned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.report.axes import colour, fitted_in, tick_labels
from educe.report.markup import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WIDTH, HEIGHT = 480, 400
AZIMUTH, ELEVATION = -0.9, 0.5  # radians, from where it is seen at first
SIZE, RISE = 140.0, 0.62  # half an edge of the floor in pixels; height of the box in halves of an edge


@dataclass(frozen=True, eq=False)
class Surface:
    """A surface. x, y : (m,), (k,);  z : (k, m), nan where it is left open;  points : (n, 3);  labels : of x, y, z."""

    x: Floats
    y: Floats
    z: Floats
    points: Floats
    labels: tuple[str, str, str]

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
        """The ends of the box."""
        heights = np.concatenate([self.z[np.isfinite(self.z)], self.points[:, 2]])
        return (
            (float(self.x[0]), float(self.x[-1])),
            (float(self.y[0]), float(self.y[-1])),
            (float(heights.min()), float(heights.max())),
        )

    def svg(self) -> str:
        """Return the surface as it stands, what is far behind what is near."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-hidden="true" focusable="false">'
            f"{self._box()}{''.join(part for _, part in sorted(self._parts(), key=lambda part: part[0]))}"
            f"{self._words()}</svg>"
        )

    def scene(self) -> dict[str, Any]:
        """Return the surface for the script of a page."""
        z = [[float(f"{v:.5g}") if math.isfinite(v) else None for v in row] for row in self.z.tolist()]
        return {
            "kind": "surface",
            "x": [float(f"{v:.6g}") for v in self.x],
            "y": [float(f"{v:.6g}") for v in self.y],
            "z": z,
            "points": [[float(f"{v:.5g}") for v in point] for point in self.points.tolist()],
            "labels": list(self.labels),
            "ends": [list(pair) for pair in self.ends],
            "ticks": [[tick_labels(list(pair))[k] for k in (0, 1)] for pair in self._rounded()],
            "azimuth": AZIMUTH,
            "elevation": ELEVATION,
        }

    def _rounded(self) -> list[tuple[float, float]]:
        return [(float(f"{low:.3g}"), float(f"{high:.3g}")) for low, high in self.ends]

    def _seen(self, x: Any, y: Any, z: Any) -> tuple[Any, Any, Any]:
        """Return where a place is seen, in pixels, and how near it is."""
        u, v, w = (_unit(value, ends) for value, ends in zip((x, y, z), self.ends, strict=True))
        c, s = math.cos(AZIMUTH), math.sin(AZIMUTH)
        across, along = c * u - s * v, s * u + c * v
        up = math.cos(ELEVATION) * RISE * w + math.sin(ELEVATION) * along
        near = -math.cos(ELEVATION) * along + math.sin(ELEVATION) * RISE * w
        return WIDTH / 2 + SIZE * across, HEIGHT / 2 + 4 - SIZE * up, near

    def _parts(self) -> list[tuple[float, str]]:
        """Return each cell of the surface and each point, with how near it is."""
        gx, gy = np.meshgrid(self.x, self.y)
        px, py, near = self._seen(gx, gy, self.z)
        low, high = self.ends[2]
        parts: list[tuple[float, str]] = []
        for j in range(len(self.y) - 1):
            for i in range(len(self.x) - 1):
                corners = ((j, i), (j, i + 1), (j + 1, i + 1), (j + 1, i))
                depth = sum(near[c] for c in corners) / 4
                if not math.isfinite(depth):
                    continue
                height = sum(self.z[c] for c in corners) / 4
                fill = colour((height - low) / ((high - low) or 1.0))
                places = "L".join(f"{px[c]:.1f} {py[c]:.1f}" for c in corners)
                parts.append(
                    (depth, f'<path fill="{fill}" stroke="{fill}" stroke-width=".7" d="M{places}Z"/>')
                )
        for x, y, depth in zip(*self._seen(*self.points.T), strict=True):
            parts.append((float(depth) + 0.02, f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>'))
        return parts

    def _box(self) -> str:
        (x0, x1), (y0, y1), (z0, z1) = self.ends
        floor = ((x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0))
        places = [self._seen(*corner) for corner in floor]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in places) + "Z"
        foot, top = self._seen(x0, y1, z0), self._seen(x0, y1, z1)
        return f'<path class="edge-line" d="{path}M{foot[0]:.1f} {foot[1]:.1f}L{top[0]:.1f} {top[1]:.1f}"/>'

    def _words(self) -> str:
        """Return the names of the axes at their edges, and the ends of each."""
        (x0, x1), (y0, y1), (z0, z1) = self.ends
        shown = [tick_labels(list(pair)) for pair in self._rounded()]
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        placed = [
            (self._seen(middle[0], y0, z0), (0, 34), fitted_in(self.labels[0], 170), "label"),
            (self._seen(x0, y0, z0), (-2, 18), shown[0][0], ""),
            (self._seen(x1, y0, z0), (-2, 18), shown[0][1], ""),
            (self._seen(x1, middle[1], z0), (0, 34), fitted_in(self.labels[1], 170), "label"),
            (self._seen(x1, y0, z0), (12, 18), shown[1][0], ""),
            (self._seen(x1, y1, z0), (12, 14), shown[1][1], ""),
        ]
        words = [_word(x + dx, y + dy, label, style) for (x, y, _), (dx, dy), label, style in placed]
        top, foot = self._seen(x0, y1, z1), self._seen(x0, y1, z0)
        words.append(_word(top[0] - 6, top[1] + 4, shown[2][1], "", "end"))
        words.append(_word(foot[0] - 6, foot[1] - 6, shown[2][0], "", "end"))
        words.append(_word(4, 16, fitted_in(self.labels[2], WIDTH - 8), "label", "start"))
        return "".join(words)


def _unit(value: Any, ends: tuple[float, float]) -> Any:
    low, high = ends
    return (2.0 * value - (low + high)) / ((high - low) or 1.0)


def _word(x: float, y: float, words: str, style: str, anchor: str = "middle") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{text(words)}</text>'
