"""What the doctor says about a deployment, from its settings alone."""

from importlib import import_module
from ipaddress import ip_address

import pytest
from sqlalchemy import make_url

from console.cli import durable, surroundings
from console.journal import postgres
from console.realtime.sendloop import leave_all
from console.settings import Settings

HTTPS = {"CONSOLE_ALLOWED_ORIGINS": "https://live.example"}
OUTSIDE = {"CONSOLE_HOST": "0.0.0.0"}
POSTGRES = {"CONSOLE_DATABASE_URL": "postgresql+asyncpg://console:x@postgres/console"}


def wrong(told, found=surroundings.network):
    return [text for good, text in found(Settings.read(told)) if not good]


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (OUTSIDE, "without an https:// origin"),
        ({**OUTSIDE, "CONSOLE_ALLOWED_ORIGINS": "http://live.example"}, "origin http://live.example without TLS"),
        ({**OUTSIDE, **HTTPS}, "no CONSOLE_TRUSTED_PROXIES"),
        (HTTPS, "no CONSOLE_TRUSTED_PROXIES"),
        ({"CONSOLE_TRUSTED_PROXIES": "10.0.0.2,10.0.0.0/23"}, "names 10.0.0.0/23: everybody in so wide a network"),
        ({**HTTPS, "CONSOLE_TRUSTED_PROXIES": "fd00::/63"}, "names fd00::/63: everybody in so wide a network"),
    ],
)
def test_what_is_unsafe_on_the_network_is_named(told, word):
    assert any(word in text for text in wrong(told))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"CONSOLE_ALLOWED_ORIGINS": "http://localhost:5173,http://127.0.0.1:9000"},
        {**OUTSIDE, **HTTPS, "CONSOLE_TRUSTED_PROXIES": "172.31.240.2"},
        {**OUTSIDE, **HTTPS, "CONSOLE_TRUSTED_PROXIES": "172.31.240.0/24,fd00::/64"},
    ],
)
def test_what_is_safe_is_not(told):
    assert wrong(told) == []


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ({"CONSOLE_REDIS_URL": "redis://redis:6379"}, False),
        ({"CONSOLE_REDIS_URL": "redis://127.0.0.1:6379"}, True),
        ({"CONSOLE_REDIS_URL": "unix:///run/redis.sock"}, True),
        ({"CONSOLE_REDIS_URL": "redis://redis:6379", **POSTGRES}, True),
    ],
)
def test_one_file_is_one_machines_store(told, good):
    assert (wrong(told, surroundings.sharing) == []) is good


NAMES = {
    "redis": ["172.31.0.3"],
    "shared.example": ["8.8.8.8"],
    "two.example": ["10.0.0.3", "2001:4860:4860::8888"],
    "nowhere.example": [],
}
WORDS = "without password or TLS"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://shared.example", (False, WORDS)),
        ("redis://two.example", (False, WORDS)),
        ("redis://8.8.8.8:6379", (False, WORDS)),
        ("redis://:secret@shared.example", (False, "without TLS")),
        ("redis://shared.example?password=secret", (False, "without TLS")),
        ("rediss://shared.example", (False, "without password")),
        ("redis://redis:6379", (True, WORDS)),
        ("redis://100.64.0.7", (True, WORDS)),
        ("redis://[fd00::7]:6379", (True, WORDS)),
        ("rediss://:secret@shared.example", None),
        ("rediss://shared.example?ssl_certfile=/nodes.pem", None),
        ("redis://nowhere.example", None),
        ("redis://localhost", None),
        ("redis://127.0.0.1", None),
        ("unix:///run/redis.sock", None),
        ("", None),
    ],
)
def test_a_redis_that_others_can_reach_is_named(url, said):
    found = list(surroundings.bus(Settings.read({"CONSOLE_REDIS_URL": url}), known))
    assert [good for good, _ in found] == ([said[0]] if said else [])
    assert all(f"{said[1]}:" in text and "secret" not in text for _, text in found)


def known(host):
    return [ip_address(address) for address in NAMES.get(host, [host])]


def test_the_doctor_says_it(tmp_path, monkeypatch, capsys):
    doctor = import_module("console.cli.doctor")
    monkeypatch.setattr(doctor, "RedisBus", NoBus)
    told = {"CONSOLE_DATA_DIR": str(tmp_path), "CONSOLE_REDIS_URL": "redis://8.8.8.8"}
    assert doctor.examine(Settings.read(told)) == 1
    assert "WRONG Redis at 8.8.8.8 is reached over public addresses" in capsys.readouterr().out


class NoBus:
    """Opens no connection."""

    carries, degraded = True, None

    def __init__(self, *_):
        pass

    async def run(self):
        pass


def test_names_are_looked_up_as_the_machine_knows_them():
    assert all(address.is_loopback for address in surroundings.look_up("localhost"))
    assert surroundings.look_up("x" * 64 + ".invalid") == []


@pytest.mark.parametrize(("kind", "good"), [("nfs4", False), ("cifs", False), ("ext4", True), ("overlay", True)])
def test_a_store_on_a_network_disk_is_named(tmp_path, kind, good):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path}/data {kind} rw 0 0\n")
    settings = Settings.read({"CONSOLE_DATA_DIR": str(tmp_path / "data")})
    assert all(good for good, _ in surroundings.sharing(settings, mounts)) is good
    elsewhere = Settings.read({"CONSOLE_DATA_DIR": str(tmp_path / "data-of-others")})
    assert list(surroundings.sharing(elsewhere, mounts)) == []


def test_connections_are_counted_as_the_pool_opens_them():
    assert durable.A_PROCESS == postgres.CONNECTIONS + postgres.MORE_CONNECTIONS
    assert make_url(POSTGRES["CONSOLE_DATABASE_URL"]).get_backend_name() == "postgresql"


def test_which_loop_writes_frames_is_said(tmp_path, monkeypatch, capsys):
    settings = Settings.read({"CONSOLE_DATA_DIR": str(tmp_path)})
    doctor = import_module("console.cli.doctor")

    def told(loop):
        monkeypatch.setattr(doctor, "FASTEST", loop)
        doctor.examine(settings)
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "frames are written" in line]
        return line

    assert told(leave_all).startswith("ok    frames are written by the loop in Python")
    assert told(lambda *_: []).startswith("ok    frames are written by the loop in C")
