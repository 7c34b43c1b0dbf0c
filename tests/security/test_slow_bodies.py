"""The real program and senders that never come to an end: each is let go of, and none is an error of ours."""

import re
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest
from nodes import Node, environment, token_for
from patience import patience

BODY_S = 0.5
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: {kind}\r\nContent-Length: 100\r\n\r\n"
)
DOORS = [
    ("/api/v1/shows/{show}/commands", "application/json"),
    ("/api/v1/shows/{show}/observations", "application/json"),
    ("/api/v1/shows/{show}/run-of-show", "multipart/form-data; boundary=x"),
    ("/sign-in", "application/x-www-form-urlencoded"),
]


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    where = tmp_path_factory.mktemp("slow")
    told = environment(where)
    token = token_for(told)
    bound = f"import console.realtime.bounds; console.realtime.bounds.BODY_S = {BODY_S}"
    node = Node(told, where / "log", prelude=bound).answering()
    headers = {"Authorization": f"Bearer {token}"}
    show = httpx.post(f"{node.url}/api/v1/shows", json={"title": "晚场"}, headers=headers).json()["id"]
    try:
        yield node.url, token, show, where / "log"
    finally:
        assert node.end() == 0


def dribbled(url, head):
    """What comes back to somebody who sends one byte now and then, and how long he was kept."""
    began = time.monotonic()
    said = b""
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=0.05) as line:
        line.sendall(head.encode())
        while time.monotonic() - began < 20:
            try:
                line.sendall(b"{")
                came = line.recv(65_536)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            said += came
            if not came:
                break
    return said, time.monotonic() - began


@pytest.mark.parametrize(("path", "kind"), DOORS)
def test_a_body_of_single_bytes_is_let_go_of_at_every_door(serving, path, kind):
    url, token, show, log = serving
    head = HEAD.format(path=path.format(show=show), kind=kind, token=token, host=urlsplit(url).netloc, url=url)
    said, kept_s = dribbled(url, head)
    assert said.startswith(b"HTTP/1.1 408")
    assert kept_s < patience(BODY_S + 0.5)
    assert "unforeseen" not in log.read_text()
    figures = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}).text
    assert not re.search(r'^console_http_requests_total\{.*status="5', figures, re.MULTILINE)
