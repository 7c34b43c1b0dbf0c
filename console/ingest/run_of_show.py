"""A file a team already has → a plan of rows: the columns as understood, the rows, and every problem with its place."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from console.core.messages import N_
from console.core.money import Currency
from console.ingest import values
from console.ingest.drafts import Draft, Shop, checked, fill
from console.ingest.durations import DURATIONS, Body, set_durations, value
from console.ingest.mapping import Column, Layout, layout
from console.ingest.problems import Problem, SheetError
from console.ingest.sheets import Sheet, read_sheets
from console.scripts.planning import MAX_ROWS

TOTALS = frozenset({"合计", "总计", "总时长", "小计", "total", "totals", "sum"})


class Plan(Struct, frozen=True):
    """`rows` are the JSON form of `NewRow`s, in order; with an `error` among the problems nothing may be applied."""

    columns: dict[str, str]
    rows: list[dict[str, Any]]
    problems: list[Problem]

    @property
    def applicable(self) -> bool:
        """True when the rows may be applied."""
        return bool(self.rows) and not any(problem.severity == "error" for problem in self.problems)


def plan(
    filename: str,
    raw: bytes,
    mapping: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    currency: Currency = "CNY",
) -> Plan:
    """Understand a CSV, XLSX or ODS file. Never raises: a file that cannot be read is one error.

    `mapping` is header → field (or `custom`) as a person corrected it; `links` is link number → product id; amounts
    are in `currency`.
    """
    try:
        sheets = read_sheets(filename, raw)
    except SheetError as error:
        return Plan({}, [], [Problem(severity="error", why=error.why, params=error.params)])
    return plan_sheets(sheets, mapping or {}, Shop(links or {}, currency))


def plan_sheets(sheets: Sequence[Sheet], mapping: Mapping[str, str], shop: Shop) -> Plan:
    """The sheet that looks most like a run of show is taken; every other one is named."""
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        return Plan({}, [], [Problem(severity="error", why=N_("The file has no cells."))])
    layouts = [layout(sheet, mapping) for sheet in filled]
    best = max(range(len(filled)), key=lambda n: (layouts[n].score, len(filled[n].rows), -n))
    others = [_left_out(sheet, filled[best]) for n, sheet in enumerate(filled) if n != best]
    return _planned(filled[best], layouts[best], shop, others)


def _left_out(sheet: Sheet, taken: Sheet) -> Problem:
    why = N_("The sheet {other} was taken; this sheet was left out. Import it as a file of its own if it is needed.")
    return Problem(severity="warning", why=why, params={"other": taken.name}, sheet=sheet.name)


def _planned(sheet: Sheet, found: Layout, shop: Shop, problems: list[Problem]) -> Plan:
    numbers = [n for n in range(found.bottom + 1, len(sheet.rows)) if not _is_skipped(sheet, found, n)]
    body = Body(sheet, found, numbers, [_draft(sheet, found, n, shop) for n in numbers])
    general = [*problems, *found.problems, *set_durations(body)]
    _set_titles(body)
    rows = [row for draft in body.drafts if (row := checked(draft)) is not None]
    general += _counted(sheet, body.drafts)
    listed = [*general, *(problem for draft in body.drafts for problem in draft.problems)]
    return Plan({column.label: column.target for column in found.columns}, rows, listed)


def _counted(sheet: Sheet, drafts: list[Draft]) -> list[Problem]:
    if not drafts:
        return [Problem(severity="error", why=N_("The sheet has no rows below its header."), sheet=sheet.name)]
    if len(drafts) > MAX_ROWS:
        why = N_("A run of show holds at most {limit} rows.")
        return [Problem(severity="error", why=why, params={"limit": MAX_ROWS}, sheet=sheet.name)]
    return []


def _is_skipped(sheet: Sheet, found: Layout, number: int) -> bool:
    cells = [values.text(cell) for cell in sheet.rows[number] if cell is not None]
    return (
        not cells or values.plain(cells[0]).rstrip(":： ") in TOTALS or sheet.rows[number] == sheet.rows[found.bottom]
    )


def _draft(sheet: Sheet, found: Layout, number: int, shop: Shop) -> Draft:
    draft = Draft(sheet.name, number + 1)
    for column in found.columns:
        if column.field not in DURATIONS:
            fill(draft, column, value(sheet, number, column), shop)
    return draft


def _set_titles(body: Body) -> None:
    """Rows without a title take the best other text they have, and say so."""
    found = body.found
    fallback = found.the("product_title") or next((c for c in found.columns if c.field in ("custom", "script")), None)
    for draft in body.drafts:
        if not draft.row.get("title"):
            words = _stand_in(draft, fallback)
            draft.row["title"] = words
            draft.say(
                "warning",
                found.the("title") or fallback,
                N_("The row has no title; “{title}” was used."),
                title=words[:60],
            )


def _stand_in(draft: Draft, fallback: Column | None) -> str:
    custom = draft.row.get("custom", {})
    words = (custom.get(fallback.label) or draft.row.get(fallback.field)) if fallback else None
    words = words or " ".join(draft.row.get("products", ())) or f"Row {draft.number}"
    return " ".join(str(words).split())[:200]
