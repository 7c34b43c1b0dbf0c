"""The two websocket routes: who may come in is answered before the upgrade, then the hub takes over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.handlers import WebsocketRouteHandler
from litestar.params import FromPath
from msgspec import Struct, structs

from console.core.messages import N_
from console.core.show import Show
from console.journal.driver import StoreUnavailableError
from console.realtime import protocol
from console.realtime.fanout import EXTENSION, FanoutProtocol
from console.realtime.hub import STREAM, Entry, Hub
from console.realtime.watcher import Admission, Watcher

CODES = {401: "signed_out", 403: "forbidden", 404: "not_found", 429: "too_many", 503: "unavailable"}

log = logging.getLogger(__name__)

Socket = WebSocket[Any, Any, Any]


class Refusal(Struct, frozen=True):
    """Not let in: an HTTP status and one English sentence, which is translated on its way out."""

    status: int
    why: str
    wait_s: int = 0
    """Seconds until it is worth to come back, also `{seconds}` of the sentence; 0 says nothing of it."""


Wait = Callable[[str], Refusal | None]
"""(screen or "json") → why one that is new must wait now; who comes back is not asked."""
Authorise = Callable[[Socket, str, str], Awaitable[Admission | Refusal]]
"""(connection, show id, screen or "json") → who it is and what they may see, Origin checked too."""
Load = Callable[[str], Awaitable[Show | None]]
"""The folded show, with nothing in it that is not committed; None when there is none."""
Say = Callable[[Socket, Refusal], str]
"""(connection, refusal) → its sentence in the caller's language."""


def come_in(_screen: str) -> None:
    """Nobody waits."""


def in_english(_socket: Socket, refusal: Refusal) -> str:
    """The sentence as it is."""
    return refusal.why


def socket_routes(
    hub: Hub, authorise: Authorise, load: Load, say: Say = in_english, wait: Wait = come_in, **options: Any
) -> list[WebsocketRouteHandler]:
    """The routes of the screens and of the JSON stream. `options` go to both handlers (`opt`, `guards`, …)."""
    door = _Door(hub, authorise, load, say, wait)

    @websocket("/live/{show_id:str}/{screen:str}", **options)
    async def live(socket: Socket, show_id: FromPath[str], screen: FromPath[str]) -> None:
        await door.enter(socket, show_id, screen if screen != STREAM else "")

    @websocket("/api/v1/shows/{show_id:str}/stream", **options)
    async def stream(socket: Socket, show_id: FromPath[str]) -> None:
        await door.enter(socket, show_id, STREAM)

    return [live, stream]


class _Door:
    def __init__(self, hub: Hub, authorise: Authorise, load: Load, say: Say, wait: Wait) -> None:
        self._say = say
        self._wait = wait
        self._hub = hub
        self._authorise = authorise
        self._load = load

    async def enter(self, socket: Socket, show_id: str, screen: str) -> None:
        """Litestar answers every exception before the upgrade with 403, so the true answer is given here."""
        try:
            asked = await self._ask(socket, show_id, screen)
        except StoreUnavailableError as error:
            log.warning("socket %s of show %s: %s", screen, show_id, error.reason)
            asked = Refusal(503, N_("This screen cannot be read from the store now; try again in a moment."))
        except Exception:
            log.exception("socket %s of show %s", screen, show_id)
            asked = Refusal(500, N_("This screen cannot be shown now; try again in a moment."))
        if isinstance(asked, Refusal):
            await _refuse(socket, asked, self._say(socket, asked))
            return
        await socket.accept()
        await self._hand_over(socket, asked, await self._looked_again(asked))

    async def _ask(self, socket: Socket, show_id: str, screen: str) -> Entry | Refusal:
        ticket = self._hub.ticket()
        admission = await self._authorise(socket, show_id, screen)
        if isinstance(admission, Refusal):
            return admission
        cursor = protocol.cursor(dict(socket.query_params))
        if refusal := self._refusal(socket, screen, cursor):
            return refusal
        show = await self._load(show_id)
        if show is None:
            return Refusal(404, N_("There is no such show."))
        if cursor is not None and cursor.epoch != show.epoch and (later := self._wait(screen)):
            return later
        self._hub.prepare(show, screen, admission)
        return Entry(show=show, screen=screen, admission=admission, cursor=cursor, ticket=ticket)

    def _refusal(self, socket: Socket, screen: str, cursor: protocol.Cursor | None) -> Refusal | None:
        """What is known before a show is folded for it."""
        if not self._hub.knows(screen):
            return Refusal(404, N_("There is no such screen."))
        if not self._hub.accepting or _fanout(socket) is None:
            return Refusal(503, N_("No more screens can be served now; try again in a moment."))
        return self._wait(screen) if cursor is None else None

    async def _looked_again(self, entry: Entry) -> Show | None:
        """Rows may be half written since the first look; what is joined must be whole."""
        try:
            return await self._load(entry.show.id)
        except StoreUnavailableError as error:
            log.warning("show %s cannot be read now: %s", entry.show.id, error.reason)
            return None

    async def _hand_over(self, socket: Socket, entry: Entry, show: Show | None) -> None:
        """Within one step of the loop after the show was looked at."""
        if show is None:
            await socket.close(protocol.RESTART)
            return

        def watch(transport: asyncio.Transport) -> Watcher:
            return self._hub.attach(transport, structs.replace(entry, show=show))

        fanout = _fanout(socket)
        if fanout is None or not fanout.detach(watch):
            await socket.close(protocol.PROTOCOL_ERROR)


def _fanout(socket: Socket) -> FanoutProtocol | None:
    found: Any = (socket.scope["extensions"] or {}).get(EXTENSION)
    return found if isinstance(found, FanoutProtocol) else None


async def _refuse(socket: Socket, refusal: Refusal, why: str) -> None:
    body = msgspec.json.encode({"code": CODES.get(refusal.status, "failed"), "why": why})
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    headers += [(b"retry-after", str(refusal.wait_s).encode())] if refusal.wait_s else []
    await socket.send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await socket.send({"type": "websocket.http.response.body", "body": body, "more_body": False})
