"""The machine-readable description of `/api/v1`: routes from Litestar, bodies from the very types that decode them."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from litestar import Request, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from console.accounts.people import EVERY_ROLE
from console.api.links import NewLink
from console.api.reading import INSTANT_FIELDS
from console.api.wire import NewShow, Refusal, SheetAnswer
from console.core.messages import Command
from console.core.money import Currency
from console.core.observations import AnyObservation
from console.desk.observing import Received
from console.ingest.decode import IN_MONEY
from console.shop.products import ProductIn, ProductPatch

SCHEMA = "#/components/schemas/{name}"
SHOW = "/api/v1/shows/{show_id}"
INSTANT = {"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}, {"type": "null"}]}
REFUSALS = {
    400: "cannot be understood",
    401: "not signed in",
    403: "the roles do not allow it",
    404: "there is no such thing",
    413: "too large",
    429: "too many at once",
    503: "cannot be stored now, or must wait until the server is less busy",
}


class Described(JsonRenderPlugin):
    """The schema with what the handlers read from raw bytes."""

    def __init__(self, commands: Iterable[type[Command]]) -> None:
        super().__init__(path=["/", "/openapi.json"])
        self._bodies, self._schemas = _described(tuple(commands))

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """JSON."""
        return super().render(request, _whole(openapi_schema, self._bodies, self._schemas))


def config(commands: Iterable[type[Command]]) -> OpenAPIConfig:
    """Served at `/api/v1/openapi.json` to whoever is signed in."""
    return OpenAPIConfig(
        title="Live-commerce console",
        version="1",
        description="Every change is a command. Refusals are {code, why}: a code for programs, a sentence for people. "
        "Instants are RFC 3339 in UTC with milliseconds on the way out, and that or epoch milliseconds on the way in. "
        "Money is an integer of minor units of the shop's currency, which every show names.",
        use_handler_docstrings=True,
        security=[{"bearer": []}, {"cookie": []}],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer"),
                "cookie": SecurityScheme(type="apiKey", security_scheme_in="cookie", name="console_session"),
            }
        ),
        render_plugins=[Described(commands)],
        openapi_router=Router(
            "/api/v1/openapi.json",
            route_handlers=[],
            opt={"roles": EVERY_ROLE, "rate": "read"},
            include_in_schema=False,
        ),
    )


def _described(commands: tuple[type[Command], ...]) -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    public: Any = reduce(or_, commands)
    types = [public, AnyObservation, NewShow, ProductIn, ProductPatch, NewLink, Refusal, Received, SheetAnswer]
    refs, schemas = msgspec.json.schema_components(types, ref_template=SCHEMA)
    named = dict(zip(("command", "observation", "show", "product", "patch", "link"), refs, strict=False))
    bodies = {
        ("/api/v1/shows", "post"): _json(named["show"]),
        (f"{SHOW}/commands", "post"): _json(named["command"]),
        (f"{SHOW}/observations", "post"): _many(named["observation"]),
        (f"{SHOW}/run-of-show", "post"): _sheet(),
        (f"{SHOW}/links", "post"): _json(named["link"]),
        ("/api/v1/products", "post"): _json(named["product"]),
        ("/api/v1/products/{product_id}", "patch"): _json(named["patch"]),
    }
    return bodies, {name: _with_currency(name, _with_instants(schema)) for name, schema in schemas.items()}


def _with_instants(schema: dict[str, Any]) -> dict[str, Any]:
    """The door takes two spellings of an instant where the types inside know one."""
    fields = schema.get("properties", {})
    spelled = {name: INSTANT if name in INSTANT_FIELDS else field for name, field in fields.items()}
    return schema | ({"properties": spelled} if fields else {})


def _with_currency(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The door compares it and the types inside do not keep it."""
    if name not in {kind.__name__ for kind in IN_MONEY}:
        return schema
    return schema | {"properties": schema["properties"] | {"currency": msgspec.json.schema(Currency)}}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _many(item: Mapping[str, Any]) -> dict[str, Any]:
    listed = {"type": "array", "items": item, "maxItems": 5_000}
    wrapped = {"type": "object", "properties": {"items": listed}, "required": ["items"]}
    content = {
        "application/json": {"schema": {"anyOf": [listed, wrapped]}},
        "application/x-ndjson": {"schema": {"type": "string"}},
    }
    return {"required": True, "content": content}


def _sheet() -> dict[str, Any]:
    fields = {"file": {"type": "string", "format": "binary"}, "mapping": {"type": "string"}}
    schema = {"type": "object", "properties": fields, "required": ["file"]}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _whole(routes: dict[str, Any], bodies: dict[tuple[str, str], Any], schemas: dict[str, Any]) -> dict[str, Any]:
    paths = {
        path: {
            method: _operation(operation, bodies.get((path, method)), ANSWERS.get((path, method), {}))
            for method, operation in item.items()
        }
        for path, item in routes["paths"].items()
    }
    components = routes["components"] | {"schemas": {**routes["components"].get("schemas", {}), **schemas}}
    return routes | {"paths": paths, "components": components}


def _operation(operation: dict[str, Any], body: dict[str, Any] | None, answers: dict[str, Any]) -> dict[str, Any]:
    refusal = {"application/json": {"schema": {"$ref": SCHEMA.format(name="Refusal")}}}
    refusals = {str(status): {"description": why, "content": refusal} for status, why in REFUSALS.items()}
    if body:
        refusals |= {
            "409": {"description": "refused, stale or expired", "content": refusal},
            "422": {"description": "used with other content, or a sheet with errors"},
        }
    described = operation | {"responses": {**operation.get("responses", {}), **answers, **refusals}}
    return described | {"requestBody": body} if body else described


def _answer(status: str, what: str, schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {status: {"description": what, "content": {media_type: {"schema": schema}}}}


def _fields(*names: str) -> dict[str, Any]:
    return {"type": "object", "required": list(names)}


def _named(name: str) -> dict[str, Any]:
    return {"$ref": SCHEMA.format(name=name)}


ANSWERS = {
    (SHOW, "get"): _answer("200", "the snapshot", _fields("epoch", "seq", "at", "show", "scripts", "shelf", "offers")),
    (f"{SHOW}/commands", "post"): _answer("200", "what happened", _fields("seq", "events")),
    (f"{SHOW}/journal", "get"): _answer("200", "rows in order", _fields("items", "head")),
    (f"{SHOW}/observations", "post"): _answer("202", "what counts now", _named("Received")),
    (f"{SHOW}/run-of-show", "post"): _answer("200", "how the sheet was understood", _named("SheetAnswer")),
    (f"{SHOW}/recap.json", "get"): _answer("200", "the recap", _fields("metrics", "rows", "products", "offers")),
    (f"{SHOW}/recap.html", "get"): _answer("200", "one page", {"type": "string"}, "text/html"),
    (f"{SHOW}/recap.csv", "get"): _answer("200", "tables", {"type": "string"}, "text/csv"),
}
"""What handlers write as bytes, by route."""
