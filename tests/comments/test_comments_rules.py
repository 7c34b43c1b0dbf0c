"""The judge: what a list finds however it is written, what it leaves alone, and where it stands in the text."""

import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import patience

from console.comments import rules
from console.comments.questions import asks
from console.comments.reading import letters_of, read
from console.comments.rules import TEXT_LIMIT, Words, judge
from console.comments.words import own_entries, own_words

LISTS = {
    "diversion": ["加微信", "vx", "jiaweixin", "加群"],
    "abuse": ["fuck", "shit", "kill yourself", "傻逼", "傻瓜", "penis", "ass"],
    "allow": ["傻瓜相机", "加裙子"],
}
WORDS = Words.of(LISTS)
OWN = own_words()


def found(text: str, words: Words = WORDS) -> str | None:
    """The piece of `text` that is held."""
    hold = words.judge(text).hold
    return None if hold is None else text[hold.start : hold.end]


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("加微信 abc", "加微信"),
        ("来 加 微 信 吧", "加 微 信"),
        ("加\u200b微\u200d信", "加\u200b微\u200d信"),
        ("加*微*信", "加*微*信"),
        ("加。微。信", "加。微。信"),
        ("加💗微💗信", "加💗微💗信"),
        ("➕薇芯", "➕薇芯"),
        ("+徽信", "+徽信"),
        ("＋徽信", "＋徽信"),
        ("ЅНІТ", "ЅНІТ"),
        ("我的ＶＸ：123", "ＶＸ"),
        ("加我ⓥⓧ", "ⓥⓧ"),
        ("🇻🇽 me", "🇻🇽"),
        ("加vx123", "vx"),
        ("JiaWeiXin", "JiaWeiXin"),
        ("ｆｕｃｋ", "ｆｕｃｋ"),
        ("oh FUCK!", "FUCK"),
        ("f u c k", "f u c k"),
        ("f.u.c.k you", "f.u.c.k"),
        ("f*uck", "f*uck"),
        ("fúçk", "fúçk"),
        ("f\u0336u\u0336c\u0336k\u0336", "f\u0336u\u0336c\u0336k"),
        ("ѕhіt", "ѕhіt"),
        ("𝖋𝖚𝖈𝖐", "𝖋𝖚𝖈𝖐"),
        ("🅵🆄🅲🅺", "🅵🆄🅲🅺"),
        ("sh1t", "sh1t"),
        ("$hit", "$hit"),
        ("fuuuuck", "fuuuuck"),
        ("kill   yourself", "kill   yourself"),
        ("傻 逼", "傻 逼"),
        ("\x1b[31m fuck\x1b[0m", "fuck"),
    ],
)
def test_a_word_is_found_however_it_is_written_and_its_span_is_the_text_as_written(text, piece):
    assert found(text) == piece


@pytest.mark.parametrize(
    "text",
    [
        "参加，微信付款可以",
        "the pen is mine",
        "class",
        "grass",
        "svxs",
        "Galaxy a55",
        "a$s",
        "passenger",
        "as s",
        "skill yourselfie",
        "傻瓜相机多少钱",
        "再加裙子一条",
        "he'll be back",
        "1337",
        "",
        "   ",
        "😀😀",
    ],
)
def test_ordinary_words_pass(text):
    assert found(text) is None


def test_an_excuse_covers_only_its_own_place():
    assert found("傻瓜相机，你个傻瓜") == "傻瓜"
    assert WORDS.judge("傻瓜相机，你个傻瓜").hold.start == 7


def test_without_the_excuse_the_word_is_held():
    assert found("傻瓜相机", Words.of(LISTS | {"allow": []})) == "傻瓜"


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("电话 138-1234-5678 哈", "138-1234-5678"),
        ("1️⃣3812345678", "1️⃣3812345678"),
        ("see https://evil.example/x now", "https://evil.example/x"),
        ("去abc.com看", "abc.com"),
    ],
)
def test_numbers_and_links_are_held_without_being_listed(text, piece):
    assert found(text) == piece
    assert found(text, Words.of({}, patterns=())) is None


@pytest.mark.parametrize("text", ["订单 20231234567890123", "39.9元 49.9元", "T恤 2.0"])
def test_order_numbers_and_prices_pass(text):
    assert found(text) is None


def test_the_first_and_then_the_longest_word_is_told():
    words = Words.of({"a": ["微信", "加微信"], "b": ["信用卡"]})
    hold = words.judge("请加微信用卡").hold
    assert (hold.rule, hold.category, hold.start, hold.end) == ("加微信", "a", 1, 4)


@pytest.mark.parametrize("category", sorted(LISTS.keys() - {"allow"}))
def test_control_a_word_taken_off_its_list_is_not_found(category):
    without = Words.of({name: ([] if name == category else list(entries)) for name, entries in LISTS.items()})
    for word in LISTS[category]:
        assert found(f"。{word}。") is not None
        assert found(f"。{word}。", without) is None


def test_an_empty_list_holds_nothing():
    assert Words.of({"abuse": ["", " ", "！"]}, patterns=()).judge("fuck").hold is None


@pytest.mark.parametrize("category", sorted(own_entries().keys() - {"allow"}))
def test_every_entry_of_the_own_lists_is_found_alone(category):
    missed = [word for word in own_entries()[category] if found(word, OWN) is None]
    assert not missed


def test_the_own_lists_are_as_large_as_promised():
    words = {word for name, entries in own_entries().items() if name != "allow" for word in entries}
    latin = {word for word in words if word.isascii()}
    assert len(latin) >= 120
    assert len(words - latin) >= 150
    assert {"abuse", "adult", "contact", "diversion", "fraud", "medical", "platform", "politics"} <= set(own_entries())


@pytest.mark.parametrize(
    "text",
    [
        "多少钱",
        "这个多少钱呀",
        "有黑色吗",
        "尺码怎么选",
        "什么时候发货",
        "有没有优惠券",
        "能不能便宜点",
        "可不可以退",
        "几天到",
        "身高160穿啥码",
        "好看？",
        "price?",
        "How much is it",
        "what size should I get",
        "is there a coupon",
        "hi host, do you ship to Canada",
        "which colour is that",
        "any discount",
        "can i return it",
        "when will you restock",
    ],
)
def test_questions_are_seen(text):
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "好看",
        "已拍",
        "可以可以",
        "没什么",
        "十几块而已",
        "???",
        "？？",
        "WOW",
        "what a deal",
        "DO IT",
        "what",
        "how nice",
        "",
    ],
)
def test_statements_and_shouts_are_no_questions(text):
    assert not asks(text)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<div hx-post="/x" hx-trigger="load">',
    '<div id="offers-panel" hx-swap-oob="true">x</div>',
    "x onmouseover=alert(1) y",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }} {% raw %}",
    "price \u202e00.1\u202c yuan",
    "z" + "\u0301" * 500,
    "\u200d".join("👩" * 200),
    "\ufdfa" * TEXT_LIMIT,
    "раураl аdmin",
    "".join(chr(0xE0000 + ord(char)) for char in "fuck"),
    "\ud800 lone \udfff",
    "nul \x00 nul",
    "a" * 1_000_000,
    "\x1b[2J\x1b[31mred",
    "line\r\nSet-Cookie: x",
    "傻瓜相机" * 1_000,
    "-" * TEXT_LIMIT,
    "a-" * 2_000,
    "fuck" * 1_000,
    "1" * TEXT_LIMIT,
    "?" * TEXT_LIMIT,
    "什么" * 2_000,
    "@a " * 1_300,
    "http://" * 500,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_judged_in_bounded_time(text):
    begun = time.process_time()
    hold = OWN.judge(text).hold
    assert time.process_time() - begun < patience(0.25)
    assert hold is None or 0 <= hold.start < hold.end <= len(text)


ODD = st.one_of(
    st.text(max_size=60),
    st.text(
        alphabet=st.sampled_from("fuckshit加微信vx傻逼瓜相机 .。*\u200b\u0301１２0@$?？" + string.digits), max_size=40
    ),
    st.text(alphabet=st.characters(codec=None), max_size=40),
)


@settings(max_examples=400, deadline=None)
@given(ODD)
def test_any_text_is_judged_alike_each_time_and_the_span_is_inside_it(text):
    verdict = judge(text, WORDS)
    assert verdict == WORDS.judge(text)
    if verdict.hold is not None:
        piece = text[verdict.hold.start : verdict.hold.end]
        assert piece
        again = WORDS.judge(piece).hold
        assert again is not None


@settings(max_examples=400, deadline=None)
@given(ODD)
def test_what_is_not_worth_a_second_look_would_not_have_been_held(text):
    assert letters_of(text) == read(text).letters
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_suspicious", lambda _text, _words: True)
        looked_twice = judge(text, WORDS)
    assert judge(text, WORDS) == looked_twice


def test_control_a_word_that_draws_no_second_look_is_let_through(monkeypatch):
    monkeypatch.setattr(rules, "letters_of", lambda text: text)
    assert found("ｆｕｃｋ") is None


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([w for n, e in LISTS.items() if n != "allow" for w in e]),
    st.lists(st.sampled_from("\u200b\u2060\u0301\ufe0f"), max_size=6),
)
def test_hidden_characters_never_hide_a_word(word, hidden):
    marks = "".join(hidden)
    assert found("，" + marks.join(word) + "，") is not None
