"""Builds the recap: a folded show and the rows of its journal in, one struct out. No I/O and no clock."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from console.core.messages import Recorded
from console.core.observations import ObservationsRecorded
from console.core.slice import Header, Viewer
from console.metrics import selling
from console.metrics import views as metric_views
from console.metrics.counts import live_s
from console.metrics.fold import State as MetricsState
from console.metrics.orders import OrderBook
from console.recap.decisions import Log
from console.recap.findings import findings
from console.recap.model import (
    Mark,
    MarkKind,
    ProductReport,
    Recap,
    ShowFacts,
    Sku,
)
from console.recap.offers import Chronicle, OfferReport, reports
from console.recap.questions import passed, questions
from console.recap.rows import Played, against, row_reports
from console.recap.stretches import AFTER, BEFORE, Cut, Stretch, Window, metrics_of, stretch
from console.scripts import timing
from console.scripts.fold import State as ScriptsState

DAY_MS = 86_400_000
PERSON = Viewer(locale="en")


class Reading(Struct):
    """What only the rows tell, not the fold."""

    cut: Cut
    chronicle: Chronicle
    log: Log
    simulated: int = 0
    """Observations a rehearsal made."""


def build(
    show: Any, rows: Iterable[Recorded], as_of_ms: int | None = None, names: Mapping[str, str] | None = None
) -> Recap:
    """The recap of `show` as folded from exactly `rows`; `as_of_ms` is when it is made, by default its newest row.

    `names` are what actors are called, by id.
    """
    reading = _read(show, rows, names or {})
    draft = _draft(show, reading, show.at_ms if as_of_ms is None else as_of_ms)
    return replace(draft, findings=findings(draft))


def _draft(show: Any, reading: Reading, as_of: int) -> Recap:
    """All but the findings, which are read from the rest."""
    state: MetricsState = show.states["metrics"]
    scripts: ScriptsState = show.states["scripts"]
    asked, question_counts = questions(show.states["comments"])
    numbers = metric_views.numbers(show)
    offers = reports(show.states["offers"], reading.chronicle, state.orders, show.header.ended_at or show.at_ms)
    return Recap(
        show=_facts(show, reading.simulated),
        as_of=as_of,
        stage=stage(show.header, as_of),
        newest_at=state.newest_at,
        metrics=numbers.metrics,
        sources=numbers.sources,
        targets=against(show.header.targets, numbers.metrics),
        rows=row_reports(Played(scripts, reading.cut, state, show.header)),
        outside={name: _outside(reading.cut, name, state) for name in (BEFORE, AFTER)},
        products=_products(show),
        offers=offers,
        questions=asked,
        question_counts=question_counts,
        passed=passed(show.states["comments"]),
        decisions=tuple(reading.log.found),
        curves=metric_views.curves(show, PERSON),
        marks=_marks(scripts, offers, show.header.started_at),
        leftovers=show.header.leftovers,
    )


def stage(header: Header, as_of_ms: int) -> str:
    """`live` until the show has ended, then `T+n`."""
    if header.ended_at is None:
        return "live" if header.started_at is not None else "planned"
    return f"T+{max(0, as_of_ms - header.ended_at) // DAY_MS}"


def windows(scripts: ScriptsState) -> list[Window]:
    """When each row was on, in order of time, none overlapping."""
    return [Window(run.row, run.started_at, run.ended_at) for run in scripts.runs]


def _read(show: Any, rows: Iterable[Recorded], names: Mapping[str, str]) -> Reading:
    log = Log(names)
    reading = Reading(Cut(windows(show.states["scripts"]), show.states["metrics"].orders), Chronicle(log.name), log)
    for recorded in rows:
        if isinstance(recorded.event, ObservationsRecorded):
            reading.cut.take((recorded,))
            reading.simulated += sum(item.simulated for item in recorded.event.items)
        else:
            reading.chronicle.take(recorded)
            log.take(recorded)
    return reading


def _facts(show: Any, simulated: int) -> ShowFacts:
    header: Header = show.header
    scripts: ScriptsState = show.states["scripts"]
    return ShowFacts(
        id=show.id,
        title=header.title,
        status=header.status,
        rehearsal=header.rehearsal,
        simulated=simulated,
        delivery=header.delivery,
        currency=header.currency,
        starts_at=header.starts_at,
        started_at=header.started_at,
        ended_at=header.ended_at,
        live_s=live_s(show.states["metrics"], header),
        planned_s=timing.total_s(scripts.in_order()),
        drift_s=timing.drift_s(scripts.runs),
    )


def _outside(cut: Cut, name: str, state: MetricsState) -> Stretch:
    return Stretch(**stretch(metrics_of(cut, name, state, None, None)))


def _products(show: Any) -> tuple[ProductReport, ...]:
    skus = _skus(show.states["metrics"].orders)
    names = set(ProductReport.__struct_fields__) - {"skus"}
    return tuple(
        ProductReport(**{name: getattr(line, name) for name in names}, skus=skus.get(line.product, ()))
        for line in selling.products(show, PERSON)
    )


def _skus(book: OrderBook) -> dict[str, tuple[Sku, ...]]:
    sold: dict[str, dict[str, list[int]]] = {}
    for fact in book.facts.values():
        for line in fact.paid.lines if fact.paid else ():
            if line.sku is not None:
                pair = sold.setdefault(line.product, {}).setdefault(line.sku, [0, 0])
                pair[0] += line.qty
                pair[1] += line.amount
    return {product: tuple(Sku(sku, *pair) for sku, pair in sorted(found.items())) for product, found in sold.items()}


def _marks(scripts: ScriptsState, offers: Sequence[OfferReport], started_at: int | None) -> tuple[Mark, ...]:
    if started_at is None:
        return ()
    titles = {row.id: row.title for row in [*scripts.removed.values(), *scripts.rows.values()]}

    def mark(at: int, kind: MarkKind, label: str, subject: str = "") -> Mark:
        return Mark(at, round((at - started_at) / 60_000, 4), kind, label, subject)

    found = [mark(run.started_at, "row", titles.get(run.row, run.row), run.row) for run in scripts.runs]
    found += [mark(noted.at, "mark", noted.note) for noted in scripts.marks]
    found += [mark(offer.live_at, "offer", offer.title, offer.id) for offer in offers if offer.live_at is not None]
    ended = [(offer.ended_at, offer) for offer in offers if offer.live_at is not None and offer.ended_at is not None]
    found += [mark(at, "offer_end", offer.title, offer.id) for at, offer in ended]
    return tuple(sorted(found, key=lambda one: (one.at, one.kind, one.label)))
