"""The verdict from scores alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educe.comparison.contenders import KINDS
from educe.comparison.floor import Floor
from educe.comparison.verdict import MUCH, Standing, judge, unbeaten

UNTOLD = Floor(math.nan, math.nan, math.nan, "", "too few rows")
NOISE = Floor(0.1, 0.09, 0.11, "neighbours", "from neighbours")

MEAN = Standing("mean", "mean", 1.0, 1.0, 1e-9)
LAW = Standing("a*x", "law", 0.101, 2.0, 0.4)
NETWORK = Standing("network", "network", 0.1, 37.0, 1.0)
FOREST = Standing("random forest", "trees", 0.3, 2000.0, 1e-9)


def test_a_law_at_the_noise_explains_everything_that_can_be_explained() -> None:
    found = judge([MEAN, FOREST, NETWORK, LAW], NOISE, "z")
    assert (found.winner, found.ties) == ("a*x", ("network",))
    assert found.sentence == (
        "The law a*x explains everything that can be explained here; a network needs 37 numbers to do as well."
    )
    assert "0.101" in found.reason
    assert "0.09 to 0.11" in found.reason


def test_a_law_above_the_noise_leaves_something() -> None:
    above = Standing("a*x", "law", 0.2, 2.0, 1.0)
    worse = Standing("network", "network", 0.3, 37.0, 1e-9)
    found = judge([MEAN, worse, above], NOISE, "z")
    assert found.winner == "a*x"
    assert "yet something is left" in found.sentence
    assert "no network does as well" in found.sentence


def test_where_the_noise_is_not_known_nothing_is_said_to_be_explained() -> None:
    found = judge([MEAN, NETWORK, LAW], UNTOLD, "z")
    assert found.sentence.startswith("Nothing here predicts better than the law a*x")
    assert "cannot be told: too few rows" in found.reason


def test_a_beaten_law_misses_something() -> None:
    law = Standing("a*x", "law", 0.5, 2.0, 1e-9)
    both = Standing("a*x + network", "law and network", 0.1, 12.0, 1.0)
    assert judge([MEAN, law, NETWORK], NOISE, "z").sentence == (
        "The law a*x misses something: network has an error lower by 80%, with 37 numbers."
    )
    assert "a*x + network has an error lower by 80%" in judge([MEAN, law, both], NOISE, "z").sentence


def test_nothing_better_than_the_mean_is_said_so() -> None:
    chance = Standing("random forest", "trees", 0.98, 500.0, 1.0)
    found = judge([Standing("mean", "mean", 1.0, 1.0, 0.2), chance], NOISE, "z")
    assert found.winner == "mean"
    assert found.sentence == "Nothing here predicts z better than its mean."


def test_fewer_numbers_win_a_tie_and_the_plainer_kind_breaks_one() -> None:
    linear = Standing("linear", "linear", 0.1, 2.0, 1.0)
    law = Standing("b*x", "law", 0.1, 2.0, 1.0)
    assert judge([MEAN, linear, law], NOISE, "z").winner == "b*x"
    assert judge([MEAN, linear, Standing("long", "law", 0.1, 3.0, 1.0)], NOISE, "z").winner == "linear"
    unknown = Standing("svr", "added", 0.09, math.nan, 1.0)
    assert judge([MEAN, linear, unknown], NOISE, "z").ties == ("svr",)


def test_a_much_larger_error_loses_even_where_its_scatter_hides_it() -> None:
    wild = Standing("polynomials", "polynomials", MUCH * 0.1001, 5.0, 0.9)
    assert wild not in unbeaten([NETWORK, wild])


def test_chance_is_shared_among_all_comparisons() -> None:
    others = [Standing(f"s{k}", "added", 1.0, 10.0, 1.0) for k in range(9)]
    best = Standing("best", "added", 0.95, 9.0, 1.0)
    assert Standing("m", "mean", 1.0, 1.0, 0.01) in unbeaten(
        [Standing("m", "mean", 1.0, 1.0, 0.01), best, *others]
    )
    assert Standing("m", "mean", 1.0, 1.0, 0.004) not in unbeaten(
        [Standing("m", "mean", 1.0, 1.0, 0.004), best, *others]
    )


standings = st.lists(
    st.builds(
        Standing,
        st.text("abcdef", min_size=1, max_size=6),
        st.sampled_from(KINDS),
        st.floats(1e-6, 1e6),
        st.one_of(st.just(math.nan), st.floats(1, 1e6)),
        st.floats(0.0, 1.0),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda s: s.name,
)


@given(standings, st.randoms(use_true_random=False), st.sampled_from([UNTOLD, NOISE]))
def test_the_order_of_contenders_does_not_matter(found: list[Standing], random: object, floor: Floor) -> None:
    turned = found.copy()
    random.shuffle(turned)  # type: ignore[attr-defined]
    verdict = judge(found, floor, "z")
    assert judge(turned, floor, "z") == verdict
    assert verdict.winner in {s.name for s in found}
    assert verdict.winner not in verdict.ties
    assert min(found, key=lambda s: s.rmse).name in (verdict.winner, *verdict.ties)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_win(kind: str) -> None:
    found = judge(
        [Standing("mean", "mean", 1.0, 1.0, 1e-9), Standing("it", kind, 0.1, 5.0, 1.0)], UNTOLD, "z"
    )
    assert found.winner == "it"
    assert found.sentence.endswith(".")
    assert found.reason[0].isupper() or not found.reason[0].isalpha()
