"""Groups questions that ask the same, as they come in, at a bounded cost each: one answer closes a whole group."""

import re
import unicodedata
from typing import Literal

from msgspec import Struct, field
from rapidfuzz import fuzz, process

from console.comments.asked import Asked
from console.comments.places import Place, id_of

Topic = Literal["price", "stock", "size", "shipping", "other"]
TOPICS: tuple[Topic, ...] = ("price", "stock", "size", "shipping", "other")
"""In the order in which a selling show answers them."""

WINDOW = 200
"""Groups a new question is compared with: those asked last. Older ones stay open but gather no more."""
KEY_LIMIT = 120
ALIKE = 84.0
"""Smallest similarity of 0–100 at which two longer questions ask the same."""
SHORTEST_ALIKE = 6
"""Shorter texts must be equal: one character of them is a different colour or size."""

_TOPIC_WORDS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    (
        "shipping",
        re.compile(
            r"发货|快递|包邮|运费|邮费|物流|到货|几天到|多久到|寄|顺丰|(?<![a-z])(?:ship|deliver|postage|arriv|courier)"
        ),
    ),
    (
        "price",
        re.compile(
            r"多少钱|几块|几元|什么价|价格|价钱|[报降半原售单]价|便宜|优惠|打折|折扣|券|满减|贵"
            r"|(?<![a-z])(?:price|cost|how much|discount|coupon|cheaper|expensive|deal)"
        ),
    ),
    (
        "size",
        re.compile(
            r"码|尺寸|尺码|多大|多长|多高|身高|体重|[0-9]斤|胸围|腰围|穿多|显瘦|(?<![a-z])(?:size|sizing|fit|measure|xl|xxl|cm)"
        ),
    ),
    (
        "stock",
        re.compile(
            r"有货|没货|库存|补货|现货|断货|售罄|抢|还有|上架|返场|加单|(?<![a-z])(?:stock|restock|sold out|available|left)"
        ),
    ),
)
_FILLERS = re.compile(
    r"主播|这[个款件条双]|老板娘?|小姐姐|小哥哥|姐姐|宝宝|亲亲?|家人们?|请问|想问一?下|问一?下|麻烦|你好|您好|哈喽|[啊呀哦噢嘞呗哈吖哇的了吗呢嘛]"
    r"|\b(?:hi|hey|hello|host|please|pls|plz|the|this|that|is|are|a|an|for|of|so|and|um)\b"
)
_LINK = re.compile(r"(?<!\d)(\d{1,4})\s*号(?!码|线)|(?:链接|link|item|no\.?|#)\s*(\d{1,4})(?!\d)")
_TELLING = re.compile(
    r"\d+|(?<![a-z])(?:x{0,4}[sml]|red|black|white|blue|green|yellow|pink|purple|gr[ae]y|brown|kids?|men|women)(?![a-z])"
)
_TELLING_HAN = frozenset("红黑白蓝绿黄紫粉灰棕橙杏米男女大小长短厚薄左右上下前后")
_SEPARATORS = re.compile(r"[^\w#.]+|_+")

Subject = tuple[str | None, int | None]
"""What a question is about: the product on air when it was asked, or the link number it names."""
Kind = tuple[Subject, Topic, tuple[str, ...]]
"""Questions of different kinds never ask the same: about another product, another topic, another number or colour."""


class Question(Struct, frozen=True):
    """A question's text, read: `key` is what is compared."""

    key: str
    topic: Topic
    link: int | None
    telling: tuple[str, ...]


class Claim(Struct, frozen=True):
    """Who looks after a comment, until when."""

    by: str
    name: str
    until: int


class Cluster(Struct, eq=False):
    """Questions that ask the same. `id` is the first one's; `count` leaves out what was hidden."""

    number: int
    id: str
    key: str
    kind: Kind
    first_at: int
    last_at: int
    members: dict[str, None] = field(default_factory=dict)
    """Ids of those that are in memory, in the order in which they came into it."""
    count: int = 0
    closed_at: int | None = None
    answered: bool = False
    """Closed by an answer, not dismissed."""
    claim: Claim | None = None

    @property
    def topic(self) -> Topic:
        return self.kind[1]

    @property
    def subject(self) -> Subject:
        return self.kind[0]


def read(text: str) -> Question:
    """Normalise: full width, case, politeness and punctuation do not make another question."""
    plain = unicodedata.normalize("NFKC", text[: 2 * KEY_LIMIT])[: 2 * KEY_LIMIT].casefold()
    key = _SEPARATORS.sub(" ", _FILLERS.sub("", plain)).strip()[:KEY_LIMIT]
    return Question(key or plain.strip()[:KEY_LIMIT], topic_of(plain), _link(plain), _telling(plain))


def topic_of(text: str) -> Topic:
    """By keyword, on lower-case text; `other` when none is in it."""
    return next((topic for topic, words in _TOPIC_WORDS if words.search(text)), "other")


def _link(text: str) -> int | None:
    found = _LINK.search(text)
    return int(found[1] or found[2]) if found else None


def _telling(text: str) -> tuple[str, ...]:
    return (*sorted(set(_TELLING.findall(text))), *sorted(_TELLING_HAN.intersection(text)))


class Clusters:
    """The groups of a show. `window` holds those a new question may join, least recently asked first.

    A group that nobody has to do with any more is let go: out of the window, none of its lines in memory, neither
    closed nor claimed. `asked` still knows who was in it and how many.
    """

    __slots__ = ("_by_kind", "_left", "_made", "_whole", "asked", "window")

    def __init__(self) -> None:
        self.asked = Asked()
        self.window: dict[str, Cluster] = {}
        self._by_kind: dict[Kind, dict[str, Cluster]] = {}
        self._whole: dict[int, Cluster] = {}
        self._left: list[Cluster] = []
        self._made = 0

    def join(self, comment: str, text: str, product: str | None, at: int) -> Cluster:
        """Put a question into the group that asks the same, or into a new one."""
        question = read(text)
        kind = _kind(question, product)
        cluster = self._alike(kind, question.key)
        if cluster is None:
            cluster = Cluster(number=self._made, id=comment, key=question.key, kind=kind, first_at=at, last_at=at)
            self._made += 1
        self.hold(cluster, comment)
        self.count_in(cluster, at)
        return cluster

    def hold(self, cluster: Cluster, comment: str) -> None:
        """A line of the group is in memory."""
        self._whole[cluster.number] = cluster
        cluster.members[comment] = None

    def let_go(self, cluster: Cluster, comment: str) -> None:
        """A line of the group is in memory no longer; perhaps it was the last reason to remember the group."""
        cluster.members.pop(comment, None)
        if not (cluster.members or cluster.id in self.window or cluster.closed_at is not None or cluster.claim):
            del self._whole[cluster.number]
            self.asked.keep_size(cluster.number, cluster.count)

    def find(self, place: Place, text: str, at: int) -> Cluster | None:
        """The group of a question of that text. One that was let go is known by these words, and about no product."""
        number = self.asked.group(place)
        if number is None or number in self._whole:
            return None if number is None else self._whole[number]
        question, first = read(text), id_of(*self.asked.first(number))
        return Cluster(
            number=number, id=first, key=question.key, kind=_kind(question, None), first_at=at, last_at=at,
            count=self.asked.size(number),
        )  # fmt: skip

    def take_left(self) -> list[Cluster]:
        """Groups that have left the window since this was asked last."""
        left, self._left = self._left, []
        return left

    def count_in(self, cluster: Cluster, at: int) -> None:
        """One more open question in `cluster`, which makes it the most recently asked."""
        cluster.count += 1
        cluster.first_at, cluster.last_at = min(cluster.first_at, at), max(cluster.last_at, at)
        self._take_out(cluster)
        self.window[cluster.id] = cluster
        self._by_kind.setdefault(cluster.kind, {}).setdefault(cluster.key, cluster)
        if len(self.window) > WINDOW:
            self._out_of_window(next(iter(self.window.values())))

    def count_out(self, cluster: Cluster) -> None:
        """One question less; an empty group is shown no longer."""
        cluster.count -= 1
        if not cluster.count:
            self._out_of_window(cluster)

    def close(self, cluster: Cluster, at: int, answered: bool) -> None:
        """Answered or dismissed: whoever asks the same from now on asks anew."""
        cluster.closed_at, cluster.answered, cluster.claim = at, answered, None
        self._out_of_window(cluster)

    def _alike(self, kind: Kind, key: str) -> Cluster | None:
        known = self._by_kind.get(kind)
        if known is None:
            return None
        if key in known or len(key) < SHORTEST_ALIKE:
            return known.get(key)
        found = process.extractOne(key, known.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        return known[found[0]] if found else None

    def _out_of_window(self, cluster: Cluster) -> None:
        if self._take_out(cluster):
            self._left.append(cluster)

    def _take_out(self, cluster: Cluster) -> bool:
        if self.window.pop(cluster.id, None) is None:
            return False
        keys = self._by_kind.get(cluster.kind, {})
        if keys.get(cluster.key) is cluster:
            del keys[cluster.key]
            if not keys:
                del self._by_kind[cluster.kind]
        return True


def _kind(question: Question, product: str | None) -> Kind:
    subject: Subject = (None, question.link) if question.link is not None else (product, None)
    return subject, question.topic, question.telling
