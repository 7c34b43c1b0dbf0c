"""How long every row is planned for: from duration columns, merged cells, or the differences of start and end columns."""

from msgspec import Struct

from console.core.messages import N_
from console.ingest import values
from console.ingest.drafts import Draft, seconds
from console.ingest.mapping import Column, Layout
from console.ingest.moments import Moments, gaps, moments, on_one_scale
from console.ingest.problems import Problem
from console.ingest.sheets import Cell, Sheet

DURATIONS = ("min_s", "max_s", "planned_s")
NOT_REPEATED = frozenset({*DURATIONS, "start", "end", "targets.gmv_paid", "targets.online", "seq"})
"""Fields whose merged cell speaks of its rows together; every other merged cell speaks of each of them."""
LONG_ROW_S = 3 * 3_600
FEW_S, MANY_S = 15, 180
"""Bare numbers from below the one up to the other are minutes: no row is planned for under 15 s."""


class Body(Struct):
    """The rows of a sheet below its header: `numbers` (0-based) and `drafts` run side by side."""

    sheet: Sheet
    found: Layout
    numbers: list[int]
    drafts: list[Draft]

    def warn(self, column: Column | None, why: str, /, **params: object) -> Problem:
        """A warning about a column as a whole."""
        label = column.label if column else None
        return Problem(severity="warning", why=why, params=params, sheet=self.sheet.name, column=label)


def value(sheet: Sheet, number: int, column: Column) -> Cell:
    """The cell, or the one it is merged with above."""
    found = own(sheet, number, column.index)
    if found is not None or column.field in NOT_REPEATED:
        return found
    merge = sheet.merge_at(number, column.index)
    return own(sheet, merge[0], column.index) if merge else None


def own(sheet: Sheet, number: int, index: int) -> Cell:
    """The cell itself; None when it is empty or merged with another."""
    row = sheet.rows[number]
    return row[index] if index < len(row) else None


def set_durations(body: Body) -> list[Problem]:
    """Set `planned_s`, `min_s`, `max_s` of every draft; the problems of whole columns."""
    for draft in body.drafts:
        draft.row["planned_s"] = None
    columns = [column for name in DURATIONS if (column := body.found.the(name))]
    problems = [problem for column in columns for problem in _from_column(body, column)]
    if body.found.the("start") or body.found.the("end"):
        problems += _from_moments(body)
    return problems + _missing(body)


def _missing(body: Body) -> list[Problem]:
    planned = body.found.the("planned_s") or body.found.the("start") or body.found.the("end")
    if planned is None:
        return [body.warn(None, N_("The sheet has no column of durations or times; the rows are without a duration."))]
    for draft in body.drafts:
        length = draft.row["planned_s"]
        if length is None and not draft.problems:
            draft.say("warning", planned, N_("The row has no duration."))
        elif length and length > LONG_ROW_S:
            why = N_("The row is {hours} long; if minutes are meant, write 00:05:00.")
            draft.say("warning", planned, why, hours=values.clock_text(length))
    return []


def _from_column(body: Body, column: Column) -> list[Problem]:
    cells = [own(body.sheet, number, column.index) for number in body.numbers]
    spans = [seconds(draft, column, cell) for cell, draft in zip(cells, body.drafts, strict=True)]
    bare = [span.seconds for span in spans if span and span.bare]
    factor = 60 if bare and min(bare) < FEW_S and max(bare) <= MANY_S else 1
    for position, span in enumerate(spans):
        if span:
            _set(body, column, position, _scaled(span, factor))
    problems = []
    if bare:
        why = N_("Numbers without a unit in {column} were read as {unit}; name the unit in the header to be sure.")
        problems.append(body.warn(column, why, column=column.label, unit="min" if factor == 60 else "s"))
    if any(abs(span.seconds - round(span.seconds)) > 0.05 for span in spans if span):
        problems.append(
            body.warn(column, N_("The durations in {column} were rounded to whole seconds."), column=column.label)
        )
    return problems


def _scaled(span: values.Span, factor: int) -> values.Span:
    if not span.bare or factor == 1:
        return span
    low, high = (None if bound is None else bound * factor for bound in (span.low, span.high))
    return values.Span(span.seconds * factor, low, high)


def _set(body: Body, column: Column, position: int, span: values.Span) -> None:
    merge = body.sheet.merge_at(body.numbers[position], column.index)
    within = [n for n, number in enumerate(body.numbers) if merge and merge[0] <= number <= merge[2]]
    _share([body.drafts[n] for n in within or [position]], column, span.seconds)
    if span.low is not None and span.high is not None and not within:
        draft = body.drafts[position]
        draft.row |= {"min_s": _whole(span.low), "max_s": _whole(span.high)}
        draft.say("warning", column, N_("A range was read as shortest and longest; planned is the middle."))


def _share(drafts: list[Draft], column: Column, total: float) -> None:
    """Give every draft its part of `total` seconds, so that whole seconds add up to it."""
    field = column.field if column.field in DURATIONS else "planned_s"
    count = len(drafts)
    for position, draft in enumerate(drafts):
        draft.row[field] = _whole(total * (position + 1) / count) - _whole(total * position / count)
    if count > 1:
        drafts[0].say("warning", column, N_("One time stands for {rows} rows; it was shared among them."), rows=count)


def _whole(amount: float) -> int:
    return int(amount + 0.5)


def _from_moments(body: Body) -> list[Problem]:
    """Durations by difference, for the rows that have none of their own."""
    start, end = body.found.the("start"), body.found.the("end")
    pairs = []
    for number, draft in zip(body.numbers, body.drafts, strict=True):
        begins, until = _moments(body, number, draft, start)
        ends, _ = _moments(body, number, draft, end)
        pairs.append((begins, ends or until))
    reading = on_one_scale([moment for pair in pairs for moment in pair])
    for gap in gaps(reading.seconds[::2], reading.seconds[1::2]):
        group = body.drafts[gap.first : gap.first + gap.rows]
        column = start or end
        if column and gap.seconds is not None and all(draft.row["planned_s"] is None for draft in group):
            _share(group, column, gap.seconds)
    if reading.two is None:
        return []
    why = N_("Times of two parts were read as {reading}; write hh:mm:ss to be sure.")
    return [body.warn(start or end, why, reading=reading.two)]


def _moments(body: Body, number: int, draft: Draft, column: Column | None) -> Moments:
    cell = own(body.sheet, number, column.index) if column else None
    found = moments(cell)
    if column and cell is not None and found[0] is None:
        draft.say(
            "warning", column, N_("“{text}” is no time; it was kept as a custom field."), text=values.text(cell)[:40]
        )
    return found
