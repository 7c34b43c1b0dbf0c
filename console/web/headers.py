"""What a browser is told about every answer, refused and missing ones too."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import HTTPResponseStartEvent, Message, Scope

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), screen-wake-lock=(self)",
}
HSTS = "max-age=31536000"
FOR_EVER = "public, max-age=31536000, immutable"


async def add_headers(message: Message, scope: Scope) -> None:
    """A Litestar `before_send` hook: sees the answers of routes and those given before any route was found."""
    if message["type"] == "http.response.start":
        _add(message, scope)


def _add(message: HTTPResponseStartEvent, scope: Scope) -> None:
    message.setdefault("headers", [])
    headers = MutableScopeHeaders.from_message(message)
    for name, value in FIXED.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", _caching(scope))
    if scope["scheme"] == "https":
        headers.setdefault("Strict-Transport-Security", HSTS)


def _caching(scope: Scope) -> str:
    """A fingerprinted asset never changes; any other asset is asked about again; a page is nobody's to keep."""
    if not scope["path"].startswith("/static/"):
        return "no-store"
    return FOR_EVER if scope["query_string"].startswith(b"v=") else "no-cache"
