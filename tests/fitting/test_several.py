"""Several data sets with shared parameters: the same answer as the whole problem, and what each result says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

import educe
from educe.table import write

T = np.linspace(0.0, 5.0, 30)
LAW = "y = a*exp(-t/tau) + c"


def decay(a: float, tau: float, c: float, seed: int, size: float = 0.05) -> dict[str, Any]:
    noise = np.random.default_rng(seed).normal(0.0, size, len(T))
    return {"t": T, "y": a * np.exp(-T / tau) + c + noise, "s": np.full(len(T), size)}


DATA = {"cold": decay(3.0, 1.7, 0.2, 1), "hot": decay(5.0, 1.7, -0.3, 2), "mild": decay(1.0, 1.7, 0.0, 3)}
FIT = educe.fit(LAW, DATA, shared=["tau"])


def stacked_residuals(theta: Any) -> Any:
    tau, *own = theta
    pairs = np.reshape(own, (-1, 2))
    return np.concatenate(
        [d["y"] - (a * np.exp(-d["t"] / tau) + c) for d, (a, c) in zip(DATA.values(), pairs, strict=True)]
    )


def test_parameters_and_errors_are_those_of_the_whole_problem() -> None:
    judge = least_squares(stacked_residuals, [1.0, 1, 0, 1, 0, 1, 0], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    order = ["tau", "a_cold", "c_cold", "a_hot", "c_hot", "a_mild", "c_mild"]
    assert [FIT.params[name] for name in order] == pytest.approx(judge.x, rel=1e-7)
    assert FIT.rss == pytest.approx(2 * judge.cost, rel=1e-12)
    assert (FIT.n, FIT.dof, FIT.p) == (90, 83, 7)
    covariance = np.linalg.inv(judge.jac.T @ judge.jac) * FIT.rss / FIT.dof
    assert [FIT.stderr[name] for name in order] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-5)


def test_linear_parameters_of_every_set_are_eliminated() -> None:
    assert set(FIT.linear) == {name for name in FIT.names if name != "tau"}


def test_one_set_twice_gives_what_it_gives_alone_with_smaller_errors() -> None:
    alone = educe.fit(LAW, DATA["cold"])
    twice = educe.fit(LAW, [DATA["cold"], DATA["cold"]], shared=["tau", "a", "c"])
    assert list(twice.params) == ["a", "tau", "c"]
    assert twice.theta == pytest.approx(alone.theta, rel=1e-9)
    assert twice.standard_errors**2 * twice.dof == pytest.approx(
        alone.standard_errors**2 * alone.dof, rel=1e-9
    )


def test_nothing_shared_is_each_set_alone() -> None:
    joint = educe.fit(LAW, DATA, shared=[])
    for name, data in DATA.items():
        alone = educe.fit(LAW, data)
        for parameter in ("a", "tau", "c"):
            assert joint.params[f"{parameter}_{name}"] == pytest.approx(alone.params[parameter], rel=1e-8)


@settings(max_examples=3, deadline=None)
@given(st.permutations(["cold", "hot", "mild"]))
def test_the_order_of_the_sets_does_not_matter(order: list[str]) -> None:
    found = educe.fit(LAW, {name: DATA[name] for name in order}, shared=["tau"])
    assert {k: round(v, 9) for k, v in found.params.items()} == {
        k: round(v, 9) for k, v in FIT.params.items()
    }


def test_what_each_set_has_of_its_own_may_enter_nonlinearly() -> None:
    data = {f"run {k}": decay(2.0, tau, 0.5, 10 + k) for k, tau in enumerate((0.5, 1.5, 4.0))}
    fit = educe.fit(LAW, data, shared=["a", "c"])
    assert fit.converged
    for name, tau in zip(("run_0", "run_1", "run_2"), (0.5, 1.5, 4.0), strict=True):
        assert fit.params[f"tau_{name}"] == pytest.approx(tau, abs=6 * fit.stderr[f"tau_{name}"])


def test_oscillations_with_phases_of_their_own_share_a_frequency() -> None:
    rng = np.random.default_rng(4)
    t = np.sort(rng.uniform(0.0, 10.0, 60))
    data = [
        {"t": t, "y": a * np.sin(2.3 * t + p) + rng.normal(0.0, 0.1, 60)}
        for a, p in ((1.0, 0.3), (2.0, 1.9), (0.7, -1.0))
    ]
    fit = educe.fit("y = a*sin(w*t + p)", data, shared=["w"])
    assert fit.params["w"] == pytest.approx(2.3, abs=5 * fit.stderr["w"])
    assert fit.residual_standard_error == pytest.approx(0.1, rel=0.2)


def test_a_set_too_small_alone_is_carried_by_the_others() -> None:
    few = {name: column[:2] for name, column in DATA["hot"].items()}
    fit = educe.fit(LAW, {"cold": DATA["cold"], "hot": few}, shared=["tau", "c"])
    assert fit.converged
    assert fit.params["a_hot"] > 3.0


def test_options_hold_for_all_sets_or_for_one() -> None:
    fit = educe.fit(
        LAW,
        DATA,
        shared=["tau"],
        fixed={"c": 0.0, "a_cold": 3.0},
        bounds={"a": (0.0, 4.0), "a_mild": (0.0, None)},
        start={"tau": 2.0},
        derive={"half": "tau*log(2)", "top": "a + c"},
    )
    assert {n: fit.params[n] for n in ("c_cold", "c_hot", "c_mild", "a_cold")} == {
        "c_cold": 0.0,
        "c_hot": 0.0,
        "c_mild": 0.0,
        "a_cold": 3.0,
    }
    assert fit.params["a_hot"] == 4.0
    assert list(fit.derived) == ["half", "top_cold", "top_hot", "top_mild"]
    assert fit.derived["top_hot"].value == pytest.approx(fit.params["a_hot"])
    assert fit.started == {"tau": 2.0}


def test_ties_hold_in_each_set() -> None:
    fit = educe.fit(LAW, DATA, shared=["tau"], ties={"c": "a/10"}, start={"tau": 1.0})
    assert fit.params["c_hot"] == pytest.approx(fit.params["a_hot"] / 10)
    with pytest.raises(educe.ParameterError, match="tau is shared"):
        educe.fit(LAW, DATA, shared=["tau"], ties={"tau": "a/10"}, start={"a": 1.0})


def test_sigma_and_errors_in_x_reach_every_set() -> None:
    weighted = educe.fit(LAW, DATA, shared=["tau"], sigma="s")
    assert weighted.theta == pytest.approx(FIT.theta, rel=1e-8)
    both = educe.fit(LAW, DATA, shared=["tau"], sigma="s", sigma_x=0.02)
    assert both.convention.noisy_inputs == ("t",)
    assert both.params["tau"] != FIT.params["tau"]


def test_robust_fits_set_outliers_aside() -> None:
    far = {**DATA["hot"], "y": DATA["hot"]["y"].copy()}
    far["y"][3] += 4.0
    fit = educe.fit(LAW, {**DATA, "hot": far}, shared=["tau"], loss="tukey")
    assert fit.params["tau"] == pytest.approx(FIT.params["tau"], abs=2 * FIT.stderr["tau"])


def test_predictions_say_which_set_is_meant() -> None:
    a, tau, c = (FIT.params[name] for name in ("a_hot", "tau", "c_hot"))
    assert FIT.predict({"t": [1.0]}, data_set="hot") == pytest.approx([a * np.exp(-1.0 / tau) + c])
    band: Any = FIT.predict({"t": [1.0, 9.0]}, data_set="hot", interval="prediction")
    assert band.outside.tolist() == [False, True]
    assert band.lower[0] < a * np.exp(-1.0 / tau) + c < band.upper[0]
    with pytest.raises(educe.ParameterError, match="say which one is meant: cold, hot, mild"):
        FIT.predict({"t": [1.0]})
    with pytest.raises(educe.ParameterError, match=r"no data set 'hott'; .* Did you mean 'hot'"):
        FIT.predict({"t": [1.0]}, data_set="hott")
    with pytest.raises(educe.ParameterError, match="the fit is of one data set"):
        educe.fit(LAW, DATA["hot"]).predict({"t": [1.0]}, data_set="hot")


def test_a_fit_of_several_is_saved_whole(tmp_path: Any) -> None:
    FIT.save(tmp_path / "sets.json")
    again = educe.load(tmp_path / "sets.json")
    assert again.to_dict() == FIT.to_dict()
    assert again.predict({"t": T}, data_set="mild") == pytest.approx(FIT.predict({"t": T}, data_set="mild"))
    found = again.to_dict()
    assert found["formula"] == FIT.stated.text
    assert found["shared"] == ["tau"]
    assert [one["n"] for one in found["sets"]] == [30, 30, 30]
    assert sum(one["rss"] for one in found["sets"]) == pytest.approx(FIT.rss)
    assert found["sets"][1]["parameters"] == {"tau": "tau", "a": "a_hot", "c": "c_hot"}


def test_a_saved_fit_whose_sets_do_not_match_its_law_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "sets.json"
    FIT.save(path)
    path.write_text(path.read_text().replace('"own": ["a", "c"]', '"own": ["a"]'))
    with pytest.raises(educe.FileError, match="damaged"):
        educe.load(path)


def test_profiles_and_rows_follow(tmp_path: Any) -> None:
    assert FIT.profile("tau").interval[0] < FIT.params["tau"] < FIT.profile("tau").interval[1]
    missing = {**DATA["mild"], "y": np.where(T[4] == T, np.nan, DATA["mild"]["y"])}
    fit = educe.fit(LAW, {**DATA, "mild": missing}, shared=["tau"], where="t < 4.9")
    assert fit.sets is not None
    assert fit.sets.used == (29, 29, 28)
    assert fit.sets.place(fit.rows.number(fit.n - 1) - 1) == ("mild", 28)


def test_files_are_called_by_their_names(tmp_path: Any) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    for name in ("a/run-1.csv", "a/run 2.csv", "b/run-1.csv"):
        write(tmp_path / name, DATA["cold"])
    fit = educe.fit(LAW, [tmp_path / "a/run-1.csv", tmp_path / "a/run 2.csv"], shared=["tau"])
    assert fit.sets is not None
    assert fit.sets.names == ("run_1", "run_2")
    fit = educe.fit(LAW, [tmp_path / "a/run-1.csv", tmp_path / "b/run-1.csv"], shared=["tau"])
    assert fit.sets is not None
    assert fit.sets.names == ("run_1_1", "run_1_2")


def f(t: Any, a: float) -> Any:
    return np.array([a * value for value in t])


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (DATA, {"shared": ["tua"]}, "shared: tua is not a parameter of the law.* Did you mean 'tau'"),
        (DATA, {"shared": ["t"]}, "t is a column, not a parameter"),
        (DATA, {"shared": "tau"}, r"list of names, such as \['tau'\]"),
        ([DATA["cold"]], {}, "two data sets or more; 1 was given"),
        (DATA["cold"], {}, "columns of numbers were given"),
        ("cold.csv", {}, "a list, or {name: data}, not str"),
        ({"a b": DATA["cold"], "a-b": DATA["hot"]}, {}, "the same name"),
        ({**DATA, "odd": {"x": T, "y": T}}, {}, "odd has no column 't'"),
        (DATA, {"sigma": np.ones(30)}, "a column that each has, or one number"),
        (DATA, {"start": {"a_hott": 1.0}}, "a_hott is not a parameter.* Did you mean 'a_hot'"),
        ({**DATA, "warm": {**DATA["hot"], "a_hot": T}}, {}, "a_hot would be the name"),
    ],
)
def test_wrong_use_is_refused_in_one_sentence(data: Any, options: Any, words: str) -> None:
    with pytest.raises(educe.EduceError, match=words):
        educe.fit(LAW, data, **{"shared": ["tau"], **options})


def test_functions_without_a_formula_are_refused() -> None:
    with pytest.raises(educe.FormulaError, match="could not be read as a formula"):
        educe.fit(f, {k: {"t": T, "f": T} for k in "xz"}, shared=["a"])
