import gzip
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.ingest.decode import Door, read_observations
from console.ingest.recordings import ReplayError, moments, open_recording
from console.ingest.replay import BATCH_ITEMS, Options, Posted, Progress, batches, length_s, note, play

RECORDED = Path(__file__).parents[3] / "shared" / "data"
CHAT = [
    {"ts": 0.5, "user": "u1", "text": "hi"},
    {"ts": 1.0, "user": "u2", "text": "多少钱"},
    {"ts": 100.0, "user": "u1", "text": "bye"},
]
ORDERS = [
    {"ts": 0.0, "user": "u1", "kind": "order", "product": "A", "amount": 15.3, "qty": 6, "order": "1", "title": "x"},
    {"ts": 0.0, "user": "u1", "kind": "order", "product": "B", "amount": 20.34, "qty": 1, "order": "1", "title": "y"},
    {"ts": 60.0, "user": "u2", "kind": "order", "product": "A", "amount": 0.0, "qty": 1, "order": "2", "title": "x"},
    {"ts": 120.0, "user": "u1", "kind": "refund", "product": "A", "amount": 15.3, "qty": 6, "order": "1", "title": "x"},
]


def nobody(name: str, line: int, why: str) -> None:
    raise AssertionError((name, line, why))


def write(path: Path, lines: list[Any]) -> Path:
    raw = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


class Room:
    """A door, a clock and a sleep that take no time."""

    def __init__(self, slow_ms: int = 0) -> None:
        self.now = 1_000_000
        self.slow_ms = slow_ms
        self.posts: list[tuple[int, list[dict[str, Any]]]] = []

    async def post(self, items: list[dict[str, Any]]) -> Posted:
        self.posts.append((self.now, items))
        self.now += self.slow_ms
        return Posted(accepted=len(items))

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


@pytest.mark.parametrize("name", ["chat.jsonl", "chat.jsonl.gz"])
def test_comments_keep_their_pace(tmp_path: Path, name: str) -> None:
    recording = open_recording(write(tmp_path / name, CHAT))
    assert (recording.kind, recording.lines, recording.last_s) == ("comments", 3, 100.0)
    found = list(moments(recording, nobody))
    assert [moment.at_s for moment in found] == [0.5, 1.0, 100.0]
    assert found[1].fields == {"id": f"{name}:2", "kind": "comment", "user": "u2", "text": "多少钱"}


def test_lines_of_an_order_are_one_order_paid(tmp_path: Path) -> None:
    found = [m.fields for m in moments(open_recording(write(tmp_path / "o.jsonl", ORDERS)), nobody)]
    lines = [{"product": "A", "qty": 6, "amount": 1_530}, {"product": "B", "qty": 1, "amount": 2_034}]
    assert found[0] == {"id": "o.jsonl:1", "kind": "order", "order": "1", "user": "u1", "lines": lines}
    assert found[1] == {"id": "o.jsonl:1:paid", "kind": "paid", "order": "1", "user": "u1", "lines": lines}
    assert found[2]["lines"][0]["amount"] == 0
    assert found[4] == {"id": "o.jsonl:4", "kind": "refund", "order": "1", "amount": 1_530, "lines": lines[:1]}
    assert len(found) == 5


def test_every_item_passes_the_ingest_door(tmp_path: Path) -> None:
    recordings = [open_recording(write(tmp_path / "c.jsonl", [*CHAT, {"ts": 3, "user": "u", "text": "a\x00\ud800b"}])),
                  open_recording(write(tmp_path / "o.jsonl", ORDERS))]  # fmt: skip
    items = [fields | {"at": 5} for batch in batches(recordings, Options(), nobody) for _, fields in batch.items]
    received = read_observations(json.dumps(items).encode(), Door(10, "CNY"))
    assert received.rejected == ()
    assert len({item.id for _, item in received.items}) == len(items) == 9


def test_bad_lines_are_told_and_left_out(tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    bad = [b"{oops", b"[1]", {"ts": -1, "user": "u", "text": "x"}, {"ts": 1, "text": "x"}, {"ts": 1, "user": "u", "text": 5},
           {"ts": 1, "user": "u"}, b'{"ts": NaN, "user": "u", "text": "x"}', b"", {"ts": 1, "user": "u", "kind": "order"}]  # fmt: skip
    recording = open_recording(write(tmp_path / "c.jsonl", [*bad, *CHAT]))
    found = list(moments(recording, lambda name, line, why: told.append((line, why))))
    assert len(found) == recording.lines == 3
    assert [line for line, _ in told] == [1, 2, 3, 4, 5, 6, 7, 9]


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x1f\x8bbroken"])
def test_files_that_are_no_recordings(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(content)
    with pytest.raises(ReplayError, match=r"x\.jsonl"):
        open_recording(file)
    with pytest.raises(ReplayError):
        open_recording(tmp_path / "missing.jsonl")


def test_orders_are_stretched_onto_the_chat_beside_them_and_it_is_said(tmp_path: Path) -> None:
    chat, orders = (
        open_recording(write(tmp_path / "c.jsonl", CHAT)),
        open_recording(write(tmp_path / "o.jsonl", ORDERS)),
    )
    options = Options(show_s=600)
    assert length_s([orders], options) == 600
    assert length_s([chat, orders], options) == 100
    due = [(at_s, f["kind"]) for b in batches([chat, orders], options, nobody) for at_s, f in b.items]
    assert (50.0, "order") in due
    assert (100.0, "refund") in due
    assert due == sorted(due, key=lambda entry: entry[0])
    said = note([chat, orders], options)
    assert said is not None
    assert "linearly" in said
    assert note([chat], options) is None


def test_speed_offset_and_limit(tmp_path: Path) -> None:
    chat = open_recording(write(tmp_path / "c.jsonl", CHAT))
    due = [at for b in batches([chat], Options(speed=10, start_offset_s=1), nobody) for at, _ in b.items]
    assert due == [0.0, 9.9]
    assert sum(len(b.items) for b in batches([chat], Options(limit=2), nobody)) == 2


def test_batches_are_bounded_and_lose_nothing(tmp_path: Path) -> None:
    many = [{"ts": n / 10_000, "user": "u", "text": "x"} for n in range(1_234)]
    found = list(batches([open_recording(write(tmp_path / "c.jsonl", many))], Options(), nobody))
    assert max(len(batch.items) for batch in found) == BATCH_ITEMS
    assert sum(len(batch.items) for batch in found) == sum(batch.lines for batch in found) == 1_234


async def test_play_posts_each_batch_when_it_is_due(tmp_path: Path) -> None:
    chat = open_recording(write(tmp_path / "c.jsonl", CHAT))
    room, seen = Room(), []
    sums = await play(
        batches([chat], Options(speed=10), nobody),
        room.post,
        lambda: room.now,
        room.sleep,
        lambda p: seen.append(p.lines),
    )
    assert [(now, [item["at"] for item in items]) for now, items in room.posts] == [
        (1_000_100, [1_000_050, 1_000_100]),
        (1_010_000, [1_010_000]),
    ]
    assert sums == Progress(lines=3, sent=3, accepted=3, played_s=10.0)
    assert seen == [2, 3]


async def test_a_slow_door_makes_it_late_and_says_so(tmp_path: Path) -> None:
    chat = open_recording(write(tmp_path / "c.jsonl", [{"ts": n, "user": "u", "text": "x"} for n in range(5)]))
    room = Room(slow_ms=3_000)
    sums = await play(batches([chat], Options(), nobody), room.post, lambda: room.now, room.sleep)
    assert sums.behind_s == 8.0
    assert room.posts[-1][1][0]["at"] == 1_004_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(lines=st.lists(st.binary(max_size=40) | st.dictionaries(
    st.sampled_from(["ts", "user", "text", "kind", "order", "product", "amount", "qty"]),
    st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["order", "refund"])).map(
    lambda entry: json.dumps(entry).encode()), max_size=6))  # fmt: skip
def test_any_lines_are_played_or_told(tmp_path: Path, lines: list[bytes]) -> None:
    file = tmp_path / "f.jsonl"
    file.write_bytes(b"\n".join(lines))
    try:
        recording = open_recording(file)
    except ReplayError:
        return
    items = [f | {"at": 5} for b in batches([recording], Options(), lambda *_: None) for _, f in b.items]
    json.dumps(items, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("pattern", "kinds"), [("chat/*.gz", {"comment"}), ("orders/*.gz", {"order", "paid", "refund"})]
)
def test_recorded_rooms(pattern: str, kinds: set[str]) -> None:
    files = sorted(RECORDED.glob(pattern))
    if not files:
        warnings.warn(f"{pattern} is not beside the project: these recordings were NOT tried", stacklevel=2)
        pytest.skip(f"{pattern} is not beside the project")
    recordings = [open_recording(file) for file in files]
    found = list(batches(recordings, Options(speed=100), nobody))
    assert {fields["kind"] for batch in found for _, fields in batch.items} == kinds
    assert sum(batch.lines for batch in found) == sum(recording.lines for recording in recordings)
    assert found[-1].due_s == pytest.approx(length_s(recordings, Options()) / 100, abs=0.01)
