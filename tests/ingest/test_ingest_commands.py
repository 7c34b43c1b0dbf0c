from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from console.core.messages import Event, Rejection
from console.core.observations import Audience, Comment, Hold, Like, ObservationsRecorded, Sample, digest
from console.core.slice import Context, Header
from console.ingest.commands import RecordObservations
from console.ingest.slice import SLICE

HELD = Hold("list:ad", "ad", 0, 2)


class Verdict(Struct, frozen=True):
    hold: Hold | None
    question: bool


class Words:
    def judge(self, text: str) -> Verdict:
        return Verdict(HELD if "微信" in text else None, "多少" in text)


def context(rehearsal: bool = False, words: Any = None) -> Context:
    return Context(now_ms=1, fresh_id="x", actor="a", header=Header(rehearsal=rehearsal), words=words)


def comment(text: str = "hello", n: int = 1, **more: Any) -> Comment:
    return Comment(source="room", id=f"m{n}", at=5, user="u", text=text, **more)


def decide(items: tuple[Any, ...], simulated: bool = False, **knows: Any) -> list[Event]:
    command = RecordObservations(command_id="c", issued_at=0, items=items, simulated=simulated)
    decision = SLICE.decide(SLICE.state(), command, context(**knows))
    assert isinstance(decision, list)
    return decision


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (500, [500]), (501, [500, 1]), (1_200, [500, 500, 200])]
)
def test_rows_are_bounded_and_in_order(count: int, sizes: list[int]) -> None:
    items = tuple(Like(source="s", id=str(n), at=n, user="u") for n in range(count))
    rows = decide(items)
    assert [len(row.items) for row in rows if isinstance(row, ObservationsRecorded)] == sizes
    assert tuple(item for row in rows if isinstance(row, ObservationsRecorded) for item in row.items) == items


def test_the_word_lists_judge_every_comment() -> None:
    rows = decide((comment("加微信", 1), comment("多少钱", 2), comment("好看", 3)), words=Words())
    held, question, plain = rows[0].items
    assert (held.hold, held.question) == (HELD, False)
    assert (question.hold, question.question) == (None, True)
    assert (plain.hold, plain.question) == (None, False)


def test_without_word_lists_there_is_no_verdict() -> None:
    forged = comment("加微信", hold=HELD, question=True)
    assert decide((forged,)) == [ObservationsRecorded(items=(comment("加微信"),))]


def test_a_rehearsal_audience_is_marked_in_every_item() -> None:
    rows = decide((comment(), Audience(source="s", id="1", at=1, online=4)), simulated=True, rehearsal=True)
    assert [item.simulated for item in rows[0].items] == [True, True]


def test_a_real_batch_is_never_marked() -> None:
    rows = decide((comment(simulated=True),), rehearsal=True)
    assert not rows[0].items[0].simulated


def test_simulated_viewers_never_enter_a_real_show() -> None:
    command = RecordObservations(command_id="c", issued_at=0, items=(comment(),), simulated=True)
    assert isinstance(SLICE.decide(SLICE.state(), command, context()), Rejection)


def test_only_programs_record_and_in_every_status() -> None:
    assert RecordObservations.roles == {"ingest"}
    assert not RecordObservations.open_to_public
    assert RecordObservations.while_status == {"planned", "live", "ended"}


def test_a_digest_is_of_what_the_source_sent() -> None:
    sent = comment("多少钱")
    assert digest(sent) == digest(replace(sent, hold=HELD, question=True, simulated=True))


@pytest.mark.parametrize(
    "change", [{"text": "x"}, {"at": 6}, {"user": "v"}, {"name": "n"}, {"channel": "c"}, {"id": "2"}, {"source": "t"}]
)
def test_other_content_has_another_digest(change: dict[str, Any]) -> None:
    assert digest(comment()) != digest(replace(comment(), **change))


def test_kinds_with_equal_fields_differ() -> None:
    like = Like(source="s", id="1", at=1, user="u")
    assert digest(like) != digest(comment())


@given(st.permutations(["online", "likes", "gmv_paid", "entries_pv"]))
def test_the_order_of_counters_does_not_matter(names: list[str]) -> None:
    sample = Sample(source="s", id="1", at=1, counters={name: len(name) for name in names})
    ordered = Sample(source="s", id="1", at=1, counters={name: len(name) for name in sorted(names)})
    assert digest(sample) == digest(ordered)
