"""The metric dictionary, by one worked example and by its edges."""

import pytest

from console.core.money import Ratio
from console.metrics.formulas import COUNTERS, FORMULAS, Counts, Metrics, derive

EXAMPLE = Counts(
    impressions_uv=120_000,
    entries_pv=18_000,
    entries_uv=12_500,
    exposures_uv=10_000,
    clicks_uv=3_000,
    orders_created_uv=520,
    buyers=400,
    orders_paid=440,
    units=600,
    gmv_paid=5_280_000,
    interactions=1_500,
    new_followers=300,
    non_followers=10_000,
    watch_s=900_000,
    live_s=120 * 60,
    ad_spend=600_000,
    ad_gmv=3_000_000,
    refunds_orders=44,
    refunds_amount=501_600,
)
EXPECTED = {
    "entry_rate": (0.1042, 4),
    "exposure_rate": (0.80, 4),
    "click_rate": (0.30, 4),
    "create_rate": (0.1733, 4),
    "pay_rate": (0.7692, 4),
    "view_to_buy": (0.0320, 4),
    "gpm": (293_333, 0),
    "uv_value": (422.4, 6),
    "per_buyer": (13_200, 6),
    "per_order": (12_000, 6),
    "per_unit": (8_800, 6),
    "interaction_rate": (0.12, 6),
    "follow_rate": (0.03, 6),
    "average_watch_s": (72.0, 6),
    "density": (44_000, 6),
    "opm": (3.667, 3),
    "roi": (5.0, 6),
    "refund_rate_orders": (0.10, 6),
    "refund_rate_amount": (0.095, 6),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_the_worked_example_comes_out_exactly(name: str, expected: tuple[float, int]) -> None:
    value, digits = expected
    found = getattr(derive(EXAMPLE), name).value
    assert round(found, digits) == value


def test_net_sales_are_paid_sales_less_refunds() -> None:
    assert derive(EXAMPLE).gmv_net == 4_778_400


def test_a_ratio_keeps_both_its_sides() -> None:
    assert derive(EXAMPLE).per_buyer == Ratio(13_200.0, 5_280_000, 400)


def test_nothing_known_is_nothing_never_zero() -> None:
    metrics = derive(Counts())
    assert metrics.gmv_net is None
    assert all(getattr(metrics, name) == Ratio(None, None, None) for name in FORMULAS)


def test_a_zero_denominator_gives_no_value() -> None:
    assert derive(Counts(buyers=0, entries_uv=0)).view_to_buy == Ratio(None, 0, 0)


def test_every_formula_is_a_metric_over_known_counters() -> None:
    assert set(Metrics.__struct_fields__) == set(Counts.__struct_fields__) | set(FORMULAS) | {"gmv_net"}
    assert {side for formula in FORMULAS.values() for side in formula[:2]} <= {*COUNTERS, "live_s"}
