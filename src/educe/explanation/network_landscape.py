"""Pictures of the descent: the loss on a plane with every path, the losses step by step, the eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.report.axes import DEPTH, colour, ends
from educe.report.blocks import Picture, counted
from educe.report.contours import contour
from educe.report.drawing import Drawing, key
from educe.report.wording import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.explanation.network_paths import Descents, Path
    from educe.explanation.network_reading import Array

STYLES = {
    "gradient-descent": "second",
    "momentum": "third",
    "adam": "fourth",
    "l-bfgs": "start",
    "levenberg-marquardt": "curve",
}
LEVELS = 12
SHADES = 24
MOST_STEMS = 60


def plane_picture(descents: Descents, words: Mapping[str, str]) -> Picture:
    """Draw the loss on the plane, dark where it is low, and the path of each method."""
    plane = descents.plane
    height = np.log(np.maximum(plane.loss, 1e-300))
    floor = float(np.log(max(min(float(np.nanmin(plane.loss)), float(plane.loss.min())), 1e-300)))
    top = min(float(np.nanmax(np.where(np.isfinite(height), height, np.nan))), floor + 9.0)
    drawing = Drawing(width=640, height=470)
    panel = drawing.panel(
        (float(plane.u[0]), float(plane.u[-1])),
        (float(plane.v[0]), float(plane.v[-1])),
        x_label="along the line from the end to the start",
        y_label="across it, where the paths stray furthest",
        top=24,
        grid=False,
    )
    share = np.clip((height - floor) / ((top - floor) or 1.0), 0.0, 1.0)
    colours = [
        [colour(round(s * SHADES) / SHADES, DEPTH) for s in row]
        for row in np.nan_to_num(share, nan=1.0).tolist()
    ]
    panel.cells(edges(plane.u), edges(plane.v), colours)
    for level in np.linspace(floor, top, LEVELS + 2)[1:-1]:
        panel.segments(contour(plane.u, plane.v, height, float(level)), "contour")
    for name, places in plane.paths.items():
        inside = places[np.isfinite(places).all(axis=1)]
        halo = panel.line(inside[:, 0], inside[:, 1])
        panel.add(f'<path class="halo" d="{halo}"/>')
        panel.curve(inside[:, 0], inside[:, 1], STYLES[name])
        panel.dots(
            inside[-1:, 0], inside[-1:, 1], "stop" if name != "levenberg-marquardt" else "dot", radius=4.0
        )
    start = next(iter(plane.paths.values()))[:1]
    panel.dots(start[:, 0], start[:, 1], "rejected", radius=5.0)
    key(drawing, [(STYLES[name], words[name]) for name in plane.paths], y=14)
    return Picture(
        "plane",
        "The loss on a plane through the weights, and every path.",
        line(
            "A map of the loss, dark where it is low, with the paths of {k} methods from one start.",
            {"k": counted("methods.count", len(plane.paths))},
        ),
        drawing.svg(),
        line(
            "The weights have {P} dimensions; this is the plane through the end of the best path, its start, "
            "and the direction in which the others stray most. Dark is low, each line a constant factor of "
            "the loss. The open circle is the start, black dots are ends. Paths are drawn where they lie when "
            "seen from straight above, so one may seem to cross a ridge that it passes beside. From {rows} "
            "rows.",
            {
                "P": counted("parameters", descents.loss.architecture.parameters),
                "rows": counted("plane.rows", plane.rows),
            },
        ),
        wide=True,
    )


def edges(centres: Array) -> Array:
    """Return the ends of cells about even places, (m + 1,)."""
    half = (centres[1] - centres[0]) / 2
    return np.append(centres - half, centres[-1] + half)


def loss_curves(paths: tuple[Path, ...], words: Mapping[str, str]) -> list[Picture]:
    """Draw the loss of each method over its steps and over the time it took."""
    return [
        _curves("steps", "step", paths, words, [np.arange(1.0, len(p.losses) + 1) for p in paths]),
        _curves(
            "time",
            "milliseconds of one core, from the first step",
            paths,
            words,
            [1e3 * max(p.seconds, 1e-6) * (np.arange(len(p.losses)) + 1) / len(p.losses) for p in paths],
        ),
    ]


def _curves(
    name: str, label: str, paths: tuple[Path, ...], words: Mapping[str, str], along: list[Array]
) -> Picture:
    drawing = Drawing(height=350)
    seen = [(x, p) for x, p in zip(along, paths, strict=True) if np.isfinite(p.losses).any()]
    losses = [p.losses[np.isfinite(p.losses)] for _, p in seen]
    top = 1.5 * max(float(each[0]) for each in losses)
    positive = all(float(each.min()) > 0.0 for each in losses)
    panel = drawing.panel(
        ends(*[x for x, _ in seen], log=True),
        ends(*[np.minimum(each, top) for each in losses], log=positive),
        x_label=label,
        y_label="loss",
        log_x=True,
        log_y=positive,
        top=34,
    )
    for x, p in seen:
        with np.errstate(all="ignore"):
            panel.curve(x, np.where(p.losses <= 4.0 * top, p.losses, np.nan), STYLES[p.name])
    shown = [(STYLES[p.name], words[p.name]) for _, p in seen]
    key(drawing, shown[:3], y=14)
    key(drawing, shown[3:], y=32)
    return Picture(
        f"losses-{name}",
        "The loss, step by step." if name == "steps" else "The same against time.",
        f"Curves of the loss over the {'steps' if name == 'steps' else 'time'} of each method, both axes "
        f"logarithmic.",
        drawing.svg(),
        "Both axes are logarithmic." if name == "steps" else "A costly step can be worth many cheap ones.",
    )


def spectrum(values: Array, flat: int) -> Picture:
    """Draw the eigenvalues, the largest first, over decades.

    values : those that can be told from zero, ascending;  flat : how many more cannot
    """
    felt = values[::-1]
    drawing = Drawing(height=290)
    panel = drawing.panel(
        (0.4, len(felt) + 0.6),
        ends(felt, log=True),
        x_label="eigenvalue, largest first",
        y_label="λ",
        log_y=True,
    )
    rank = np.arange(1.0, len(felt) + 1)
    foot = float(panel.y.low)
    if len(felt) <= MOST_STEMS:
        panel.segments([(k, foot, k, v) for k, v in zip(rank.tolist(), felt.tolist(), strict=True)], "stem")
    panel.dots(rank, felt, "stop", radius=4.0 if len(felt) < 60 else 2.0)
    return Picture(
        "spectrum",
        "How steep the bowl is, direction by direction.",
        line(
            "The {k} eigenvalues of the curvature as points, over decades.",
            {"k": counted("curve.count", len(felt))},
        ),
        drawing.svg(),
        line(
            "Each point is a direction in the space of the weights. A row of points that falls over many decades "
            f"is a long narrow valley.{_flat(flat)}",
            {"flat": counted("curve.flat", flat)},
        ),
    )


def _flat(count: int) -> str:
    if not count:
        return ""
    return " One more is flat to rounding." if count == 1 else " {flat} more are flat to rounding."
