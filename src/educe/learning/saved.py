"""A learned function as plain data: the object that --json prints, and the file from which it is built again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.errors import EduceError, FileError
from educe.export.json_file import plain
from educe.learning.checked import Checked, Kept
from educe.learning.choosing import Tried
from educe.learning.conformal import HeldOut
from educe.learning.result import Learned
from educe.learning.rows import Scales
from educe.learning.together import LearnedTogether
from educe.network.architecture import Architecture
from educe.network.network import Network
from educe.uncertainty.region import Region

if TYPE_CHECKING:
    import os

FORMAT = "educe network"
TOGETHER = "educe networks"  # of several targets
VERSION = 1
MOST = 1e300  # size of a number; an error may be the square of a target
LARGEST = 20_000_000  # parameters; a file that claims more is refused before anything is made of it

Array = NDArray[np.float64]


def summary(learned: Learned) -> dict[str, Any]:
    """Return the object of `educe learn --json`; a number that is not finite is None."""
    a = learned.scaled.architecture
    found = {
        "inputs": list(learned.inputs),
        "target": learned.target,
        "source": learned.source,
        "n": learned.n,
        "left_out": dict(learned.left_out),
        "layers": list(learned.layers),
        "activation": a.hidden,
        "output": a.output,
        "parameters_count": learned.parameters_count,
        "loss": learned.loss,
        "penalty": learned.penalty,
        "optimizer": learned.optimizer,
        "engine": learned.engine,
        "seed": learned.seed,
        "train_rmse": learned.train_rmse,
        "validation_rmse": learned.validation_rmse,
        "coverage": {f"{level:g}": share for level, share in learned.coverage.items()},
        "epochs": learned.epochs,
        "reason": learned.reason,
        "starts": list(learned.starts),
        "starts_at_best": learned.reached,
        "tried": [
            {"hidden": list(t.hidden), "penalty": t.penalty, "rmse": t.rmse, "networks": t.networks}
            for t in learned.tried
        ],
        "notes": list(learned.notes),
        "warnings": list(learned.warnings),
        "seconds": learned.seconds,
    }
    cleaned: dict[str, Any] = plain(found)
    return cleaned


def summary_together(learned: LearnedTogether) -> dict[str, Any]:
    """Return the object of `educe learn --json` for several targets: what they share, and `targets` with the rest."""
    own = ("target", "train_rmse", "validation_rmse", "coverage", "starts", "tried", "warnings")
    each = [summary(one) for one in learned.each]
    shared = {key: value for key, value in each[0].items() if key not in own}
    return shared | {
        "target": list(learned.targets),
        "layers": list(learned.layers),
        "parameters_count": learned.parameters_count,
        "train_rmse": {one["target"]: one["train_rmse"] for one in each},
        "validation_rmse": {one["target"]: one["validation_rmse"] for one in each},
        "warnings": list(learned.warnings),
        "targets": {one["target"]: {key: one[key] for key in own[1:]} for one in each},
    }


def to_saved(learned: Learned) -> dict[str, Any]:
    """Return all that is needed to build the result again; the same result gives the same bytes."""
    shown = summary(learned)
    del shown["seconds"]
    r, s, c, k = learned.region, learned.scales, learned.checked, learned.rows
    return {
        "format": FORMAT,
        "version": VERSION,
        "link": learned.link,
        "theta": learned.scaled.theta.tolist(),
        "members": learned.members.tolist(),
        "scales": {
            "centre": s.centre.tolist(),
            "spread": s.spread.tolist(),
            "middle": s.middle,
            "unit": s.unit,
        },
        "held_out": {"fold": learned.held_out.fold.tolist(), "sizes": learned.held_out.sizes.tolist()},
        "region": {name: getattr(r, name).tolist() for name in ("low", "high", "centre", "spread", "metric")}
        | {"reach": r.reach},
        "checked": {"X": c.X.tolist(), "y": c.y.tolist(), "predicted": c.predicted.tolist()},
        "rows": None if k is None else {"X": k.X.tolist(), "y": k.y.tolist(), "weights": k.weights.tolist()},
        "bend": learned.bend,
        "outputs": learned.outputs,
        "units": dict(learned.units),
        "history": plain(list(learned.history)),
        "network": {name: m.tolist() for name, m in learned.network.matrices().items()}
        | {"scale": learned.network.scale, "shift": learned.network.shift},
        "summary": shown,
    }


def to_saved_together(learned: LearnedTogether) -> dict[str, Any]:
    """Return all that is needed to build several targets' result again."""
    return {"format": TOGETHER, "version": VERSION, "each": [to_saved(one) for one in learned.each]}


def load(path: str | os.PathLike[str]) -> Learned | LearnedTogether:
    """Return what `Learned.save` or `LearnedTogether.save` wrote; the file is data, nothing in it is run.

    Raises FileError if it cannot be read or is not a network that educe saved.
    """
    from educe.export.json_file import read

    return of_file(read(path), str(path))


def of_file(saved: dict[str, Any], name: str) -> Learned | LearnedTogether:
    """Return the network that a file of this name holds; FileError if it is damaged or of another version."""
    if saved.get("format") not in (FORMAT, TOGETHER) or saved.get("version") != VERSION:
        raise FileError(f"{name} is not a network that this version of educe saved.")
    return from_saved(saved, name) if saved["format"] == FORMAT else together_from_saved(saved, name)


def together_from_saved(saved: dict[str, Any], name: str = "the file") -> LearnedTogether:
    """Return the result that `to_saved_together` described; FileError where its parts do not fit together."""
    parts = saved.get("each")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise FileError(f"{name} is damaged: it holds no targets.")
    each = tuple(from_saved(part, name) for part in parts)
    if len({_shared(one) for one in each}) > 1 or len({one.target for one in each}) < len(each):
        raise FileError(f"{name} is damaged: its targets are not of one network.")
    return LearnedTogether(each)


def _shared(one: Learned) -> tuple[Any, ...]:
    """Return what all targets of one network have in common: all but the last layer and what follows it."""
    hidden = b"".join(W.tobytes() + b.tobytes() for W, b in one.scaled.layers[:-1])
    scales = one.scales.centre.tobytes(), one.scales.spread.tobytes()
    return one.inputs, one.layers, one.scaled.architecture, one.reason, one.link, hidden, scales


def from_saved(saved: dict[str, Any], name: str = "the file") -> Learned:
    """Return the result that `to_saved` described; FileError where the data do not fit together."""
    try:
        return _built(saved)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        if isinstance(error, EduceError) and not isinstance(error, FileError):
            raise FileError(f"{name} is damaged: {error}") from None
        raise FileError(f"{name} is damaged: {error!s}.") from None


def _built(saved: dict[str, Any]) -> Learned:
    shown = saved["summary"]
    scaled = _network(saved)
    d = scaled.architecture.layers[0]
    members = _numbers(saved["members"], (len(saved["members"]), len(scaled.theta)))
    inputs = tuple(str(column) for column in shown["inputs"])
    if len(inputs) != d:
        raise FileError("its parts do not fit together")
    if not shown["starts"]:
        raise FileError("it holds no start")
    if saved["link"] not in ("identity", "exp"):
        raise FileError(f"link {saved['link']!r} is unknown")
    return Learned(
        inputs=inputs,
        target=str(shown["target"]),
        source=str(shown["source"]),
        scaled=scaled,
        scales=_scales(saved["scales"], d),
        link=saved["link"],
        n=int(shown["n"]),
        left_out={str(reason): int(rows) for reason, rows in shown["left_out"].items()},
        loss=str(shown["loss"]),
        optimizer=str(shown["optimizer"]),
        penalty=_number(shown["penalty"]),
        seed=int(shown["seed"]),
        engine=str(shown["engine"]),
        train_rmse=_or_nan(shown["train_rmse"]),
        validation_rmse=_or_nan(shown["validation_rmse"]),
        epochs=int(shown["epochs"]),
        reason=str(shown["reason"]),
        starts=tuple(_or_nan(rmse) for rmse in shown["starts"]),
        history=tuple(_or_nan(loss) for loss in saved["history"]),
        members=members,
        held_out=_held_out(saved["held_out"], len(members)),
        coverage={float(level): _or_nan(share) for level, share in shown["coverage"].items()},
        tried=tuple(_tried(item) for item in shown["tried"]),
        region=_region(saved["region"], d),
        checked=_checked(saved["checked"], d),
        notes=tuple(map(str, shown["notes"])),
        warnings=tuple(map(str, shown["warnings"])),
        rows=_kept(saved["rows"], d) if saved.get("rows") else None,
        outputs=int(saved.get("outputs", 1)),
        units={str(column): str(unit) for column, unit in saved.get("units", {}).items()},
        bend=_number(saved["bend"]) if saved.get("bend") is not None else None,
    )


def _network(saved: dict[str, Any]) -> Network:
    shown = saved["summary"]
    layers = tuple(int(width) for width in shown["layers"])
    if any(width > LARGEST for width in layers):
        raise FileError("its layers are too wide")
    architecture = Architecture(layers, str(shown["activation"]), str(shown["output"]))
    P = architecture.parameters
    if len(saved["theta"]) != P or P > LARGEST or layers[-1] != 1:
        raise FileError(f"{P} parameters were expected, not {len(saved['theta'])}")
    return Network(architecture, _numbers(saved["theta"], (P,)))


def _scales(item: dict[str, Any], d: int) -> Scales:
    centre, spread = _numbers(item["centre"], (d,)), _lengths(item["spread"], (d,))
    return Scales(centre, spread, _number(item["middle"]), _number(item["unit"]))


def _held_out(item: dict[str, Any], members: int) -> HeldOut:
    fold = np.array(item["fold"], dtype=np.intp)
    if not len(fold) or not 0 <= fold.min() <= fold.max() < members:
        raise FileError("its parts do not fit together")
    return HeldOut(fold, _numbers(item["sizes"], (len(fold),)))


def _region(item: dict[str, Any], d: int) -> Region:
    return Region(
        low=_numbers(item["low"], (d,)),
        high=_numbers(item["high"], (d,)),
        centre=_numbers(item["centre"], (d,)),
        spread=_lengths(item["spread"], (d,)),
        metric=_numbers(item["metric"], (d, d)),
        reach=_number(item["reach"]),
    )


def _checked(item: dict[str, Any], d: int) -> Checked:
    k = len(item["y"])
    return Checked(_numbers(item["X"], (k, d)), _numbers(item["y"], (k,)), _numbers(item["predicted"], (k,)))


def _kept(item: dict[str, Any], d: int) -> Kept:
    k = len(item["y"])
    return Kept(_numbers(item["X"], (k, d)), _numbers(item["y"], (k,)), _numbers(item["weights"], (k,)))


def _tried(item: dict[str, Any]) -> Tried:
    hidden = tuple(map(int, item["hidden"]))
    return Tried(hidden, _number(item["penalty"]), _or_nan(item["rmse"]), int(item.get("networks", 1)))


def _numbers(values: Any, shape: tuple[int, ...]) -> Array:
    array = np.array(values)
    if array.dtype.kind not in "fi" or array.shape != shape or not (np.abs(array) <= MOST).all():
        raise FileError(
            f"numbers of shape {shape}, up to {MOST:g}, were expected, not of shape {array.shape}"
        )
    return array.astype(np.float64)


def _lengths(values: Any, shape: tuple[int, ...]) -> Array:
    """Return numbers that others are divided by."""
    array = _numbers(values, shape)
    if not (array >= 1.0 / MOST).all():
        raise FileError(f"numbers of at least {1.0 / MOST:g} were expected where scales stand")
    return array


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MOST:
        raise FileError(f"a number up to {MOST:g} was expected, not {str(value)[:40]}")
    return float(value)


def _or_nan(value: Any) -> float:
    return math.nan if value is None else _number(value)
