"""The columns of run-of-show sheets as teams write them, Chinese and English, and how a header is recognised."""

import re
import unicodedata
from typing import Literal

from msgspec import Struct
from rapidfuzz import fuzz

from console.ingest.values import Unit

SYNONYMS: dict[str, str] = {
    "seq": "序号 编号 顺序 排序 次序 序 no number seq sequence index",
    "time": "时间 时间段 时间点 时间节点 时段 time timing timeslot",
    "start": "开始时间 起始时间 计划开始 计划开始时间 开始 起始 start starttime plannedstart begin timecode startat",
    "end": "结束时间 计划结束 截止时间 结束 end endtime timerendtime plannedend finish until",
    "planned_s": "时长 预计时长 计划时长 环节时长 讲解时长 直播时长 用时 预计用时 持续时间 duration length planned plannedduration runtime dur 分钟 分钟数",
    "min_s": "最短时长 最短 最少时长 minduration minlength minimum",
    "max_s": "最长时长 最长 最多时长 maxduration maxlength maximum",
    "phase": "阶段 环节类型 类型 流程阶段 直播阶段 板块 品类型 phase stage segmenttype type",
    "title": "环节 环节名称 直播环节 流程 直播流程 流程环节 标题 名称 主题 事项 流程名称 title name item cue cuename segment row topic section agenda",
    "product_title": "商品名称 产品名称 品名 商品名 产品名 货品名称 productname producttitle itemname",
    "products": "链接号 链接 商品链接 产品链接 商品链接号 产品链接号 链接序号 商品编号 商品 产品 货品 上架商品 讲解商品 link links linkno linknumber linknumbers product products productids productlinks",
    "script": "话术 主播话术 讲解话术 脚本 台词 文案 逐字稿 内容 环节内容 流程内容 具体内容 讲解内容 script talkingpoints copy lines text hostscript",
    "must_say": "必讲 必讲点 必说 必讲话术 核心话术 重点话术 mustsay keylines keymessages keymessage",
    "must_not_say": "禁说 禁讲 禁用词 违禁词 不能说 不可说 禁忌 mustnotsay donotsay dontsay avoid",
    "selling_points": "卖点 核心卖点 产品卖点 商品卖点 卖点提炼 sellingpoints sellingpoint usp highlights benefits",
    "goal": "目标 环节目标 目的 环节目的 goal objective purpose aim",
    "targets.gmv_paid": "gmv目标 目标gmv 销售目标 目标销售额 业绩目标 成交目标 gmvtarget targetgmv salestarget gmv",
    "targets.online": "在线目标 目标在线 目标在线人数 在线人数目标 onlinetarget targetonline targetviewers",
    "host": "主播 主讲 主持 主持人 主讲人 出镜 host presenter anchor speaker talent",
    "co_host": "助播 副播 助理主播 助理 cohost assistant secondhost",
    "cues": "中控动作 中控操作 场控 中控 场控动作 执行点 动作 操作 后台操作 中控配合 cues actions controller controllercues deskcues operations",
    "offers": "优惠 优惠机制 机制 福利 活动 优惠活动 优惠券 促销 福利机制 活动机制 offer offers promotion promotions promo coupon coupons deal deals",
    "props": "道具 物料 样品 画面 道具物料 props materials visuals",
    "plan_b": "备案 预案 应急预案 备用方案 备选方案 planb contingency fallback backup",
    "ad_note": "投流 投放 投流备注 投流计划 投流配合 adnote ads adplan traffic",
    "service_note": "客服 客服话术 客服备注 客服配合 faq service servicenote customerservice",
}
FIELDS = frozenset(SYNONYMS) - {"time"} | {"custom"}
"""What an explicit mapping may name."""

Certainty = Literal["exact", "likely"]


class Guess(Struct, frozen=True):
    """The field a header seems to mean; `also` are others it could mean as well."""

    field: str
    certainty: Certainty
    also: tuple[str, ...] = ()


def squeezed(header: str) -> str:
    """A header without case, width, brackets, spaces and punctuation."""
    narrow = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\W_]+", "", _BRACKETS.sub("", narrow)) or re.sub(r"[\W_]+", "", narrow)


def guess(header: str) -> Guess | None:
    """Exact names first, then a name inside the header, then a misspelt one."""
    key = squeezed(header)
    if key in _EXACT:
        return Guess(_EXACT[key], "exact")
    return _inside(header, key) or _misspelt(key)


def _inside(header: str, key: str) -> Guess | None:
    words = re.findall(r"[a-z]+", unicodedata.normalize("NFKC", header).casefold())
    hits = [name for name in _EXACT if (name in words if name.isascii() else len(name) > 1 and name in key)]
    if not hits:
        return None
    longest = max(map(len, hits))
    fields = list(dict.fromkeys(_EXACT[name] for name in hits if len(name) == longest))
    return Guess(fields[0], "likely", tuple(fields[1:]))


def _misspelt(key: str) -> Guess | None:
    if len(key) < 4:
        return None
    score, name = max((fuzz.ratio(key, known), known) for known in _EXACT)
    return Guess(_EXACT[name], "likely") if score >= 85 else None


def unit(header: str) -> Unit | None:
    """The unit a header names: `时长（分钟）`, `Duration (s)`."""
    narrow = unicodedata.normalize("NFKC", header).casefold()
    found = _UNIT.search(narrow)
    if not found:
        return None
    return "h" if found["h"] else "m" if found["m"] else "s"


_BRACKETS = re.compile(r"[(\[【<].*?[)\]】>]")
_UNIT = re.compile(
    r"(?:[(\[【/_ ]\s*|(?<=长)|(?<=时)|^)(?:(?P<h>小时|hours?|hrs?|h)|(?P<m>分钟数?|分|minutes?|mins?|m)|(?P<s>秒钟?|秒数|seconds?|secs?|s))\s*(?:[)\]】]|$)"
)
_EXACT: dict[str, str] = {name: field for field, names in SYNONYMS.items() for name in names.split()}
