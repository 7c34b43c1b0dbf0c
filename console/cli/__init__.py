"""`console`: the words of the command line. Each does one thing to the same store the server works on."""

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from console.settings import Settings

T = TypeVar("T")
ROLE = click.option("--role", "roles", multiple=True, required=True, help="May be given several times.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Control console for live-commerce shows."""
    try:
        context.obj = Settings.read(os.environ)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def with_desk(settings: Settings, work: Callable[[Any], Awaitable[T]]) -> T:
    """Run `work(desk)` on a migrated store. What people did wrong comes out as one sentence."""
    from console.cli.shell import run_with_desk

    return run_with_desk(settings, work)


@main.command()
@click.option("--host")
@click.option("--port", type=click.IntRange(0, 65_535))
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Processes that share the port.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, workers: int) -> None:
    """Serve; prints «ready http://H:P» when it answers."""
    gc.disable()  # until ready: what is imported and folded now stays
    from console.cli.serving import serve_console

    sys.exit(serve_console(settings, host, port, workers))


@main.command()
@click.option("--host")
@click.option("--port", type=click.IntRange(0, 65_535))
@click.pass_obj
def demo(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve a demo show with its rehearsal audience; prints a sign-in line per role."""
    gc.disable()
    from console.cli.serving import serve_demo

    serve_demo(settings, host, port)


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to today's tables."""
    from console.cli.store import open_store

    asyncio.run(open_store(settings))
    click.echo("up to date", err=True)


@main.group()
def token() -> None:
    """API tokens."""


@token.command("add")
@click.argument("name")
@ROLE
@click.pass_obj
def token_add(settings: Settings, name: str, roles: tuple[str, ...]) -> None:
    """Print a new API token, this once."""
    click.echo(with_desk(settings, lambda desk: desk.accounts.add_token(name, roles))[1])


@main.group()
def user() -> None:
    """People."""


@user.command("add")
@click.argument("name")
@ROLE
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@click.pass_obj
def user_add(settings: Settings, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:  # noqa: ARG001 - the flag says where the password comes from; there is no other way
    """Add a person who may sign in; prints the person's id."""
    password = sys.stdin.readline().rstrip("\r\n")
    click.echo(with_desk(settings, lambda desk: desk.accounts.add_person(name, roles, password)).id)


@user.command("disable")
@click.argument("person_id")
@click.pass_obj
def user_disable(settings: Settings, person_id: str) -> None:
    """End every sign-in of a person and allow no other."""
    with_desk(settings, lambda desk: desk.accounts.disable(person_id))


@main.group()
def show() -> None:
    """Shows."""


@show.command("add")
@click.argument("title")
@click.option("--starts-at", help="RFC 3339 with its offset.")
@click.option("--delivery", type=click.Choice(["none", "manual"]), default="none")
@click.option("--rehearsal", is_flag=True, help="Allow a simulated audience.")
@click.pass_obj
def show_add(settings: Settings, title: str, starts_at: str | None, delivery: str, rehearsal: bool) -> None:
    """Create a show; prints its id."""
    from console.cli.shell import add_show

    click.echo(with_desk(settings, lambda desk: add_show(desk, title, starts_at, delivery, rehearsal)))


@main.command("import")
@click.argument("show_id", metavar="SHOW")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show the mapping and every problem.")
@click.option("--replace", is_flag=True, help="Take the place of the rows there are.")
@click.pass_obj
def import_sheet(settings: Settings, show_id: str, file: Path, dry_run: bool, replace: bool) -> None:
    """Take over a run of show from CSV, XLSX or ODS."""
    from console.cli.importing import import_file

    raw = file.read_bytes()
    sys.exit(
        with_desk(settings, lambda desk: import_file(desk, show_id, (file.name, raw), dry_run=dry_run, replace=replace))
    )


@main.command()
@click.argument("show_id", metavar="SHOW")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speed", type=click.FloatRange(0.1, 100_000), default=1.0, help="How many times faster than recorded.")
@click.pass_obj
def replay(settings: Settings, show_id: str, files: tuple[Path, ...], speed: float) -> None:
    """Play recorded comments and orders onto a show."""
    from console.cli.replaying import replay_files

    sys.exit(with_desk(settings, lambda desk: replay_files(desk, show_id, files, speed)))


@main.command()
@click.argument("show_id", metavar="SHOW")
@click.option("--format", "form", type=click.Choice(["html", "json", "csv"]), required=True)
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh")
@click.pass_obj
def recap(settings: Settings, show_id: str, form: str, output: Path | None, lang: str) -> None:
    """Write the recap of a show."""
    from console.cli.recapping import write_recap

    write_recap(settings, show_id, form, output, lang)


@main.command()
@click.argument("show_id", metavar="SHOW")
@click.pass_obj
def verify(settings: Settings, show_id: str) -> None:
    """Check the journal's hash chain; name the first altered row."""
    from console.cli.shell import verify_show

    sys.exit(with_desk(settings, lambda desk: verify_show(desk, show_id)))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Copy the embedded store to FILE, checked, while a server works on it."""
    from console.cli.keeping import back_up

    back_up(settings, file)


@main.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put the store there is aside.")
@click.option(
    "--epochs-only", is_flag=True, help="The store is back already, by pg_restore: check it, begin new epochs."
)
@click.pass_obj
def restore(settings: Settings, file: Path | None, replace: bool, epochs_only: bool) -> None:
    """Put a backup in the store's place; every screen begins anew."""
    from console.cli import keeping

    if epochs_only == (file is not None):
        raise click.UsageError("Give either FILE or --epochs-only.")
    if file is None:
        keeping.renew(settings)
    else:
        keeping.restore(settings, file, replace=replace)


@main.command()
@click.pass_obj
def rebuild(settings: Settings) -> None:
    """Fold the list of shows anew from their journals."""
    from console.cli.shell import rebuild_list

    with_desk(settings, rebuild_list)


@main.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """What is configured, what is unsafe, what is missing."""
    from console.cli.doctor import examine

    sys.exit(examine(settings))
