"""The own lists on recorded comments, where the recordings lie beside the project; they are no part of it."""

import gzip
import json
from pathlib import Path

import pytest

from console.comments.fold import evolve
from console.comments.state import State
from console.comments.words import own_words
from console.core.messages import Recorded
from console.core.observations import Comment, ObservationsRecorded

DATA = Path(__file__).parents[3] / "shared" / "data"
WORDS = own_words()


def recorded(pattern: str) -> list[dict]:
    files = sorted(DATA.glob(pattern))
    if not files:
        pytest.skip(f"no recordings {pattern} beside the project: precision on real comments is not checked here")
    return [json.loads(line) for file in files for line in gzip.open(file, "rt", encoding="utf-8")]


def test_few_ordinary_chinese_comments_are_held_and_most_held_ones_are_offensive():
    rows = recorded("moderation/*.jsonl.gz")
    held = [row for row in rows if WORDS.judge(row["text"]).hold]
    offensive = sum(row["label"] for row in held)
    ordinary = len(rows) - sum(row["label"] for row in rows)
    assert offensive / len(held) > 0.65
    assert (len(held) - offensive) / ordinary < 0.02


def test_recorded_chat_is_judged_and_folded_whole():
    rows = recorded("chat/*.jsonl.gz")
    state = State(keep=None)
    for seq, first in enumerate(range(0, len(rows), 500), 1):
        batch = tuple(_comment(n, row) for n, row in enumerate(rows[first : first + 500], first))
        event = ObservationsRecorded(items=batch)
        evolve(state, Recorded(show_id="s", seq=seq, at_ms=seq, actor="x", event=event))
    assert len(state.lines) == len(rows)
    assert 0.005 < state.counts.held / len(rows) < 0.06
    assert 0.02 < state.counts.questions / len(rows) < 0.15


def _comment(n: int, row: dict) -> Comment:
    verdict = WORDS.judge(row["text"])
    return Comment(
        source="t",
        id=str(n),
        at=round(row["ts"] * 1000),
        user=row["user"],
        text=row["text"],
        hold=verdict.hold,
        question=verdict.question,
    )
