"""Who may do what at every address: written down once more, by hand, so that a route that lets in others is found out."""

import re

from console.accounts.people import EVERY_ROLE

STAFF = EVERY_ROLE - {"ingest"}
EDITORS = frozenset({"admin", "producer", "controller"})
PRODUCERS = frozenset({"admin", "producer"})
READERS = frozenset({"admin", "producer", "controller", "moderator"})
SHOW = "/shows/{show_id:str}"
API = "/api/v1"

CALLS: dict[tuple[str, str], frozenset[str]] = {
    ("GET", f"{API}/shows"): STAFF,
    ("POST", f"{API}/shows"): EDITORS,
    ("GET", f"{API}{SHOW}"): EVERY_ROLE,
    # The rest is for each command to say.
    ("POST", f"{API}{SHOW}/commands"): STAFF,
    ("GET", f"{API}{SHOW}/journal"): frozenset({"admin", "producer", "analyst"}),
    ("POST", f"{API}{SHOW}/observations"): frozenset({"admin", "ingest"}),
    ("POST", f"{API}{SHOW}/run-of-show"): PRODUCERS,
    ("GET", f"{API}{SHOW}/links"): EDITORS,
    ("POST", f"{API}{SHOW}/links"): EDITORS,
    ("POST", f"{API}/links/{{link_id:str}}/revoke"): EDITORS,
    ("GET", f"{API}{SHOW}/recap.json"): STAFF,
    ("GET", f"{API}{SHOW}/recap.html"): STAFF,
    ("GET", f"{API}{SHOW}/recap.csv"): STAFF,
    ("GET", f"{API}/products"): STAFF,
    ("POST", f"{API}/products"): EDITORS,
    ("PATCH", f"{API}/products/{{product_id:str}}"): EDITORS,
    ("GET", f"{API}/shop/presets"): READERS,
    ("PUT", f"{API}/shop/presets"): PRODUCERS,
    ("GET", f"{API}/shop/words"): READERS,
    ("PUT", f"{API}/shop/words"): frozenset({"admin", "producer", "moderator"}),
}
"""What the description of the API lists."""

DESCRIPTION: dict[tuple[str, str], frozenset[str]] = {
    ("GET", f"{API}/openapi.json{rest}"): EVERY_ROLE for rest in ("", "/openapi.json", "/{path:str}")
}
SCREENS: dict[str, frozenset[str]] = {
    "plan": EDITORS | {"host", "analyst"},
    "control": EDITORS,
    "host": EDITORS | {"host"},
    "moderate": EDITORS | {"moderator", "service"},
    "metrics": STAFF,
    "overlay": STAFF,
    "recap": STAFF,
}
"""A page of a show; all but the recap have a socket with the same rights."""
LIVE = frozenset(SCREENS) - {"recap"}
PAGES: dict[tuple[str, str], frozenset[str]] = {
    ("GET", "/shows"): STAFF,
    ("GET", "/patterns"): STAFF,
    **{("GET", f"{SHOW}/{screen}"): roles for screen, roles in SCREENS.items()},
}
STREAM = f"{API}{SHOW}/stream"
SOCKETS: dict[tuple[str, str], frozenset[str]] = {
    ("WS", STREAM): STAFF,
    # Of one screen or another; the rest is in SCREENS.
    ("WS", "/live/{show_id:str}/{screen:str}"): STAFF,
}
PUBLIC = {
    ("GET", "/"), ("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics"), ("GET", "/watch/{secret:str}"), ("GET", "/sign-in"),
    ("POST", "/sign-in"), ("POST", "/sign-out"), ("POST", "/locale/{language:str}"),
    ("GET", "/static/{file_path:path}"), ("HEAD", "/static/{file_path:path}"),
}  # fmt: skip
"""Open to who is not signed in; each says elsewhere what else proves something."""

RIGHTS = {**CALLS, **DESCRIPTION, **PAGES, **SOCKETS}


def described(path: str) -> str:
    """An address as the description writes it."""
    return re.sub(r":\w+}", "}", path)


def address(path: str, **known: str) -> str:
    """An address of something; what is not named is not there."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: known.get(found[1], "none"), path)
