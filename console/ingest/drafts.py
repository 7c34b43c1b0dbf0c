"""One row of a sheet → one row of the run of show, losing nothing: what fits no field stays as a custom field."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from console.core.messages import N_
from console.core.money import Currency
from console.core.strict import StrictError, convert, shorten
from console.ingest import values
from console.ingest.mapping import CUSTOM_NAME_LENGTH, Column
from console.ingest.problems import Problem, Severity, SheetError
from console.ingest.sheets import Cell
from console.scripts.commands import NewRow
from console.scripts.phases import infer_phase

CUSTOM_LENGTH = 2_000
CUSTOM_LIMIT = 60
TEXT_LENGTHS = {
    "script": 8_000, "goal": 200, "host": 80, "co_host": 80, "props": 1_000, "plan_b": 1_000, "ad_note": 1_000,
    "service_note": 2_000,
}  # fmt: skip
LIST_LENGTHS = {"must_say": 3, "must_not_say": 10, "selling_points": 10, "offers": 20, "cues": 30, "products": 50}
SENTENCE_LENGTH = 200
PLACEHOLDERS = frozenset({"-", "--", "—", "/", "\\", "无", "待定", "tbd", "n/a", "na", "?", "？", "none"})


class Shop(Struct, frozen=True):
    """What the cells are read as: link number → product id, and the currency of the show."""

    links: Mapping[str, str]
    currency: Currency


class Draft(Struct):
    """A row in the making; `number` is the file's own. `row` becomes the JSON form of a `NewRow` for `import_rows`."""

    sheet: str
    number: int
    row: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def say(self, severity: Severity, column: Column | None, why: str, /, **params: Any) -> None:
        """Note a problem of this row."""
        label = column.label if column else None
        self.problems.append(
            Problem(severity=severity, why=why, params=params, sheet=self.sheet, row=self.number, column=label)
        )

    def keep(self, column: Column, words: str) -> None:
        """Keep the whole text as a custom field."""
        custom: dict[str, str] = self.row.setdefault("custom", {})
        if len(words) > CUSTOM_LENGTH:
            self.say(
                "error", column, N_("The cell is longer than {limit} characters; shorten it."), limit=CUSTOM_LENGTH
            )
        elif len(custom) >= CUSTOM_LIMIT:
            self.say(
                "error", column, N_("A row holds at most {limit} custom fields; delete columns."), limit=CUSTOM_LIMIT
            )
        else:
            custom[column.label[:CUSTOM_NAME_LENGTH]] = words


def fill(draft: Draft, column: Column, cell: Cell, shop: Shop) -> None:
    """Put one cell where its column says. Durations by unit are the caller's, because they depend on the column."""
    words = values.text(cell)
    if not words:
        return
    name = column.field
    if name in TEXT_LENGTHS:
        _text(draft, column, words, TEXT_LENGTHS[name])
    elif name in _LISTS:
        _list(draft, column, words, _LISTS[name])
    elif name == "products":
        _products(draft, column, cell, shop.links)
    elif name == "title":
        _title(draft, column, words)
    elif name == "phase":
        _phase(draft, column, words)
    elif name.startswith("targets."):
        _target(draft, column, cell, shop.currency)
    else:
        draft.keep(column, words)


def _text(draft: Draft, column: Column, words: str, length: int) -> None:
    if len(words) <= length:
        draft.row[column.field] = words
        return
    draft.say(
        "warning",
        column,
        N_("The text is longer than {limit} characters; it was kept as a custom field."),
        limit=length,
    )
    draft.keep(column, words)


def _title(draft: Draft, column: Column, words: str) -> None:
    one_line = " ".join(words.split())
    draft.row["title"] = shorten(one_line, SENTENCE_LENGTH)
    if len(one_line) > SENTENCE_LENGTH:
        draft.say(
            "warning",
            column,
            N_("The title was cut to {limit} characters; the whole is a custom field."),
            limit=SENTENCE_LENGTH,
        )
        draft.keep(column, words)


def _list(draft: Draft, column: Column, words: str, cut: Callable[[str], list[Any]]) -> None:
    items = cut(words)
    limit = LIST_LENGTHS[column.field]
    too_long = any(len(item if isinstance(item, str) else item["text"]) > SENTENCE_LENGTH for item in items)
    if len(items) > limit or too_long:
        why = N_("At most {limit} lines of {length} characters fit here; the whole text is a custom field as well.")
        draft.say("warning", column, why, limit=limit, length=SENTENCE_LENGTH)
        draft.keep(column, words)
    draft.row[column.field] = [_cut(item) for item in items[:limit]]


def _cut(item: Any) -> Any:
    if isinstance(item, str):
        return item[:SENTENCE_LENGTH]
    return item | {"text": item["text"][:SENTENCE_LENGTH]}


def _lines(words: str) -> list[str]:
    parts = (_BULLET.sub("", part).strip() for part in re.split(r"[\n;；]+", words))
    return [part for part in parts if part]


def _offers(words: str) -> list[str]:
    return [part for line in _lines(words) for part in re.split(r"\s*[、+＋]\s*", line) if part]


def _cues(words: str) -> list[dict[str, Any]]:
    return [{"at_s": at_s, "text": said} for at_s, said in map(values.cue, _lines(words))]


_BULLET = re.compile(r"^\s*(?:[-•·●▪*]\s*|[0-9]{1,2}[.、)）]\s*(?=\D)|[①-⑳]\s*)")
_LISTS: dict[str, Callable[[str], list[Any]]] = {
    "must_say": _lines, "must_not_say": _lines, "selling_points": _lines, "offers": _offers, "cues": _cues,
}  # fmt: skip


def _products(draft: Draft, column: Column, cell: Cell, links: Mapping[str, str]) -> None:
    found = [link for link in values.links(cell) if link.lower() not in PLACEHOLDERS]
    if not isinstance(cell, str | int | float):
        draft.say("warning", column, N_("The spreadsheet made a date of “{text}”; it was read as links {links}."),
                  text=values.text(cell), links=", ".join(found))  # fmt: skip
    limit = LIST_LENGTHS["products"]
    if len(found) > limit or any(len(link) > SENTENCE_LENGTH for link in found):
        draft.say(
            "warning",
            column,
            N_("At most {limit} products fit in a row; the whole text is a custom field."),
            limit=limit,
        )
        draft.keep(column, values.text(cell))
    draft.row["products"] = [links.get(link, link)[:SENTENCE_LENGTH] for link in found[:limit]]


def _phase(draft: Draft, column: Column, words: str) -> None:
    literal = values.plain(words).replace("-", "_").replace(" ", "_")
    phase = literal if literal in _PHASES else infer_phase(words)
    draft.row["phase"] = phase
    if phase == "other" and literal not in ("other", "其他", "其它"):
        draft.say(
            "warning", column, N_("“{text}” is no known phase; it was kept as a custom field."), text=shorten(words)
        )
        draft.keep(column, words)


_PHASES = frozenset({"opening", "warm_up", "product", "interaction", "flash", "encore", "closing", "other"})


def _target(draft: Draft, column: Column, cell: Cell, currency: Currency) -> None:
    name = column.field.removeprefix("targets.")
    try:
        minor = values.amount(cell, currency)
    except SheetError as error:
        draft.say("warning", column, error.why, **error.params)
        draft.keep(column, values.text(cell))
        return
    draft.row.setdefault("targets", {})[name] = minor if name == "gmv_paid" else minor // 100


def seconds(draft: Draft, column: Column, cell: Cell) -> values.Span | None:
    """The duration in a cell; unreadable text is an error, a placeholder a warning."""
    words = values.text(cell)
    if values.plain(words) in PLACEHOLDERS:
        draft.say("warning", column, N_("No duration is given."))
        return None
    try:
        return values.duration(cell, column.unit)
    except SheetError as error:
        draft.say("error", column, error.why, **error.params)
        return None


def checked(draft: Draft) -> dict[str, Any] | None:
    """The finished row, or None with an error noted when the run of show would not take it."""
    try:
        convert(draft.row, NewRow)
    except StrictError as error:
        draft.say("error", None, error.why, **error.params)
        return None
    return draft.row
