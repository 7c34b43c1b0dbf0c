"""What a producer is warned about, and what stays without a warning."""

import pytest

from console.core.slice import ProductFact
from console.scripts.lint import findings


def rules(row):
    return [found.rule for found in findings([row])]


def test_a_sound_row_has_no_finding(bench):
    fact = ProductFact(id="p1", title="Lipstick")
    row = bench.row("讲品", products=("p1",), facts=(fact,), must_say=("包邮",), min_s=30, max_s=90)
    assert rules(row) == []


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"planned_s": None}, "no_duration"),
        ({"planned_s": 0}, "no_duration"),
        ({"min_s": 61}, "too_short"),
        ({"max_s": 59}, "too_long"),
        ({"products": ("p9",), "must_say": ("x",)}, "unknown_product"),
    ],
)
def test_gaps_in_the_plan(bench, fields, rule):
    assert rules(bench.row("a", **fields)) == [rule]


def test_a_product_without_a_must_say_line(bench):
    row = bench.row("a", products=("p1",), facts=(ProductFact(id="p1", title="x"),))
    assert rules(row) == ["no_must_say"]


@pytest.mark.parametrize(
    "said",
    ["全网最低", "国 家 级", "最·佳", "行业第一", "第一品牌", "销量第一!", "The BEST cream", "ＮＯ.１", "guaranteed"],
)
def test_absolute_terms(bench, said):
    assert rules(bench.row("a", script=said)) == ["absolute_term"]


@pytest.mark.parametrize("said", ["第一次来的朋友", "第一步先清洁", "最后说尺码", "bestow", "最近", "a best friend"])
def test_plain_words_are_left_alone(bench, said):
    assert rules(bench.row("a", script=said)) == []


@pytest.mark.parametrize("said", ["可以治疗失眠", "治\u200b疗", "clinically proven", "it heals"])
def test_medical_claims(bench, said):
    assert rules(bench.row("a", must_say=(said,))) == ["medical_claim"]


def test_a_countdown_needs_an_offer(bench):
    assert rules(bench.row("a", script="最后30秒")) == ["empty_countdown"]
    assert rules(bench.row("a", script="last 30 seconds", offers=("o_1",))) == []


def test_a_finding_names_its_row_and_its_word(bench):
    (found,) = findings([bench.row("a"), bench.row("b", script="顶级")])[0:]
    assert (found.row, found.seq, found.params) == ("b", 2, {"word": "顶级"})
