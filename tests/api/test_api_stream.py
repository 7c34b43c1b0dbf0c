"""The JSON lane of the real server: every row without a gap, exact resumption, refusals before the upgrade, honest ends."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.api.conftest import LiveShow, Server, comment

PATIENCE_S = 10


class Stream:
    """A reader of one socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []

    def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE_S))
        self.frames.append(frame)
        return frame

    def until(self, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first frame that is enough; all before it are kept."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if enough(frame := self.next()):
                return frame
        raise AssertionError([frame["kind"] for frame in self.frames])

    def rows(self) -> list[dict[str, Any]]:
        return [row for frame in self.frames if frame["kind"] == "events" for row in frame["items"]]

    def reached(self, seq: int) -> list[dict[str, Any]]:
        """Every row up to `seq`."""
        if not self.rows() or self.rows()[-1]["seq"] < seq:
            self.until(lambda frame: frame["kind"] == "events" and frame["items"][-1]["seq"] >= seq)
        return self.rows()


def path_of(live: LiveShow, **cursor: Any) -> str:
    query = "&".join(f"{name}={value}" for name, value in cursor.items())
    return f"/api/v1{live.path}/stream" + (f"?{query}" if query else "")


def test_hello_brings_the_snapshot(live: LiveShow) -> None:
    with live.server.socket(path_of(live)) as socket:
        hello = Stream(socket).next()
    assert list(hello)[:2] == ["v", "kind"]
    assert (hello["v"], hello["kind"], hello["resumed"]) == (1, "hello", False)
    assert (hello["epoch"], hello["seq"]) == (live.made["epoch"], live.snapshot()["seq"])
    assert set(hello["snapshot"]) == set(live.snapshot())


def test_every_row_comes_in_order_and_batches_as_stubs(live: LiveShow) -> None:
    with live.server.socket(path_of(live)) as socket:
        stream = Stream(socket)
        began = stream.next()["seq"]
        for number in range(40):
            live.do("mark", note=str(number))
            if number % 10 == 0:
                live.observe(comment(number), comment(number + 1_000))
        head = live.snapshot()["seq"]
        rows = stream.reached(head)
    assert [row["seq"] for row in rows] == list(range(began + 1, head + 1))
    stubs = [row for row in rows if row["type"] == "observations_recorded"]
    assert [row["count"] for row in stubs] == [2] * 4
    assert all("items" not in row for row in stubs)
    assert all(frame["seq"] == frame["items"][-1]["seq"] for frame in stream.frames if frame["kind"] == "events")


def test_comments_and_numbers_have_lanes_of_their_own(live: LiveShow) -> None:
    with live.server.socket(path_of(live)) as socket:
        stream = Stream(socket)
        stream.next()
        live.observe(comment(1, "晚上好"))
        live.observe({"source": "s", "id": "a", "at": int(time.time() * 1000), "kind": "audience", "online": 77})
        said = stream.until(lambda frame: frame["kind"] == "comments")
        assert [item["text"] for item in said["items"]] == ["晚上好"]
        numbers = stream.until(lambda frame: frame["kind"] == "metrics" and frame["values"]["online"] == 77)
        assert numbers["values"]["comments"] == 1


def test_the_heartbeat_tells_the_head_every_two_seconds(live: LiveShow) -> None:
    with live.server.socket(path_of(live)) as socket:
        stream = Stream(socket)
        stream.next()
        first = stream.until(lambda frame: frame["kind"] == "heartbeat")
        began = time.monotonic()
        second = stream.until(lambda frame: frame["kind"] == "heartbeat")
    assert 1.5 < time.monotonic() - began < 3
    assert first["head"] == second["head"] == live.snapshot()["seq"]
    assert second["now"].endswith("Z")


def test_who_comes_back_gets_exactly_what_was_missed(live: LiveShow) -> None:
    with live.server.socket(path_of(live)) as socket:
        stream = Stream(socket)
        seq, epoch = (hello := stream.next())["seq"], hello["epoch"]
    for number in range(5):
        live.do("mark", note=str(number))
    with live.server.socket(path_of(live, epoch=epoch, seq=seq)) as socket:
        back = Stream(socket)
        hello = back.next()
        assert (hello["resumed"], "snapshot" in hello) == (True, False)
        rows = back.reached(seq + 5)
    assert [row["seq"] for row in rows] == list(range(seq + 1, seq + 6))


def followed(live: LiveShow, chance: Random, until: int) -> list[int]:
    """The rows one reader sees who is cut again and again and comes back to where it was."""
    epoch, seq, seen = live.made["epoch"], live.made["seq"], []
    while seq < until:
        with live.server.socket(path_of(live, epoch=epoch, seq=seq)) as socket:
            stream = Stream(socket)
            assert stream.next()["resumed"]
            left = chance.randint(1, 6)
            while left and not (stream.rows() and stream.rows()[-1]["seq"] == until):
                left -= 1
                stream.next()
            rows = [row["seq"] for row in stream.rows()]
            seen += rows
            seq = max([seq, *rows])
    return seen


def test_readers_that_are_cut_anywhere_miss_and_double_nothing(show: LiveShow) -> None:
    until = show.made["seq"] + 101
    # Somebody watches from the first row on, so that the server has kept all of them.
    with show.server.socket(path_of(show)) as socket, ThreadPoolExecutor(6) as pool:
        Stream(socket).next()
        readers = [pool.submit(followed, show, Random(seed), until) for seed in range(5)]
        show.do("start_show")
        for number in range(100):
            show.do("mark", note=str(number))
        seen = [reader.result(timeout=60) for reader in readers]
    assert seen == [list(range(show.made["seq"] + 1, until + 1))] * 5


@pytest.mark.parametrize(
    "cursor",
    [{"epoch": "other", "seq": 1}, {"seq": 10**14}, {"seq": 10**9}, {"seq": -1}, {"seq": "x"}, {"seq": 1, "epoch": ""}],
)
def test_who_cannot_be_resumed_is_told_and_gets_the_whole(live: LiveShow, cursor: dict[str, Any]) -> None:
    with live.server.socket(path_of(live, **{"epoch": live.made["epoch"]} | cursor)) as socket:
        hello = Stream(socket).next()
    assert hello["resumed"] is False
    assert hello["snapshot"]["seq"] == hello["seq"]


def test_what_the_command_line_writes_reaches_open_streams(live: LiveShow, tmp_path: Any) -> None:
    sheet = tmp_path / "rows.csv"
    sheet.write_text("title,duration\nEncore,5m\n")
    with live.server.socket(path_of(live)) as socket:
        stream = Stream(socket)
        stream.next()
        assert live.server.run("import", live.id, str(sheet)).returncode == 0
        stream.until(lambda frame: frame["kind"] == "events" and frame["items"][-1]["type"] == "rows_imported")


def refused(server: Server, path: str, role: str | None, **headers: str) -> int:
    with pytest.raises(InvalidStatus) as told, server.socket(path, role, **headers):
        pass
    body = json.loads(told.value.response.body)
    assert body["why"].endswith(".")
    return int(told.value.response.status_code)


def test_refusals_come_before_the_upgrade(live: LiveShow) -> None:
    server = live.server
    for path in (path_of(live), f"/live/{live.id}/control"):
        assert refused(server, path, None) == 401
        assert refused(server, path, None, Authorization="Bearer nonsense") == 401
        assert refused(server, path, "controller", Origin="https://evil.example") == 403
        assert refused(server, path, "controller", Origin="null") == 403
        assert refused(server, path, "ingest") == 403
    assert refused(server, "/api/v1/shows/s_none/stream", "controller") == 404
    assert refused(server, "/live/s_none/control", "controller") == 404
    assert refused(server, f"/live/{live.id}/control", "moderator") == 403


def test_a_screen_that_is_none_is_refused(live: LiveShow) -> None:
    assert refused(live.server, f"/live/{live.id}/kitchen", "admin") in {403, 404}


@pytest.mark.parametrize("screen", ["plan", "control", "host", "moderate", "metrics", "overlay"])
def test_every_screen_has_its_socket_with_html(live: LiveShow, screen: str) -> None:
    with live.server.socket(f"/live/{live.id}/{screen}", "producer") as socket:
        hello = Stream(socket).next()
    assert (hello["kind"], hello["resumed"]) == ("hello", False)
    assert "<hx-partial" in hello["content"]


def test_a_screen_hears_a_press_as_html_in_characters(live: LiveShow) -> None:
    with live.server.socket(f"/live/{live.id}/host", "host") as socket:
        stream = Stream(socket)
        stream.next()
        live.do("message_host", text="慢一点")
        text = ""
        while "慢一点" not in text:
            text = socket.recv(timeout=PATIENCE_S)
    assert "\\u6162" not in text


def test_what_a_client_says_is_understood_or_ends_the_talk(live: LiveShow) -> None:
    with live.server.socket(path_of(live)) as socket:
        stream = Stream(socket)
        stream.next()
        socket.send('{"type": "clock", "t": 12.5}')
        assert stream.until(lambda frame: frame["kind"] == "clock")["t"] == 12.5
        socket.send('{"type": "fire_offer"}')
        with pytest.raises(ConnectionClosed) as ended:
            stream.until(lambda _frame: False)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008


def test_a_message_too_long_is_cut(live: LiveShow) -> None:
    with live.server.socket(path_of(live)) as socket:
        stream = Stream(socket)
        stream.next()
        socket.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as ended:
            stream.until(lambda _frame: False)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1009
