"""Finds the header row of a sheet and says which column means what; every decision that is not plain is a problem."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from console.core.messages import N_
from console.core.strict import shorten
from console.ingest import fields
from console.ingest.moments import moments
from console.ingest.problems import Problem, SheetError
from console.ingest.sheets import Cell, Sheet
from console.ingest.values import Unit, duration, text

HEADER_SEARCH_ROWS = 30
CUSTOM_NAME_LENGTH = 80


class Column(Struct, frozen=True):
    """`index` is 0-based; `label` unique in the sheet; `field` one of `fields.FIELDS`, `custom` for the unknown."""

    index: int
    label: str
    field: str
    unit: Unit | None = None

    @property
    def target(self) -> str:
        """What the preview says: the field, or `custom.<label>`."""
        return f"custom.{self.label}" if self.field == "custom" else self.field


class Layout(Struct, frozen=True):
    """Header in rows `top` to `bottom` (0-based, inclusive), data below; `score` tells how much it looks like one."""

    top: int
    bottom: int
    columns: tuple[Column, ...]
    problems: tuple[Problem, ...]
    score: int

    def the(self, field: str) -> Column | None:
        """The column of a field, if there is one."""
        return next((column for column in self.columns if column.field == field), None)


def layout(sheet: Sheet, mapping: Mapping[str, str]) -> Layout:
    """Header and columns of a sheet. `mapping` (label → field) overrides what the headers seem to say."""
    top, score = _header_row(sheet, mapping)
    bottom = _header_bottom(sheet, top)
    labels = _labels(sheet, top, bottom)
    columns, problems = _assigned(sheet, labels, bottom, mapping)
    if score == 0 and sheet.rows:
        why = N_("No known column name was found; row {row} was taken as the header.")
        problems.insert(0, Problem(severity="warning", why=why, params={"row": top + 1}, sheet=sheet.name, row=top + 1))
    return Layout(top, bottom, tuple(columns), tuple(problems), score)


def _header_row(sheet: Sheet, mapping: Mapping[str, str]) -> tuple[int, int]:
    scores = [_score(row, mapping) for row in sheet.rows[:HEADER_SEARCH_ROWS]]
    best = max(scores, default=0)
    if best >= 2:
        return scores.index(best), best
    return _first_full_row(sheet), 0


def _score(row: tuple[Cell, ...], mapping: Mapping[str, str]) -> int:
    labels = [text(cell) for cell in row if isinstance(cell, str)]
    if any(label in mapping for label in labels):
        return 1_000 + sum(label in mapping for label in labels)
    guesses = {g.field: g for label in labels if len(label) <= 40 and (g := fields.guess(label))}
    return sum(2 if g.certainty == "exact" else 1 for g in guesses.values())


def _first_full_row(sheet: Sheet) -> int:
    width = max(map(len, sheet.rows), default=0)
    full = (n for n, row in enumerate(sheet.rows) if sum(cell is not None for cell in row) * 2 > width)
    return next(full, 0)


def _header_bottom(sheet: Sheet, top: int) -> int:
    """A header whose cells are merged downwards takes several rows."""
    return max((bottom for first, _, bottom, _ in sheet.merges if first == top and bottom <= top + 2), default=top)


def _labels(sheet: Sheet, top: int, bottom: int) -> list[tuple[int, str]]:
    width = max((len(row) for row in sheet.rows[top:]), default=0)
    found: dict[str, int] = {}
    for index in range(width):
        label = _label(sheet, top, bottom, index)
        if label or any(index < len(row) and row[index] is not None for row in sheet.rows[bottom + 1 :]):
            found[_unique(label or f"Column {letter(index)}", found)] = index
    return [(index, label) for label, index in found.items()]


def _label(sheet: Sheet, top: int, bottom: int, index: int) -> str:
    parts = [text(_cell(sheet, row, index)) for row in range(top, bottom + 1)]
    if bottom > top and not parts[0]:
        parts[0] = next(
            (text(_cell(sheet, top, left)) for t, left, _, r in sheet.merges if t == top and left <= index <= r), ""
        )
    words = " ".join(dict.fromkeys(" ".join(part.split()) for part in parts if part))
    return shorten(words, CUSTOM_NAME_LENGTH - 6)


def _cell(sheet: Sheet, row: int, index: int) -> Cell:
    cells = sheet.rows[row] if row < len(sheet.rows) else ()
    return cells[index] if index < len(cells) else None


def _unique(label: str, taken: Mapping[str, Any]) -> str:
    names = (label if n == 1 else f"{label} ({n})" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def letter(index: int) -> str:
    """`0` → `A`, `27` → `AB`."""
    return (letter(index // 26 - 1) if index > 25 else "") + chr(65 + index % 26)


def _assigned(
    sheet: Sheet, labels: list[tuple[int, str]], bottom: int, mapping: Mapping[str, str]
) -> tuple[list[Column], list[Problem]]:
    problems = [
        _unusable(sheet, label, field) for label, field in mapping.items() if _is_unusable(label, field, labels)
    ]
    chosen = {label: field for label, field in mapping.items() if field in fields.FIELDS}
    guesses = {label: _guess(sheet, index, label, bottom) for index, label in labels if label not in chosen}
    order = sorted(guesses, key=lambda label: (g.certainty != "exact") if (g := guesses[label]) else True)
    for label in order:
        found = guesses[label]
        if found is None:
            chosen[label] = "custom"
        elif found.field in chosen.values():
            chosen[label] = "custom"
            problems.append(_second(sheet, label, found.field))
        else:
            chosen[label] = found.field
            problems.extend(_unsure(sheet, label, found))
    return [Column(index, label, chosen[label], fields.unit(label)) for index, label in labels], problems


def _guess(sheet: Sheet, index: int, label: str, bottom: int) -> fields.Guess | None:
    found = fields.guess(label)
    if not found or found.field != "time":
        return found
    cells = [cell for n in range(bottom + 1, len(sheet.rows)) if (cell := _cell(sheet, n, index)) is not None]
    for field, reads in (("planned_s", _is_duration_only), ("start", _is_moment), ("planned_s", _is_duration)):
        if cells and sum(map(reads, cells)) * 2 > len(cells):
            return replace(found, field=field)
    return None


def _is_moment(cell: Cell) -> bool:
    return moments(cell)[0] is not None


def _is_duration(cell: Cell) -> bool:
    try:
        return duration(cell) is not None
    except SheetError:
        return False


def _is_duration_only(cell: Cell) -> bool:
    return not _is_moment(cell) and _is_duration(cell)


def _is_unusable(label: str, field: str, labels: list[tuple[int, str]]) -> bool:
    return field not in fields.FIELDS or label not in [known for _, known in labels]


def _unusable(sheet: Sheet, label: str, field: str) -> Problem:
    why = N_("The mapping names the column {column}, which the sheet does not have.")
    if field not in fields.FIELDS:
        why = N_("The mapping sends {column} to {field}, which is no field of a row.")
    params = {"column": shorten(label), "field": shorten(field)}
    return Problem(severity="error", why=why, params=params, sheet=sheet.name, column=label)


def _second(sheet: Sheet, label: str, field: str) -> Problem:
    why = N_("Two columns could be {field}; {column} was kept as a custom field. Map it yourself if that is wrong.")
    return Problem(
        severity="warning", why=why, params={"field": field, "column": label}, sheet=sheet.name, column=label
    )


def _unsure(sheet: Sheet, label: str, found: fields.Guess) -> list[Problem]:
    if found.certainty == "exact":
        return []
    why = N_("The column {column} was taken for {field}; map it yourself if that is wrong.")
    params = {"column": label, "field": found.field}
    return [Problem(severity="warning", why=why, params=params, sheet=sheet.name, column=label)]
