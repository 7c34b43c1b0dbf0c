"""`console import`: the sheet a team has, seen first, then taken over whole."""

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from console.cli.shell import accepted
from console.desk.desk import Desk
from console.desk.sheets import apply_plan, plan_sheet
from console.ingest.problems import Problem
from console.ingest.run_of_show import Plan
from console.web.i18n import filled


async def import_file(desk: Desk, show_id: str, sheet: tuple[str, bytes], *, dry_run: bool, replace: bool) -> int:
    """Exit status 1 when a problem is an error; then nothing was changed."""
    show = await desk.shows.get(show_id)
    found = await plan_sheet(desk, show, *sheet)
    _print(found)
    if not found.applicable:
        return 1
    if not dry_run:
        accepted(await apply_plan(desk, show, found, replace=replace))
        click.echo(f"{len(found.rows)} rows imported")
    return 0


def _print(found: Plan) -> None:
    terminal = Terminal(stderr=True)
    terminal.print(_columns(found))
    for problem in found.problems:
        terminal.print(
            _place(problem), filled(problem.why, problem.params), style=_STYLE[problem.severity], markup=False
        )
    terminal.print(f"{len(found.rows)} rows understood")


def _columns(found: Plan) -> Table:
    table = Table("column", "is taken as")
    for header, field in found.columns.items():
        table.add_row(Text(header), Text(field))
    return table


def _place(problem: Problem) -> str:
    named = (("sheet", problem.sheet), ("row", problem.row), ("column", problem.column))
    place = " ".join(f"{name} {value}" for name, value in named if value is not None)
    return f"{problem.severity} {place}:" if place else f"{problem.severity}:"


_STYLE = {"error": "red", "warning": "yellow"}
