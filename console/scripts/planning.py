"""Decisions about the rows themselves: add, import, edit, move, remove."""

from typing import Any

from console.core import strict
from console.core.messages import N_, Decision, refuse
from console.core.slice import Context, ProductFact, fact_of
from console.scripts.events import (
    Phase,
    Row,
    RowAdded,
    RowEdited,
    RowFields,
    RowMoved,
    RowRemoved,
    RowsImported,
)
from console.scripts.fold import FIELD_TYPES, State, edited, place_after
from console.scripts.phases import infer_phase

MAX_ROWS = 500
NO_SUCH_ROW = N_("There is no such row in the run of show; somebody may have removed it.")
TOO_MANY = N_("A run of show holds at most {limit} rows.")


def row_of(row_id: str, new: RowFields, phase: Phase | None, context: Context) -> Row:
    """The row that `new` asks for, with its phase and the facts of its products."""
    fields = {name: getattr(new, name) for name in RowFields.__struct_fields__}
    return Row(id=row_id, phase=phase or infer_phase(new.title), facts=_facts(new.products, context), **fields)


def _facts(products: tuple[str, ...], context: Context) -> tuple[ProductFact, ...]:
    """Without the moderator's details: those come with the product when it goes on the shelf."""
    known = [context.products[product] for product in products if product in context.products]
    return tuple(fact_of(product, details=False) for product in known)


def add(state: State, row: Row, after: str | None) -> Decision:
    """Behind `after`, or behind the last row."""
    if len(state.order) >= MAX_ROWS:
        return refuse(TOO_MANY, limit=MAX_ROWS)
    if after is not None and after not in state.rows:
        return refuse(NO_SUCH_ROW)
    behind = after or (state.order[-1] if state.order else None)
    return [RowAdded(row=row, after=behind, next_moved=_next_moves(state, place_after(state.order, row.id, behind)))]


def bring_in(state: State, rows: tuple[Row, ...], replace: bool) -> Decision:
    """All of them, or none. Rows are replaced only while none has run."""
    if replace and state.runs:
        return refuse("Rows of this show have run already; add the sheet behind them instead of replacing them.")
    kept = [] if replace else state.order
    if len(kept) + len(rows) > MAX_ROWS:
        return refuse(TOO_MANY, limit=MAX_ROWS)
    order = [*kept, *(row.id for row in rows)]
    return [RowsImported(rows=rows, replace=replace, next_moved=_next_moves(state, order))]


def edit(state: State, row_id: str, name: str, value: Any, context: Context) -> Decision:
    """One field, checked against its type and bounds."""
    row = state.rows.get(row_id)
    if row is None:
        return refuse(NO_SUCH_ROW)
    if name not in FIELD_TYPES and not _is_custom(name):
        return refuse("A row has no field {field}.", field=name)
    try:
        changed = _checked(row, name, value)
    except strict.StrictError as error:
        return refuse(error.why, **{**error.params, "place": name})
    facts = _facts(changed.products, context) if name == "products" else None
    return [RowEdited(row=row_id, field=name, value=value, facts=facts)]


def _is_custom(name: str) -> bool:
    return name.startswith("custom.") and len(name) > len("custom.")


def _checked(row: Row, name: str, value: Any) -> Row:
    """Raises StrictError when `value` does not fit."""
    if not _is_custom(name):
        strict.convert(value, FIELD_TYPES[name])
        return edited(row, name, value)
    if value is not None:
        column = name.removeprefix("custom.")
        strict.convert({**row.custom, column: value}, FIELD_TYPES["custom"])
    return row


def move(state: State, row_id: str, after: str | None) -> Decision:
    """Behind another row, or first."""
    if row_id not in state.rows or (after is not None and after not in state.rows):
        return refuse(NO_SUCH_ROW)
    if row_id == after:
        return refuse("A row cannot stand behind itself.")
    order = place_after(state.order, row_id, after)
    if order == state.order:
        return refuse("The row stands there already.")
    return [RowMoved(row=row_id, after=after, next_moved=_next_moves(state, order))]


def remove(state: State, row_id: str) -> Decision:
    """Any row but the one that is running."""
    if row_id not in state.rows:
        return refuse(NO_SUCH_ROW)
    if row_id == state.current:
        return refuse("This row is running; go on to another row before you remove it.")
    order = [known for known in state.order if known != row_id]
    return [RowRemoved(row=row_id, next_moved=_next_moves(state, order))]


def _next_moves(state: State, order: list[str]) -> bool:
    """Whether another row would follow the current one if the rows stood in `order`."""
    return _following(order, state.current) != _following(state.order, state.current)


def _following(order: list[str], current: str | None) -> str | None:
    place = 0 if current is None else order.index(current) + 1
    return order[place] if place < len(order) else None
