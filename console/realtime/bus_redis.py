"""The bus between processes, over Redis pub/sub: positions only, so an outage costs time and never content.

Every process says something at least once a beat and judges the whole way – to Redis and back – by hearing itself.
A Redis that is gone, stopped, paused or silently cut is all one: nothing of ours comes back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from math import inf

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from console.realtime.bus import Listeners, Told

CHANNEL = "console:positions"
BEAT_S = 0.5
SILENCE_S = 2.0
"""Without a word of our own for so long, the bus does not carry."""
AGAIN_S = 0.25
NOT_YET = "not connected yet"

Message = tuple[str, dict[str, int]]
"""(who says it, show id → seq); without shows it is only a beat."""

log = logging.getLogger(__name__)


class RedisBus:
    """See bus.Bus. `node` names this process among all that share the Redis."""

    def __init__(self, url: str, node: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=SILENCE_S, socket_connect_timeout=SILENCE_S, retry=Retry(NoBackoff(), 0)
        )
        self._node = node
        self._listeners = Listeners()
        self._unsaid: dict[str, int] = {}
        self._heard: dict[str, int] = {}
        self._news = asyncio.Event()
        self._own_at_s = -inf
        self._trouble = NOT_YET
        self._decoder = msgspec.json.Decoder(Message)
        self.carries = False

    @property
    def degraded(self) -> str | None:
        """Why positions of other processes do not arrive."""
        return None if self.carries else self._trouble

    def publish(self, show_id: str, seq: int) -> None:
        """Tell this process now and the others in a moment; what Redis has told us already need not be said again."""
        self._listeners.tell(show_id, seq)
        if seq > self._heard.get(show_id, 0):
            self._unsaid[show_id] = max(seq, self._unsaid.get(show_id, 0))
            self._news.set()

    def subscribe(self, callback: Told) -> Callable[[], None]:
        """Add a listener; the answer takes it off again."""
        return self._listeners.subscribe(callback)

    async def run(self) -> None:
        """Speak, listen and judge until cancelled."""
        try:
            await asyncio.gather(self._keep(self._speak), self._keep(self._listen), self._judge())
        finally:
            await self._redis.aclose()

    async def _keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it again whenever Redis gives out."""
        while True:
            try:
                await work()
            except (RedisError, OSError) as error:
                self._trouble = f"Redis: {error}" if str(error) else f"Redis: {type(error).__name__}"
            await asyncio.sleep(AGAIN_S)

    async def _speak(self) -> None:
        while True:
            unsaid, self._unsaid = self._unsaid, {}
            self._news.clear()
            try:
                await self._redis.publish(CHANNEL, msgspec.json.encode((self._node, unsaid)))
            except BaseException:
                self._unsaid = unsaid | self._unsaid
                raise
            await _heard_within(self._news, BEAT_S)

    async def _listen(self) -> None:
        pubsub: PubSub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(CHANNEL)
            since = _now_s()
            while not self._silent(since):
                message = await pubsub.get_message(timeout=SILENCE_S)
                if message is not None:
                    self._take(message["data"])
            self._trouble = "Redis: nothing comes back"
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py has no type for it

    def _take(self, data: bytes) -> None:
        try:
            node, positions = self._decoder.decode(data)
        except msgspec.MsgspecError:
            log.warning("something else speaks on %s", CHANNEL)
            return
        if node == self._node:
            self._own_at_s = _now_s()
            return
        for show_id, seq in positions.items():
            self._heard[show_id] = max(seq, self._heard.get(show_id, 0))
            self._listeners.tell(show_id, seq)

    def _silent(self, since_s: float = -inf) -> bool:
        return _now_s() - max(self._own_at_s, since_s) > SILENCE_S

    async def _judge(self) -> None:
        while True:
            carries = not self._silent()
            if carries and not self.carries and self._trouble != NOT_YET:
                log.warning("the bus carries again")
            elif self.carries and not carries:
                log.warning("the bus does not carry, positions are read from the store: %s", self._trouble)
            self.carries = carries
            await asyncio.sleep(AGAIN_S)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


async def _heard_within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
