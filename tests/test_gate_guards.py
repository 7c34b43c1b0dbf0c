"""What a retry, a role and the emergency stop mean at the gate, and each of its guards switched off."""

import asyncio
from random import Random

import msgspec
import pytest

from console.catalogue import COMMANDS
from console.core.lifecycle import EndShow, SetTargets, StartShow
from console.core.messages import ENVELOPE_FIELDS, Actor, Rejection
from console.gate import OtherContentError, command_digest
from console.offers.commands import ArmOffer, DefineOffer, FireOffer, KillOffers
from tests.simulation.cases import CASES
from tests.simulation.world import World

GIFT = {"kind": "gift", "title": "Gift", "gift": "bag", "quantity": 5}
MODERATOR = Actor("p2", "Ping", frozenset({"moderator"}))


@pytest.fixture
async def world():
    world = World()
    await world.open()
    return world


async def offer_of(world):
    await world.do(StartShow)
    await world.do(DefineOffer, offer=GIFT)
    offer = next(iter((await world.show()).states["offers"].entries))
    await world.do(ArmOffer, offer=offer)
    return offer


def content_of(command):
    fields = msgspec.to_builtins(command)
    return msgspec.json.encode({name: fields[name] for name in fields if name not in ENVELOPE_FIELDS}, order="sorted")


async def test_the_same_content_is_type_and_fields_and_nothing_else(world):
    """Over every command: two draws have one digest exactly when they say the same, however they are stamped."""
    show, chance, told = await world.show(), Random(1), {}
    for kind in COMMANDS:
        for _ in range(12):
            fields = CASES[kind](show, chance, world.clock.now_ms())
            world.clock.forward(7)
            once = world.command(kind, **fields)
            again = world.command(kind, **fields, seen=show.seq)
            assert command_digest(once) == command_digest(again)
            told.setdefault(command_digest(once), set()).add(content_of(once))
    assert len(told) > 3 * len(COMMANDS)
    assert [said for said in told.values() if len(said) > 1] == []


@pytest.mark.parametrize("other", [{"targets": {"n": 2}}, {"targets": {"m": 1}}, {"targets": {}}])
async def test_an_id_that_comes_with_another_content_does_nothing(world, other):
    stamp = {"command_id": world.ids.uuid()}
    first = world.command(SetTargets, targets={"n": 1})
    first = msgspec.structs.replace(first, **stamp)
    await world.submit(first)
    with pytest.raises(OtherContentError):
        await world.submit(msgspec.structs.replace(first, **other))
    with pytest.raises(OtherContentError):
        await world.submit(msgspec.structs.replace(world.command(StartShow), **stamp))
    show = await world.show()
    assert (show.seq, show.header.targets, show.header.status) == (2, {"n": 1}, "planned")


async def test_control_without_looking_at_the_content_another_wish_would_be_told_it_was_done(world, monkeypatch):
    monkeypatch.setattr("console.gate.command_digest", lambda _command: b"any")
    first = world.command(SetTargets, targets={"n": 1})
    done = await world.submit(first)
    lied_to = await world.submit(msgspec.structs.replace(first, targets={"n": 2}))
    assert lied_to.body == done.body
    assert (await world.show()).header.targets == {"n": 1}


async def test_control_without_looking_at_the_role_anybody_would_end_the_show(world, monkeypatch):
    await world.do(StartShow)
    monkeypatch.setattr(Actor, "may", lambda *_: True)
    assert not isinstance(await world.submit(world.command(EndShow), MODERATOR), Rejection)


async def test_a_press_on_old_terms_fires_nothing_and_is_told_what_changed(world):
    offer = await offer_of(world)
    seen = (await world.show()).seq
    await world.submit(world.command(KillOffers, reason="wrong price"))
    await world.do(ArmOffer, offer=offer)
    refused = await world.submit(world.command(FireOffer, offer=offer, seen=seen))
    assert (refused.code, bool(refused.now["changed"])) == ("stale", True)
    assert (await world.show()).states["offers"].entries[offer].state == "armed"


async def test_control_a_press_that_does_not_say_what_it_saw_fires_all_the_same(world):
    offer = await offer_of(world)
    await world.submit(world.command(KillOffers, reason="wrong price"))
    await world.do(ArmOffer, offer=offer)
    await world.do(FireOffer, offer=offer, seen=None)
    assert (await world.show()).states["offers"].entries[offer].state == "live"


async def test_control_an_emergency_stop_that_is_not_urgent_would_wait_in_the_line(world, monkeypatch):
    for urgent in (True, False):
        monkeypatch.setattr(KillOffers, "urgent", urgent)
        before = (await world.show()).seq
        waiting = [world.submit(world.command(SetTargets, targets={"n": n})) for n in range(5)]
        *_, stop = await asyncio.gather(*waiting, world.submit(world.command(KillOffers, reason="x")))
        assert (stop.seq == before + 1) is urgent
