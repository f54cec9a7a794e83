"""Contenders one by one: what they can learn, what they count, and what they refuse."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from educe.comparison.bases import Basis, _ridge
from educe.comparison.contenders import Contender, added, of_laws, standard
from educe.comparison.entries import chosen, named
from educe.comparison.law_estimator import checked
from educe.comparison.networks import ChosenNetwork, LawAndNetwork
from educe.comparison.outside import outer_regions
from educe.comparison.scoring import parameters_of, quietly, score
from educe.errors import EduceError, FormulaError, ParameterError


def rows(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2.0, 2.0, (n, 2))
    return X, 2.0 * np.sin(X[:, 0]) + 1.3 * np.cos(X[:, 1]) + 0.1 * rng.standard_normal(n)


QUICK = [c for c in standard(2, 120) if c.kind != "network"]


@pytest.mark.parametrize("contender", QUICK, ids=lambda c: c.name)
def test_each_learns_predicts_and_counts(contender: Contender) -> None:
    X, y = rows()
    fresh, z = rows(seed=1)
    with quietly():
        model, again = (clone(contender.estimator).fit(X, y) for _ in range(2))
        error = float(np.sqrt(np.mean(np.square(model.predict(fresh) - z))))
        assert (again.predict(fresh) == model.predict(fresh)).all()
    assert error < (2.0 if contender.kind == "mean" else 1.1)
    assert parameters_of(model) >= 1.0


def test_linear_is_least_squares() -> None:
    X, y = rows()
    ours, judge = Basis("linear").fit(X, y), LinearRegression().fit(X, y)
    np.testing.assert_allclose(ours.predict(X), judge.predict(X), rtol=1e-11)
    assert ours.parameters_ == pytest.approx(3.0)


def test_ridge_agrees_with_scikit_learn() -> None:
    X, y = rows()
    B = np.column_stack((X, X**2, X[:, 0] * X[:, 1]))
    found = _ridge(B, y, (0.3,))
    scaled = StandardScaler().fit_transform(B)
    judge = Ridge(alpha=0.3 * len(y)).fit(scaled, y)
    np.testing.assert_allclose(
        B @ found.coefficients[0] + found.constants[0], judge.predict(scaled), rtol=1e-9
    )
    hat = scaled @ np.linalg.solve(scaled.T @ scaled + 0.3 * len(y) * np.eye(5), scaled.T)
    assert found.effective[0] == pytest.approx(np.trace(hat), rel=1e-9)


@pytest.mark.parametrize("degree", [1, 3, 5])
def test_the_degree_of_a_polynomial_is_found(degree: int) -> None:
    x = np.linspace(-1.0, 1.0, 60)[:, None]
    found = Basis("polynomials").fit(x, np.polynomial.legendre.legval(x[:, 0], [0.0] * degree + [1.0]))
    assert found.size_ == degree


@pytest.mark.parametrize("kind", ["linear", "polynomials", "additive", "tensor"])
def test_a_basis_takes_a_constant_column_and_few_rows(kind: str) -> None:
    X, y = rows(6)
    X[:, 1] = 4.0
    assert np.isfinite(Basis(kind).fit(X, y).predict(X)).all()
    with pytest.raises(EduceError, match="a basis is"):
        Basis("wavelets").fit(X, y)


def test_law_and_network_finds_what_the_law_leaves_and_leaves_a_right_law_alone() -> None:
    X, y = rows()
    wrong = checked("z = a*sin(x)", ("x", "y"), "z")
    both = LawAndNetwork(wrong, ("x", "y"), budget=0.5).fit(X, y)
    alone = both.law_.predict(X) - y
    assert both.used_network_
    assert both.parameters_ > 1.0
    assert np.std(both.predict(X) - y) < 0.4 * np.std(alone)
    lower, upper = both.predict_interval(X)
    assert 0.85 < np.mean((lower <= y) & (y <= upper)) <= 1.0
    exact = 2.0 * np.sin(X[:, 0])
    silent = LawAndNetwork(wrong, ("x", "y"), budget=0.5).fit(X, exact)
    assert not silent.used_network_
    assert silent.parameters_ == 1.0


def test_the_chosen_network_chooses_on_some_rows_and_trains_on_all() -> None:
    X, y = rows(450)
    found = ChosenNetwork(budget=0.5).fit(X, y)
    assert found.learned_.n == 450
    assert found.parameters_ == found.learned_.parameters_count
    assert np.sqrt(np.mean(np.square(found.predict(X) - y))) < 0.3 * y.std()


def test_numbers_of_others_are_counted_where_they_tell() -> None:
    X, y = rows()
    assert parameters_of(make_pipeline(StandardScaler(), LinearRegression()).fit(X, y)) == 3.0
    assert parameters_of(DecisionTreeRegressor(max_leaf_nodes=7).fit(X, y)) == 7.0
    assert np.isnan(parameters_of(SVR().fit(X, y)))


class Broken(LinearRegression):
    """Fails, or predicts what is no number."""

    def __init__(self, how: str = "raise") -> None:
        super().__init__()
        self.how = how

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Broken":
        if self.how == "raise":
            raise RuntimeError("no luck\nat all")
        return super().fit(X, y)

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.full(len(X) - (self.how == "short"), np.nan if self.how == "nan" else 0.0)


@pytest.mark.parametrize(
    ("how", "words"), [("raise", "no luck"), ("nan", "no finite number"), ("short", "values for")]
)
def test_what_fails_is_told_and_stops_nothing(how: str, words: str) -> None:
    X, y = rows(40)
    splits = [(np.arange(20), np.arange(20, 40))]
    found = score([*added({"broken": Broken(how)}), QUICK[0]], X, y, splits)
    assert words in found["broken", 0].failure
    assert found["broken", 0].failure.count("\n") == 0
    assert found["mean", 0].failure == ""


def test_laws_get_their_names() -> None:
    assert list(named(["z = a*x + b", "wave: z = a*sin(x)"])) == ["a*x + b", "wave"]
    assert list(named("z = a*x")) == ["a*x"]

    def decay(x: np.ndarray, a: float, k: float) -> np.ndarray:
        return a * np.exp(-k * x)

    assert list(named(decay)) == ["decay"]
    assert named({"mine": "z = a*x"}) == {"mine": "z = a*x"}
    for wrong in (["z = a*x", "z = a*x"], [": z = a*x"], ["name:"]):
        with pytest.raises(ParameterError):
            named(wrong)


@pytest.mark.parametrize(
    ("law", "words"),
    [
        ("w = a*x", "the target is z"),
        ("log(z) = a*x", "solve the law for z"),
        ("z = a*z + x", "uses z"),
        ("z = sin(x)", "no parameters"),
        ("z = c", "uses none of the inputs"),
    ],
)
def test_laws_that_cannot_compete_are_refused(law: str, words: str) -> None:
    with pytest.raises((ParameterError, FormulaError), match=words):
        of_laws({"it": law}, ("x", "y"), "z")


def test_a_law_without_a_left_side_and_with_one_input_of_two_competes() -> None:
    X, y = rows(40)
    laws = of_laws({"half": "a*sin(x) + b"}, ("x", "y"), "z", network=False)
    found = score(laws, X, y, [(np.arange(30), np.arange(30, 40))])
    assert found["half", 0].failure == ""
    assert found["half", 0].parameters == 2.0


def test_names_and_kinds_choose_and_the_mean_stays() -> None:
    contenders = standard(2, 100)
    assert [c.name for c in chosen(contenders, only=["trees"], without=["random forest"])] == [
        "mean",
        "gradient boosting",
    ]
    with pytest.raises(ParameterError, match="Did you mean 'polynomials'"):
        chosen(contenders, only=["polynomial"], without=())


def test_what_is_no_estimator_is_refused() -> None:
    for wrong in (SVR, "svr", 3):
        with pytest.raises(ParameterError, match="must be a scikit-learn estimator"):
            added({"svr": wrong})
    with pytest.raises(ParameterError, match="kind"):
        Contender("it", "magic", SVR())


def test_outer_regions_are_the_ends_of_the_region() -> None:
    X, _ = rows(200)
    regions = outer_regions(X)
    assert len(regions) == 4
    for (seen, held), (k, high) in zip(regions, [(0, True), (0, False), (1, True), (1, False)], strict=True):
        assert sorted([*seen, *held]) == list(range(200))
        assert 25 <= len(held) <= 35
        border = X[held, k].min() if high else -X[held, k].max()
        assert ((X[seen, k] if high else -X[seen, k]) <= border).all()


def test_regions_that_are_no_ends_are_left_out() -> None:
    two_values = np.repeat([[0.0], [1.0]], 50, axis=0)
    assert outer_regions(two_values) == []
    assert outer_regions(np.ones((50, 1))) == []
    assert len(outer_regions(np.random.default_rng(0).normal(size=(100, 6)))) == 4
