"""For whom something is shown: the actor's view, without anything personal in it."""

from console.core.messages import Actor, Role
from console.core.slice import Viewer
from console.web.asking import identity_of, locale_of
from console.web.cookies import AnyConnection

SEES_COST: tuple[Role, ...] = ("producer",)
"""Who may see floor prices and costs, besides admin."""


def actor_of(connection: AnyConnection) -> Actor:
    """Who asks, on a route that names roles."""
    return identity_of(connection).actor


def viewer_of(connection: AnyConnection) -> Viewer:
    """Language and rights of whoever asks."""
    return Viewer(locale=locale_of(connection), sees_cost=actor_of(connection).may(SEES_COST))
