"""What the journal gives back folds to the same shelf."""

import msgspec

from console.core.observations import ObservationsRecorded
from console.journal.codec import Codec
from console.offers import events as offers
from console.scripts.events import Row, RowAdded
from console.shelf import commands as ask
from console.shelf.events import EVENTS


def test_every_event_survives_the_journal(bench, fresh):
    row = Row(id="r", phase="other", title="x", planned_s=1, products=("p1",), facts=(bench.fact("p1"),))
    offer = offers.Offer(id="o_1", kind="flash_price", title="f", product="p1", price=5_000, quantity=3)
    bench.given(RowAdded(row=row), offers.OfferDefined(offer=offer), offers.OfferArmed(offer="o_1"))
    bench.when(ask.PopProduct, product="p3").when(ask.OpenPrice, product="p3").when(ask.HidePrice, product="p3")
    bench.when(ask.SetPrice, product="p3", sku="S", live_price=8_000).when(ask.AddStock, product="p3", sku="S", qty=1)
    bench.when(ask.UnlistProduct, product="p3").when(ask.PopProduct, product="p1").observed(
        bench.report("order", "o1", ("p1", 1)), bench.report("paid", "o2", ("p3", 1, "S")), bench.report("cancel", "o1")
    )
    assert {type(row.event) for row in bench.rows} >= set(EVENTS)

    codec, again = Codec((*EVENTS, *offers.EVENTS, RowAdded, ObservationsRecorded)), fresh()
    for row in bench.rows:
        again.show.evolve(msgspec.structs.replace(row, event=codec.decode(row.type, 1, codec.encode(row.event))))
    assert again.state == bench.state
    assert again.snapshot() == bench.snapshot()
