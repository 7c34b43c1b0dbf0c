"""For every command of the catalogue a case: its fields, plausible for a folded show; sometimes nonsense on purpose."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from console.comments import commands as comments
from console.core import lifecycle
from console.core.messages import Command
from console.core.show import Show
from console.ingest.commands import RecordObservations
from console.metrics.commands import ReportNumbers
from console.offers import commands as offers
from console.scripts import commands as scripts
from console.shelf import commands as shelf

Fields = dict[str, Any]
Case = Callable[[Show, Random, int], Fields]
"""(show, chance, now in ms) → the fields of a command."""

TEXTS = (
    "Serum", "开场 <b>热场</b>", "</hx-partial><li id=x>", "a & b 'quoted' \"twice\"", "\u202eesrever", "{{ v }}",
    '<div hx-post="/x" hx-trigger="load">', "秒杀 9.9", "多少钱？", "多少钱?", "1号链接有货吗", "加群 领券",
    "how much is it?", "扣1", "好看", "  ", "e\u0301\u0300" * 20,
)  # fmt: skip
PRODUCTS = ("serum", "cream", "shirt", "口红 01", "gift", "unknown", 'a"b<c')
USERS = ("u1", "u2", "张三", "<u>")
PHASES = ("opening", "warm_up", "product", "interaction", "flash", "encore", "closing", "other", None)
NOWHERE = "nowhere"


def pick(chance: Random, known: Sequence[str], rarely: str = NOWHERE) -> str:
    """One of `known`; now and then, or when there is none, something else."""
    return chance.choice(known) if known and chance.random() < 0.95 else rarely


def rows(show: Show) -> list[str]:
    return list(show.states["scripts"].order)


def offer_ids(show: Show, *states: str) -> list[str]:
    """Offers in one of `states`; all when none is."""
    entries = show.states["offers"].entries
    return [key for key, entry in entries.items() if entry.state in states] or list(entries)


def lines(show: Show, wanted: Callable[[Any], bool] = bool) -> list[str]:
    found = show.states["comments"].lines
    return [key for key, line in found.items() if wanted(line)] or list(found)


def new_row(chance: Random) -> Fields:
    row: Fields = {
        "title": chance.choice(TEXTS), "planned_s": chance.choice([None, 0, 30, 300]), "phase": chance.choice(PHASES),
        "products": chance.sample(PRODUCTS, chance.randint(0, 3)), "must_say": chance.sample(TEXTS, chance.randint(0, 3)),
        "host": chance.choice(["", "Ana", "李"]), "script": chance.choice(TEXTS), "plan_b": chance.choice(["", "B"]),
        "cues": [{"at_s": chance.randint(0, 90), "text": "弹卡"}] * chance.randint(0, 2),
    }  # fmt: skip
    if chance.random() < 0.3:
        row["custom"] = {"底价": "88", "备注": chance.choice(TEXTS)}
    return row


def edit_row(show: Show, chance: Random, _now: int) -> Fields:
    field, value = chance.choice(
        [
            ("title", chance.choice(TEXTS)), ("planned_s", chance.choice([None, 10, 600])), ("host", "Bo"),
            ("phase", "flash"), ("must_say", [chance.choice(TEXTS)]), ("products", chance.sample(PRODUCTS, 2)),
            ("custom.备注", chance.choice([None, "x"])), ("custom.floor", "77"), ("targets", {"gmv_paid": 5}), ("title", 7),
        ]
    )  # fmt: skip
    return {"row": pick(chance, rows(show)), "field": field, "value": value}


def terms(chance: Random) -> Fields:
    kind = chance.choice(["flash_price", "coupon", "coupon", "gift", "bundle", "draw"])
    own: dict[str, Fields] = {
        "flash_price": {
            "product": chance.choice(PRODUCTS),
            "price": chance.choice([6_900, 9_900, 11_000]),
            "quantity": 3,
        },
        "coupon": chance.choice([{"amount": 100}, {"pay_percent": 95, "threshold": 10_000}, {"pay_percent": 99}]),
        "gift": {"gift": "sample", "threshold": 100},
        "bundle": {"product": "cream", "price": 14_900, "trigger_quantity": 2},
        "draw": {"prize": "bag", "quantity": 2},
    }
    more = {"duration_s": chance.choice([60, 300])} if chance.random() < 0.7 else {}
    return {"kind": kind, "title": chance.choice(TEXTS), **own[kind], **more}


def edit_offer(show: Show, chance: Random, _now: int) -> Fields:
    field, value = chance.choice([("title", "New"), ("quantity", 5), ("duration_s", 90), ("price", 1), ("nothing", 1)])
    return {"offer": pick(chance, offer_ids(show, "planned", "armed")), "field": field, "value": value}


def of_offer(*states: str, **more: Callable[[Random], Any]) -> Case:
    def case(show: Show, chance: Random, _now: int) -> Fields:
        fields = {name: make(chance) for name, make in more.items()}
        return {"offer": pick(chance, offer_ids(show, *states)), **fields}

    return case


def of_comment(wanted: Callable[[Any], bool] = bool, **more: Callable[[Random], Any]) -> Case:
    def case(show: Show, chance: Random, _now: int) -> Fields:
        return {"comment": pick(chance, lines(show, wanted)), **{name: make(chance) for name, make in more.items()}}

    return case


def of_product(**more: Callable[[Random], Any]) -> Case:
    def case(show: Show, chance: Random, _now: int) -> Fields:
        fields = {name: make(chance) for name, make in more.items()}
        return {
            "product": chance.choice(PRODUCTS),
            **{name: value for name, value in fields.items() if value is not None},
        }

    return case


def observation(show: Show, chance: Random, now: int) -> Fields:
    """One thing a room may report; ids repeat now and then, instants wander."""
    kind = chance.choice(list(OBSERVED))
    at = now - chance.choice([0, 0, 0, 900, 61_000])
    common = {"kind": kind, "source": chance.choice(["a", "b"]), "id": f"{kind}{chance.randint(1, 10_000)}", "at": at}
    return {**common, **OBSERVED[kind](show, chance)}


def sale(show: Show, chance: Random) -> Fields:
    line = {
        "product": chance.choice(PRODUCTS),
        "qty": chance.randint(1, 3),
        "amount": chance.choice([0, 9_900, 12_900]),
    }
    sku = {"sku": chance.choice(["S", "XL", "M"])} if line["product"] == "shirt" else {}
    return {"order": f"o{chance.randint(1, 30)}", "user": chance.choice(USERS), "lines": [line | sku]}


def person(show: Show, chance: Random) -> Fields:
    return {"user": chance.choice(USERS)}


def looked(show: Show, chance: Random) -> Fields:
    return {"user": chance.choice(USERS), "product": chance.choice(PRODUCTS)}


def said(show: Show, chance: Random) -> Fields:
    return {"user": chance.choice(USERS), "text": chance.choice(TEXTS), "name": chance.choice([None, "N <i>", "王"])}


def claimed(show: Show, chance: Random) -> Fields:
    return {"user": chance.choice(USERS), "offer": pick(chance, offer_ids(show, "live"))}


OBSERVED: dict[str, Callable[[Show, Random], Fields]] = {
    "comment": said,
    "audience": lambda _show, chance: {"online": chance.randint(0, 500)},
    "impression": person, "like": person, "share": person, "follow": person,
    "enter": lambda _show, chance: {"user": chance.choice(USERS), "follower": chance.choice([None, True, False])},
    "leave": lambda _show, chance: {"user": chance.choice(USERS), "watched_s": chance.choice([None, 30])},
    "product_view": looked, "product_click": looked, "cart": looked, "order": sale, "paid": sale,
    "cancel": lambda _show, chance: {"order": f"o{chance.randint(1, 30)}"},
    "refund": lambda _show, chance: {"order": f"o{chance.randint(1, 30)}", "amount": 9_900},
    "claim": claimed, "redeem": claimed,
    "ad_spend": lambda _show, chance: {"amount": chance.randint(1, 10_000)},
    "sample": lambda _show, chance: {"counters": {"online": chance.randint(0, 900), "gmv_paid": chance.randint(0, 10**6)}},
}  # fmt: skip


def observations(show: Show, chance: Random, now: int) -> Fields:
    items = [observation(show, chance, now) for _ in range(chance.randint(1, 12))]
    comments_too = [{"kind": "comment", "source": "c", "id": str(chance.random()), "at": now, **said(show, chance)}]
    return {"items": items + comments_too * chance.randint(0, 1)}


def nothing(_show: Show, _chance: Random, _now: int) -> Fields:
    return {}


def some_text(chance: Random) -> str:
    return chance.choice(TEXTS)


def a_reason(chance: Random) -> str:
    return chance.choice(["over", "价格错了", "<script>"])


CASES: dict[type[Command], Case] = {
    lifecycle.CreateShow: lambda _s, chance, now: {"title": chance.choice(TEXTS), "starts_at": now + 60_000},
    lifecycle.StartShow: nothing,
    lifecycle.EndShow: nothing,
    lifecycle.SetTargets: lambda _s, chance, _n: {
        "targets": chance.choice([{}, {"gmv_paid": 10**6}, {"duration_s": 600, "orders_paid": 9}])
    },
    scripts.AddRow: lambda show, chance, _n: {
        "row": new_row(chance), "after": chance.choice([None, pick(chance, rows(show))])
    },
    scripts.ImportRows: lambda _s, chance, _n: {
        "rows": [new_row(chance) for _ in range(chance.randint(1, 4))], "replace": chance.random() < 0.3
    },
    scripts.EditRow: edit_row,
    scripts.MoveRow: lambda show, chance, _n: {
        "row": pick(chance, rows(show)), "after": chance.choice([None, pick(chance, rows(show))])
    },
    scripts.RemoveRow: lambda show, chance, _n: {"row": pick(chance, rows(show))},
    scripts.Go: nothing,
    scripts.Back: nothing,
    scripts.Jump: lambda show, chance, _n: {"row": pick(chance, rows(show))},
    scripts.Hold: nothing,
    scripts.Resume: nothing,
    scripts.Adjust: lambda _s, chance, _n: {"seconds": chance.choice([-30, 0, 30, 60])},
    scripts.Mark: lambda _s, chance, _n: {"note": chance.choice(TEXTS)},
    scripts.MessageHost: lambda _s, chance, _n: {
        "text": chance.choice(TEXTS), "expires_s": chance.choice([None, 5, 60])
    },
    scripts.AcknowledgeMessage: lambda show, chance, _n: {
        "message": pick(chance, list(show.states["scripts"].messages))
    },
    scripts.RequestDesk: lambda _s, chance, _n: {
        "kind": chance.choice(["more_stock", "next", "moderate", "pause", "other"]), "text": chance.choice(TEXTS)
    },
    scripts.AcknowledgeRequest: lambda show, chance, _n: {
        "request": pick(chance, list(show.states["scripts"].requests))
    },
    shelf.PopProduct: of_product(seconds=lambda chance: chance.choice([None, 3, 30])),
    shelf.ListProduct: of_product(),
    shelf.UnlistProduct: of_product(),
    shelf.OpenPrice: of_product(),
    shelf.HidePrice: of_product(),
    shelf.SetPrice: of_product(
        live_price=lambda chance: chance.choice([1, 7_900, 9_900, 11_900]),
        sku=lambda chance: chance.choice([None, None, "S", "XL"]),
    ),
    shelf.AddStock: of_product(
        qty=lambda chance: chance.choice([1, 100]), sku=lambda chance: chance.choice([None, None, "S"])
    ),
    offers.DefineOffer: lambda _s, chance, _n: {"offer": terms(chance)},
    offers.EditOffer: edit_offer,
    offers.ArmOffer: of_offer("planned", "failed"),
    offers.DisarmOffer: of_offer("armed"),
    offers.FireOffer: of_offer("armed", countdown_s=lambda chance: chance.choice([0, 3, 3, 20])),
    offers.CancelFire: of_offer("armed"),
    offers.ConfirmDelivery: of_offer("requested", ok=lambda chance: chance.random() < 0.8, note=some_text),
    offers.ExtendOffer: of_offer("live", seconds=lambda chance: chance.choice([30, 600])),
    offers.StopOffer: of_offer("live", "requested", reason=a_reason),
    offers.KillOffers: lambda _s, chance, _n: {"reason": a_reason(chance)},
    offers.LaunchOffer: of_offer("armed"),
    offers.ExpireOffer: of_offer("live"),
    offers.ParkOffer: of_offer("armed"),
    comments.ApproveComment: of_comment(lambda line: line.state in {"held", "new"}),
    comments.HideComment: of_comment(reason=a_reason),
    comments.RestoreComment: of_comment(lambda line: line.state == "rejected"),
    comments.PinComment: of_comment(lambda line: line.shown),
    comments.UnpinComment: lambda _s, chance, _n: {"comment": chance.choice([None, None, NOWHERE])},
    comments.PassToHost: of_comment(lambda line: line.shown and not line.closed),
    comments.MarkAnswered: of_comment(lambda line: line.shown and not line.closed),
    comments.DismissQuestion: of_comment(lambda line: line.cluster is not None and not line.closed),
    comments.ClaimComment: of_comment(lambda line: line.shown and not line.closed),
    comments.ReleaseComment: of_comment(lambda line: line.claim is not None),
    ReportNumbers: lambda _s, chance, now: {
        "counters": chance.choice([{"online": 7}, {"gmv_paid": 5_280_000, "orders_paid": 440}, {"acu": 30}]),
        "as_of": now - chance.choice([0, 30_000]),
    },
    RecordObservations: observations,
}  # fmt: skip

OFTEN: dict[type[Command], int] = {
    RecordObservations: 12, scripts.AddRow: 3, scripts.Go: 4, offers.DefineOffer: 3, offers.ArmOffer: 4,
    offers.FireOffer: 4, offers.LaunchOffer: 2, shelf.PopProduct: 3, shelf.OpenPrice: 2, scripts.Hold: 2,
    comments.ClaimComment: 2, lifecycle.EndShow: 0, lifecycle.CreateShow: 0,
}  # fmt: skip
"""How often against once; a show ends when a test says so."""


def any_kind(chance: Random) -> type[Command]:
    """A command, the busy ones more often."""
    return chance.choice(_BUSY)


_BUSY = [kind for kind in CASES for _ in range(OFTEN.get(kind, 1))]
