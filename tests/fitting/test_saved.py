"""Saved fits: the same bytes, the same numbers, and no file that breaks anything."""

import contextlib
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import educe
from educe import EduceError, FileError
from educe.export import json_file
from educe.fitting.saved import to_saved

X = np.linspace(0.0, 4.0, 30)
S = np.linspace(0.05, 0.2, 30)
Y = 3.0 * np.exp(-0.9 * X) + 0.5 + 0.05 * np.cos(30 * X)
DATA = {"x": X, "y": Y, "s": S}
LAW = "y = a*exp(-b*x) + c"

FITS = {
    "plain": lambda: educe.fit(LAW, DATA, start={"b": 1.0}, derive={"tau": "1/b"}),
    "weighted": lambda: educe.fit(LAW, DATA, start={"b": 1.0}, sigma="s", absolute_sigma=True),
    "robust": lambda: educe.fit(LAW, DATA, start={"b": 1.0}, loss="tukey"),
    "bounded": lambda: educe.fit(LAW, DATA, start={"b": 0.5}, bounds={"b": (None, 0.7)}),
    "fixed and tied": lambda: educe.fit(LAW, DATA, start={"b": 1.0}, fixed={"c": 0.5}, ties={"a": "3*b"}),
    "classic": lambda: educe.fit(LAW, DATA, start={"a": 3, "b": 1, "c": 0.5}, method="gauss-newton"),
    "searched": lambda: educe.fit(LAW, DATA),
    "condition": lambda: educe.fit(LAW, DATA, start={"b": 1.0}, where="x < 3"),
    "undetermined": lambda: educe.fit("y = a*b*exp(-c*x)", DATA, search=False),
    "two rows": lambda: educe.fit("y = m*x + q", {"x": [1.0, 2.0], "y": [1.0, 4.0]}),
}
NUMBERS = [
    "params",
    "stderr",
    "theta",
    "covariance",
    "correlation",
    "triangle",
    "n",
    "p",
    "dof",
    "rss",
    "residual_standard_error",
    "r_squared",
    "adjusted_r_squared",
    "aic",
    "aicc",
    "bic",
    "log_likelihood",
    "chi_square",
    "chi_square_p_value",
    "scale",
    "converged",
    "reason",
    "iterations",
    "trace",
    "warnings",
    "linear",
    "solver_names",
    "names",
    "ties",
    "source",
    "response",
    "fitted",
    "residuals",
    "leverage",
    "residual_tests",
    "derived",
    "left_out",
    "convention",
    "parameters",
    "method",
    "started",
    "undetermined",
    "condition",
    "interval_dof",
]


def same(one, two):
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, two)
    elif isinstance(one, float) and math.isnan(one):
        assert math.isnan(two)
    else:
        assert one == two or repr(one) == repr(two)


@pytest.mark.parametrize("name", FITS)
def test_everything_comes_back(name, tmp_path):
    fit = FITS[name]()
    fit.save(tmp_path / "fit.json")
    back = educe.load(tmp_path / "fit.json")
    for attribute in NUMBERS:
        same(getattr(fit, attribute), getattr(back, attribute))
    same(fit.conf_int(), back.conf_int())
    assert fit.to_dict() == back.to_dict()
    if "x" in fit.law_variables:
        one, two = (f.predict({"x": X}, interval="prediction") for f in (fit, back))
        same(one.upper, two.upper)
        same(one.outside, two.outside)


@pytest.mark.parametrize("name", FITS)
def test_a_file_is_the_same_bytes_each_time(name, tmp_path):
    paths = [tmp_path / f"{k}.json" for k in range(3)]
    fit = FITS[name]()
    fit.save(paths[0])
    fit.save(paths[1])
    educe.load(paths[0]).save(paths[2])
    assert paths[0].read_bytes() == paths[1].read_bytes() == paths[2].read_bytes()


def test_a_fit_that_ended_nowhere_can_be_saved_too(tmp_path):
    fit = educe.fit("y = exp(b*x)", DATA, start={"b": -30.0}, method="gauss-newton")
    assert not fit.converged
    fit.save(tmp_path / "fit.json")
    assert educe.load(tmp_path / "fit.json").reason == fit.reason


def test_many_rows_are_thinned_and_what_needs_all_is_kept(tmp_path):
    x = np.linspace(0, 4, 50_001)
    fit = educe.fit(LAW, {"x": x, "y": 3 * np.exp(-0.9 * x) + 0.5 + 0.1 * np.cos(999 * x)}, start={"b": 1.0})
    fit.save(tmp_path / "fit.json")
    back = educe.load(tmp_path / "fit.json")
    assert len(back.rows.response) <= 20_010
    for attribute in [
        "params",
        "stderr",
        "n",
        "dof",
        "rss",
        "r_squared",
        "aic",
        "bic",
        "covariance",
        "scale",
    ]:
        same(getattr(fit, attribute), getattr(back, attribute))
    assert back.rows.columns["x"].min() == x.min()
    assert back.rows.columns["x"].max() == x.max()


def test_a_python_function_is_not_saved(tmp_path):
    pytest.importorskip("educe.formula.trace")

    def y(x, a):
        return a * x if a < 1e300 else x

    with pytest.raises(FileError, match="files hold no code"):
        educe.fit(y, DATA).save(tmp_path / "fit.json")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(tmp_path):
    fit = FITS["plain"]()
    with pytest.raises(FileError):
        fit.save(tmp_path / "no" / "fit.json")


# --- hostile files ---------------------------------------------------------------------------------

TEXTS = {
    "nothing": b"",
    "no json": b"hello",
    "no object": b"[1, 2]",
    "a number": b"3",
    "not a number": b'{"format": NaN}',
    "infinite": b'{"format": Infinity}',
    "binary": bytes(range(256)),
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "long number": b'{"format": ' + b"9" * 10_000 + b"}",
    "another format": b'{"format": "other", "version": 1}',
    "another version": b'{"format": "educe fit", "version": 999}',
    "format only": b'{"format": "educe fit", "version": 1}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_that_is_no_saved_fit(name, tmp_path):
    path = tmp_path / "fit.json"
    path.write_bytes(TEXTS[name])
    with pytest.raises(FileError, match=r"fit\.json"):
        educe.load(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match=r"no\.json.*[Nn]o such file"):
        educe.load(tmp_path / "no.json")
    with pytest.raises(FileError):
        educe.load(tmp_path)


def test_a_file_too_large_is_not_read(tmp_path):
    path = tmp_path / "fit.json"
    with path.open("wb") as file:
        file.truncate(json_file.LARGEST + 1)  # sparse: takes no room
    with pytest.raises(FileError, match="larger than 500 MB"):
        educe.load(path)


SAVED = json.loads(json.dumps(to_saved(FITS["plain"]())))

INJECTED = [
    "y = __import__('os').system('true')",
    "y = a.__class__",
    "y = (lambda: a)()",
    "y = a[0]*x",
    "y = exec(a)",
    "y = " + "(" * 5000 + "a" + ")" * 5000,
    "y = a**9**9**9**9*x",
    "",
    "z = a*x",
    "y = 3*x",
]


@pytest.mark.parametrize("text", INJECTED, ids=range(len(INJECTED)))
def test_a_law_from_a_stranger_runs_nothing(text, tmp_path):
    path = tmp_path / "fit.json"
    path.write_text(json.dumps({**SAVED, "law": text}))
    with pytest.raises(EduceError):
        educe.load(path)


def places(value, path=()):
    """Every place in nested data, as a path of keys."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:4]):
            yield from places(item, (*path, index))


PLACES = [place for place in places(SAVED) if place[0] != "summary"]
OTHERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from(
        [10**400, 1e308, -1e308, 1e-308, 0.0, "1", "", "x", "y", "a", "b*2", "\x00", "nan", "inf"]
    ),
    st.lists(st.sampled_from([1.0, None, "x", []]), max_size=3),
    st.dictionaries(st.sampled_from(["x", "name", "a"]), st.sampled_from([1.0, None, "x"]), max_size=2),
)


def altered(place, value, drop=False):
    copy = json.loads(json.dumps(SAVED))
    holder = copy
    for key in place[:-1]:
        holder = holder[key]
    if drop:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return copy


def load_or_refuse(data, path):
    path.write_text(json.dumps(data))
    try:
        fit = educe.load(path)
    except EduceError:
        return
    # what loads must also be usable, or refuse in words
    with np.errstate(all="ignore"), contextlib.suppress(EduceError):
        str(fit)
        fit.to_dict()
        fit.predict({"x": X}, interval="prediction")
        assert fit.convention.sentences
        fit.save(path)


@given(place=st.sampled_from(PLACES), value=OTHERS)
@settings(max_examples=150, deadline=None)
def test_one_value_changed_loads_or_is_refused(tmp_path_factory, place, value):
    load_or_refuse(altered(place, value), tmp_path_factory.getbasetemp() / "altered.json")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_one_value_missing_loads_or_is_refused(place, tmp_path):
    load_or_refuse(altered(place, None, drop=True), tmp_path / "fit.json")


def test_rows_of_unequal_length_are_refused(tmp_path):
    path = tmp_path / "fit.json"
    path.write_text(json.dumps({**SAVED, "rows": {"x": X.tolist(), "y": Y.tolist()[:-1]}}))
    with pytest.raises(FileError):
        educe.load(path)


def test_json_keeps_every_digit_and_the_order_of_keys():
    values = {"z": 0.1 + 0.2, "a": 5e-324, "m": 1.7976931348623157e308}
    text = json_file.dumps(values)
    assert list(json.loads(text)) == ["z", "a", "m"]
    assert json.loads(text) == values
