"""The words of the command line, beside a running server and without one."""

import json
import shutil
import sqlite3
import subprocess
import time
import uuid
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.api.conftest import PROGRAM, LiveShow, Server, surroundings


def alone(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *words], env=surroundings(data), capture_output=True, text=True, timeout=60, check=False
    )


def ended_with(socket: ClientConnection, within_s: float) -> int:
    """The close code, which must come in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            socket.recv(timeout=max(0, deadline - time.monotonic()))
        except ConnectionClosed as ended:
            return ended.rcvd.code if ended.rcvd else 1006
        except TimeoutError:
            break
    raise AssertionError("still open")


def test_token_add_prints_the_token_alone_and_it_is_valid_at_once(server: Server) -> None:
    done = server.run("token", "add", "a robot", "--role", "analyst", "--role", "ingest")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    token = done.stdout.strip()
    assert " " not in token
    answer = httpx.get(server.url + "/api/v1/shows", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_show_add_prints_the_id_alone_and_the_server_knows_it(server: Server) -> None:
    done = server.run("show", "add", "From the desk", "--starts-at", "2030-01-01T20:00:00+08:00")
    assert done.returncode == 0
    shown = server.get(f"/shows/{done.stdout.strip()}").json()["show"]
    assert (shown["title"], shown["starts_at"]) == ("From the desk", "2030-01-01T12:00:00.000Z")


def test_a_dry_run_shows_columns_and_problems_and_changes_nothing(show: LiveShow, tmp_path: Path) -> None:
    sheet = tmp_path / "rows.csv"
    sheet.write_text("环节,时长,自定义\n开场,5分钟,x\n", encoding="utf-8")
    tried = show.server.run("import", show.id, str(sheet), "--dry-run")
    assert tried.returncode == 0
    assert "自定义" in tried.stdout + tried.stderr
    assert show.snapshot()["scripts"]["rows"] == []
    done = show.server.run("import", show.id, str(sheet))
    assert done.returncode == 0
    time.sleep(0.5)
    assert [row["planned_s"] for row in show.snapshot()["scripts"]["rows"]] == [300]


def test_an_import_with_an_error_is_exit_1_and_names_the_place(show: LiveShow, tmp_path: Path) -> None:
    sheet = tmp_path / "rows.csv"
    sheet.write_text("title,duration\nOpening,tomorrow\n")
    done = show.server.run("import", show.id, str(sheet))
    assert done.returncode == 1
    assert "row 2" in done.stdout + done.stderr
    assert show.snapshot()["scripts"]["rows"] == []


@pytest.mark.parametrize("form", ["html", "json", "csv"])
def test_recap_writes_each_form(live: LiveShow, form: str, tmp_path: Path) -> None:
    file = tmp_path / f"recap.{form}"
    done = live.server.run("recap", live.id, "--format", form, "-o", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_size > 100
    if form == "json":
        assert {"metrics", "rows", "offers"} <= set(json.loads(file.read_bytes()))


def test_replay_plays_lines_onto_a_live_show(live: LiveShow, tmp_path: Path) -> None:
    lines = [{"ts": n / 2, "user": f"u{n}", "text": f"line {n}"} for n in range(20)]
    file = tmp_path / "chat.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    done = live.server.run("replay", live.id, str(file), "--speed", "1000")
    assert done.returncode == 0, done.stderr
    assert "20 accepted" in done.stderr
    time.sleep(0.5)
    assert live.snapshot()["metrics"]["comments"] == 20


def test_an_unknown_show_is_one_sentence_and_exit_1(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("title\nx\n")
    for words in (["verify", "s_none"], ["recap", "s_none", "--format", "json"], ["import", "s_none", str(file)]):
        done = server.run(*words)
        assert done.returncode == 1
        assert "s_none" in done.stderr
        assert "Traceback" not in done.stderr


def test_disabling_a_person_closes_their_sockets_within_two_seconds(live: LiveShow) -> None:
    server = live.server
    name, password = f"Mod {uuid.uuid4()}", "a long password 9"
    person = server.run(
        "user", "add", name, "--role", "moderator", "--password-stdin", stdin=password + "\n"
    ).stdout.strip()
    with httpx.Client(base_url=server.url) as browser:
        form = browser.get("/sign-in").cookies["console_form"]
        fields = {"name": name, "password": password, "csrf": form, "next": "/shows"}
        assert browser.post("/sign-in", data=fields, headers={"Origin": server.url}).status_code == 303
        cookie = f"console_session={browser.cookies['console_session']}"
        with server.socket(f"/live/{live.id}/moderate", None, Cookie=cookie, Origin=server.url) as socket:
            socket.recv(timeout=5)
            assert server.run("user", "disable", person).returncode == 0
            assert ended_with(socket, 2) == 4401
        assert browser.get(f"/api/v1{live.path}").status_code == 401


def test_sigterm_tells_every_socket_1012_and_ends_with_0(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    live = LiveShow(server).started()
    url = server.url.replace("http", "ws", 1) + f"/api/v1{live.path}/stream"
    header = {"Authorization": f"Bearer {server.tokens['controller']}"}
    with connect(url, additional_headers=header, close_timeout=2) as socket:
        socket.recv(timeout=5)
        server.process.terminate()
        assert ended_with(socket, 5) == 1012
    assert server.end() == 0
    again = Server(tmp_path / "data")
    try:
        again.tokens = server.tokens
        assert again.get(live.path).json()["show"]["status"] == "live"
    finally:
        assert again.end() == 0


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory and the show in it, of four rows and more."""
    data = tmp_path_factory.mktemp("stored") / "data"
    show = alone(data, "show", "add", "A").stdout.strip()
    sheet = data.parent / "rows.csv"
    sheet.write_text("title,duration\nOpening,5m\n")
    for _ in range(2):
        assert alone(data, "import", show, str(sheet)).returncode == 0
    return data, show


@pytest.mark.parametrize(
    "tamper",
    [
        None,
        "UPDATE journal SET payload = CAST(replace(payload, '300', '301') AS BLOB) WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 2",
        "UPDATE journal SET actor = 'p_other' WHERE seq = 2",
        "UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 2",
        "UPDATE journal SET hash = zeroblob(32) WHERE seq = 2",
        "DELETE FROM journal WHERE seq > 1",
        "UPDATE journal SET type = 'show_ended' WHERE seq = 2",
    ],
)
def test_verify_names_the_first_row_that_was_altered(
    stored: tuple[Path, str], tmp_path: Path, tamper: str | None
) -> None:
    data, show = tmp_path / "data", stored[1]
    shutil.copytree(stored[0], data)
    with sqlite3.connect(data / "console.db") as database:
        assert tamper is None or database.execute(tamper).rowcount > 0
    found = alone(data, "verify", show)
    assert found.returncode == (0 if tamper is None else 1), found.stderr
    assert tamper is None or "2" in (found.stdout + found.stderr).split()


def test_doctor_says_what_is_configured_and_what_is_wrong(server: Server, tmp_path: Path) -> None:
    good = server.run("doctor")
    assert "synchronous" in good.stdout
    assert good.returncode == 0, good.stdout
    bad = alone(tmp_path / "none", "doctor")
    assert bad.returncode == 1
    assert "WRONG" in bad.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["token", "add", "x", "--role", "king"],
        ["token", "add", "", "--role", "admin"],
        ["show", "add", "x", "--starts-at", "soon"],
    ],
)
def test_what_cannot_be_done_is_one_sentence(server: Server, words: list[str]) -> None:
    done = server.run(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
