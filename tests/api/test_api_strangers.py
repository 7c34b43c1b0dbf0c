"""Commands with any value in any field: understood or refused with a sentence, decided or refused, never our mistake."""

import asyncio
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.api.reading import CommandReader
from console.catalogue import PUBLIC_COMMANDS
from console.core.lifecycle import EndShow, StartShow
from console.core.messages import Command, Rejection, snake_case
from console.core.slice import Viewer
from console.core.strict import StrictError, convert
from console.realtime.patches import Differ
from console.realtime.sources import LANES
from console.screens import screens
from console.snapshot import snapshot
from console.web.i18n import Catalogues
from tests.simulation.cases import CASES, TEXTS, any_kind
from tests.simulation.pages import RememberingTemplates
from tests.simulation.world import World

READER = CommandReader(PUBLIC_COMMANDS)
TEMPLATES = RememberingTemplates(Catalogues())

whole = st.integers(-5, 300) | st.integers() | st.integers(10**12, 10**16)
letters = st.characters(codec="utf-8", exclude_characters="\0")
text = st.sampled_from(TEXTS) | st.text(letters, max_size=40) | st.text(letters, min_size=150, max_size=260)
scalars = st.none() | st.booleans() | st.floats() | whole | text
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5), max_leaves=8
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside."""
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def changed(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A copy with another value at the end of the way."""
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], other)
    return copy


def like(value: Any) -> st.SearchStrategy[Any]:
    """Mostly something of the same kind, else anything."""
    same = {int: whole, str: text}.get(type(value), anything)
    return st.integers(0, 3).flatmap(lambda chance: same if chance else anything)


class Evening:
    """One live show that everything is sent to."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.world = World()
        self.show = self.loop.run_until_complete(self.world.open())
        chance = Random(11)
        self.loop.run_until_complete(self.world.do(StartShow))
        for _ in range(150):
            self.send(kind := any_kind(chance), self.draw(kind, chance))
        self.prepared = self.show.seq

    def draw(self, kind: type[Command], chance: Random) -> dict[str, Any]:
        self.world.clock.forward(1_000)
        now = self.world.clock.now_ms()
        fields = CASES[kind](self.show, chance, now)
        return {"type": snake_case(kind.__name__), "command_id": self.world.ids.uuid(), "issued_at": now, **fields}

    def send(self, kind: type[Command], body: Any) -> Rejection | None:
        """As the door does. The refusal, None when it was accepted. Raises StrictError when it is not understood."""
        public = kind in PUBLIC_COMMANDS
        command = READER.read(json.dumps(body).encode()) if public else convert(body, kind)
        outcome = self.loop.run_until_complete(self.world.submit(command))
        return outcome if isinstance(outcome, Rejection) else None


@pytest.fixture(scope="module")
def evening() -> Iterator[Evening]:
    evening = Evening()
    yield evening
    evening.loop.close()


ENVELOPE = ("type", "command_id", "issued_at")
KINDS = [kind for kind in PUBLIC_COMMANDS if kind is not EndShow]


@settings(max_examples=800, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 999), data=st.data())
def test_any_value_in_any_place_is_decided_or_refused_with_a_sentence(
    evening: Evening, kind: type[Command], seed: int, data: st.DataObject
) -> None:
    body = evening.draw(kind, Random(seed))
    body["seen"] = None
    way = data.draw(st.sampled_from([path for path in places(body) if path[0] not in ENVELOPE]))
    before = body
    for key in way:
        before = before[key]
    body = changed(body, way, data.draw(like(before)))
    said = ""
    try:
        refused = evening.send(kind, body)
        said = refused.why.format(**refused.params) if refused else "Done."
    except StrictError as error:
        said = str(error)
    assert said.endswith((".", "。"))
    assert len(said) < 400


def test_afterwards_every_screen_can_be_drawn_and_every_answer_encoded(evening: Evening) -> None:
    show = evening.loop.run_until_complete(evening.world.show())
    for viewer in (Viewer("zh", sees_cost=True), Viewer("en")):
        assert msgspec.json.encode(snapshot(show, viewer, 0))
        for parts in screens().values():
            assert Differ(parts, viewer, TEMPLATES.render_part, show).whole(LANES)
    assert show.seq > evening.prepared + 30
