"""How often one caller may ask: each class by itself, the emergency stop always, and nobody at another's expense."""

import pytest

from console.catalogue import PUBLIC_COMMANDS
from console.limits import RATES
from console.web.rates import Rates


class Time:
    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def time() -> Time:
    return Time()


def taken(rates: Rates, rate: str, caller: str = "ann", times: int = 1) -> list[int]:
    return [rates.take(rate, caller) for _ in range(times)]


class TestBuckets:
    def test_a_burst_then_a_steady_pace(self, time):
        rates = Rates({"x": (3, 2)}, now_s=time)
        assert taken(rates, "x", times=5) == [0, 0, 0, 1, 1]
        time.at_s = 0.5
        assert taken(rates, "x", times=2) == [0, 1]
        time.at_s = 1_000
        assert taken(rates, "x", times=4) == [0, 0, 0, 1]

    def test_who_is_refused_is_told_when_to_come_and_not_made_to_wait_longer(self, time):
        rates = Rates({"x": (1, 0.1)}, now_s=time)
        assert taken(rates, "x", times=3) == [0, 10, 10]
        time.at_s = 10
        assert taken(rates, "x") == [0]

    def test_callers_and_classes_do_not_share(self, time):
        rates = Rates({"x": (1, 1), "y": (1, 1), "free": None}, now_s=time)
        assert [*taken(rates, "x"), *taken(rates, "y"), *taken(rates, "x", "bob")] == [0, 0, 0]
        assert taken(rates, "free", times=10_000) == [0] * 10_000

    def test_memory_is_bounded_and_the_busy_are_remembered(self, time):
        rates = Rates({"x": (1, 1)}, kept=100, now_s=time)
        for number in range(10_000):
            rates.take("x", "ann")
            rates.take("x", f"stranger {number}")
        assert len(rates._buckets) == 100
        assert taken(rates, "x") == [1]

    def test_the_desk_is_far_from_its_limit(self):
        assert RATES["probe"] is None
        for name in ("command", "ingest", "read", "screen"):
            assert RATES[name][1] >= 1_000
        assert {name for name, limit in RATES.items() if limit and limit[1] < 100} == {"sign-in", "heavy"}


class TestAtTheDoor:
    async def test_too_many_are_told_in_one_sentence_when_to_come_back(self, world, ann):
        answers = [await ann.get("/api/v1/heavy") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["retry-after"] == "2"
        assert answers[-1].json()["code"] == "too_many"
        assert "2" in answers[-1].json()["why"]
        world.time.at_s = 2
        assert (await ann.get("/api/v1/heavy")).status_code == 200

    async def test_heavy_requests_take_nothing_from_commands(self, ann):
        assert [(await ann.get("/api/v1/heavy")).status_code for _ in range(9)][-1] == 429
        assert (await ann.post("/api/v1/press/mark")).status_code == 201

    async def test_the_emergency_stop_is_never_refused(self, ann):
        assert [(await ann.post("/api/v1/press/mark")).status_code for _ in range(7)] == [201] * 5 + [429] * 2
        stops = [(await ann.post("/api/v1/press/stop")).status_code for _ in range(20)]
        assert stops == [201] * 20
        assert (await ann.post("/api/v1/press/mark")).status_code == 429

    async def test_one_person_does_not_pay_for_another(self, world, ann):
        _, secret = await world.accounts.add_token("desk", ["controller"])
        assert [(await ann.post("/api/v1/press/mark")).status_code for _ in range(6)][-1] == 429
        async with world.client() as other:
            headers = {"Authorization": f"Bearer {secret}"}
            assert (await other.post("/api/v1/press/mark", headers=headers)).status_code == 201

    async def test_another_site_cannot_use_up_what_a_person_may_ask(self, ann):
        headers = {"Origin": "https://evil.example"}
        assert {(await ann.post("/api/v1/press/mark", headers=headers)).status_code for _ in range(9)} == {403}
        assert (await ann.post("/api/v1/press/mark")).status_code == 201

    async def test_strangers_are_counted_by_network(self, world):
        async with world.client("2001:db8::1") as one, world.client("2001:db8::2") as same, world.client() as other:
            forms = [await one.post("/sign-in", data={}) for _ in range(30)]
            assert {form.status_code for form in forms} == {403}
            assert (await same.post("/sign-in", data={})).status_code == 429
            assert (await other.post("/sign-in", data={})).status_code == 403
            assert (await same.get("/sign-in")).status_code == 200

    async def test_who_asks_whether_we_live_is_always_answered(self, world):
        async with world.client() as client:
            assert {(await client.get("/health")).status_code for _ in range(50)} == {200}

    async def test_sockets_are_refused_before_the_upgrade(self, world, actor):
        from tests.web.test_door_sockets import handshake

        _, secret = await world.accounts.add_link("s_1", "host", actor)
        came = [
            await handshake(world, "/live/s_1/host", cookie=f"console_link={secret}", origin="http://console.test")
            for _ in range(4)
        ]
        assert [status for status, _ in came] == [101, 101, 101, 429]
        headers = dict(came[-1][1][0]["headers"])
        assert headers[b"retry-after"] == b"1"

    async def test_control_without_a_count_nothing_is_refused(self, world, ann, monkeypatch):
        monkeypatch.setattr(Rates, "take", lambda *_: 0)
        assert {(await ann.get("/api/v1/heavy")).status_code for _ in range(9)} == {200}


def test_only_the_emergency_stop_is_urgent():
    assert [command.__name__ for command in PUBLIC_COMMANDS if command.urgent] == ["KillOffers"]


class TestNumbersInAnAddress:
    @pytest.mark.parametrize("digits", ["0", "7", "-1", "1000"])
    async def test_plain_digits_are_a_number(self, world, digits):
        async with world.client() as client:
            answer = await client.get("/api/v1/query", params={"n": digits})
            assert answer.status_code == (400 if digits == "-1" else 200)

    @pytest.mark.parametrize(
        "query",
        ["n=1e3", "n=1.0", "n=-0", "n=1&n=2", "n=NaN", "n=Infinity", "n=1e999", "n=1_000", "n=%EF%BC%91%EF%BC%92", "n=%D9%A3",
         "n=9007199254740993000", "n=" + "1" * 5_000, "n=", "n", "n=+1", "n=0x1", "n=01", "n=%201", "n=1%0A", "n=%00", "n=%ff",
         "n=true", "n=null", "n[]=1&n=", "n=%ED%A0%80"],
    )  # fmt: skip
    async def test_anything_else_is_refused_in_a_sentence(self, world, query):
        async with world.client() as client:
            answer = await client.get(f"/api/v1/query?{query}", headers={"Accept-Language": "en"})
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
            assert answer.json()["why"].endswith(".")

    async def test_what_is_no_number_may_look_like_one(self, world):
        async with world.client() as client:
            assert (await client.get("/api/v1/query?word=1e3&other=1&other=2")).status_code == 200
