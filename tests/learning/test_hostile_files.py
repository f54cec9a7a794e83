"""Saved networks damaged at random: a FileError, or a network that still answers; nothing else, and nothing is run."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.errors import EduceError, FileError
from educe.learning.learn import learn
from educe.learning.saved import from_saved, load, to_saved

EVIL = [
    None,
    True,
    -1,
    0,
    10**30,
    -(10**30),
    1e308,
    5e-324,
    "",
    "x" * 50,
    "__import__('os').system('x')",
    [],
    {},
]
EVIL += [[[]], [1, 2], {"a": 1}, 10**9, 2**63, 0.5, "NaN", [None], [[1, 2], [3]], [[[1.0]]], "1"]


@pytest.fixture(scope="module")
def saved():
    x = np.linspace(-1.0, 1.0, 25)
    net = learn({"x": x, "y": x[::-1] ** 2, "z": np.sin(x)}, "z", hidden=2, penalty=1e-4, starts=2)
    return json.loads(json.dumps(to_saved(net)))


def places(item, path=()):
    """Yield the path of every part; of long lists the first two."""
    yield path
    parts = item.items() if isinstance(item, dict) else enumerate(item[:2]) if isinstance(item, list) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_at_random_is_refused_or_harmless(saved, data):
    path = data.draw(st.sampled_from([path for path in places(saved) if path]))
    broken = copy.deepcopy(saved)
    owner = broken
    for key in path[:-1]:
        owner = owner[key]
    if data.draw(st.booleans()):
        owner[path[-1]] = data.draw(st.sampled_from(EVIL))
    else:
        del owner[path[-1]]
    try:
        net = from_saved(broken)
    except FileError:
        return
    try:
        net.predict({name: [0.0, 1.0] for name in net.inputs}, interval="prediction")
    except EduceError:
        return
    json.dumps(net.to_dict(), allow_nan=False)
    assert str(net)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"format": "educe network", "version": 1, "theta": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"format": "educe network", "version": 1, "theta": [NaN]}',
        '{"format": "educe network", "version": 1, "theta": [Infinity]}',
        '{"format": "educe network", "version": 2}',
        '{"format": "educe network", "version": 1}',
        '{"format": "educe networks", "version": 1, "each": {}}',
        '{"format": "educe network", "version": 1' + "}" * 3,
        "\x00\x01\x02",
        '{"format": ["educe network"]}',
        '{"format": "educe network", "version": 1, "theta": ' + "9" * 5000 + "}",
    ],
    ids=range(11),
)
def test_texts_that_are_no_network_are_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FileError):
        load(tmp_path / "a.json")


@pytest.mark.parametrize("layers", [[2, 10**7, 1], [2, 10**12, 1], [2] + [1000] * 100 + [1], [2], [], "21"])
def test_sizes_that_would_fill_memory_are_refused_before_anything_is_made(saved, layers):
    broken = copy.deepcopy(saved)
    broken["summary"]["layers"] = layers
    with pytest.raises(FileError):
        from_saved(broken)


def test_pickle_is_not_read(tmp_path):
    import pickle

    (tmp_path / "a.json").write_bytes(pickle.dumps({"format": "educe network"}))
    with pytest.raises(FileError):
        load(tmp_path / "a.json")
