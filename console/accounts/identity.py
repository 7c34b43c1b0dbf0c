"""Who is asking, as every door of the console sees it."""

import hashlib
from typing import Literal

from msgspec import Struct

from console.core.messages import Actor, Rejection

SIGNED_OUT = 4401
ROLE_LOST = 4403

LinkScreen = Literal["host", "overlay"]


class LinkScope(Struct, frozen=True):
    """What a view-only link shows: one screen of one show, until `expires_at` (epoch ms)."""

    id: str
    show: str
    screen: LinkScreen
    expires_at: int

    @property
    def path(self) -> str:
        """The only address the link opens besides its own page: the screen's socket."""
        return f"/live/{self.show}/{self.screen}"


class Identity(Struct, frozen=True, kw_only=True):
    """A person with a session, a program with a token, or the holder of a link (an actor without roles).

    `session_id` is the stored hash, safe to log; `expires_at` (epoch ms) is when the right ends by itself.
    """

    actor: Actor
    session_id: str | None = None
    csrf: str | None = None
    locale: str | None = None
    link: LinkScope | None = None
    expires_at: int | None = None

    def hit_by(self, revoked: "Revoked") -> bool:
        """Whether this revocation ends what the identity holds."""
        if self.link is not None and revoked.actor == self.link.id:
            return True
        return revoked.actor == self.actor.id and revoked.session_id in {None, self.session_id}


class Revoked(Struct, frozen=True):
    """`actor` (person, token or link id) lost a right; with `session_id` only that sign-in. `code` closes sockets."""

    revision: int
    actor: str
    session_id: str | None
    code: int


class AccountError(Exception):
    """An account cannot be changed as asked; `rejection` says why."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.why)
        self.rejection = rejection


class SignInRefusedError(Exception):
    """Not signed in; with `retry_after_s` set it was not even tried."""

    def __init__(self, rejection: Rejection, retry_after_s: int | None = None) -> None:
        super().__init__(rejection.why)
        self.rejection = rejection
        self.retry_after_s = retry_after_s


def secret_hash(secret: str) -> str:
    """How a 256-bit random secret is stored; a plain digest is enough for what cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_token(session: str) -> str:
    """The session's CSRF token: derived from its secret id, so that nothing more needs storing."""
    return secret_hash("csrf:" + session)
