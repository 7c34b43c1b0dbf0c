"""Sign-ins, tokens and links: what holds, what ends it, and that an end is heard everywhere."""

import asyncio
import threading

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
from console.accounts.passwords import BusyError, Passwords
from console.accounts.sessions import KEPT_A_PERSON, SessionRules
from console.accounts.tables import METADATA, SESSIONS
from console.accounts.throttle import Slope, Throttle
from console.clock import Ids
from console.core.messages import SYSTEM

PASSWORD = "correct horse"
HOME = "192.0.2.1"


async def signed_in(accounts: Accounts, name: str = "Ann", **more) -> str:
    return (await accounts.sign_in(name, PASSWORD, HOME, **more)).secret


async def heard(accounts: Accounts) -> list[Revoked]:
    found: list[Revoked] = []

    async def listen(revoked: Revoked) -> None:
        found.append(revoked)

    accounts.on_revoked(listen)
    await accounts.poll()
    return found


@pytest.fixture
async def ann(accounts):
    return await accounts.add_person("Ann", ["controller", "host"], PASSWORD)


class TestPeople:
    async def test_a_name_is_taken_however_it_is_written(self, accounts, ann):
        with pytest.raises(AccountError, match="taken"):
            await accounts.add_person("  ＡＮＮ ", ["host"])

    @pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 81, "a\u202eb"])
    async def test_names_are_short_and_printable(self, accounts, name):
        with pytest.raises(AccountError):
            await accounts.add_person(name, ["host"])

    @pytest.mark.parametrize("roles", [[], ["king"], ["host", "king"]])
    async def test_roles_are_known(self, accounts, roles):
        with pytest.raises(AccountError):
            await accounts.add_person("Bob", roles)

    @pytest.mark.parametrize("password", ["short", "x" * 201])
    async def test_passwords_have_bounds(self, accounts, password):
        with pytest.raises(AccountError):
            await accounts.add_person("Bob", ["host"], password)

    async def test_everyone_is_listed_without_secrets(self, accounts, ann):
        assert await accounts.people() == [ann]


class TestSignIn:
    async def test_name_and_password_give_an_identity(self, accounts, ann):
        identity = await accounts.identify(session=await signed_in(accounts, "ann "))
        assert identity.actor.id == ann.id
        assert identity.actor.roles == {"controller", "host"}
        assert identity.csrf

    @pytest.mark.parametrize(("name", "password"), [("Ann", "wrong horse"), ("Nobody", PASSWORD), ("Ann", "")])
    async def test_a_refusal_does_not_say_which_part_was_wrong(self, accounts, ann, name, password):
        with pytest.raises(SignInRefusedError, match="do not match"):
            await accounts.sign_in(name, password, HOME)

    async def test_without_a_password_nobody_signs_in(self, accounts):
        await accounts.add_person("Bob", ["host"])
        with pytest.raises(SignInRefusedError):
            await accounts.sign_in("Bob", "nobody has this password", HOME)

    async def test_the_secret_is_not_in_the_database(self, accounts, database, ann):
        secret = await signed_in(accounts)
        token = (await accounts.add_token("feed", ["ingest"]))[1]
        link = (await accounts.add_link("s_1", "host", ann_actor()))[1]
        assert await secrets_in(database, [secret, token, link, PASSWORD]) == []
        assert await secrets_in(database, ["argon2id"]), "control: the dump shows what is stored"

    async def test_every_sign_in_has_a_new_id_and_ends_the_one_before(self, accounts, ann):
        first = await signed_in(accounts)
        second = await signed_in(accounts, previous=first)
        assert first != second
        assert await accounts.identify(session=first) is None
        assert await accounts.identify(session=second)

    async def test_an_id_the_client_chose_is_never_adopted(self, accounts, ann):
        chosen = "a" * 43
        secret = await signed_in(accounts, previous=chosen)
        assert secret != chosen
        assert await accounts.identify(session=chosen) is None

    async def test_old_sign_ins_of_one_person_make_room(self, accounts, clock, ann):
        first = await signed_in(accounts)
        for _ in range(KEPT_A_PERSON):
            clock.forward(1)
            last = await signed_in(accounts)
        assert await accounts.identify(session=first) is None
        assert await accounts.identify(session=last)

    async def test_guessing_is_slowed_down_and_time_heals(self, accounts, clock, ann):
        for _ in range(5):
            with pytest.raises(SignInRefusedError):
                await accounts.sign_in("Ann", "wrong horse", HOME)
        with pytest.raises(SignInRefusedError) as refused:
            await accounts.sign_in("Ann", PASSWORD, HOME)
        assert refused.value.retry_after_s == 1
        clock.forward(1_000)
        assert await signed_in(accounts)

    async def test_control_without_the_throttle_every_guess_is_tried(self, database, clock, ann):
        loose = Slope(free=10_000, first_ms=0, cap_ms=0)
        unguarded = Accounts(
            database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1), throttle=Throttle(loose, loose)
        )
        for _ in range(30):
            with pytest.raises(SignInRefusedError) as refused:
                await unguarded.sign_in("Ann", "wrong horse", HOME)
            assert refused.value.retry_after_s is None
        unguarded.close()


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


class TestTokens:
    async def test_a_token_is_valid_at_once_and_worthless_at_once(self, accounts):
        token, secret = await accounts.add_token("feed", ["ingest"])
        assert secret.startswith("lcc_")
        assert (await accounts.identify(bearer=secret)).actor.roles == {"ingest"}
        await accounts.revoke_token(token.id)
        assert await accounts.identify(bearer=secret) is None
        assert [item.id for item in await accounts.tokens()] == [token.id]

    async def test_a_wrong_token_is_not_made_up_for_by_a_session(self, accounts, ann):
        secret = await signed_in(accounts)
        assert await accounts.identify(bearer="lcc_wrong", session=secret) is None

    async def test_a_session_is_no_token_and_a_token_no_session(self, accounts, ann):
        session = await signed_in(accounts)
        _, token = await accounts.add_token("feed", ["ingest"])
        assert await accounts.identify(bearer=session) is None
        assert await accounts.identify(session=token) is None

    async def test_unknown_tokens_cannot_be_revoked(self, accounts):
        with pytest.raises(AccountError):
            await accounts.revoke_token("t_unknown")


class TestLinks:
    async def test_a_link_shows_one_screen_and_gives_no_role(self, accounts):
        scope, secret = await accounts.add_link("s_1", "overlay", ann_actor())
        assert await accounts.open_link(secret) == scope
        identity = await accounts.identify(link=secret)
        assert identity.link.path == "/live/s_1/overlay"
        assert identity.actor.roles == frozenset()

    async def test_a_link_ends_by_itself_and_by_hand(self, accounts, clock):
        _, secret = await accounts.add_link("s_1", "host", ann_actor(), life_ms=1_000)
        other, other_secret = await accounts.add_link("s_1", "host", ann_actor())
        clock.forward(1_000)
        assert await accounts.open_link(secret) is None
        await accounts.revoke_link(other.id)
        assert await accounts.open_link(other_secret) is None
        assert await accounts.links("s_1") == []

    @pytest.mark.parametrize("life_ms", [0, -1, 10**12])
    async def test_no_link_lasts_for_ever(self, accounts, life_ms):
        with pytest.raises(AccountError):
            await accounts.add_link("s_1", "host", ann_actor(), life_ms=life_ms)

    async def test_a_link_adds_to_a_person(self, accounts, ann):
        scope, link = await accounts.add_link("s_1", "host", ann_actor())
        identity = await accounts.identify(session=await signed_in(accounts), link=link)
        assert (identity.actor.id, identity.link) == (ann.id, scope)


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


class TestPasswords:
    async def test_hashes_are_argon2id_and_salted(self):
        passwords = Passwords(memory_kib=64, rounds=1)
        one, two = await passwords.hashed(PASSWORD), await passwords.hashed(PASSWORD)
        assert one.startswith("$argon2id$")
        assert one != two
        assert await passwords.verified(one, PASSWORD)
        assert not await passwords.verified(one, PASSWORD + " ")
        assert not await passwords.verified("not a hash", PASSWORD)
        assert not await passwords.verified(None, "nobody has this password")
        passwords.close()

    async def test_a_full_queue_refuses_and_recovers(self):
        passwords = SlowPasswords(workers=1, queue=1)
        waiting = [asyncio.create_task(passwords.verified("x", "y")) for _ in range(2)]
        await asyncio.sleep(0.02)
        with pytest.raises(BusyError):
            await passwords.verified("x", "y")
        passwords.go.set()
        await asyncio.gather(*waiting)
        assert await passwords.verified("x", "y")
        passwords.close()

    async def test_a_full_queue_asks_to_come_back(self, database, clock, ann):
        busy = Accounts(database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1, workers=1, queue=-1))
        with pytest.raises(SignInRefusedError) as refused:
            await busy.sign_in("Ann", PASSWORD, HOME)
        assert refused.value.retry_after_s == 1
        busy.close()


class SlowPasswords(Passwords):
    """Finds every password right, once told to go on."""

    def __init__(self, **more) -> None:
        super().__init__(memory_kib=64, rounds=1, **more)
        self.go = threading.Event()

    def _check(self, stored: str, password: str) -> bool:
        return self.go.wait(5)


def ann_actor():
    return SYSTEM


async def secrets_in(database, secrets: list[str]) -> list[str]:
    dump = await database.read(
        lambda c: "".join(str(c.execute(table.select()).all()) for table in METADATA.sorted_tables)
    )
    return [secret for secret in secrets if secret in dump]


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
