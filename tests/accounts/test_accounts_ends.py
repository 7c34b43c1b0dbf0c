"""What ends a right: signing out, a person disabled, roles changed; nothing in flight brings it back, and who must know is told."""

import asyncio

import pytest

from console.accounts import sessions
from console.accounts.accounts import Accounts
from console.accounts.identity import (
    ROLE_LOST,
    SIGNED_OUT,
    AccountError,
    Identity,
    Revoked,
    SignInRefusedError,
    secret_hash,
)
from console.accounts.passwords import Passwords
from console.accounts.sessions import SessionRules
from console.accounts.tables import SESSIONS
from console.clock import Ids
from tests.accounts.conftest import HOME, PASSWORD, SlowPasswords, ann_actor, signed_in


async def heard(accounts: Accounts) -> list[Revoked]:
    found: list[Revoked] = []

    async def listen(revoked: Revoked) -> None:
        found.append(revoked)

    accounts.on_revoked(listen)
    await accounts.poll()
    return found


class TestEnds:
    async def test_expiry_is_fixed_however_busy(self, accounts, clock, ann):
        secret = await signed_in(accounts)
        for _ in range(23):
            clock.forward(3_600_000)
            assert await accounts.identify(session=secret)
        clock.forward(3_600_000)
        assert await accounts.identify(session=secret) is None

    async def test_an_idle_sign_in_ends(self, accounts, clock, ann):
        secret = await signed_in(accounts)
        clock.forward(SessionRules().idle_ms - 1)
        assert await accounts.identify(session=secret)
        clock.forward(SessionRules().idle_ms)
        assert await accounts.identify(session=secret) is None

    async def test_signing_out_cannot_be_undone_by_a_request_in_flight(self, accounts, database, clock, ann):
        secret = await signed_in(accounts)
        assert await overtaken_by_sign_out(accounts, database, clock, secret), "it was in flight and still answered"
        assert await accounts.identify(session=secret) is None

    async def test_control_a_note_of_use_that_wrote_anew_would_undo_it(
        self, accounts, database, clock, ann, monkeypatch
    ):
        def rewrite(connection, session_id, now_ms):
            row = {"id_hash": session_id, "person_id": ann.id, "created_at": now_ms, "seen_at": now_ms}
            connection.execute(SESSIONS.insert().values(expires_at=now_ms + 1_000_000, **row))

        monkeypatch.setattr(sessions, "touch", rewrite)
        secret = await signed_in(accounts)
        await overtaken_by_sign_out(accounts, database, clock, secret)
        assert await accounts.identify(session=secret) is not None

    async def test_a_hundred_requests_around_a_sign_out(self, accounts, clock, ann):
        secret = await signed_in(accounts)
        clock.forward(120_000)
        identity = await accounts.identify(session=secret)
        await asyncio.gather(
            *(accounts.identify(session=secret) for _ in range(50)),
            accounts.sign_out(identity),
            *(accounts.identify(session=secret) for _ in range(50)),
        )
        assert await accounts.identify(session=secret) is None

    async def test_disabling_ends_everything_at_once(self, accounts, ann):
        secret = await signed_in(accounts)
        await accounts.disable(ann.id)
        assert await accounts.identify(session=secret) is None
        with pytest.raises(SignInRefusedError):
            await signed_in(accounts)
        await accounts.enable(ann.id)
        assert await signed_in(accounts)

    async def test_disabled_while_the_password_is_checked(self, database, clock, accounts, ann):
        """The check passed on the old row; the sign-in must not start."""
        slow = SlowPasswords()
        racing = Accounts(database, clock, Ids(), passwords=slow)
        attempt = asyncio.create_task(racing.sign_in("Ann", PASSWORD, HOME))
        await asyncio.sleep(0.05)
        await accounts.disable(ann.id)
        await accounts.enable(ann.id)
        await accounts.set_password(ann.id, "another horse")
        slow.go.set()
        with pytest.raises(SignInRefusedError):
            await attempt
        racing.close()

    async def test_a_new_password_ends_old_sign_ins(self, accounts, ann):
        secret = await signed_in(accounts)
        await accounts.set_password(ann.id, "another horse")
        assert await accounts.identify(session=secret) is None

    async def test_other_roles_hold_from_the_next_request(self, accounts, ann):
        secret = await signed_in(accounts)
        await accounts.set_roles(ann.id, ["moderator"])
        assert (await accounts.identify(session=secret)).actor.roles == {"moderator"}

    @pytest.mark.parametrize("change", ["disable", "enable"])
    async def test_unknown_people_cannot_be_changed(self, accounts, change):
        with pytest.raises(AccountError):
            await getattr(accounts, change)("p_unknown")


class TestRevocations:
    async def test_each_end_is_heard_with_its_code(self, accounts, ann):
        secret = await signed_in(accounts)
        identity = await accounts.identify(session=secret)
        found = await heard(accounts)
        await accounts.sign_out(identity)
        await accounts.set_roles(ann.id, ["host"])
        await accounts.disable(ann.id)
        assert [(one.actor, one.session_id, one.code) for one in found] == [
            (ann.id, identity.session_id, SIGNED_OUT),
            (ann.id, None, ROLE_LOST),
            (ann.id, None, SIGNED_OUT),
        ]
        assert all(identity.hit_by(one) for one in found)

    async def test_another_process_hears_it_too(self, accounts, database, clock, ann):
        server = Accounts(database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1))
        found = await heard(server)
        await accounts.disable(ann.id)
        assert found == []
        await server.poll()
        assert [one.actor for one in found] == [ann.id]
        await server.poll()
        assert len(found) == 1
        server.close()

    async def test_the_watch_hears_what_others_do_and_what_time_does(self, accounts, database, clock, ann):
        server = Accounts(database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1))
        link, _ = await accounts.add_link("s_1", "host", ann_actor(), life_ms=1_000)
        identity = await accounts.identify(session=await signed_in(accounts))
        found = await heard(server)
        watching = asyncio.create_task(server.watch(every_s=0.01))
        await accounts.set_roles(ann.id, ["host"])
        clock.forward(SessionRules().absolute_ms)
        await until(lambda: len(found) >= 3)
        watching.cancel()
        assert [one.actor for one in found] == [ann.id, ann.id, link.id]
        assert found[1].session_id == identity.session_id
        server.close()

    async def test_numbers_only_grow_also_when_old_rows_are_dropped(self, accounts, clock, ann):
        seen = []
        for _ in range(3):
            await accounts.set_roles(ann.id, ["host"])
            seen.append(await accounts.revision())
            clock.forward(48 * 3_600_000)
        assert seen == [1, 2, 3]
        assert [one.revision for one in await accounts.revoked_since(0)] == [3]

    def test_one_sign_in_of_several(self):
        mine = Identity(actor=ann_actor(), session_id="one")
        assert mine.hit_by(Revoked(1, "system", "one", SIGNED_OUT))
        assert mine.hit_by(Revoked(1, "system", None, SIGNED_OUT))
        assert not mine.hit_by(Revoked(1, "system", "other", SIGNED_OUT))
        assert not mine.hit_by(Revoked(1, "p_other", None, SIGNED_OUT))


async def overtaken_by_sign_out(accounts, database, clock, secret) -> Identity | None:
    """A request that has read the sign-in waits to note its use while the sign-out commits."""
    clock.forward(120_000)
    async with database.writing() as transaction:
        await transaction.do(lambda c: sessions.close_session(c, secret_hash(secret), clock.now_ms()))
        request = asyncio.create_task(accounts.identify(session=secret))
        await asyncio.sleep(0.03)
        assert not request.done()
    return await request


async def until(true) -> None:
    for _ in range(1_000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")
