"""Impression → entry → product seen → product clicked → (cart) → order → paid, in distinct people."""

from collections.abc import Mapping

from msgspec import Struct

from console.core.money import Ratio
from console.metrics.formulas import Metrics

STEPS: tuple[tuple[str, str, str], ...] = (
    ("impression", "impressions_uv", ""),
    ("entry", "entries_uv", "entry_rate"),
    ("exposure", "exposures_uv", "exposure_rate"),
    ("click", "clicks_uv", "click_rate"),
    ("cart", "carts_uv", "cart_rate"),
    ("order", "orders_created_uv", "create_rate"),
    ("paid", "buyers", "pay_rate"),
)
"""(step, people, rate over the step before); the cart is a side step, so an order's rate is over the click."""
TARGET_SCALE = 10_000
"""A target for a rate is typed in hundredths of a percent."""


class Step(Struct, frozen=True):
    name: str
    people: int | None
    rate: Ratio | None
    rate_name: str


def steps(metrics: Metrics) -> tuple[Step, ...]:
    """The funnel of these numbers; the first step has no rate."""
    return tuple(
        Step(name, getattr(metrics, people), getattr(metrics, rate) if rate else None, rate)
        for name, people, rate in STEPS
    )


def worst(found: tuple[Step, ...], targets: Mapping[str, int]) -> Step | None:
    """The step furthest below its target, or, where no rate has a target, the step inside the room that loses most.

    Without targets the entry rate is left out, because it is the platform's doing, and the cart, because buyers may
    pass it by.
    """
    rated = [step for step in found if step.rate and step.rate.value is not None]
    aimed = [step for step in rated if targets.get(step.rate_name)]
    if aimed:
        return min(aimed, key=lambda step: _value(step) * TARGET_SCALE / targets[step.rate_name])
    inside = [step for step in rated if step.name not in {"entry", "cart"} and _value(step) < 1]
    return min(inside, key=_value, default=None)


def _value(step: Step) -> float:
    return step.rate.value if step.rate and step.rate.value is not None else 0.0
