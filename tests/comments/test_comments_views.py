"""What screens, the overlay and the API get, and that a hostile comment is only ever text in it."""

from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.comments import commands as c
from console.comments import views
from console.comments.slice import PARTS, SLICE
from console.core.observations import Hold
from console.core.slice import Leftover, Viewer

DESK = Viewer()
TEMPLATES = Path(__file__).parents[2] / "templates"

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<div hx-post="/x" hx-trigger="load">',
    '<b id="comments-host" hx-swap-oob="true">x</b>',
    "x' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "</bdi></li><hx-partial hx-target='#x'>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% include 'x' %}",
    "00.1 \u202e99",
    "z" + "\u0301" * 500,
    "\u200d".join("👩" * 100),
    "\ufdfa" * 300,
    "\U000e0041\U000e0042",
    "nul \x00",
    "w" * 4_000,
    "\x1b[31m",
    "a\r\nb",
]


def test_the_feed_is_newest_last_bounded_and_shows_hidden_lines_too(room):
    ids = room.says(*(f"line {n}" for n in range(130)))
    room.when(c.HideComment, comment=ids[-1], reason="spam").done()
    feed = views.queue(room.show, DESK)
    assert [item.id for item in feed] == ids[-views.FEED_LIMIT :]
    assert (feed[-1].state, feed[-1].reason) == ("rejected", "spam")


def test_a_held_line_shows_what_hit_and_why(room):
    held = room.holds("add vx 123")
    (item,) = views.held(room.show, DESK)
    assert (item.id, item.rule, item.category) == (held, "vx", "Leads viewers away")
    assert (item.before, item.hit, item.after) == ("add ", "vx", " 123")


def test_a_category_of_a_shops_own_list_keeps_its_name(room):
    room.says(room.line("abc", hold=Hold("b", "our rivals", 1, 2)))
    assert [item.category for item in views.held(room.show, DESK)] == ["our rivals"]


def test_what_waits_longest_is_first_and_nothing_moves_when_asked_again(room):
    for seconds, text in enumerate(["好看吗", "几天到", "有xl码吗", "多少钱", "还有货吗"]):
        room.at(seconds).asks(text)
    order = [item.text for item in views.questions(room.show, DESK)]
    assert order == ["多少钱", "还有货吗", "有xl码吗", "几天到", "好看吗"]
    for _ in range(9):
        room.asks("好看吗")
    assert [item.text for item in views.questions(room.show, DESK)] == order
    assert views.questions(room.show, DESK)[-1].count == 10


def test_the_host_sees_one_question_the_one_passed_first(room):
    assert views.host(room.show, DESK) == views.HostView(question=None, more=0)
    first, _again, second = room.asks("多少钱"), room.asks("多少钱"), room.asks("几天到")
    room.when(c.PassToHost, comment=second).done().when(c.PassToHost, comment=first).done()
    shown = views.host(room.show, DESK)
    assert (shown.question.id, shown.more) == (second, 1)
    room.when(c.MarkAnswered, actor="host", comment=second).done()
    shown = views.host(room.show, DESK)
    assert (shown.question.id, shown.question.count, shown.more) == (first, 2, 0)


def test_passed_lines_tell_what_became_of_them(room):
    asked = [room.asks("多少钱"), room.asks("几天到"), room.asks("有xl码吗"), room.asks("好看吗")]
    for line in asked:
        room.when(c.PassToHost, comment=line).done()
    room.when(c.MarkAnswered, comment=asked[0]).done()
    room.when(c.HideComment, comment=asked[1], reason="x").done()
    room.when(c.DismissQuestion, comment=asked[2]).done()
    assert [item.fate for item in views.passed(room.show, DESK)] == ["answered", "hidden", "dismissed", "waiting"]


def test_the_overlay_shows_what_is_pinned_cut_to_a_glance(room):
    assert views.pinned(room.show, DESK).id is None
    (line,) = room.says(room.line("w" * 500, name="Ann"))
    room.when(c.PinComment, comment=line).done()
    shown = views.pinned(room.show, DESK)
    assert (shown.id, shown.name, len(shown.text)) == (line, "Ann", views.GLANCE)


def test_leftovers_are_unanswered_passed_questions_and_the_pin(room):
    asked, (plain,) = room.asks("多少钱"), room.says("hello")
    room.when(c.PassToHost, comment=asked).done().when(c.PinComment, comment=plain).done()
    assert room.show.leftovers() == (Leftover("question", asked, "多少钱"), Leftover("pin", plain, "hello"))
    room.when(c.MarkAnswered, comment=asked).done().when(c.UnpinComment).done()
    assert room.show.leftovers() == ()


def test_the_snapshot_is_as_the_interface_says(room):
    held, asked = room.holds(), room.asks("多少钱", name="Ann")
    room.when(c.PassToHost, comment=asked).done().when(c.PinComment, comment=asked).done()
    told = SLICE.snapshot(room.show, DESK)
    assert [item["id"] for item in told["queue"]] == [held, asked]
    assert told["queue"][0]["hold"] == {"rule": "vx", "category": "diversion", "start": 4, "end": 6}
    line = told["queue"][1]
    assert line["at"] == "2027-01-15T08:00:00.000Z"
    assert (line["user"], line["name"], line["text"], line["state"]) == ("ann", "Ann", "多少钱", "new")
    assert (line["question"], line["pinned"], line["passed"], line["answered_at"]) == (True, True, True, None)
    assert told["pinned"] == asked
    assert [item["id"] for item in told["host"]] == [asked]
    assert told["counts"]["held"] == 1
    assert told["counts"]["unanswered"] == 1
    msgspec.json.encode(told)


def test_the_snapshot_of_an_empty_room_has_nulls_not_zeros(room):
    told = SLICE.snapshot(room.show, DESK)
    assert (told["queue"], told["host"], told["pinned"], told["newest_at"]) == ([], [], None, None)


def test_the_snapshot_is_bounded(room):
    for batch in range(3):
        room.says(*(room.line(f"{batch} 号 {n}", question=True) for n in range(150)))
    told = SLICE.snapshot(room.show, DESK)
    assert len(told["queue"]) == 200
    assert len(told["questions"]) == views.QUESTIONS_LIMIT


class Elements(HTMLParser):
    """Every element and attribute of a fragment, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, tuple[str, ...]]] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.seen.add((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def templates() -> Environment:
    found = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    found.globals["_"] = lambda sentence, **places: sentence.format(**places)
    return found


def rendered(room, templates) -> str:
    html = []
    for part in PARTS:
        view = part.view(room.show, DESK)
        template = templates.get_template(f"parts/comments/{part.name.removeprefix('comments-')}.html")
        html += [template.render(v=item, part_id=part.name) for item in (view if part.keyed else (view,))]
    return "".join(html)


def busy(room, text: str, name: str | None = None) -> None:
    """A line of `text` in every part and every state."""
    hold = Hold("rule", "abuse", 0, max(1, len(text) // 2))
    room.says(room.line(text, name=name, hold=hold))
    hidden, pinned = room.says(room.line(text, name=name), room.line(text, name=name))
    asked, answered = room.asks(text, name=name), room.asks("几天到", name=name)
    room.when(c.HideComment, comment=hidden, reason=text[:200].strip() or "x").done()
    room.when(c.PinComment, comment=pinned).done()
    for line in (asked, answered):
        room.when(c.PassToHost, comment=line).done()
    room.when(c.MarkAnswered, comment=answered).done()
    room.when(c.ClaimComment, actor=text[:80], comment=asked).done()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_comment_is_text_in_every_part(rooms, templates, text):
    plain, hostile = Elements(), Elements()
    for page, said in ((plain, "w" * len(text)), (hostile, text)):
        room = rooms()
        busy(room, said, said[:200])
        html = rendered(room, templates)
        page.feed(html)
        assert "49" not in page.text or "49" in said
    assert hostile.seen == plain.seen


def test_control_without_escaping_a_hostile_comment_is_an_element(rooms):
    open_door = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False, undefined=StrictUndefined)
    open_door.globals["_"] = lambda sentence, **places: sentence
    room = rooms()
    busy(room, "<script>alert(1)</script>")
    page = Elements()
    page.feed(rendered(room, open_door))
    assert any(tag == "script" for tag, _ in page.seen)


def test_every_part_has_its_element_id(room, templates):
    busy(room, "多少钱")
    html = rendered(room, templates)
    for part in PARTS:
        view = part.view(room.show, DESK)
        ids = [f"{part.name}-{item.id}" for item in view] if part.keyed else [part.name]
        assert ids
        assert all(f'id="{element}"' in html for element in ids)
