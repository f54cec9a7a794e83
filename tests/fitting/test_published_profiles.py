"""Estimates, standard errors and profile limits that others published, to the digits that they printed.

Where their digits are those of an interpolation or of finite differences, the tolerance is stated with the source.
"""

import numpy as np
import pytest
from scipy.special import erf
from scipy.stats import f as f_distribution

import educe

ONE, TWO, THREE = (float(erf(k / 2**0.5)) for k in (1, 2, 3))  # 68.27 %, 95.45 %, 99.73 %

CONC = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.1], 2)
RATE = np.array([76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200.0])
PH = np.array([9.03, 8.37 + 0.01 / 3, 7.75, 7.07 + 0.01 / 3, 6.46, 5.81 + 0.01 / 3, 4.99 + 0.02 / 3])
FIRST = np.array([29657, 35200, 44901, 53063, 54202, 54851, 51205.0])
SECOND = np.array([22885, 16930, 9218, 3758, 2101, 1542, 1358.0])


def limits(fit, name, levels):
    """Return the lower ends, widest first, the estimate, and the upper ends."""
    profiles = [fit.profile(name, level) for level in levels]
    return [*(p.lower for p in profiles[::-1]), fit.params[name], *(p.upper for p in profiles)]


@pytest.fixture(scope="module")
def puromycin():
    return educe.fit("rate = Vm*conc/(K + conc)", {"conc": CONC, "rate": RATE}, start={"Vm": 200, "K": 0.1})


def test_puromycin_by_r(puromycin):
    """Bates and Watts (1988), treated cells. R 4, summary(nls) and confint(): 197.30212848 229.29006490 and
    0.04692517 0.08615995, interpolated by a spline; HEAL.NonlinearRegression (Kronberger), end-to-end test of its
    profiles: 4.6920e-002 8.6157e-002 and 1.9730e+002 2.2929e+002."""
    assert puromycin.params["Vm"] == pytest.approx(212.68374312341493, rel=1e-9)
    assert puromycin.params["K"] == pytest.approx(0.06412128165180965, rel=1e-8)
    assert [f"{e:.3e}" for e in puromycin.stderr.values()] == ["6.947e+00", "8.281e-03"]
    found = puromycin.conf_int(method="profile")
    assert [f"{v:.4e}" for v in (*found["K"], *found["Vm"])] == [
        "4.6920e-02", "8.6157e-02", "1.9730e+02", "2.2929e+02",
    ]  # fmt: skip
    assert found["Vm"] == pytest.approx((197.30212848, 229.29006490), rel=1e-5)
    assert found["K"] == pytest.approx((0.04692517, 0.08615995), rel=2e-4)


def test_puromycin_bands_by_heal(puromycin):
    """HEAL.NonlinearRegression (Kronberger), PredictPuromycinProfile: 95 % profile bands of the law."""
    band = puromycin.predict({"conc": CONC[::2]}, interval="confidence", method="profile")
    lower = [42.25914848662748, 91.75750014065308, 124.62818491339584, 156.77624310391266, 180.46905231552628,
             188.50818084147986]  # fmt: skip
    upper = [60.36645187032445, 113.9725354551382, 143.62124256533073, 172.5497263889593, 201.19666313895115,
             213.77447974160083]  # fmt: skip
    assert band.lower == pytest.approx(lower, rel=1e-7)
    assert band.upper == pytest.approx(upper, rel=1e-7)


def test_puromycin_curvature_by_mass(puromycin):
    """MASS (Venables and Ripley), example of rms.curv: parameter effects 0.2121, intrinsic 0.092."""
    assert f"{puromycin.curvature.parameter_effects:.4f}" == "0.2121"
    assert f"{puromycin.curvature.intrinsic:.3f}" == "0.092"


def test_reciprocal_by_lmfit():
    """lmfit's documentation, Calculation of confidence intervals, a basic example; in its last digit b is off by its
    own root finding (2e-5)."""
    x = np.linspace(0.3, 10, 100)
    y = 1 / (0.1 * x) + 2 + 0.1 * np.random.RandomState(0).randn(x.size)
    fit = educe.fit("y = 1/(a*x) + b", {"x": x, "y": y}, start={"a": 0.1, "b": 1})
    assert f"{fit.params['a']:.8f} {fit.params['b']:.8f}" == "0.09943896 1.98476942"
    assert f"{fit.stderr['a']:.4e} {fit.stderr['b']:.8f}" == "1.9322e-04 0.01222678"
    a, b = (np.array(limits(fit, name, (ONE, TWO, THREE))) - fit.params[name] for name in "ab")
    assert a == pytest.approx([-0.00059, -0.00039, -0.00019, 0, 0.00019, 0.00039, 0.00060], abs=0.6e-5)
    assert b == pytest.approx([-0.03766, -0.02478, -0.01230, 0, 0.01230, 0.02478, 0.03761], abs=3.5e-5)


def test_two_decays_by_lmfit():
    """lmfit's documentation, an advanced example; its derivatives are finite differences (5 digits)."""
    x = np.linspace(1, 10, 250)
    noise = 0.1 * np.random.RandomState(0).randn(x.size)
    y = 3.0 * np.exp(-x / 2) - 5.0 * np.exp(-(x - 0.1) / 10.0) + noise
    law = "y = a1*exp(-x/t1) + a2*exp(-(x - 0.1)/t2)"
    fit = educe.fit(law, {"x": x, "y": y}, start={"a1": 4, "a2": 4, "t1": 3, "t2": 3.1})
    values = [2.98622120, 1.30994233, -4.33526327, 11.8240351]
    errors = [0.14867187, 0.13121177, 0.11527506, 0.46316470]
    names = ["a1", "t1", "a2", "t2"]
    assert [fit.params[name] for name in names] == pytest.approx(values, rel=1e-6)
    assert [fit.stderr[name] for name in names] == pytest.approx(errors, rel=3e-5)
    published = {
        "a1": [-0.27286, -0.14165, 0.16353, 0.36343],
        "a2": [-0.30444, -0.13219, 0.10688, 0.19683],
        "t1": [-0.23392, -0.12494, 0.14660, 0.32369],
        "t2": [-1.01943, -0.48820, 0.46041, 0.90441],
    }
    for name, offsets in published.items():
        found = np.delete(limits(fit, name, (ONE, TWO)), 2) - fit.params[name]
        assert found == pytest.approx(offsets, abs=8e-5)


def test_muscle_relaxation_by_lmfit():
    """Motulsky, Intuitive Biostatistics (2014), page 367: relaxation of a bladder muscle by norepinephrine; limits by
    lmfit, published with a worked example of that page, good to some 1e-3 of the half width."""
    x = np.arange(-8, -2.5, 0.5)
    y = np.array([2.6, 10.5, 15.8, 21.1, 36.8, 57.9, 73.7, 89.5, 94.7, 100, 100])
    start = {"top": 100, "ec50": -5, "hill": 0.6}
    fit = educe.fit("y = top/(1 + 10**((ec50 - x)*hill))", {"x": x, "y": y}, start=start)
    assert f"{fit.rss:.7f}" == "42.9570499"
    assert list(fit.params.values()) == pytest.approx([104.053067, -5.63808917, 0.62209862], rel=1e-6)
    assert list(fit.stderr.values()) == pytest.approx([2.05950530, 0.05151681, 0.03579814], rel=1e-5)
    published = {
        "top": [96.26337, 99.55253, 101.95430, 104.05307, 106.29220, 109.26004, 114.26127],
        "ec50": [-5.83994, -5.75227, -5.69059, -5.63809, -5.58330, -5.51218, -5.39524],
        "hill": [0.48517, 0.54229, 0.58471, 0.62210, 0.66215, 0.71515, 0.80315],
    }
    for name, ends in published.items():
        assert limits(fit, name, (ONE, TWO, THREE)) == pytest.approx(ends, abs=6e-4 * fit.stderr[name] + 1e-4)


def test_titration_by_lmfit():
    """ClopHfit's documentation (Arosio): titration A01 of a fluorescent protein by lmfit, S0 bounded below by 0, which
    the limits of K at 99.73 % feel, and where lmfit gives up for S0 itself."""
    fit = educe.fit(
        "y = (S0 + S1*10**(K - x))/(1 + 10**(K - x))",
        {"x": PH, "y": FIRST},
        start={"S0": 25000, "S1": 50000, "K": 7.0},
        bounds={"S0": (0, None), "S1": (0, None), "K": (2, 12)},
    )
    assert f"{fit.rss:.1f}" == "12308015.2"
    assert [fit.params[n] for n in ("S0", "S1", "K")] == pytest.approx(
        [26638.8377, 54043.3592, 8.06961091], rel=1e-6
    )
    assert [fit.stderr[n] for n in ("S0", "S1", "K")] == pytest.approx(
        [2455.91825, 979.995977, 0.14940678], rel=1e-5
    )
    published = {
        "S0": [-np.inf, -8376.38956, -2895.56181, 0, 2558.77424, 5999.31275, 12360.60692],
        "S1": [-6192.81418, -2734.30623, -1098.22042, 0, 1113.18257, 2829.54298, 6725.37841],
        "K": [-0.98139, -0.40197, -0.15949, 0, 0.16276, 0.42591, 1.17272],
    }
    for name, offsets in published.items():
        found = np.array(limits(fit, name, (ONE, TWO, THREE))) - fit.params[name]
        assert found[1:] == pytest.approx(offsets[1:], abs=1e-5 * fit.stderr[name] + 2e-5 * abs(offsets[-1]))
        if name != "S0":
            assert found[0] == pytest.approx(offsets[0], rel=2e-5)
    widest = fit.intervals(THREE, "profile")["S0"]
    assert widest.lower == 0.0
    assert widest.reason == "the interval ends at the lower bound 0 of S0"


def test_two_titrations_with_one_constant_by_lmfit():
    """ClopHfit's documentation: both signals of A01 with one K; 68 and 95 % limits to 0.01."""
    fit = educe.fit(
        "y = (a + b*10**(K - x))/(1 + 10**(K - x))",
        {"first": {"x": PH, "y": FIRST}, "second": {"x": PH, "y": SECOND}},
        shared=["K"],
        start={"K": 7.0, "a_first": 29657, "a_second": 22885, "b_first": 51205, "b_second": 1358},
    )
    published = {
        "K": [7.91, 7.99, 8.07, 8.15, 8.24],
        "a_first": [23210.90, 25078.62, 26601.34, 28045.49, 29623.53],
        "a_second": [22232.97, 23723.94, 25084.42, 26514.88, 28263.75],
        "b_first": [52629.04, 53378.24, 54034.58, 54695.26, 55460.17],
        "b_second": [72.04, 824.01, 1473.58, 2118.98, 2855.89],
    }
    for name, ends in published.items():
        assert limits(fit, name, (0.68, 0.95)) == pytest.approx(ends, abs=max(0.006, 1e-4 * fit.stderr[name]))


def test_bands_for_all_points_at_once_are_those_of_a_higher_level(puromycin):
    """Working and Hotelling's band is the pointwise one at the level whose t is sqrt(p F)."""
    from educe.uncertainty.intervals import confidence

    level = confidence(float(np.sqrt(2 * f_distribution.ppf(0.95, 2, 10))), 10)
    band = puromycin.predict({"conc": [0.3]}, interval="confidence", level=level)
    width = np.sqrt(2 * f_distribution.ppf(0.95, 2, 10)) * band.stderr
    assert band.upper - band.values == pytest.approx(width, rel=1e-10)
