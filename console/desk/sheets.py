"""A sheet and a show: what would become of it, and taking it over whole. Used by the API and the command line."""

from collections.abc import Mapping

from console.core.messages import SYSTEM, Actor, Rejection
from console.core.show import Show
from console.core.strict import convert
from console.desk.desk import Desk
from console.ingest.run_of_show import Plan, plan
from console.lines import Accepted
from console.scripts.commands import ImportRows, NewRow


async def plan_sheet(
    desk: Desk, show: Show, filename: str, raw: bytes, mapping: Mapping[str, str] | None = None
) -> Plan:
    """The file as rows of `show`, with link numbers read as the shop's products; in a worker, for a file may be slow."""
    links = {str(product.link_no): product.id for product in desk.shop.products.values() if product.link_no}
    return await desk.workers.run(plan, filename, raw, mapping, links, show.header.currency)


async def apply_plan(
    desk: Desk, show: Show, found: Plan, actor: Actor = SYSTEM, *, replace: bool = False
) -> Accepted | Rejection:
    """One command for all rows: all or none."""
    rows = tuple(convert(row, NewRow) for row in found.rows)
    command = ImportRows(command_id=desk.ids.uuid(), issued_at=desk.clock.now_ms(), rows=rows, replace=replace)
    return await desk.gate.submit(show.id, command, actor)
