"""The run of show a team already has: dry run first, then all of it or nothing."""

from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from console.api.answers import AnyRequest, json, settled
from console.api.wire import SheetAnswer
from console.core.show import Show
from console.core.strict import decode
from console.desk.desk import Desk
from console.desk.sheets import apply_plan, plan_sheet
from console.ingest.problems import Problem
from console.ingest.run_of_show import Plan
from console.limits import SHEET_BODY_BYTES
from console.web.asking import locale_of
from console.web.errors import ProblemError
from console.web.forms import form_of
from console.web.i18n import Catalogues, Translator
from console.web.viewing import actor_of

Flag = Annotated[int, Parameter(ge=0, le=1)]


@post(
    "/shows/{show_id:str}/run-of-show",
    opt={"roles": {"producer"}, "rate": "heavy"},
    status_code=200,
    request_max_body_size=SHEET_BODY_BYTES,
    summary="Import a run of show",
)
async def import_run_of_show(  # noqa: PLR0913, PLR0917 - what the door is handed, by name
    request: AnyRequest,
    desk: NamedDependency[Desk],
    catalogues: NamedDependency[Catalogues],
    show_id: FromPath[str],
    dry_run: Flag = 0,
    replace: Flag = 0,
) -> Response[bytes]:
    """Multipart `file` (CSV, XLSX, ODS) and an optional `mapping`: header → field."""
    show = await desk.shows.get(show_id)
    found = await _understood(request, desk, show)
    body = msgspec.json.encode(_answer(found, catalogues[locale_of(request)]))
    if not found.applicable and not dry_run:
        return json(body, 422)
    if not dry_run:
        await settled(desk, show_id, await apply_plan(desk, show, found, actor_of(request), replace=bool(replace)))
    return json(body)


async def _understood(request: AnyRequest, desk: Desk, show: Show) -> Plan:
    form = await form_of(request)
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise ProblemError(400, "invalid", "Send the sheet as a file in the form field “file”.")
    mapping = form.get("mapping")
    wanted = decode(str(mapping).encode(), dict[str, str]) if mapping else None
    return await plan_sheet(desk, show, file.filename, await file.read(), wanted)


def _answer(found: Plan, translate: Translator) -> SheetAnswer:
    return SheetAnswer(found.columns, len(found.rows), [_problem(problem, translate) for problem in found.problems])


def _problem(problem: Problem, translate: Translator) -> dict[str, Any]:
    place = {"sheet": problem.sheet, "row": problem.row, "column": problem.column}
    return {"severity": problem.severity, **place, "why": translate(problem.why, **problem.params)}


HANDLERS = (import_run_of_show,)
