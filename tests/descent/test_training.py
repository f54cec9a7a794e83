"""The epoch loop: rules against their closed forms, compiled against plain, stopping, explosions, resuming."""

import math

import numpy as np
import pytest

from educe.descent.batches import batch_rows
from educe.descent.epochs import FirstOrder
from educe.descent.lbfgs import LBFGS
from educe.descent.rules import RULES, rule_named
from educe.descent.schedules import SCHEDULES, constant, schedule_named
from educe.descent.stopping import Limits, Reason
from educe.descent.training import State, train
from educe.engines.network_gradient import NetworkGradient
from educe.errors import ParameterError
from educe.network import LOSSES, Architecture, initialise, loss_named


def bowl(theta, rows):
    """A quadratic with curvatures 1 and 10, minimum 3 at (1, -2)."""
    d = theta - np.array([1.0, -2.0])
    k = np.array([1.0, 10.0])
    return 3.0 + 0.5 * float(d @ (k * d)), k * d


def plain(rule="gradient-descent", rate=0.1, epochs=400, schedule=constant):
    return FirstOrder(bowl, 1, rule_named(rule)[0], rate, schedule, epochs)


def network_gradient(loss="mse", weights=True, penalty=0.01):
    random = np.random.default_rng(0)
    a = Architecture((2, 3, 1), "sigmoid", "identity")
    x = random.normal(size=(2, 40))
    y = np.abs(np.sin(x[0]) + 0.3 * random.normal(size=40))
    w = random.uniform(0.5, 1.5, 40) if weights else None
    return NetworkGradient(a, loss_named(loss, bend=0.3), x, y, w, penalty), initialise(a, 1)[0]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_finds_the_minimum_of_a_bowl(rule):
    rate = 0.05 if rule.startswith("adam") else 0.02
    end = train(plain(rule, rate, 4000, schedule_named("cosine")), np.zeros(2), limits=Limits(4000)).state
    assert end.theta == pytest.approx([1.0, -2.0], abs=2e-3)


def test_gradient_descent_contracts_as_theory_says():
    end = train(plain(epochs=10), np.zeros(2), limits=Limits(10, check=10)).state
    k = np.array([1.0, 10.0])
    assert end.theta == pytest.approx([1.0, -2.0] - (1 - 0.1 * k) ** 10 * np.array([1.0, -2.0]), rel=1e-13)


def test_adams_first_step_is_the_rate():
    rule, _ = rule_named("adam")
    theta, _ = rule.step(np.zeros(2), rule.begin(np.zeros(2)), np.array([5.0, -0.01]), 0.1, 1)
    assert theta == pytest.approx([-0.1, 0.1], rel=1e-5)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_rules_agree_with_optax(rule):
    optax = pytest.importorskip("optax")
    import jax

    recipe = {
        "gradient-descent": optax.sgd(0.01),
        "momentum": optax.sgd(0.01, momentum=0.9),
        "nesterov": optax.sgd(0.01, momentum=0.9, nesterov=True),
        "adam": optax.adam(0.01),
        "adamw": optax.adamw(0.01, weight_decay=1e-4),
    }[rule]
    gradient, theta = network_gradient()
    ours, memory = theta, rule_named(rule)[0].begin(theta)
    with jax.enable_x64(True):
        theirs, state = jax.numpy.asarray(theta), recipe.init(jax.numpy.asarray(theta))
        for t in range(50):
            updates, state = recipe.update(
                jax.numpy.asarray(gradient(np.asarray(theirs), None)[1]), state, theirs
            )
            theirs = optax.apply_updates(theirs, updates)
            ours, memory = rule_named(rule)[0].step(ours, memory, gradient(ours, None)[1], 0.01, t + 1)
        assert ours == pytest.approx(np.asarray(theirs), rel=1e-10)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("rule", "batch"), [("gradient-descent", None), ("nesterov", 16), ("adam", 8), ("adamw", None)]
)
def test_compiled_and_plain_epochs_give_the_same_numbers(loss, rule, batch):
    pytest.importorskip("jax")
    from educe.engines.network_compiled import CompiledEpochs

    gradient, theta = network_gradient(loss)
    settings = (rule_named(rule)[0], 0.02, schedule_named("cosine"), 60, batch, 7)
    reference = FirstOrder(gradient, gradient.n, *settings)
    compiled = CompiledEpochs(gradient, *settings)
    a = reference.run(theta, reference.begin(theta), 3, 50, 0.5)
    b = compiled.run(theta, compiled.begin(theta), 3, 50, 0.5)
    assert b[0] == pytest.approx(a[0], rel=1e-10, abs=1e-12)
    assert b[2] == pytest.approx(a[2], rel=1e-10)


def test_lbfgs_solves_rosenbrock():
    def rosenbrock(t, rows):
        f = (1 - t[0]) ** 2 + 100 * (t[1] - t[0] ** 2) ** 2
        return f, np.array([-2 * (1 - t[0]) - 400 * t[0] * (t[1] - t[0] ** 2), 200 * (t[1] - t[0] ** 2)])

    end = train(LBFGS(rosenbrock), np.array([-1.2, 1.0]), limits=Limits(100, check=5))
    assert end.state.theta == pytest.approx([1, 1], abs=1e-8)
    assert end.reason is Reason.FLAT
    assert len(end.state.losses) <= 60


def test_an_exploding_step_is_halved_and_a_note_says_so():
    end = train(plain(rate=1.0), np.zeros(2), limits=Limits(400))  # stable below 2/10
    assert end.state.theta == pytest.approx([1.0, -2.0], abs=1e-5)
    assert end.state.factor <= 0.25
    assert "of the step" in end.state.notes[0]


def test_a_loss_that_is_never_a_number_stops():
    def nan(theta, rows):
        return math.nan, theta

    epochs = FirstOrder(nan, 1, rule_named("adam")[0], 0.1, constant, 100)
    assert train(epochs, np.zeros(2), limits=Limits(100)).reason is Reason.EXPLODED


def test_early_stopping_keeps_the_lowest_validation_loss():
    end = train(plain(rate=0.01), np.zeros(2), limits=Limits(1000, check=1, patience=5),
                validate=lambda t: abs(t[0] - 0.5))  # fmt: skip
    assert end.reason is Reason.PATIENCE
    assert end.state.best[0] == pytest.approx(0.5, abs=0.01)
    assert end.state.epoch == end.state.best_epoch + 5


def test_the_number_of_epochs_and_flatness_stop():
    assert train(plain(rate=1e-3), np.zeros(2), limits=Limits(30)).reason is Reason.EPOCHS
    assert train(plain(), np.zeros(2), limits=Limits(4000)).reason is Reason.FLAT


def test_ctrl_c_keeps_the_state_of_the_last_check():
    def press(state: State) -> None:
        if state.epoch >= 60:
            raise KeyboardInterrupt

    end = train(plain(rate=0.001), np.zeros(2), limits=Limits(400), watch=press)
    assert end.reason is Reason.INTERRUPTED
    assert end.state.epoch == 60


@pytest.mark.parametrize("kind", ["adam", "lbfgs"])
def test_a_resumed_run_ends_with_the_same_bits(kind):
    gradient, theta = network_gradient()
    epochs = (
        LBFGS(gradient) if kind == "lbfgs"
        else FirstOrder(gradient, 40, rule_named("adam")[0], 0.02, schedule_named("cosine"), 90, 8, 3)
    )  # fmt: skip
    whole = train(epochs, theta, limits=Limits(90, check=10)).state
    seen: list[State] = []
    train(epochs, theta, limits=Limits(90, check=10), watch=seen.append)
    again = train(epochs, seen[3], limits=Limits(90, check=10)).state
    assert np.array_equal(whole.theta, again.theta)
    assert whole.losses == again.losses


def test_batches_depend_on_seed_and_epoch_alone():
    a, b = batch_rows(10, 3, 1, 5), batch_rows(10, 3, 1, 5)
    assert np.array_equal(a, b)
    assert len(np.unique(a)) == 9
    assert not np.array_equal(a, batch_rows(10, 3, 1, 6))


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_schedules_stay_between_nothing_and_the_whole_rate(name):
    factors = [SCHEDULES[name](e, 100) for e in range(100)]
    assert all(0 <= f <= 1 for f in factors)
    assert max(factors) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: rule_named("adm"), "Did you mean 'adam"),
        (lambda: schedule_named("cosin"), "Did you mean 'cosine'"),
        (lambda: batch_rows(10, 11, 0, 0), "between 1 and 10 rows, not 11"),
        (lambda: Limits(0), "at least 1"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(ParameterError, match=words):
        make()
