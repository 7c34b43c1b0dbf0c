"""compose.yaml and the proxy's configuration against the program and against one another; no engine starts them here."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml

from console.cli import main
from console.cli.crew import END_S
from console.realtime.server import DRAIN_S, GRACE_S
from console.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text("utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
CADDYFILE = (ROOT / "deploy/Caddyfile").read_text("utf-8")
GIVEN = {"CONSOLE_SITE": "live.example", "POSTGRES_PASSWORD": "0123abcd"}
NODES = ("node1", "node2")
CONSOLES = (*NODES, "migrate")


def filled(text, given=GIVEN):
    """As compose fills `${NAME:?why}` and `${NAME:-default}`; an empty one stops it."""

    def put(match):
        name, kind, rest = match.groups()
        if not given.get(name) and kind == ":?":
            raise LookupError(f"{name}: {rest}")
        return given.get(name) or rest

    return re.sub(r"\$\{(\w+)(:[?-])([^}]*)\}", put, text)


def settings(service):
    return {name: filled(value) for name, value in SERVICES[service]["environment"].items()}


@pytest.mark.parametrize("service", CONSOLES)
def test_the_settings_of_every_console_are_understood(service):
    told = settings(service)
    known = set(re.findall(r'"(CONSOLE_[A-Z_]+)"', (ROOT / "console/settings.py").read_text("utf-8")))
    assert set(told) <= known
    read = Settings.read(told)
    assert read.database_url == "postgresql+asyncpg://console:0123abcd@postgres/console"
    assert read.redis_url == "redis://redis:6379"
    assert read.allowed_origins == {"https://live.example"}
    assert SERVICES[service]["command"][0] in main.commands


@pytest.mark.parametrize("missing", GIVEN)
def test_nothing_starts_without_a_name_and_a_password(missing):
    for empty in ({**GIVEN, missing: ""}, {name: value for name, value in GIVEN.items() if name != missing}):
        with pytest.raises(LookupError, match=r"set it in \.env"):
            filled(TEXT, empty)
    example = (ROOT / "deploy/env.example").read_text("utf-8")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == set(GIVEN), "the example has no values that work"


def test_no_secret_and_no_registry_is_written_down():
    assert not re.search(r"PASSWORD: (?!\$\{)", TEXT)
    images = {service["image"] for service in SERVICES.values()}
    assert images == {"live-commerce-console:${CONSOLE_TAG:-latest}", "caddy:2", "postgres:16", "redis:7"}


def test_tables_are_made_once_before_any_node_starts():
    assert SERVICES["migrate"]["command"] == ["migrate"]
    assert SERVICES["migrate"]["restart"] == "no"
    for node in NODES:
        waits = SERVICES[node]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert {waits[name]["condition"] for name in ("postgres", "redis")} == {"service_healthy"}
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy" and name not in NODES:
                assert "healthcheck" in SERVICES[name], name


def test_only_the_proxy_is_reached_from_outside_and_it_reaches_no_store():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert set(SERVICES["proxy"]["networks"]) == {"front"}
    assert COMPOSE["networks"]["back"]["internal"] is True
    for name in ("postgres", "redis", "migrate"):
        assert SERVICES[name]["networks"] == ["back"]
    assert [set(SERVICES[node]["networks"]) for node in NODES] == [{"front", "back"}] * 2


def test_the_trusted_proxy_is_the_proxy_and_nobody_else_can_be_given_its_address():
    address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    assert {settings(node)["CONSOLE_TRUSTED_PROXIES"] for node in NODES} == {address}
    (pool,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert ip_address(address) in ip_network(pool["subnet"])
    assert ip_address(address) not in ip_network(pool["ip_range"])


def test_consoles_can_write_nowhere_that_lasts_and_have_no_rights():
    for name in CONSOLES:
        service = SERVICES[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert "/data" in service["tmpfs"]


def test_a_node_is_given_the_time_it_takes_to_end():
    assert END_S > DRAIN_S + GRACE_S + 2, "a worker ends before the one that looks after it loses patience"
    for node in NODES:
        assert float(SERVICES[node]["stop_grace_period"].removesuffix("s")) > END_S


def test_the_proxy_asks_often_enough_to_hear_that_a_node_ends():
    interval_s = float(re.search(r"health_interval (\d+)ms", CADDYFILE)[1]) / 1_000
    assert "health_uri /health" in CADDYFILE
    assert 3 * interval_s <= DRAIN_S


def test_postgres_keeps_what_it_has_acknowledged():
    words = SERVICES["postgres"]["command"]
    assert {"-csynchronous_commit=on", "-cfsync=on", "-cfull_page_writes=on"} <= set(words)
    assert "store:/var/lib/postgresql/data" in SERVICES["postgres"]["volumes"]


def test_redis_keeps_nothing():
    words = SERVICES["redis"]["command"]
    assert words[words.index("--save") + 1] == ""
    assert words[words.index("--appendonly") + 1] == "no"
    assert "volumes" not in SERVICES["redis"]


def test_every_volume_is_declared_and_every_file_exists():
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], volume


def test_the_proxy_sends_to_the_nodes_on_their_port():
    default = re.search(r"\{\$NODES:([^}]*)\}", CADDYFILE)[1]
    port = re.search(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)[1]
    assert default.split() == [f"{node}:{port}" for node in NODES]
    assert "{$CONSOLE_SITE}" in CADDYFILE
    assert set(SERVICES["proxy"]["environment"]) == {"CONSOLE_SITE"}
    assert [port.split(":")[1] for port in SERVICES["proxy"]["ports"]] == ["80", "443"]


def test_the_proxy_lets_go_of_idle_connections_before_a_node_does():
    from uvicorn import Config

    keepalive = float(re.search(r"keepalive (\d+)s", CADDYFILE)[1])
    assert keepalive < Config("app").timeout_keep_alive
