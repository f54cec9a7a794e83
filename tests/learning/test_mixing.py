"""Stacking: the shares of several penalties in an average."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.descent.stopping import Reason
from educe.learning.folds import Judged, fold_of
from educe.learning.learn import learn
from educe.learning.mixing import DRAWS, MEMBERS, fewer, mixed, stacked
from educe.network import Architecture, forward

A = Architecture((1, 3, 1))


def errors_of(candidates, n, *, splits=1, targets=1, seed=0):
    """Return errors of candidates that share a part, each with one of its own."""
    random = np.random.default_rng(seed)
    sizes = random.uniform(0.2, 1.5, (candidates, 1, 1, 1))
    return random.normal(size=(1, splits, targets, n)) + sizes * random.normal(
        size=(candidates, splits, targets, n)
    )


def judged(penalty, errors, architecture=A, members=4):
    thetas = np.zeros((5, members, architecture.parameters))
    shares = np.full((5, members), 1.0 / members)
    return Judged(architecture, penalty, float(np.sqrt(np.square(errors).mean())), errors, thetas, shares)


def squared(shares, errors, weights):
    return float(np.sum(weights * np.square(np.tensordot(shares, errors, axes=1))))


@pytest.mark.parametrize(("splits", "targets"), [(1, 1), (3, 2)])
def test_two_candidates_have_the_shares_of_the_formula(splits, targets):
    errors = errors_of(2, 40, splits=splits, targets=targets)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, 40)
    expected = np.zeros(2)
    for row in np.random.default_rng((3, 6)).exponential(size=(DRAWS, 40)):
        # d/ds of sum w (s a + (1 - s) b)^2 is zero at s = sum w b (b - a) / sum w (a - b)^2
        (a, b), w = errors, weights * row
        s = np.clip(np.sum(w * b * (b - a)) / np.sum(w * np.square(a - b)), 0.0, 1.0)
        expected += np.array([s, 1.0 - s]) / DRAWS
    assert stacked(errors, weights, seed=3) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 6), st.integers(10, 60), st.integers(0, 99))
def test_shares_sum_to_one_and_follow_their_candidates(candidates, n, seed):
    errors = errors_of(candidates, n, seed=seed)
    weights, order = np.ones(n), np.random.default_rng(seed).permutation(candidates)
    shares = stacked(errors, weights, seed=seed)
    assert (shares >= 0.0).all()
    assert shares.sum() == pytest.approx(1.0)
    assert stacked(errors[order], weights, seed=seed) == pytest.approx(shares[order], abs=1e-6)
    # the unit of the errors does not matter
    assert stacked(1e-5 * errors, weights, seed=seed) == pytest.approx(shares, abs=1e-6)


def test_the_average_errs_less_than_the_best_where_errors_differ():
    errors = errors_of(4, 200, seed=5)
    shares = stacked(errors, np.ones(200), seed=0)
    alone = min(squared(one, errors, np.ones(200)) for one in np.eye(4))
    assert squared(shares, errors, np.ones(200)) < 0.95 * alone


def test_a_row_without_weight_says_nothing():
    errors = errors_of(3, 30)
    weights = np.ones(30)
    weights[:5] = 0.0
    moved = errors.copy()
    moved[..., :5] = 100.0 * np.random.default_rng(9).normal(size=(3, 1, 1, 5))
    # the size of the last row of the system changes, the minimum does not
    assert stacked(moved, weights, seed=0) == pytest.approx(stacked(errors, weights, seed=0), abs=1e-6)


def test_no_error_at_all_is_no_trouble():
    assert stacked(np.zeros((2, 1, 1, 9)), np.ones(9), seed=0).sum() == pytest.approx(1.0)


def test_only_the_best_shape_takes_part_and_the_largest_share_comes_first():
    other = Architecture((1, 2, 1))
    errors = errors_of(2, 50, seed=2)
    best, second = sorted((judged(0.1, errors[0]), judged(1.0, errors[1])), key=lambda j: j.rmse)
    wide = judged(3.0, 1.01 * best.errors, other)
    found = mixed([wide, second, best], np.ones(50), seed=0)
    assert {j.penalty for j, _ in found} <= {0.1, 1.0}
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
    assert sum(share for _, share in found) == pytest.approx(1.0)


def test_a_single_network_or_a_lone_candidate_is_not_mixed():
    errors = errors_of(2, 50)
    alone = [judged(p, e, members=1) for p, e in zip((0.1, 1.0), errors, strict=True)]
    assert mixed(alone, np.ones(50), seed=0) == ((min(alone, key=lambda j: j.rmse), 1.0),)
    lone = judged(0.1, errors[0])
    assert mixed([lone], np.ones(50), seed=0) == ((lone, 1.0),)


def test_fewer_keeps_the_first_ones_with_sum_one():
    j = judged(0.1, errors_of(1, 9)[0])
    kept = fewer([(j, 0.5), (j, 0.3), (j, 0.2)], 2)
    assert [share for _, share in kept] == pytest.approx([0.625, 0.375])
    assert fewer([(j, 0.5), (j, 0.5)], 0) == ((j, 1.0),)


def loud(n=220):
    random = np.random.default_rng(4)
    x = np.sort(random.uniform(-3, 3, n))
    return {"x": x, "y": np.sin(x) + random.normal(size=n)}


@pytest.fixture(scope="module")
def net():
    return learn(loud(), "y", budget=1.0)


def test_networks_of_several_penalties_are_one_and_the_folds_too(net):
    x, y = loud().values()
    assert net.averaged == len(net.starts) == MEMBERS
    assert "penalties from" in net.notes[0], "the case was made for several penalties"
    assert net.members.shape == (5, net.parameters_count)
    # what the folds predict is what the error told was measured with
    fold = fold_of(len(x), 5, 1)
    f = np.empty(len(x))
    for k in range(5):
        held = fold == k
        f[held] = forward(net.scaled.architecture, net.members[k], net.scales.inputs(x[held, None]))[0]
    rmse = np.sqrt(np.mean(np.square(net.scales.middle + net.scales.unit * f - y)))
    assert net.validation_rmse == pytest.approx(rmse, rel=1e-9)


def stopped(at, stage, **more):
    """Return what a training leaves that is stopped at look `at` of the stages that begin so."""
    seen = []

    def watch(stand):
        seen.append(stand.stage.startswith(stage))
        if sum(seen) == at:
            raise KeyboardInterrupt

    return learn(loud(), "y", budget=1.0, watch=watch, **more)


@pytest.mark.parametrize(("stage", "at"), [("measuring", 30), ("training", 20), ("training", 40)])
def test_a_mixture_that_is_stopped_leaves_a_network_and_goes_on_to_the_same_bits(net, tmp_path, stage, at):
    file = tmp_path / "c.json"
    left = stopped(at, stage, checkpoint=file)
    assert left.reason == Reason.INTERRUPTED.value
    assert np.isfinite(left.predict({"x": [0.0, 1.0]}, interval="prediction").lower).all()
    resumed = learn(loud(), "y", budget=1.0, checkpoint=file, resume=True)
    assert np.array_equal(resumed.scaled.theta, net.scaled.theta)
    assert np.array_equal(resumed.members, net.members)
    assert resumed.starts == net.starts


def test_few_rows_get_one_penalty_and_so_does_a_width_that_is_given():
    x, y = loud().values()
    few = learn({"x": x[::2], "y": y[::2]}, "y", budget=0.5)
    given = learn({"x": x, "y": y}, "y", hidden=2, budget=0.5, starts=4)
    assert not any("penalties from" in note for note in (*few.notes, *given.notes))
    assert given.layers == (1, 2, 1)
