"""Two nodes on one store: PostgreSQL and Redis as in earnest, PostgreSQL alone, or one SQLite file.

They are started once; every test has a show of its own, and who stops an engine starts it again.
"""

import pytest
from engines import RedisServer, home
from nodes import Client, Node, environment, token_for

NEVER_LOOKS = """
from console.following import Following
async def look_away(_self): pass
Following._look = look_away
"""


class Two:
    """Two processes and, for each test, a client on each."""

    def __init__(self, told, log, prelude=""):
        self.told = told
        self._log = log
        self._token = token_for(told)
        starting = [Node(told, log, prelude=prelude) for _ in range(2)]
        self.nodes = [node.answering() for node in starting]

    def clients(self):
        self.a, self.b = (Client(node.url, self._token) for node in self.nodes)
        return self

    def newcomer(self):
        """On the second node by a connection of its own: one that idled may be closed by the server any moment."""
        return Client(self.nodes[1].url, self._token)

    def end(self):
        codes = [node.end() for node in self.nodes]
        assert codes == [0, 0], self._log.read_text("utf-8", "replace")[-3_000:]


@pytest.fixture(scope="module")
def node_redis():
    with home() as path:
        server = RedisServer(path)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def houses(request, tmp_path_factory):
    """Engine names → two nodes on them, started when first asked for."""
    started = {}

    def house(engines):
        if engines not in started:
            where = tmp_path_factory.mktemp("nodes")
            database = None if "sqlite" in engines else request.getfixturevalue("postgres").database()
            redis = request.getfixturevalue("node_redis").url if "redis" in engines else None
            started[engines] = Two(environment(where, database, redis), where / "log")
        return started[engines].clients()

    yield house
    for two in started.values():
        two.end()


@pytest.fixture
def apart(tmp_path, postgres):
    """PostgreSQL and no bus, and neither ever looks into the store by itself."""
    made = Two(environment(tmp_path, postgres.database()), tmp_path / "log", NEVER_LOOKS)
    yield made.clients()
    made.end()


@pytest.fixture
def two(houses):
    """PostgreSQL and Redis."""
    return houses("postgres and redis")


@pytest.fixture(params=["postgres and redis", "postgres alone", "sqlite alone"])
def pair(request, houses):
    """Every way for two processes to share a store."""
    return houses(request.param)
