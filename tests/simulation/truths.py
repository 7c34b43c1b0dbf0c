"""What must be true of every night, whatever the weather: asked of the books, the journal, the folds and the screens."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from console.catalogue import SLICES
from console.core.messages import Recorded
from console.core.observations import Batch
from console.core.show import Show
from console.core.slice import Viewer
from console.offers.commands import FireOffer, KillOffers
from console.offers.events import (
    FireCancelled,
    FireScheduled,
    OfferArmed,
    OfferDisarmed,
    OfferEdited,
    OfferFired,
    OfferParked,
    OffersKilled,
    OfferStopped,
)
from console.snapshot import snapshot
from tests.simulation.machines import Life
from tests.simulation.staff import Pressed
from tests.simulation.stores import Mortal
from tests.simulation.world import SHOW

LATE_MS = 5_000
VIEWERS = (Viewer("zh", sees_cost=True), Viewer("en"))


def of_order(rows: Sequence[Recorded]) -> Iterator[str]:
    """One total order."""
    if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
        yield "the rows have a gap or a double"
    if [row.at_ms for row in rows] != sorted(row.at_ms for row in rows):
        yield "time goes backwards in the journal"


def of_presses(rows: Sequence[Recorded], pressed: dict[str, Pressed], skew_ms: int) -> Iterator[str]:
    """What was accepted happened once and is there, what was refused never is, and nothing happens late or unseen."""
    by_command: dict[str, list[Recorded]] = defaultdict(list)
    for row in rows:
        by_command[row.command_id or ""].append(row)
    for command_id, press in pressed.items():
        name, mine = f"{type(press.command).__name__} {command_id}", by_command[command_id]
        yield from _once(name, press, mine)
        if not isinstance(press.command, Batch):
            yield from _in_time(name, press, mine, skew_ms)
            yield from _as_seen(name, press, mine, rows)


def _once(name: str, press: Pressed, mine: Sequence[Recorded]) -> Iterator[str]:
    if [row.seq for row in mine] != list(range(mine[0].seq, mine[0].seq + len(mine)) if mine else []):
        yield f"{name} happened more than once"
    if press.command.remembered and len({accepted.body for accepted in press.accepted}) > 1:
        yield f"{name} was answered in two ways"
    for accepted in press.accepted:
        told = [event["seq"] for event in msgspec.json.decode(accepted.body)["events"]]
        if press.command.remembered and told != [row.seq for row in mine]:
            yield f"{name} was acknowledged with rows {told} and left {[row.seq for row in mine]}"
    if mine and not press.accepted and not press.unknown:
        yield f"{name} was refused and happened all the same"
    if isinstance(press.command, KillOffers) and press.refused and {one.code for one in press.refused} != {"expired"}:
        yield f"{name} was refused"


def _in_time(name: str, press: Pressed, mine: Sequence[Recorded], skew_ms: int) -> Iterator[str]:
    age_ms = mine[0].at_ms - press.command.issued_at if mine else 0
    if age_ms > LATE_MS + abs(skew_ms):
        yield f"{name} happened {age_ms} ms after it was pressed"


def _as_seen(name: str, press: Pressed, mine: Sequence[Recorded], rows: Sequence[Recorded]) -> Iterator[str]:
    if press.command.seen is None or not mine:
        return
    keys = press.command.touches()
    for row in rows[press.command.seen : mine[0].seq - 1]:
        if any(known == key or known.startswith(key + ":") for known in row.event.changes() for key in keys):
            yield f"{name} happened although row {row.seq} had changed what it saw at {press.command.seen}"


class Offers:
    """A second opinion on who may start: told only events, knowing nothing of the fold."""

    def __init__(self, writers: dict[int, Mortal], pressed: dict[str, Pressed], skew_ms: int) -> None:
        self.armed: set[str] = set()
        self.fires_at: dict[str, int] = {}
        self._writers = writers
        self._pressed = pressed
        self._late_ms = LATE_MS + abs(skew_ms)

    def hear(self, row: Recorded) -> Iterator[str]:
        match row.event:
            case OfferArmed(offer=offer):
                self.armed.add(offer)
            case OfferDisarmed(offer=offer):
                self._rest(offer)
            case OfferEdited(offer=edited):
                self._rest(edited.id)
            case OffersKilled():
                self.armed.clear()
                self.fires_at.clear()
            case FireScheduled(offer=offer, fires_at=fires_at):
                yield from self._may(row, offer)
                self.fires_at[offer] = fires_at
            case FireCancelled(offer=offer) | OfferParked(offer=offer) | OfferStopped(offer=offer):
                self.fires_at.pop(offer, None)
            case OfferFired(offer=offer):
                yield from self._may(row, offer)
                yield from self._on_time(row, offer)
                self._rest(offer)

    def _may(self, row: Recorded, offer: str) -> Iterator[str]:
        if offer not in self.armed:
            yield f"row {row.seq}: {offer} started without having been armed since it last ran or was stopped"

    def _on_time(self, row: Recorded, offer: str) -> Iterator[str]:
        pressed = self._pressed.get(row.command_id or "")
        if pressed is not None and isinstance(pressed.command, FireOffer):
            return
        fires_at = self.fires_at.get(offer)
        if fires_at is None:
            yield f"row {row.seq}: {offer} started by itself and nobody had scheduled it"
        elif not fires_at <= row.at_ms <= fires_at + self._late_ms:
            yield f"row {row.seq}: {offer} started {row.at_ms - fires_at} ms after it was due"
        elif self._writers[row.seq].began_ms > fires_at:
            yield f"row {row.seq}: {offer} fell due while nobody looked, and was started by who came later"

    def _rest(self, offer: str) -> None:
        self.armed.discard(offer)
        self.fires_at.pop(offer, None)


def of_offers(
    rows: Sequence[Recorded], writers: dict[int, Mortal], pressed: dict[str, Pressed], skew_ms: int
) -> Iterator[str]:
    """At most one start for every arming, never early, never late, never behind anybody's back."""
    offers = Offers(writers, pressed, skew_ms)
    for row in rows:
        yield from offers.hear(row)


def refolded(rows: Sequence[Recorded]) -> Show:
    """The show as the journal tells it."""
    show = Show(SHOW, "e_1", SLICES)
    for row in rows:
        show.evolve(row)
    return show


def of_rest(show: Show, now_ms: int) -> Iterator[str]:
    """When nothing goes wrong any more nothing is left overdue, and no cap was ever passed."""
    running = show.header.status != "ended"
    for key, entry in show.states["offers"].entries.items():
        if running and entry.state == "live" and entry.ends_at is not None and entry.ends_at < now_ms - 2_000:
            yield f"{key} should have ended"
        if running and entry.counting_down and entry.fires_at < now_ms - 2_000:
            yield f"{key} should have started or been parked"
        if entry.offer.quantity is not None and entry.claimed > entry.offer.quantity:
            yield f"{key}: {entry.claimed} claims of {entry.offer.quantity}"
        if entry.offer.per_person and max(entry.claims_by.values(), default=0) > entry.offer.per_person:
            yield f"{key}: one person has more than {entry.offer.per_person}"


def of_folds(whole: Show, lives: Sequence[Life], now_ms: int) -> Iterator[str]:
    """Every process holds what the journal says."""
    wanted = _seen(whole, now_ms)
    for life in lives:
        show = life.held()
        if show is None and whole.header.status == "ended":
            continue  # nobody has asked for it since it ended
        if show is None or show.seq != whole.seq:
            yield f"{life.machine.name} is at {show and show.seq}, the journal at {whole.seq}"
        elif (show.versions, show.moved) != (whole.versions, whole.moved) or _seen(show, now_ms) != wanted:
            yield f"{life.machine.name} folded something else"


def _seen(show: Show, now_ms: int) -> list[bytes]:
    return [msgspec.json.encode(snapshot(show, viewer, now_ms)) for viewer in VIEWERS]


def of_screens(screens: Sequence[Any], rows: Sequence[Recorded]) -> Iterator[str]:
    """Every screen shows what one that opens now would, and a program was told every row as it is."""
    for screen in screens:
        life = screen.machine.life
        show = life.held() if life else None
        if show is None or screen.line is None:
            yield f"{screen.name} is not connected"
        elif screen.seq != show.seq:
            yield f"{screen.name} is at {screen.seq}, its process at {show.seq}"
        else:
            yield from (f"{screen.name}: {part} is stale" for part in screen.differs(life, show))
        for seq, kind in getattr(screen, "rows", ()):
            if rows[seq - 1].type != kind:
                yield f"{screen.name} was told row {seq} is {kind}"
