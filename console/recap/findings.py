"""Three things worth saying, by rules anyone can check. A rule that has nothing to go by says nothing."""

from collections.abc import Callable

from console.core.messages import N_
from console.core.money import as_text
from console.metrics.funnel import steps, worst
from console.metrics.views import GMV_TARGETS
from console.recap.model import Finding, Recap, RowReport

LIMIT = 3
LONG_ROW_S = 60
"""Rows shorter than this say nothing about sales per minute."""
CLEARLY = 0.5
"""A row this far below or above the show's sales per minute stands out."""
OVERRUN_S = 120
MANY_OPEN = 0.3
MUCH_REFUNDED = 0.1
FEW_CLAIMED = 0.5


def findings(recap: Recap) -> tuple[Finding, ...]:
    """The first three that apply, in the order in which a team can do something about them."""
    found = (rule(recap) for rule in RULES)
    return tuple(finding for finding in found if finding is not None)[:LIMIT]


def _target(recap: Recap) -> Finding | None:
    target = next((recap.targets[name] for name in GMV_TARGETS if name in recap.targets), None)
    if target is None or target.share.value is None or target.actual is None:
        return None
    params = {
        "share": _percent(target.share.value),
        "actual": as_text(round(target.actual)),
        "target": as_text(target.target),
    }
    if target.share.value >= 1:
        return Finding("target_met", N_("Paid GMV reached {share} of its target: {actual} of {target}."), params, True)
    return Finding("target_missed", N_("Paid GMV stayed at {share} of its target: {actual} of {target}."), params)


def _best_row(recap: Recap) -> Finding | None:
    rows, usual = _rated(recap)
    best = max(rows, key=_per_minute, default=None)
    if best is None or usual is None or len(rows) < 2 or _per_minute(best) < usual * (1 + CLEARLY):
        return None
    why = N_("“{row}” sold best: {rate} a minute, against {usual} over the whole show.")
    return Finding("best_row", why, _row_params(best, usual), True)


def _weak_row(recap: Recap) -> Finding | None:
    rows, usual = _rated(recap)
    weak = min((row for row in rows if row.products), key=_per_minute, default=None)
    if weak is None or usual is None or len(rows) < 2 or _per_minute(weak) > usual * CLEARLY:
        return None
    why = N_("“{row}” sold least for its time: {rate} a minute, against {usual} over the whole show.")
    return Finding("weak_row", why, _row_params(weak, usual))


def _weak_step(recap: Recap) -> Finding | None:
    step = worst(steps(recap.metrics), {name: one.target for name, one in recap.targets.items()})
    if step is None or step.rate is None or step.rate.value is None:
        return None
    params = {"rate": _percent(step.rate.value), "num": step.rate.num, "den": step.rate.den}
    return Finding(f"weak_{step.name}", STEP_SENTENCES[step.name], params)


STEP_SENTENCES = {
    "entry": N_("Only {rate} of those who saw the show came in ({num} of {den})."),
    "exposure": N_("Only {rate} of those who came in saw a product ({num} of {den})."),
    "click": N_("Only {rate} of those who saw a product clicked it ({num} of {den})."),
    "cart": N_("Only {rate} of those who clicked put something into the cart ({num} of {den})."),
    "order": N_("Only {rate} of those who clicked a product ordered ({num} of {den})."),
    "paid": N_("Only {rate} of those who ordered paid ({num} of {den})."),
}


def _open_questions(recap: Recap) -> Finding | None:
    counts = recap.question_counts
    if not counts.asked or counts.open / counts.asked < MANY_OPEN:
        return None
    params = {"open": counts.open, "asked": counts.asked}
    return Finding("open_questions", N_("{open} of {asked} questions were never answered."), params)


def _refunds(recap: Recap) -> Finding | None:
    rate = recap.metrics.refund_rate_amount
    if rate.value is None or rate.value < MUCH_REFUNDED:
        return None
    params = {"rate": _percent(rate.value), "amount": as_text(rate.num)}
    return Finding("refunds", N_("{rate} of the paid amount has been refunded so far: {amount}."), params)


def _overrun(recap: Recap) -> Finding | None:
    late = max(recap.rows, key=lambda row: row.over_s or 0, default=None)
    if late is None or not late.over_s or late.over_s < OVERRUN_S:
        return None
    params = {"row": late.title, "minutes": round(late.over_s / 60)}
    return Finding("overrun", N_("“{row}” took {minutes} min longer than planned, more than any other row."), params)


def _leftovers(recap: Recap) -> Finding | None:
    if not recap.leftovers:
        return None
    params = {"n": len(recap.leftovers), "first": recap.leftovers[0].title}
    return Finding("leftovers", N_("{n} things were left running or open at the end, “{first}” among them."), params)


def _unsold(recap: Recap) -> Finding | None:
    tried = [offer for offer in recap.offers if offer.live_at is not None and offer.quantity and offer.left is not None]
    slow = max(tried, key=lambda offer: (offer.left or 0) / (offer.quantity or 1), default=None)
    if slow is None or not slow.quantity or not slow.left or slow.left / slow.quantity < FEW_CLAIMED:
        return None
    params = {"offer": slow.title, "left": slow.left, "quantity": slow.quantity}
    return Finding("unsold_offer", N_("“{offer}” kept {left} of its {quantity} pieces."), params)


RULES: tuple[Callable[[Recap], Finding | None], ...] = (
    _target,
    _weak_step,
    _best_row,
    _weak_row,
    _open_questions,
    _refunds,
    _overrun,
    _leftovers,
    _unsold,
)


def _rated(recap: Recap) -> tuple[list[RowReport], float | None]:
    rows = [row for row in recap.rows if row.actual_s >= LONG_ROW_S and row.density.value is not None]
    return rows, recap.metrics.density.value


def _per_minute(row: RowReport) -> float:
    return row.density.value or 0.0


def _row_params(row: RowReport, usual: float) -> dict[str, str]:
    return {"row": row.title, "rate": as_text(round(_per_minute(row))), "usual": as_text(round(usual))}


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
