"""Does a comment ask something? Words and openings of Chinese and English questions, on live-commerce chat."""

import re

_ZH = re.compile(
    "[吗呢咩]|多少|多久|多大|多重|多长|多高|多厚|多宽|怎么|怎样|咋|啥|哪|几(?![乎番])|什么|为何|为啥|谁"
    "|有没有|能不能|可不可以|是不是|会不会|要不要|好不好|行不行|对不对|用不用|需不需要|有无|能否|是否|可否"
    "|求(?:链接|价格|尺码)|请问|想问|问一下|问下"
)
_ZH_STATEMENT = re.compile(
    "没(?:有)?什么|不怎么|什么都|啥都|怎么都|哪都|谁都|多少都|不管怎么|十几|几十|好几|怎么可能|干嘛呢|好的呢|是的呢"
)
_EN = re.compile(
    r"^\W*(?:(?:hi|hey|hello|host|please|pls|sorry|and|but|so|ok|okay|um|guys|@\w+)\b\W*){0,3}"
    r"(?:(?:what(?!\s+(?:a|an|the)\b)|what'?s|which|where|why)(?=\s+\w)"
    r"|who(?:'s|\s+(?:is|are|can|made|makes))"
    r"|how\s+(?:much|many|long|do|does|did|is|are|big|small|can|to|about|old|often|soon|come|tall|heavy|thick|will|would)"
    r"|when\s+(?:will|is|are|do|does|did|can|would)"
    r"|(?:is|are|isn't|aren't)\s+(?:there|it|this|that|these|those|they|you|the)"
    r"|(?:do|does|did|don't|doesn't)\s+(?:you|i|we|they|this|that|these|the)|(?:does|did)\s+it"
    r"|(?:can|could|will|would|should)\s+(?:i|you|u|we|they|it|this|that|these|someone)"
    r"|any\s+(?:discounts?|coupons?|more|left|chance|other)"
    r"|(?:have|has)\s+(?:you|it|anyone|anybody))\b",
    re.IGNORECASE,
)
_EN_ANYWHERE = re.compile(
    r"\b(?:how much|how many|how long|what size|in stock|do you ship|price please|pp please)\b", re.IGNORECASE
)
_MARK = re.compile(r"\w[^\w]{0,8}[?？]|[?？][^\w]{0,8}\w")


def asks(text: str) -> bool:
    """True when `text` reads as a question; a lone row of question marks is surprise, not a question."""
    if _MARK.search(text):
        return True
    return bool(_ZH.search(_ZH_STATEMENT.sub("", text)) or _EN.search(text) or _EN_ANYWHERE.search(text))
