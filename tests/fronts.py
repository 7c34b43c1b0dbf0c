"""Two nodes and one address before them: a plain TCP balancer, and the real proxy with the configuration that is shipped."""

import asyncio
import contextlib
import itertools
import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from nodes import Node

ROOT = Path(__file__).parents[1]
PATIENCE_S = 20.0


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class House:
    """Two nodes on fixed ports. `prelude` is Python each runs first, to take a guard away."""

    def __init__(self, told, log, prelude=""):
        self._told, self._log, self._prelude = told, log, prelude
        self.ports = [free_port(), free_port()]
        self.nodes = [self._begun(port) for port in self.ports]

    def _begun(self, port):
        return Node(self._told, self._log, "--port", str(port), prelude=self._prelude)

    def answering(self):
        for node in self.nodes:
            node.answering()

    def stop(self, number):
        """Politely; the instant at which it was gone."""
        assert self.nodes[number].end() == 0
        return time.monotonic()

    def start(self, number):
        self.nodes[number] = self._begun(self.ports[number])
        self.nodes[number].answering()
        return time.monotonic()

    def end(self):
        assert [node.end() for node in self.nodes] == [0, 0]


class Balancer:
    """Takes turns; who refuses a connection is passed over."""

    def __init__(self, ports):
        self._turns = itertools.cycle(ports)
        self._tries = len(ports)
        self.tls = None

    @contextlib.asynccontextmanager
    async def running(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield self
        server.close()

    async def _serve(self, reader, writer):
        for port in itertools.islice(self._turns, self._tries):
            with contextlib.suppress(ConnectionRefusedError):
                there = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(carry(reader, there[1]), carry(there[0], writer))
                return
        writer.close()


async def carry(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Caddy:
    """deploy/Caddyfile word for word, on ports of its own, with a certificate made for the test."""

    def __init__(self, ports, where):
        self._where = where
        self._ports = ports
        self._port = free_port()
        self.url = f"https://localhost:{self._port}"
        self.plain_port = free_port()

    @contextlib.asynccontextmanager
    async def running(self):
        certify(self._where)
        self.tls = ssl.create_default_context(cafile=str(self._where / "own.pem"))
        told = {
            "CONSOLE_SITE": "localhost", "HTTPS_PORT": str(self._port), "HTTP_PORT": str(self.plain_port),
            "TLS_DIR": str(self._where), "NODES": " ".join(f"127.0.0.1:{port}" for port in self._ports),
            "XDG_DATA_HOME": str(self._where), "XDG_CONFIG_HOME": str(self._where), "HOME": str(self._where),
        }  # fmt: skip
        process = begun(self._where / "caddy.log", told)
        try:
            await self._listens(process)
            yield self
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, PATIENCE_S)

    async def _listens(self, process):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                assert process.poll() is None, (self._where / "caddy.log").read_text()[-2_000:]
                with contextlib.suppress(OSError):
                    (await asyncio.open_connection("127.0.0.1", self._port))[1].close()
                    return
                await asyncio.sleep(0.05)


def begun(log, told):
    command = ["caddy", "run", "--config", str(ROOT / "deploy/Caddyfile"), "--adapter", "caddyfile"]
    with log.open("wb") as said:
        return subprocess.Popen(command, env=os.environ | told, stdout=said, stderr=said)


def certify(where):
    """A certificate for localhost, and the line that names it to the proxy."""
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "own.key", "-out", "own.pem"]
    subprocess.run(["openssl", *words.split(), *names], cwd=where, check=True, capture_output=True)
    (where / "own.caddy").write_text(f"tls {where}/own.pem {where}/own.key\n")


def need_proxy():
    """Skips, saying what is missing."""
    for program in ("caddy", "openssl"):
        if shutil.which(program) is None:
            pytest.skip(
                f"{program} is missing: apt-get install {program} lets the shipped proxy configuration be tried"
            )
