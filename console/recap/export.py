"""The recap as JSON and CSV.

CSV is UTF-8 with a byte order mark, sections one under the other: a line with the section's name, a line of headers, the
rows, an empty line. Money is in major units with two decimals (but `num` and `den` of a ratio as in the JSON, in minor
units), ratios as decimals, instants RFC 3339 UTC, lists joined by `; `; absent is empty. No cell becomes a formula: a text that a spreadsheet might read as one gets a leading `'`, as
does a text that begins with `'` itself, so `plain` gives every text back as it was.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from console.core.messages import N_
from console.core.money import Ratio
from console.core.slice import Leftover
from console.core.time import to_rfc3339
from console.metrics.formulas import MONEY_METRICS
from console.recap.decisions import Decision
from console.recap.model import Finding, Mark, OnAir, ProductReport, Recap, RowReport, Target
from console.recap.offers import OfferReport
from console.recap.questions import Passed, Question
from console.recap.rows import TARGET_NAMES
from console.recap.stretches import Stretch

Translate = Callable[..., str]
FORMULA_STARTS = frozenset("=+-@|%")
MONEY_FIELDS = MONEY_METRICS | {
    "price", "usual_price", "amount", "threshold", "gmv", "gmv_while_live", "discount_cost", "discount_cost_max",
    "prize_value",
}  # fmt: skip
AS_OF = N_("As of {as_of} ({stage}). Refunds keep arriving for days, so these numbers are never final.")


def as_dict(recap: Recap, translate: Translate | None = None) -> dict[str, Any]:
    """Plain data: instants RFC 3339, ratios `{value, num, den}`, sentences in the reader's language."""
    say = translate or english
    body: dict[str, Any] = msgspec.to_builtins(recap)
    body["metrics"] |= {"sources": body.pop("sources"), "as_of": recap.as_of, "newest_at": body.pop("newest_at")}
    body["final"] = False
    body["note"] = note(recap, say)
    for name in ("findings", "decisions"):
        body[name] = [_said(one, say) for one in getattr(recap, name)]
    outside: dict[str, Any] = with_instants(body)
    return outside


def _said(one: Finding | Decision, say: Translate) -> dict[str, Any]:
    """With its sentence filled in, instead of the key to it."""
    fields = asdict(one) | {"text": say(one.why, **one.params)}
    del fields["why"]
    return fields


def note(recap: Recap, translate: Translate) -> str:
    """What the numbers stand for in time."""
    return translate(AS_OF, as_of=to_rfc3339(recap.as_of) or "", stage=recap.stage)


def english(sentence: str, /, **params: Any) -> str:
    """The sentence as it is written in the code."""
    for name, value in params.items():
        sentence = sentence.replace("{" + name + "}", str(value))
    return sentence


def with_instants(value: Any, name: str = "") -> Any:
    """Every `at`, `as_of` and `…_at` as RFC 3339."""
    if isinstance(value, dict):
        return {key: with_instants(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_instants(item) for item in value]
    if type(value) is int and is_instant(name):
        return to_rfc3339(value)
    return value


def is_instant(name: str) -> bool:
    """Whether a field of this name holds epoch milliseconds."""
    return name in {"at", "as_of"} or name.endswith("_at")


def to_json(recap: Recap, translate: Translate | None = None) -> bytes:
    """One JSON document, UTF-8."""
    return msgspec.json.encode(as_dict(recap, translate))


def to_csv(recap: Recap, translate: Translate | None = None) -> bytes:
    """Every section, for a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for title, header, rows in sections(recap, translate or english):
        writer.writerow([inert(title)])
        writer.writerow([inert(name) for name in header])
        writer.writerows([cell(value, name) for value, name in zip(row, header, strict=True)] for row in rows)
        writer.writerow([])
    return out.getvalue().encode("utf-8-sig", errors="replace")


Section = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


def sections(recap: Recap, translate: Translate) -> list[Section]:
    """(name, headers, rows); the headers are the field names of the JSON."""
    about = [(name, _instant_text(name, value)) for name, value in asdict(recap.show).items()]
    return [
        ("show", ("name", "value"), [*about, ("note", note(recap, translate))]),
        ("findings", ("finding",), [(translate(one.why, **one.params),) for one in recap.findings]),
        ("targets", ("name", "target", "actual", "share"), _targets(recap)),
        ("metrics", ("name", "value", "num", "den", "source"), _metrics(recap)),
        table("rows", RowReport, recap.rows),
        ("outside", ("name", *ROW_NUMBERS), [(name, *_values(one, ROW_NUMBERS)) for name, one in recap.outside.items()]),
        table("products", ProductReport, recap.products, leave=("skus",)),
        ("skus", ("product", "sku", "units", "gmv"), [(p.product, *_values(s, ("sku", "units", "gmv"))) for p in recap.products for s in p.skus]),
        table("offers", OfferReport, recap.offers, leave=("history",)),
        ("offer_history", ("offer", "at", "what", "by", "name", "why"), [(o.id, *_values(s, ("at", "what", "by", "name", "why"))) for o in recap.offers for s in o.history]),
        table("questions", Question, recap.questions),
        table("passed", Passed, recap.passed),
        ("decisions", ("at", "minute", "by", "name", "what", "text"), [(*_values(d, ("at", "minute", "by", "name", "what")), translate(d.why, **d.params)) for d in recap.decisions]),
        table("marks", Mark, recap.marks),
        ("curves", CURVES, zip(*(getattr(recap.curves, name) for name in CURVES), strict=True)),
        table("leftovers", Leftover, recap.leftovers),
    ]  # fmt: skip


CURVES = ("minutes", "online", "entries", "gmv", "orders", "comments", "clicks")
ROW_NUMBERS = ("online", "entries_pv", "comments", "orders_created", "orders_paid", "units", "gmv_created", "gmv_paid")


def table(title: str, kind: type[Struct], items: Sequence[Struct], leave: Sequence[str] = ()) -> Section:
    """One row per struct, a column per field, its own before those it inherits; ratios by their value."""
    inherited = Stretch.__struct_fields__ if issubclass(kind, Stretch) else ()
    header = [name for name in kind.__struct_fields__ if name not in {*leave, *inherited}] + list(inherited)
    return title, header, [_values(item, header) for item in items]


def _values(item: Any, names: Sequence[str]) -> list[Any]:
    return [getattr(item, name) for name in names]


def _targets(recap: Recap) -> list[Sequence[Any]]:
    return [_target(name, TARGET_NAMES.get(name, name), one) for name, one in recap.targets.items()]


def _target(name: str, metric: str, one: Target) -> Sequence[Any]:
    return name, cell(one.target, metric), cell(one.actual, metric), one.share


def _metrics(recap: Recap) -> list[Sequence[Any]]:
    found = asdict(recap.metrics).items()
    return [(name, *_sides(name, value), recap.sources.get(name)) for name, value in found]


def _sides(name: str, value: Any) -> tuple[Any, Any, Any]:
    if isinstance(value, Ratio):
        return cell(value, name), value.num, value.den
    return cell(value, name), None, None


def _instant_text(name: str, value: Any) -> Any:
    return to_rfc3339(value) if is_instant(name) and isinstance(value, int) else value


def cell(value: Any, name: str) -> str | int | float | None:
    """One value of a field as a spreadsheet takes it."""
    match value:
        case None | bool():
            return None if value is None else str(value).lower()
        case Ratio(value=ratio):
            return cell(ratio, name)
        case int() | float():
            return _number(value, name)
        case str():
            return inert(value)
        case dict():
            return inert("; ".join(f"{key}: {_aimed(key, item)}" for key, item in value.items()))
        case _:
            return inert("; ".join(map(_listed, value)))


def _number(value: float, name: str) -> str | int | float | None:
    if name in MONEY_FIELDS:
        return f"{value / 100:.2f}"
    if is_instant(name) and isinstance(value, int):
        return to_rfc3339(value)
    return value if isinstance(value, int) else round(value, 6)


def _aimed(name: str, target: Target) -> str:
    _, asked, reached, _ = _target(name, TARGET_NAMES.get(name, name), target)
    return f"{asked} → {'' if reached is None else reached}"


def _listed(item: Any) -> str:
    match item:
        case OnAir(started_at=start, ended_at=end):
            return f"{to_rfc3339(start)} – {to_rfc3339(end) or ''}"
        case _:
            return str(item)


def inert(text: str) -> str:
    """A text no spreadsheet runs; `plain` undoes it."""
    return "'" + text if risky(text) or text.startswith("'") else text


def plain(text: str) -> str:
    """The text `inert` was given."""
    return text[1:] if text.startswith("'") else text


def risky(text: str) -> bool:
    """Whether a spreadsheet might read it as a formula, also written full width or behind white space and controls."""
    visible = unicodedata.normalize("NFKC", text).lstrip(" \t\r\n\v\f\0\ufeff\u200b\u00a0")
    return text[:1] in {"\t", "\r", "\n", "\0"} or visible[:1] in FORMULA_STARTS
