"""A real console in a process of its own: started on a free port, ended politely or not, asked over its HTTP API."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import msgspec

CONSOLE = Path(sys.executable).with_name("console")
READY = re.compile(r"^ready (http://\S+)$", re.MULTILINE)
START_S = 20


class Server:
    """`console demo` over one data directory, told more by the environment; `url` stays the same over restarts."""

    def __init__(self, data: Path, **told: str) -> None:
        self.data = data
        self._told = told
        self.url = ""
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._token = ""
        self._client: httpx.Client | None = None
        self._added: dict[str, str] = {}

    def start(self) -> None:
        words = [CONSOLE, "demo", "--host", "127.0.0.1", "--port", str(self._port)]
        with (self.data / "server.log").open("ab") as log:
            self._process = subprocess.Popen(words, env=self._environ(), stdout=subprocess.PIPE, stderr=log)
        self.url = READY.search(self._until_ready(time.monotonic() + START_S))[1]
        self._port = int(self.url.rsplit(":", 1)[1])

    def _until_ready(self, deadline: float) -> str:
        heard = b""
        pipe = self._process.stdout
        while not READY.search(heard.decode()):
            left = deadline - time.monotonic()
            readable = left > 0 and select.select([pipe], [], [], left)[0]
            chunk = os.read(pipe.fileno(), 4096) if readable else b""
            assert chunk, (
                f"the server did not come up: {heard.decode()} {(self.data / 'server.log').read_text()[-2000:]}"
            )
            heard += chunk
        return heard.decode()

    def stop(self) -> int:
        """Politely; answers the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As when the power of one machine goes."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """As when a machine hangs: its sockets stay open and nothing comes out of them."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        status = self._process.wait(15)
        self._process.stdout.close()
        return status

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def cli(self, *words: str, stdin: str = "") -> str:
        """What the command line prints."""
        done = subprocess.run(
            [CONSOLE, *words], env=self._environ(), input=stdin, capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout.strip()

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSOLE_")}
        return kept | {"CONSOLE_DATA_DIR": str(self.data)} | self._told

    def add_person(self, name: str, role: str) -> str:
        """Through the command line; answers the id."""
        self._added[name] = uuid.uuid4().hex
        return self.cli("user", "add", name, "--role", role, "--password-stdin", stdin=self._added[name] + "\n")

    @property
    def passwords(self) -> dict[str, str]:
        """Of the demo's people, one per role and named by it, and of those added."""
        return self._added | msgspec.json.decode((self.data / "demo-people.json").read_bytes())

    def call(self, method: str, path: str, **more: Any) -> Any:
        """Ask the API as an admin."""
        if self._client is None:
            self._token = self._token or self.cli("token", "add", "journeys", "--role", "admin")
            self._client = httpx.Client(headers={"Authorization": f"Bearer {self._token}"}, timeout=10)
        answer = self._client.request(method, f"{self.url}/api/v1{path}", **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def show(self, title: str, **more: Any) -> str:
        return self.call("POST", "/shows", json={"title": title, **more})["id"]

    def command(self, show: str, kind: str, **fields: Any) -> dict[str, Any]:
        envelope = {
            "command_id": str(uuid.uuid4()),
            "issued_at": time.time_ns() // 1_000_000,
            "seen": None,
            "type": kind,
        }
        return self.call("POST", f"/shows/{show}/commands", json={**envelope, **fields})

    def snapshot(self, show: str) -> dict[str, Any]:
        return self.call("GET", f"/shows/{show}")

    def journal(self, show: str) -> list[dict[str, Any]]:
        return self.call("GET", f"/shows/{show}/journal")["items"]

    def says(self, show: str, *texts: str, name: bool = False) -> None:
        """Viewers' comments, through the door of observations; with `name` each is also the name of who says it."""
        at = time.time_ns() // 1_000_000
        said = [
            {"kind": "comment", "source": "test", "id": uuid.uuid4().hex, "at": at + n, "user": f"u{n}", "name": text[:200] if name else f"Viewer {n}", "text": text}
            for n, text in enumerate(texts)
        ]  # fmt: skip
        answer = self.call("POST", f"/shows/{show}/observations", json=said)
        assert answer["accepted"] == len(texts), answer

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
