"""`console serve --workers N`: one port, one «ready», and a parent that looks after its workers."""

import os
import signal
import time
from pathlib import Path

import httpx
import pytest
from nodes import Node, environment, token_for


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return environment(tmp_path_factory.mktemp("crew"))


@pytest.fixture(scope="module")
def token(told):
    return token_for(told)


@pytest.fixture
def crew(told, token, tmp_path):
    crew = Node(told, tmp_path / "log", "--workers", "2").answering()
    yield crew
    if crew.process.poll() is None:
        assert crew.end() == 0


def workers(crew):
    """Ids of its processes, as Linux tells them."""
    pid = crew.process.pid
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()}


def answers(url, token, times=40):
    """Fresh connections, so that the kernel chooses a worker each time."""
    headers = {"Authorization": f"Bearer {token}"}
    return [httpx.get(f"{url}/api/v1/shows", headers=headers).status_code for _ in range(times)]


def until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def answers_always(url):
    try:
        return {httpx.get(f"{url}/health").status_code for _ in range(10)} == {200}
    except httpx.TransportError:
        return False


def test_all_answer_on_one_port_and_ready_is_said_once(crew, token):
    assert len(workers(crew)) == 2
    assert set(answers(crew.url, token)) == {200}
    crew.process.terminate()
    rest, _ = crew.process.communicate(timeout=20)
    assert (crew.process.returncode, rest) == (0, "")


def test_every_worker_has_its_share_of_connections(crew, token):
    served = {line for _ in range(40) for line in _of_this_worker(crew.url, token)}
    assert len(served) == 2


def _of_this_worker(url, token):
    found = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}).text
    return [line for line in found.splitlines() if line.startswith("console_http_seconds_created")][:1]


def test_a_worker_that_dies_is_replaced(crew):
    before = workers(crew)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(workers(crew)) == 2 and victim not in workers(crew))
    until(lambda: answers_always(crew.url))


def test_workers_do_not_outlive_their_parent(crew):
    left = workers(crew)
    crew.process.kill()
    crew.process.wait(20)
    until(lambda: not any(running(pid) for pid in left))
    crew.process.stdout.close()


def running(pid):
    """Present and not merely unburied."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_crew_that_cannot_start_ends(told, tmp_path):
    other = Node(told, tmp_path / "other", "--host", "192.0.2.1", "--workers", "2")
    assert other.process.wait(20) != 0
    other.process.stdout.close()
