"""The documents say what is true: every command, setting, file and make word they name exists, and none is left out."""

import re
from pathlib import Path

import click
import pytest
import yaml

from console.cli import durable, main
from console.realtime import hub
from console.web.telemetry import Telemetry

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
RUNNING = (ROOT / "docs/running.md").read_text("utf-8")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/running.md")


def words(group, prefix=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from words(command, (*prefix, name))
        else:
            yield " ".join((*prefix, name)), command


COMMANDS = dict(words(main))


def test_every_command_is_in_the_readme_and_none_is_invented():
    named = set(re.findall(r"^\| `console ((?:[a-z]+)(?: (?:add|disable))?)", README, re.MULTILINE))
    assert named == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_the_readme(name):
    line = next(line for line in README.splitlines() if line.startswith(f"| `console {name}"))
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("-")}
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line)) == options - {"--help"}


def test_every_setting_is_in_the_readme_and_none_is_invented():
    source = (ROOT / "console/settings.py").read_text("utf-8")
    assert set(re.findall(r"CONSOLE_[A-Z_]+", README)) == set(re.findall(r'"(CONSOLE_[A-Z_]+)"', source))


def test_every_setting_is_on_the_page_of_running_and_none_is_invented():
    source = (ROOT / "console/settings.py").read_text("utf-8")
    table = RUNNING.split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"CONSOLE_[A-Z_]+", table)) == set(re.findall(r'"(CONSOLE_[A-Z_]+)"', source))


def test_the_page_of_running_names_services_words_and_figures_that_exist():
    services = set(yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"])
    named = re.findall(r"docker compose (?:exec|run|stop)((?: --?[a-z]+| -T)*(?: [a-z0-9]+)+)", RUNNING)
    for words in named:
        first = next(word for word in words.split() if not word.startswith("-"))
        assert first in services, words
    assert {word.split()[0] for word in re.findall(r"`console ([a-z]+)", RUNNING)} <= {
        name.split()[0] for name in COMMANDS
    }
    exposed = Telemetry().text().decode()
    for figure in set(re.findall(r"`(console_[a-z_]+)", RUNNING)):
        assert figure.removesuffix("_total") in exposed, figure


def test_the_page_of_running_counts_as_the_program_does():
    """Numbers that the arithmetic of the page rests on."""
    assert f"{hub.MAX_WATCHERS:,} sockets a process" in RUNNING
    assert f"({durable.A_PROCESS} each" in RUNNING
    assert f"enough for {(100 - durable.SPARE_CONNECTIONS) // durable.A_PROCESS})" in RUNNING
    assert hub.TICK_S * hub.TICKS_A_BEAT == 2.0
    assert "every 2 s" in RUNNING


def test_make_words_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {word for name in DOCUMENTS for word in re.findall(r"\bmake ([a-z]+)\b", (ROOT / name).read_text("utf-8"))}
    assert named - {"every", "it"} <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_files_exist(document):
    text = (ROOT / document).read_text("utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    paths = re.findall(r"`((?:console|templates|tests|locale)/[\w./-]+)`", text)
    beside = (ROOT / document).parent
    missing = [name for name in links if not (beside / name).exists()]
    missing += [name for name in paths if not (ROOT / name).exists()]
    assert missing == []


def test_the_tour_names_files_that_exist():
    tour = (ROOT / "console/__init__.py").read_text("utf-8")
    for name in re.findall(r"`([\w/]+\.(?:py|html))`", tour):
        found = [
            path
            for base in (ROOT, ROOT / "console", ROOT / "console/realtime")
            for path in [base / name]
            if path.exists()
        ]
        assert found, name


def test_the_readme_knows_every_role():
    from typing import get_args

    from console.core.messages import Role

    assert [role for role in get_args(Role) if f"`{role}`" not in README] == []
