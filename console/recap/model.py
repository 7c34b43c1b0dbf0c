"""What a recap says. Money in minor units, instants epoch milliseconds, `_s` seconds; None is unknown, never 0."""

from typing import Any, Literal

from msgspec import Struct

from console.core.money import Ratio
from console.core.slice import Leftover
from console.metrics.formulas import Metrics
from console.metrics.views import CurvesView
from console.recap.decisions import Decision
from console.recap.offers import OfferReport
from console.recap.questions import Passed, Question, QuestionCounts
from console.recap.stretches import Stretch

RowState = Literal["played", "playing", "not_played", "removed"]
MarkKind = Literal["row", "offer", "offer_end", "mark"]


class ShowFacts(Struct, frozen=True, kw_only=True):
    """`simulated` counts observations of a rehearsal audience: where there are any, no number is about real people."""

    id: str
    title: str
    status: str
    rehearsal: bool
    simulated: int
    delivery: str
    currency: str
    """What every amount in it is in."""
    starts_at: int | None
    started_at: int | None
    ended_at: int | None
    live_s: int | None
    planned_s: int
    drift_s: int


class Target(Struct, frozen=True):
    """`share` is actual over target."""

    target: int
    actual: float | None
    share: Ratio


class OnAir(Struct, frozen=True):
    """One time a row was on; `ended_at` None while it is."""

    started_at: int
    ended_at: int | None


class RowReport(Stretch, frozen=True, kw_only=True):
    """A row as planned and as it was. `planned_start_s` and `started_s` count from the show's start."""

    id: str
    seq: int
    title: str
    phase: str
    host: str
    state: RowState
    products: tuple[str, ...]
    goal: str
    targets: dict[str, Target]
    planned_start_s: int | None
    planned_s: int | None
    started_s: int | None
    actual_s: int
    over_s: int | None
    windows: tuple[OnAir, ...]


class Sku(Struct, frozen=True):
    sku: str
    units: int
    gmv: int


class ProductReport(Struct, frozen=True, kw_only=True):
    product: str
    link_no: int | None
    title: str
    views: int
    clicks: int
    click_rate: Ratio
    carts: int
    orders: int
    units: int
    gmv: int
    skus: tuple[Sku, ...]


class Mark(Struct, frozen=True):
    """Something on the time line: `minute` from the show's start."""

    at: int
    minute: float
    kind: MarkKind
    label: str
    id: str = ""


class Finding(Struct, frozen=True):
    """`why` is an English sentence and gettext id with places for `params`; `good` is not a problem."""

    id: str
    why: str
    params: dict[str, Any]
    good: bool = False


class Recap(Struct, frozen=True, kw_only=True):
    """`stage` is `live`, or `T+n` with n whole days since the end; no stage is final."""

    show: ShowFacts
    as_of: int
    stage: str
    newest_at: int | None
    metrics: Metrics
    sources: dict[str, str]
    targets: dict[str, Target]
    findings: tuple[Finding, ...] = ()
    rows: tuple[RowReport, ...]
    outside: dict[str, Stretch]
    """What came in before the first row and after the last, so that everything adds up."""
    products: tuple[ProductReport, ...]
    offers: tuple[OfferReport, ...]
    questions: tuple[Question, ...]
    question_counts: QuestionCounts
    passed: tuple[Passed, ...]
    decisions: tuple[Decision, ...]
    curves: CurvesView
    marks: tuple[Mark, ...]
    leftovers: tuple[Leftover, ...]
