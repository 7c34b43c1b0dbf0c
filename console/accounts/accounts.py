"""The facade: who is asking, signing in and out, and keeping people, tokens and links."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct, structs
from sqlalchemy import Connection

from console.accounts import links, people, revocations, sessions, tokens
from console.accounts.identity import Identity, LinkScope, LinkScreen, Revoked, SignInRefusedError, secret_hash
from console.accounts.passwords import BusyError, Passwords
from console.accounts.people import Person, checked_name, checked_roles
from console.accounts.sessions import SessionRules
from console.accounts.throttle import Throttle
from console.accounts.tokens import Token
from console.clock import Clock, Ids
from console.core.messages import Actor, refuse
from console.journal.database import Database, StoreUnavailableError

OnRevoked = Callable[[Revoked], Awaitable[None]]
LINK_LIFE_MS = 7 * 24 * 3_600_000
WATCH_EVERY_S = 0.5


class SignedIn(Struct, frozen=True):
    """A fresh sign-in: `secret` goes into the cookie and nowhere else."""

    secret: str
    person: Person


class Accounts:
    """Everything about who may do what, on one database. Every method may raise StoreUnavailableError."""

    def __init__(  # noqa: PLR0913 - the composition root hands each collaborator by name
        self, database: Database, clock: Clock, ids: Ids, *, passwords: Passwords | None = None,
        rules: SessionRules | None = None, throttle: Throttle | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._ids = ids
        self._passwords = passwords or Passwords()
        self._rules = rules or SessionRules()
        self._throttle = throttle or Throttle()
        self._listeners: list[OnRevoked] = []
        self._revision: int | None = None

    async def identify(
        self, *, bearer: str | None = None, session: str | None = None, link: str | None = None
    ) -> Identity | None:
        """Who holds these secrets now. A bearer token stands alone; a link adds its scope to a session's person."""
        found = await self._database.read(lambda connection: self._look_up(connection, bearer, session, link))
        if found is None:
            return None
        if found.stale and found.identity.session_id:
            await self._touch(found.identity.session_id)
        return found.identity

    async def sign_in(self, name: str, password: str, address: str, *, previous: str | None = None) -> SignedIn:
        """Check name and password and start a sign-in with a new secret; `previous` (the cookie so far) ends.

        Raises SignInRefusedError when they do not match, or with `retry_after_s` when it is too soon or too busy.
        """
        key = people.name_key(name)[:320]
        wait_ms = self._throttle.attempt(key, address, self._clock.now_ms())
        if wait_ms:
            raise _too_soon(wait_ms)
        checked = await self._matching(key, password)
        secret = self._ids.token(32)
        person = await self._database.run(lambda c: self._start(c, secret, checked, previous))
        if person is None:
            raise _no_match()
        self._throttle.succeeded(key, address)
        await self.poll()
        return SignedIn(secret, person)

    async def sign_out(self, identity: Identity) -> None:
        """End this sign-in; its sockets close."""
        session_id = identity.session_id
        if session_id is not None:
            await self._write(lambda c: sessions.close_session(c, session_id, self._clock.now_ms()))

    async def add_person(
        self, name: str, roles: Iterable[str], password: str | None = None, locale: str | None = None
    ) -> Person:
        """A new person; without a password they cannot sign in yet. Raises AccountError."""
        person = Person(id="p_" + self._ids.fresh(), name=checked_name(name), roles=checked_roles(roles), locale=locale)
        hashed = None if password is None else await self._passwords.hashed(password)
        await self._write(lambda c: people.add(c, person, hashed, self._clock.now_ms()))
        return person

    async def set_password(self, person_id: str, password: str) -> None:
        """Replace the password and end every sign-in made so far. Raises AccountError."""
        hashed = await self._passwords.hashed(password)
        await self._write(lambda c: people.set_password(c, person_id, hashed, self._clock.now_ms()))

    async def set_roles(self, person_id: str, roles: Iterable[str]) -> None:
        """Replace the roles; open sockets close with 4403 and come back. Raises AccountError."""
        wanted = checked_roles(roles)
        await self._write(lambda c: people.set_roles(c, person_id, wanted, self._clock.now_ms()))

    async def set_locale(self, identity: Identity, locale: str) -> None:
        """Remember the language a signed-in person chose."""
        if identity.session_id is not None:
            await self._write(lambda c: people.set_locale(c, identity.actor.id, locale))

    async def disable(self, person_id: str) -> None:
        """No more sign-in for this person, and every present one ends. Raises AccountError."""
        await self._write(lambda c: people.disable(c, person_id, self._clock.now_ms()))

    async def enable(self, person_id: str) -> None:
        """May sign in again. Raises AccountError."""
        await self._write(lambda c: people.enable(c, person_id))

    async def people(self) -> list[Person]:
        """Everyone, by name."""
        return await self._database.read(people.everyone)

    async def add_token(self, name: str, roles: Iterable[str]) -> tuple[Token, str]:
        """A new API token and its secret, which is shown this once. Raises AccountError."""
        token = Token(
            id="t_" + self._ids.fresh(), name=checked_name(name), roles=checked_roles(roles),
            created_at=self._clock.now_ms(),
        )  # fmt: skip
        secret = tokens.PREFIX + self._ids.token(32)
        await self._write(lambda c: tokens.add(c, token, secret))
        return token, secret

    async def revoke_token(self, token_id: str) -> None:
        """Worthless at once. Raises AccountError."""
        await self._write(lambda c: tokens.revoke(c, token_id, self._clock.now_ms()))

    async def tokens(self) -> list[Token]:
        """All tokens without their secrets, newest first."""
        return await self._database.read(tokens.everything)

    async def add_link(
        self, show_id: str, screen: LinkScreen, by: Actor, life_ms: int = LINK_LIFE_MS
    ) -> tuple[LinkScope, str]:
        """A view-only link to one screen and its secret, for `/watch/{secret}`. Raises AccountError."""
        now_ms = self._clock.now_ms()
        scope = LinkScope("l_" + self._ids.fresh(), show_id, screen, now_ms + life_ms)
        secret = self._ids.token(32)
        await self._write(lambda c: links.add(c, scope, secret, by.id, now_ms))
        return scope, secret

    async def open_link(self, secret: str) -> LinkScope | None:
        """What a link shows; None when unknown, revoked or over."""
        return await self._database.read(lambda c: links.find(c, secret, self._clock.now_ms()))

    async def revoke_link(self, link_id: str) -> None:
        """Worthless at once; its screens close. Raises AccountError."""
        await self._write(lambda c: links.revoke(c, link_id, self._clock.now_ms()))

    async def links(self, show_id: str) -> list[LinkScope]:
        """The links that open this show's screens now."""
        return await self._database.read(lambda c: links.of_show(c, show_id, self._clock.now_ms()))

    async def links_by_show(self) -> dict[str, list[LinkScope]]:
        """The same for every show that has any."""
        return await self._database.read(lambda c: links.by_show(c, self._clock.now_ms()))

    def on_revoked(self, listener: OnRevoked) -> None:
        """Call `listener` for every right that ends, whichever process ended it. It may be told twice."""
        self._listeners.append(listener)

    async def revision(self) -> int:
        """The number of the newest revocation."""
        return await self._database.read(revocations.current)

    async def revoked_since(self, revision: int) -> list[Revoked]:
        """Rights that ended after `revision`, oldest first."""
        return await self._database.read(lambda c: revocations.since(c, revision))

    async def poll(self) -> None:
        """Tell the listeners what ended since the last poll; the first one only takes its bearings."""
        if self._revision is None:
            self._revision = await self.revision()
            return
        for revoked in await self.revoked_since(self._revision):
            self._revision = max(self._revision, revoked.revision)
            for listener in self._listeners:
                await listener(revoked)

    async def sweep(self) -> None:
        """End what ran out of time, so that its sockets close too."""
        now_ms = self._clock.now_ms()
        over = await self._database.read(lambda c: (sessions.overdue(c, now_ms, self._rules), links.overdue(c, now_ms)))
        if any(over):
            await self._database.run(lambda c: _end(c, *over, now_ms))

    async def watch(self, every_s: float = WATCH_EVERY_S) -> None:
        """Sweep and poll for ever; a store that is away for a while is tried again."""
        await self.poll()
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.sweep()
                await self.poll()
            except StoreUnavailableError:
                logging.getLogger(__name__).warning("accounts: the store is away, revocations wait")

    def close(self) -> None:
        """Let the hashing threads go."""
        self._passwords.close()

    def _look_up(
        self, connection: Connection, bearer: str | None, session: str | None, link: str | None
    ) -> sessions.Found | None:
        if bearer is not None:
            held = tokens.find(connection, bearer)
            return sessions.Found(held, stale=False) if held else None
        now_ms = self._clock.now_ms()
        found = sessions.find(connection, session, now_ms, self._rules) if session else None
        scope = links.find(connection, link, now_ms) if link else None
        return _joined(found, scope)

    async def _matching(self, key: str, password: str) -> sessions.Checked:
        row = await self._database.read(lambda c: people.by_name(c, key))
        stored = row.password_hash if row else None
        try:
            right = await self._passwords.verified(stored, password)
        except BusyError as error:
            raise _too_soon(1_000) from error
        if not right or row is None:
            raise _no_match()
        return sessions.Checked(row.id, row.password_hash)

    def _start(
        self, connection: Connection, secret: str, checked: sessions.Checked, previous: str | None
    ) -> Person | None:
        now_ms = self._clock.now_ms()
        if previous:
            sessions.close_session(connection, secret_hash(previous), now_ms)
        if not sessions.open_session(connection, secret, checked, now_ms, self._rules):
            return None
        return people.by_id(connection, checked.person_id)

    async def _touch(self, session_id: str) -> None:
        try:
            await self._database.run(lambda c: sessions.touch(c, session_id, self._clock.now_ms()))
        except StoreUnavailableError:
            logging.getLogger(__name__).warning("accounts: could not note a request, the sign-in may end early")

    async def _write(self, work: Callable[[Connection], None]) -> None:
        await self._database.run(work)
        await self.poll()


def _joined(found: sessions.Found | None, scope: LinkScope | None) -> sessions.Found | None:
    if scope is None:
        return found
    if found is None:
        holder = Actor(id=scope.id, name="", roles=frozenset())
        return sessions.Found(Identity(actor=holder, link=scope, expires_at=scope.expires_at), stale=False)
    return sessions.Found(structs.replace(found.identity, link=scope), found.stale)


def _end(connection: Connection, session_ids: list[str], link_ids: list[str], now_ms: int) -> None:
    for session_id in session_ids:
        sessions.close_session(connection, session_id, now_ms)
    for link_id in link_ids:
        links.end(connection, link_id, now_ms)


def _too_soon(wait_ms: int) -> SignInRefusedError:
    seconds = -(-wait_ms // 1_000)
    return SignInRefusedError(
        refuse("Too many sign-in attempts. Wait {seconds} s and try again.", seconds=seconds), seconds
    )


def _no_match() -> SignInRefusedError:
    return SignInRefusedError(refuse("Name and password do not match. Check both and try again."))
