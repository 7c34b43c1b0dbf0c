"""People, sign-ins, tokens and links: what holds, and what is never stored."""

import pytest

from console.accounts.accounts import Accounts
from console.accounts.identity import AccountError, SignInRefusedError
from console.accounts.passwords import Passwords
from console.accounts.sessions import KEPT_A_PERSON
from console.accounts.tables import METADATA
from console.accounts.throttle import Slope, Throttle
from console.clock import Ids
from tests.accounts.conftest import HOME, PASSWORD, ann_actor, signed_in


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


async def secrets_in(database, secrets: list[str]) -> list[str]:
    dump = await database.read(
        lambda c: "".join(str(c.execute(table.select()).all()) for table in METADATA.sorted_tables)
    )
    return [secret for secret in secrets if secret in dump]
