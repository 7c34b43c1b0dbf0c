"""A small app behind the real door, on a fresh SQLite file, with its own templates."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, Router, WebSocket, get, post, websocket
from litestar.params import FromPath, FromQuery, Parameter
from msgspec import Struct

from console.accounts.accounts import Accounts
from console.accounts.passwords import Passwords
from console.accounts.tables import METADATA
from console.clock import Ids
from console.core import strict
from console.core.messages import SYSTEM
from console.journal.database import Database, StoreUnavailableError
from console.load import Load
from console.web.asking import identity_of
from console.web.door import Door, check_pace
from console.web.errors import ProblemError, handler, problem
from console.web.headers import add_headers
from console.web.i18n import Catalogues
from console.web.numbers import only_whole_numbers
from console.web.pages import STAFF, page
from console.web.rates import Rates
from console.web.sign_in import SignIn, routes
from console.web.telemetry import Telemetry, Timing, make_log, metrics_route
from console.web.templates import Templates
from console.web.watching import opened

PASSWORD = "correct horse"
ALLOWED = "https://desk.example"
CLASSES = {
    "command": (5, 1),
    "read": (1_000, 100),
    "sign-in": (30, 1),
    "heavy": (2, 0.5),
    "screen": (3, 1),
    "probe": None,
}


class Shape(Struct, forbid_unknown_fields=True):
    """What the test's API takes."""

    n: int


class SteppedTime(Struct):
    """Seconds that pass only when told."""

    at_s: float = 0.0

    def __call__(self) -> float:
        return self.at_s


class World(Struct):
    """Everything a test may reach for."""

    app: Litestar
    accounts: Accounts
    database: Database
    log: io.StringIO
    telemetry: Telemetry
    reads: list[int]
    time: SteppedTime
    load: Load

    def client(self, address: str = "192.0.2.1", base: str = "http://console.test") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 5), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=base, follow_redirects=False)


@pytest.fixture
async def world(tmp_path: Path, clock: Any) -> AsyncIterator[World]:
    database = Database(f"sqlite:///{tmp_path / 'web.db'}")
    await database.run(METADATA.create_all)
    accounts = Accounts(database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1))
    await accounts.add_person("Ann", ["controller"], PASSWORD)
    log = io.StringIO()
    telemetry = Telemetry()
    reads: list[int] = []
    time = SteppedTime()
    load = Load()
    app = made(accounts, log, telemetry, reads, Rates(CLASSES, now_s=time), load)
    yield World(app, accounts, database, log, telemetry, reads, time, load)
    accounts.close()
    await database.close()


def made(  # noqa: PLR0917 - what the door is made of
    accounts: Accounts, log: io.StringIO, telemetry: Telemetry, reads: list[int], rates: Rates, load: Load
) -> Litestar:
    catalogues = Catalogues()
    templates = Templates(catalogues)
    logger = make_log(log)
    origins = frozenset({ALLOWED})

    @get("/page", opt={"roles": STAFF, "rate": "read"})
    async def a_page(request: Request) -> Any:
        return page(request, templates, "screens/error.html", status_code=0, code="x", why="fine", again_s=None)

    @get("/api/v1/who", opt={"roles": {"controller", "ingest"}, "rate": "read"})
    async def who(request: Request) -> dict[str, Any]:
        identity = identity_of(request)
        return {"id": identity.actor.id, "name": identity.actor.name, "csrf": identity.csrf}

    @post("/api/v1/change", opt={"roles": {"controller", "ingest"}, "rate": "read"})
    async def change(request: Request) -> dict[str, int]:
        body = await request.body()
        reads.append(len(body))
        return {"read": len(body)}

    @post("/api/v1/large", opt={"roles": {"controller"}, "rate": "read"}, request_max_body_size=200_000)
    async def large(request: Request) -> dict[str, int]:
        return {"read": len(await request.body())}

    @get("/api/v1/only-producers", opt={"roles": {"producer"}, "rate": "read"})
    async def producers() -> dict[str, int]:
        return {}

    @get("/api/v1/number/{n:int}", opt={"public": True, "rate": "read"})
    async def number(n: FromPath[int]) -> dict[str, int]:
        return {"n": n}

    @get("/api/v1/fails/{how:str}", opt={"public": True, "rate": "read"})
    async def fails(how: FromPath[str]) -> None:
        raise {
            "bug": RuntimeError("the secret is lcc_abcdefghijklmnop"),
            "store": StoreUnavailableError("database is locked"),
            "problem": ProblemError(409, "stale", "There is no role named {role}.", role="<b>", more={"now": 7}),
            "missing": problem(404),
            "taken": KeyError("x"),
        }[how]

    @post("/api/v1/press/{what:str}", opt={"roles": {"controller"}, "rate": "command", "urgent": True})
    async def press(request: Request, what: FromPath[str]) -> dict[str, int]:
        check_pace(request, urgent=what == "stop")
        return {}

    @get("/api/v1/heavy", opt={"roles": {"controller"}, "rate": "heavy"})
    async def heavy() -> dict[str, int]:
        return {}

    @get("/health", opt={"public": True, "rate": "probe"})
    async def health() -> dict[str, int]:
        return {}

    @get("/api/v1/query", opt={"public": True, "rate": "read"})
    async def query(n: Annotated[int, Parameter(ge=0, le=10**12)] = 0, word: FromQuery[str] = "") -> dict[str, int]:
        return {"n": n}

    @post("/api/v1/strict", opt={"roles": {"controller"}, "rate": "read"})
    async def strictly(request: Request) -> None:
        strict.decode(await request.body(), Shape)

    @post("/api/v1/loose", opt={"roles": {"controller"}, "rate": "read"})
    async def loosely(request: Request) -> None:
        msgspec.json.decode(await request.body(), type=Shape)

    @get("/fails", opt={"public": True, "rate": "read"})
    async def page_fails() -> None:
        raise ProblemError(409, "refused", "There is no role named {role}.", role="<script>alert(1)</script>")

    @get("/static/{path:path}", opt={"public": True, "rate": "read"})
    async def asset(path: FromPath[str]) -> str:
        return path

    @get("/watch/{secret:str}", opt={"public": True, "rate": "read"})
    async def watch(request: Request, secret: FromPath[str]) -> Response[str]:
        scope, cookie = await opened(request, accounts, secret, origins)
        return Response(f"{scope.show} {scope.screen}", cookies=[cookie])

    @websocket("/live/{show:str}/{screen:str}", opt={"roles": {"controller"}, "rate": "screen", "link": True})
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json({"id": identity_of(socket).actor.id})
        await socket.close()

    return Litestar(
        route_handlers=[
            Router("/", route_handlers=[a_page, who, change, large, producers, number, fails, strictly, loosely, press, heavy, health, query]),
            page_fails, asset, live, watch, routes(SignIn(accounts, templates, Ids(), origins)),
            metrics_route(telemetry, accounts),
        ],
        middleware=[Timing(telemetry, logger), Door(accounts, templates, origins, rates, load)],
        before_request=only_whole_numbers,
        before_send=[add_headers, telemetry.count_answer],
        exception_handlers={
            Exception: handler(
                templates, logger, {KeyError: lambda _: ProblemError(422, "taken", "{name} is taken. Choose another name.", name="It")}
            )
        },
        request_max_body_size=64 * 1024,
        openapi_config=None,
        logging_config=None,
    )  # fmt: skip


@pytest.fixture
def actor() -> Any:
    return SYSTEM


async def sign_in(client: httpx.AsyncClient, next_: str = "/shows") -> httpx.Response:
    """Fill in the form as a browser does."""
    form = await client.get("/sign-in", params={"next": next_})
    token = form.text.split('name="csrf" value="')[1].split('"')[0]
    fields = {"csrf": token, "next": next_, "name": "Ann", "password": PASSWORD}
    return await client.post("/sign-in", data=fields, headers={"Origin": "http://console.test"})


@pytest.fixture
def enter() -> Any:
    return sign_in


@pytest.fixture
async def ann(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, with the CSRF token its pages carry."""
    async with world.client() as client:
        await sign_in(client)
        client.headers["X-CSRF-Token"] = (await client.get("/api/v1/who")).json()["csrf"]
        yield client


FOREIGN = "https://evil.example"
