"""What a producer should look at before going live: gaps in the plan, and words that need evidence. Warns, never blocks."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from msgspec import Struct

from console.core.messages import N_
from console.scripts.events import Row

ABSOLUTE = re.compile(
    r"国家级|世界级|最高级|全球级|最佳|最好|最强|最低价|最便宜|最先进|最安全|最有效|全网最|史上最|全国最|顶级|顶尖|极品|极致"
    r"|独一无二|绝无仅有|万能|百分之百|100%|永久|零风险|绝对|唯一|首选|销量冠军"
    r"|第一(?=品牌|名|款|家|$|[,.!?。,!?;;])|(?:全国|全网|全球|行业|销量|排名)第一"
    r"|(?<![a-z])(?:no\.? ?1|number one|world'?s? best|the best|best in the world|world[- ]class|guaranteed|the only one|zero risk|unbeatable)(?![a-z])"
)
MEDICAL = re.compile(
    r"治疗|根治|治愈|疗效|药到病除|消炎|抗癌|防癌|抗炎|降血压|降血糖|降血脂|祛病|医治|处方|无副作用|排毒|活血化瘀|立刻见效"
    r"|(?<![a-z])(?:cures?|heals?|clinically proven|anti[- ]?cancer|lowers? blood (?:pressure|sugar)|no side effects?|medical grade)(?![a-z])"
)
COUNTDOWN = re.compile(
    r"倒计时|倒数|最后\d+(?:秒|分钟)|仅剩\d+(?:秒|分钟)|马上(?:恢复|涨)|过时不候"
    r"|(?<![a-z])(?:count ?down|last \d+ (?:seconds?|minutes?)|ends? in \d+|only \d+ (?:seconds?|minutes?) left)(?![a-z])"
)
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_CJK_GAP = re.compile(r"(?<=[\u4e00-\u9fff])[\s\u200b-\u200f\u2060\ufeff·.*_-]+(?=[\u4e00-\u9fff])")


class Finding(Struct, frozen=True, kw_only=True):
    """`why` is an English sentence and gettext id with places for `params`; `rule` its stable name."""

    rule: str
    row: str
    seq: int
    why: str
    params: dict[str, Any] = {}


def findings(rows: Iterable[Row]) -> tuple[Finding, ...]:
    """Everything found, row by row in order; `seq` counts rows from 1."""
    return tuple(
        Finding(rule=rule, row=row.id, seq=seq, why=why, params=params)
        for seq, row in enumerate(rows, start=1)
        for rule, why, params in (*_gaps(row), *_words(row))
    )


Found = Iterator[tuple[str, str, dict[str, Any]]]


def _gaps(row: Row) -> Found:
    if not row.planned_s:
        yield "no_duration", N_("The row has no duration."), {}
    yield from _bounds(row)
    known = {fact.id for fact in row.facts}
    for product in row.products:
        if product not in known:
            yield "unknown_product", N_("Product {product} is not in the shop's catalogue."), {"product": product}
    if row.products and not row.must_say:
        yield "no_must_say", N_("The row sells something but has no must-say line."), {}


def _bounds(row: Row) -> Found:
    if row.planned_s is not None and row.min_s is not None and row.planned_s < row.min_s:
        yield "too_short", N_("The row is shorter than its minimum of {seconds} s."), {"seconds": row.min_s}
    if row.planned_s is not None and row.max_s is not None and row.planned_s > row.max_s:
        yield "too_long", N_("The row is longer than its maximum of {seconds} s."), {"seconds": row.max_s}


def _words(row: Row) -> Found:
    absolute, medical, countdown = _hits("\n".join((row.title, row.script, *row.must_say, *row.selling_points)))
    if absolute:
        why = N_("«{word}» is an absolute term; keep the evidence ready or say it otherwise.")
        yield "absolute_term", why, {"word": absolute}
    if medical:
        why = N_("«{word}» is a medical claim; goods that are no medicine may not make it.")
        yield "medical_claim", why, {"word": medical}
    if countdown and not row.offers:
        yield "empty_countdown", N_("«{word}» counts down, but the row has no offer that ends."), {"word": countdown}


@lru_cache(maxsize=2_000)
def _hits(said: str) -> tuple[str | None, ...]:
    """The first hit of each list; remembered, because every press asks for the findings of rows that did not change."""
    text = plain(said)
    return tuple(hit[0] if (hit := words.search(text)) else None for words in (ABSOLUTE, MEDICAL, COUNTDOWN))


def plain(text: str) -> str:
    """Full width and capitals folded, and what was put between Chinese characters to hide a word taken out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    lines = (_CJK_GAP.sub("", line) for line in folded.splitlines())
    return "\n".join(_INVISIBLE.sub(" ", line) for line in lines)
