"""The Dockerfile against the program: no engine builds it here, so every word of it is held against what it names."""

import json
import re
import shlex
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from console.app import make_console
from console.cli import main
from console.journal.database import Database
from console.settings import Settings
from console.web.i18n import LANGUAGES, catalogue_path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
import runtime_lock  # noqa: E402 - a program of its own, not a package


def instructions():
    """(word, rest) of the Dockerfile, continued lines joined, comments left out."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, rest in lines]


def stages():
    """Lists of instructions, one for every FROM."""
    found = []
    for word, rest in instructions():
        found += [[]] if word == "FROM" else []
        found[-1].append((word, rest))
    return found


FINAL = stages()[-1]
GIVEN = dict(re.findall(r"(\w+)=(\S+)", next(rest for word, rest in FINAL if word == "ENV")))


def of_final(word):
    (found,) = [rest for name, rest in FINAL if name == word]
    return found


def copied(stage):
    """Sources that a stage takes from the project itself."""
    for word, rest in stage:
        if word == "COPY" and "--from=" not in rest:
            yield from shlex.split(rest)[:-1]


def test_what_is_copied_exists_and_is_let_into_the_build():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    for source in {source for stage in stages() for source in copied(stage)}:
        assert (ROOT / source).exists(), source
        assert any(source == name or source.startswith(f"{name}/") for name in allowed), source


def test_nothing_private_is_let_into_the_build():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    assert not {"data", ".env", ".git", "tests", "deploy", "."} & set(allowed)
    assert all((ROOT / name).exists() for name in allowed)


def test_every_file_the_program_needs_is_in_the_image():
    """Where the program looks is asked of the program."""
    targets = set(copied(FINAL)) | {rest.split()[-1] for word, rest in FINAL if word == "COPY"}
    needed = [catalogue_path(ROOT, language) for language in LANGUAGES if language != "en"]
    needed += [ROOT / "templates/base.html", ROOT / "static/css/app.css", ROOT / "static/vendor/htmx.js"]
    needed += [ROOT / "console/journal/migrations/env.py", ROOT / "console/comments/words"]
    for path in needed:
        assert any(path.is_relative_to(ROOT / target) for target in targets), path
    opened = set(re.findall(r'ROOT / "(\w+)"', "".join(p.read_text("utf-8") for p in (ROOT / "console").rglob("*.py"))))
    assert opened <= targets | {"locale"}


def test_the_front_end_is_made_by_the_makefile():
    front = dict(stages()[0])
    assert front["RUN"] == "make static/vendor/.ready"
    rule = (ROOT / "Makefile").read_text("utf-8").split("$(VENDOR)/.ready:")[1].split("\n\n")[0]
    used = set(re.findall(r"\b(?:tools/\w+|package-lock\.json|Makefile)\b", rule))
    assert used <= set(copied(stages()[0]))
    assert "npm ci" in rule


def test_the_loop_in_c_is_built_and_its_compiler_left_behind():
    packages = [rest for word, rest in stages()[1] if word == "RUN"]
    assert "install -y --no-install-recommends gcc libc6-dev" in packages[0]
    assert "import console.realtime._sendloop" in packages[-1]
    assert "gcc" not in str(FINAL)
    assert "**/*.so" in (ROOT / ".dockerignore").read_text("utf-8")


def test_settings_words_and_ports_are_the_programs():
    settings = Settings.read({name: value for name, value in GIVEN.items() if name.startswith("CONSOLE_")})
    known = set(re.findall(r'"(CONSOLE_[A-Z_]+)"', (ROOT / "console/settings.py").read_text("utf-8")))
    assert {name for name in GIVEN if name.startswith("CONSOLE_")} <= known
    assert str(settings.port) == of_final("EXPOSE")
    assert str(settings.data_dir) == of_final("VOLUME") == "/data"
    assert json.loads(of_final("ENTRYPOINT")) == ["console"]
    assert json.loads(of_final("CMD"))[0] in main.commands
    assert of_final("STOPSIGNAL") == "SIGTERM"


def test_the_health_check_asks_an_address_that_is_public(tmp_path):
    address = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", of_final("HEALTHCHECK"))
    assert address[1] == of_final("EXPOSE")
    app = make_console(Settings.read({"CONSOLE_DATA_DIR": str(tmp_path)})).app
    (route,) = [route for route in app.routes if route.path == address[2]]
    assert route.route_handler_map["GET"][0].opt["public"] is True
    compile(json.loads(of_final("HEALTHCHECK").split("CMD", 1)[1])[2], "healthcheck", "exec")


def test_it_runs_as_nobody_and_owns_only_its_data():
    words = [word for word, _ in FINAL]
    assert int(of_final("USER")) > 0
    assert "--chown" not in str(FINAL)
    assert words.index("USER") > max(at for at, word in enumerate(words) if word in {"COPY", "RUN"})
    assert GIVEN["PYTHONDONTWRITEBYTECODE"] == "1"


def test_images_and_sources_name_no_registry():
    stages_made = {rest.split()[-1] for word, rest in instructions() if word == "FROM" and " AS " in rest}
    for word, rest in instructions():
        if word == "FROM":
            assert re.fullmatch(r"[a-z]+:[\w.-]+( AS \w+)?", rest), rest
        for source in re.findall(r"--from=(\S+)", rest):
            assert source in stages_made


@pytest.fixture(scope="module")
def kept():
    """Package → version, of the part of the lock that the image installs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = runtime_lock.runtime(project, (ROOT / "requirements.lock").read_text("utf-8"))
    assert "://" not in text
    assert len(re.findall(r"^\S+==", text, re.MULTILINE)) == len(
        re.findall(r"^\S+==[^\n]* \\\n +--hash", text, re.MULTILINE)
    )
    return dict(re.findall(r"^([\w-]+)==([\w.]+)", text, re.MULTILINE))


def test_the_image_has_everything_that_runs_and_nothing_that_tests(kept):
    assert not {"pytest", "mypy", "ruff", "playwright", "coverage", "hypothesis"} & set(kept)
    missing = {}
    for name in kept:
        try:
            wanted = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue  # only for another system
        for one in wanted:
            if (one.marker is None or one.marker.evaluate({"extra": ""})) and runtime_lock.normal(one.name) not in kept:
                missing[one.name] = name
    assert missing == {}


def test_the_image_has_what_postgres_needs(kept, postgres):
    """SQLAlchemy brings greenlet only when asked; the tests' browser driver hid that it was missing."""
    assert {"asyncpg", "greenlet", "redis", "hiredis"} <= set(kept)
    assert Database(postgres.database()).data_version() is None
