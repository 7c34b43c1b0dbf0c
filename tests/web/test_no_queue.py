"""A press goes by HTTP and never through the socket, whose queue would send it when the line is back."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BY_SOCKET = re.compile(r"hx-ws[:.\-]send|ws-send|\bsocket\??\.send\(|\bconnection\??\.(?:send|queue)\b")
QUESTION = 'socket.send(JSON.stringify({ type: "clock"'


def said_by_socket(text: str) -> list[str]:
    """Lines that send by the socket anything but the question for the time."""
    return [line.strip() for line in text.splitlines() if BY_SOCKET.search(line) and QUESTION not in line]


def sources() -> list[Path]:
    return [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static/js").rglob("*.js")]


def test_a_page_says_nothing_on_its_socket_but_a_question_for_the_time() -> None:
    assert [(path.name, line) for path in sources() for line in said_by_socket(path.read_text("utf-8"))] == []
    assert sum(QUESTION in path.read_text("utf-8") for path in sources()) == 1


def test_control_a_command_sent_by_socket_is_noticed() -> None:
    for line in ("<button hx-ws:send>", "<form ws-send>", "socket.send(body)", "connection.queue.push(body)"):
        assert said_by_socket(line) == [line]
