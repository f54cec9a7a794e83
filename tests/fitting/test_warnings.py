"""Each warning sentence, provoked; and a good fit, which has none."""

import numpy as np
import pytest

import educe

X = np.linspace(0.0, 4.0, 40)
Y = 3.0 * np.exp(-0.9 * X) + 0.5 + 0.01 * np.cos(30 * X)
LAW = "y = a*exp(-b*x) + c"


def warned(law, data, **options):
    return educe.fit(law, data, **options).warnings


def test_a_good_fit_has_no_warnings():
    assert warned(LAW, {"x": X, "y": Y}, start={"b": 1.0}) == ()


def test_not_converged():
    words = warned(LAW, {"x": X, "y": Y}, start={"a": 0.1, "b": 0.1}, method="gauss-newton", iterations=1)
    assert words[0] == "The fit did not converge; stopped: the iteration limit was reached."
    assert words[-1] == "Not all parameters were given starting values; --start NAME=VALUE helps."


def test_a_column_called_pi():
    data = {"x": X, "y": 3 * X, "pi": X}
    words = "pi is 3.14159... in the law; there is a column pi. If that was meant, write `pi`, in backticks."
    assert words in warned("y = a*pi*x", data)
    assert words not in warned("y = a*`pi`", data)
    assert words not in warned("y = a*pi*x", {"x": X, "y": 3 * X})


def test_undetermined():
    words = warned("y = a*b*x", {"x": X, "y": 2 * X + 0.01 * np.cos(X)}, search=False)
    assert words == ("The data cannot determine everything: only a*b is determined, not a and b separately.",)


def test_a_clock_far_from_its_zero():
    stamps = 1.6e9 + 0.01 * X
    far = "write (x - 1600000000) for x in the law"
    assert any(far in w for w in warned("y = a + b*x", {"x": stamps, "y": Y}))
    assert any(far in w for w in warned("y = a + b*x + c*x**2", {"x": stamps, "y": Y}))
    for law in ("y = a + b*(x - 1600000000)", "y = a + b*(x - 1600000000) + c*(x - 1600000000)**2"):
        assert not any("far from 0" in w for w in warned(law, {"x": stamps, "y": Y}))
    assert not any("far from 0" in w for w in warned("y = a + b*x", {"x": 100.0 + X, "y": Y}))


def test_nearly_undetermined():
    x = 2e5 + X
    words = warned("y = a + b*x + c*x**2", {"x": x, "y": Y})
    assert any(
        w.startswith("The parameters are nearly impossible to tell apart (condition number") for w in words
    )


@pytest.mark.parametrize(("bounds", "word"), [((0, 0.5), "upper bound 0.5"), ((1.5, 9), "lower bound 1.5")])
def test_at_a_bound(bounds, word):
    words = warned(LAW, {"x": X, "y": Y}, start={"b": sum(bounds) / 2}, bounds={"b": bounds})
    assert words == (
        f"b ended at its {word}; standard errors are those of a fit without the bound, intervals are profiles that "
        "end there.",
    )


def test_as_many_parameters_as_rows():
    words = warned("y = m*x + b", {"x": [1.0, 2.0], "y": [1.0, 4.0]})
    assert any(w.startswith("There are as many parameters as rows") for w in words)


def test_a_constant_column():
    words = warned("y = a*exp(-b*x) + c*k", {"x": X, "y": Y, "k": np.full(40, 2.0)}, start={"b": 1.0})
    assert words == ("Column k is constant (2): nothing can be learned about how y depends on it.",)


def test_a_constant_response():
    words = warned("y = m*x + b", {"x": X, "y": np.full(40, 3.0)})
    assert "y is constant (3) in all rows; R2 is undefined." in words


def test_a_parameter_that_looks_like_a_column():
    words = warned("y = a*Time + b", {"time": X, "y": Y}, search=False)
    doubts = [w for w in words if "was taken as a parameter" in w]
    assert doubts == ["Time was taken as a parameter; there is a column time. If that was meant, write time."]


def test_a_function_that_cannot_be_read():
    pytest.importorskip("educe.formula.trace")

    def y(x, a, b):
        if a > 1e300:
            return x
        return a * np.exp(-b * x)

    words = warned(y, {"x": X, "y": Y})
    assert any(w.startswith("The function could not be read as a formula (") for w in words)
    assert any(w.startswith("Derivatives were taken by finite differences") for w in words)


def test_a_law_without_columns_is_said_to_be_one_number():
    x = np.linspace(0.0, 1.0, 20)
    found = educe.fit("y = a*sin(X)", {"x": x, "y": 1.0 + 0.01 * np.cos(40 * x)}, fixed={"X": 1.0})
    assert found.warnings[0].startswith(
        "The law uses no column, so it says that y is the same in every row; the columns of"
    )
    assert found.warnings[0].endswith("are x, y.")
    assert any("there is a column x" in sentence for sentence in found.warnings)


def test_starts_are_not_searched_for_when_that_is_not_wanted():
    x = np.linspace(0.0, 3.0, 30)
    data = {"x": x, "y": np.exp(-2.0 * x) + 0.01 * np.cos(40 * x)}
    assert educe.fit("y = exp(-b*x)", data, search=False).search is None
    assert educe.fit("y = exp(-b*x)", data).search is not None


@pytest.mark.parametrize(
    ("law", "told"),
    [
        ("y = a*e^(-k*x)", "e was taken as a parameter; the exponential function is written exp(...)."),
        ("y = a*exp -x", "exp was taken as a parameter; the function is written exp(...)."),
    ],
)
def test_a_function_that_was_read_as_a_parameter_is_told(law, told):
    x = np.linspace(0.1, 4.0, 30)
    assert told in educe.fit(law, {"x": x, "y": 3.0 * np.exp(-x)}).warnings


def test_an_eccentricity_is_a_parameter():
    phi = np.linspace(0.0, 6.0, 40)
    fit = educe.fit("r = a*(1 - e^2)/(1 + e*cos(phi))", {"phi": phi, "r": 0.75 / (1 + 0.5 * np.cos(phi))})
    assert not [told for told in fit.warnings if "taken as" in told]


def test_a_loggers_mark_for_missing_is_pointed_at():
    x = np.linspace(0.0, 4.0, 60)
    y = 3.0 * np.exp(-0.9 * x) + 0.5
    y[[7, 30]] = -9999.0
    (sentence,) = [w for w in warned(LAW, {"x": x, "y": y}, start={"b": 1.0}) if "mark" in w]
    assert sentence.startswith("y is -9999 in 2 rows, far from all others")
    assert '--where "y != -9999"' in sentence
    assert not [w for w in warned("y = a*x", {"x": x, "y": 9999.0 * x / x.max()}) if "mark" in w]
