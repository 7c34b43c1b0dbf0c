"""How the process is doing: JSON log lines without secrets, and figures for Prometheus."""

import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, TextIO, cast

import structlog
from litestar import MediaType, Request, Response, get
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from console.accounts.accounts import Accounts
from console.accounts.tokens import PREFIX
from console.web.asking import identity_or_none
from console.web.cookies import AnyConnection
from console.web.door import identify
from console.web.errors import problem

SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "cookie", "csrf", "session"})
SECRET_TEXT = re.compile(rf"{PREFIX}[\w-]{{8,}}")
HIDDEN = "[hidden]"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


def make_log(stream: TextIO) -> FilteringBoundLogger:
    """A logger of its own, one JSON object a line; nothing global is configured."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(cast(TextIO, Sink(stream))),
        wrapper_class=structlog.make_filtering_bound_logger(20),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    return log


class Sink:
    """A log that cannot be written – its disk is full, its reader gone – must not break what it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, or leave it."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, or leave it."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what is a secret by its name or looks like a token, at any depth."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: Any) -> Any:
    if key.lower() in SECRET_NAMES:
        return HIDDEN
    match value:
        case str():
            return SECRET_TEXT.sub(PREFIX + HIDDEN, value)
        case dict():
            return {str(name): _hidden(str(name), item) for name, item in value.items()}
        case list() | tuple():
            return [_hidden("", item) for item in value]
    return value


class Telemetry:
    """The figures, on a registry of their own. Handed to whoever has something to count."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "console_http_requests", "HTTP answers.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "console_http_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.sockets = Gauge("console_sockets", "Open websockets.", ["screen"], registry=self.registry)
        self.degraded = Gauge(
            "console_degraded",
            "1 while the store takes nothing or the bus does not carry.",
            ["what"],
            registry=self.registry,
        )
        self.load = Gauge(
            "console_load_level", "Steps of load shedding that are taken, 0 to 4.", registry=self.registry
        )
        self.tasks = Gauge("console_tasks", "Running asyncio tasks.", registry=self.registry)
        self.commands = Counter(
            "console_commands", "Commands by what became of them.", ["type", "outcome"], registry=self.registry
        )

    def text(self) -> bytes:
        """The Prometheus exposition."""
        return generate_latest(self.registry)

    async def count_answer(self, message: Message, scope: Scope) -> None:
        """A Litestar `before_send` hook: counts every answer, those without a route too."""
        if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
            route = scope.get("path_template") or "unmatched"
            self.requests.labels(scope["method"], route, str(message["status"])).inc()


class Timing(ASGIMiddleware):
    """Measures and logs requests by route, never by address: an address may hold a secret or a stranger's text."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, telemetry: Telemetry, log: FilteringBoundLogger) -> None:
        self._telemetry = telemetry
        self._log = log

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Time the request."""
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, watched)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(scope.get("path_template"))
        self._telemetry.seconds.labels(route).observe(seconds)
        if scope["path"].startswith("/static/"):
            return
        identity = identity_or_none(Request(scope))
        actor = identity.actor.id if identity else None
        method = scope.get("method")
        self._log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), actor=actor)


def metrics_route(
    telemetry: Telemetry, accounts: Accounts, refresh: Callable[[], Awaitable[None]] | None = None
) -> HTTPRouteHandler:
    """`GET /metrics` for a token, or for the machine itself; `refresh` may set gauges just before."""

    @get("/metrics", opt={"public": True, "rate": "read"}, media_type=MediaType.TEXT, include_in_schema=False)
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Figures of this process for Prometheus."""
        identity = None if is_loopback(request) else await identify(accounts, request, frozenset())
        if not is_loopback(request) and not (identity and identity.actor.roles):
            raise problem(401)
        if refresh is not None:
            await refresh()
        return Response(telemetry.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return metrics


def is_loopback(connection: AnyConnection) -> bool:
    """From this machine and not through a proxy on it."""
    if any(name in connection.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    client = connection.scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False
