"""Questions that ask the same become one; questions about another link, size or colour never do."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.comments import cluster as module
from console.comments.cluster import WINDOW, Clusters, topic_of


def groups(*texts: str, product: str | None = "p1") -> list[int]:
    """For each text the position of the first text it was grouped with."""
    clusters = Clusters()
    return [int(clusters.join(str(at), text, product, at).id) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("多少钱", "主播 多少钱呀？"),
        ("这个多少钱", "请问多少钱啊"),
        ("什么时候发货", "什么时候可以发货"),
        ("ＨＯＷ ＭＵＣＨ？", "how much is this"),
        ("do you ship to canada", "Do you ship to Canada??"),
        ("what is the return policy", "whats the return policy"),
        ("3号链接多少钱", "3号链接 多少钱？"),
    ],
)
def test_the_same_question_in_other_words_is_one(one, same):
    assert groups(one, same) == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1号链接多少钱", "2号链接多少钱"),
        ("身高165体重110穿什么码", "身高160体重110穿什么码"),
        ("有黑色的吗我想买一件", "有白色的吗我想买一件"),
        ("有S码吗还想要一件", "有M码吗还想要一件"),
        ("is the red one in stock", "is the blue one in stock"),
        ("多少钱", "多少克"),
        ("do you ship to canada", "do you ship to germany"),
        ("男生能穿吗穿着好看吗", "女生能穿吗穿着好看吗"),
    ],
)
def test_another_question_stays_its_own(one, other):
    assert groups(one, other) == [0, 1]


def test_control_without_telling_words_the_sizes_would_be_one(monkeypatch):
    monkeypatch.setattr(module, "_telling", lambda _text: ())
    assert groups("身高165体重110穿什么码", "身高160体重110穿什么码") == [0, 0]


def test_the_same_words_about_another_product_are_another_question():
    clusters = Clusters()
    first = clusters.join("a", "多少钱", "p1", 1)
    assert clusters.join("b", "多少钱", "p2", 2) is not first
    assert clusters.join("c", "多少钱", "p1", 3) is first


def test_a_named_link_counts_more_than_the_product_on_air():
    clusters = Clusters()
    first = clusters.join("a", "7号链接多少钱", "p1", 1)
    assert clusters.join("b", "7号链接多少钱", "p2", 2) is first
    assert first.subject == (None, 7)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("多少钱", "price"),
        ("有优惠券吗", "price"),
        ("还有货吗", "stock"),
        ("有xl码吗", "size"),
        ("几天到", "shipping"),
        ("包邮吗", "shipping"),
        ("how much", "price"),
        ("is it in stock", "stock"),
        ("does it fit", "size"),
        ("do you ship", "shipping"),
        ("好看吗", "other"),
        ("is it left", "stock"),
    ],
)
def test_topics(text, topic):
    assert topic_of(text) == topic


def test_the_window_is_bounded_and_drops_who_was_asked_longest_ago():
    clusters = Clusters()
    clusters.join("first", "有没有第一种礼盒装", None, 0)
    for at in range(WINDOW):
        if at == WINDOW // 2:
            clusters.join("again", "有没有第一种礼盒装", None, at)
        clusters.join(str(at), f"{at} 号是什么", None, at)
    assert len(clusters.window) == WINDOW
    assert "first" in clusters.window
    assert "0" not in clusters.window


def test_dated_by_the_first_and_the_last_in_whatever_order_they_come():
    clusters = Clusters()
    for at in (5, 3, 9):
        cluster = clusters.join(str(at), "多少钱", None, at)
    assert (cluster.first_at, cluster.last_at, cluster.count, list(cluster.members)) == (3, 9, 3, ["5", "3", "9"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=30), st.sampled_from(["多少钱", "how much", "1号", "2号", ""])), max_size=40)
)
def test_any_texts_are_grouped_and_none_is_lost(texts):
    clusters = Clusters()
    made = {id(found): found for found in [clusters.join(str(at), text, None, at) for at, text in enumerate(texts)]}
    assert sum(found.count for found in made.values()) == len(texts)
    assert sorted(member for found in made.values() for member in found.members) == sorted(map(str, range(len(texts))))


@pytest.mark.parametrize(
    "text", ["z" + "\u0301" * 500, "\ufdfa" * 4_000, "1" * 4_000, "号 " * 2_000, "#" * 4_000, " " * 4_000]
)
def test_hostile_questions_cost_little(text):
    begun = time.process_time()
    groups(text, text)
    assert time.process_time() - begun < 0.1
