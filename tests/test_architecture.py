"""The walls hold: import contracts, one list of slices, every door named, every screen made of known parts."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from console.app import make_console
from console.catalogue import COMMANDS, EVENTS, PUBLIC_COMMANDS, SLICES
from console.core.messages import snake_case
from console.migrate import HEAD, MIGRATIONS
from console.realtime.socket import socket_routes
from console.screens import LIVE, PARTS, screens
from console.settings import Settings
from console.web.census import check_routes
from console.web.pages import SCREEN_ROLES

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "console").rglob("*.py"))
SLICE_FILES = {"__init__.py", "events.py", "fold.py", "commands.py", "views.py", "slice.py"}


def test_import_contracts_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-3_000:]


@pytest.mark.parametrize("room", ["scripts", "shelf", "offers", "comments", "metrics"])
def test_every_slice_has_the_same_files(room):
    assert {path.name for path in (ROOT / "console" / room).glob("*.py")} >= SLICE_FILES


def test_every_file_is_under_300_lines():
    assert [str(path) for path in MODULES if len(path.read_text("utf-8").splitlines()) >= 300] == []


def test_package_fronts_are_prose():
    allowed = {"api", "pages", "cli"}
    for path in MODULES:
        if path.name == "__init__.py" and path.parent.name not in allowed:
            assert len(ast.parse(path.read_text("utf-8")).body) == 1, path


def test_every_public_thing_says_what_it_is():
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in MODULES
        if path.parent.name != "versions"
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not any(ast.unparse(mark) == "overload" for mark in node.decorator_list)
    ]
    assert bare == []


def test_names_on_the_wire_are_unique():
    for kinds in (COMMANDS, EVENTS):
        names = [snake_case(kind.__name__) for kind in kinds]
        assert len(names) == len(set(names))


def test_every_event_has_one_owner_and_a_shape():
    owners = [event for piece in SLICES for event in piece.events]
    assert len(owners) == len(set(owners))
    assert {event for piece in SLICES for event in piece.folds} <= set(EVENTS)


def test_public_commands_name_their_roles():
    assert [command for command in PUBLIC_COMMANDS if not command.roles] == []


def test_screens_are_made_of_known_parts_and_every_part_is_somewhere():
    placed = {part.name for parts in screens().values() for part in parts}
    assert set(PARTS) - placed == set()
    assert set(LIVE) | {"recap"} == set(SCREEN_ROLES)


def test_every_part_has_its_template():
    missing = [
        name for name in PARTS if not (ROOT / "templates/parts" / (name.replace("-", "/", 1) + ".html")).exists()
    ]
    assert missing == []


def test_every_route_says_who_may_use_it(tmp_path):
    settings = Settings.read({"CONSOLE_DATA_DIR": str(tmp_path)})
    assert check_routes(make_console(settings).app) > 30
    assert socket_routes.__module__ == "console.realtime.socket"


def test_the_newest_migration_is_the_one_named():
    revisions = {path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("*.py")}
    assert max(revisions) == HEAD


def test_lock_files_name_no_host():
    for name in ("requirements.lock", "package-lock.json"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text, name
        assert '"resolved"' not in text, name


def test_no_module_keeps_state():
    kept = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Global)
    ]
    assert kept == []
