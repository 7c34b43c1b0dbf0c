"""Reads the phase of a row from its title, Chinese or English."""

import re
import unicodedata

from console.scripts.events import Phase

_WORDS: tuple[tuple[Phase, str, str], ...] = (
    ("closing", "收尾|结束|下播|收场|谢幕", r"closing|close|wrap[ -]?up|good ?bye|sign[ -]?off|outro|finale|ending"),
    ("encore", "返场|返厂|加场", r"encore|re-?runs?|second chance"),
    ("flash", "秒杀|限时|抢购|开抢|闪购|疯抢", r"flash|lightning deals?|doorbusters?|drops?"),
    ("opening", "开场|开播|欢迎", r"opening|welcome|intro|kick[ -]?off|hello"),
    ("warm_up", "预热|暖场|热场|聚人", r"warm[ -]?up|pre-?show"),
    (
        "interaction",
        "互动|抽奖|福袋|问答|答疑|游戏|连麦|红包",
        r"q ?& ?a|interacti\w+|giveaways?|draws?|raffle|quiz|games?|polls?",
    ),
    (
        "product",
        "讲品|讲解|商品|产品|单品|主推|引流|福利|利润款|过款|链接|号品",
        r"link ?\d+|products?|demo|items?|skus?|showcase",
    ),
)
_PATTERNS = tuple((phase, re.compile(rf"{zh}|(?<![a-z])(?:{en})(?![a-z])")) for phase, zh, en in _WORDS)


def infer_phase(title: str) -> Phase:
    """The first phase of which the title holds a word, in the order above; else `other`."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    return next((phase for phase, pattern in _PATTERNS if pattern.search(plain)), "other")
