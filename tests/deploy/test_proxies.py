"""Who the caller is, is believed from named proxies only: the throttle counts addresses, the cookie depends on TLS."""

import re

import httpx
import pytest
from nodes import Node, environment

from console.accounts.throttle import ADDRESS
from console.settings import Settings


@pytest.fixture
def node(request, tmp_path, monkeypatch):
    """A node that trusts the proxies of the parameter; uvicorn's own variable must not open the door."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    told = environment(tmp_path) | {"CONSOLE_TRUSTED_PROXIES": request.param}
    served = Node(told, tmp_path / "log").answering()
    yield served
    assert served.end() == 0


def guesses(node, addresses):
    """The status of one wrong sign-in from each address, with another name each time."""
    statuses = []
    for number, address in enumerate(addresses):
        with httpx.Client(base_url=node.url, headers={"X-Forwarded-For": address}) as browser:
            token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/sign-in").text)[1]
            fields = {"csrf": token, "name": f"nobody {number}", "password": "wrong", "next": "/"}
            statuses.append(browser.post("/sign-in", data=fields).status_code)
    return statuses


GUESSES = ADDRESS.free + 5
"""The pauses double from a second on: a slow machine may sit out the first, not all."""
ADDRESSES = [f"203.0.113.{number}" for number in range(GUESSES)]


@pytest.mark.parametrize("node", ["192.0.2.7"], indirect=True)
def test_a_stranger_cannot_say_that_he_is_many(node):
    assert 429 in guesses(node, ADDRESSES)


@pytest.mark.parametrize("node", ["127.0.0.1"], indirect=True)
def test_a_named_proxy_tells_callers_apart_and_one_behind_it_is_still_slowed_down(node):
    assert set(guesses(node, ADDRESSES)) == {401}
    assert 429 in guesses(node, [f"198.51.100.{n}, 203.0.113.99" for n in range(GUESSES)])


@pytest.mark.parametrize(("node", "secure"), [("", False), ("127.0.0.0/8", True)], indirect=["node"])
def test_only_a_named_proxy_can_say_that_the_way_is_encrypted(node, secure):
    answer = httpx.get(f"{node.url}/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert ("Secure" in answer.headers["set-cookie"]) is secure
    assert ("strict-transport-security" in answer.headers) is secure


@pytest.mark.parametrize("text", ["*", "0.0.0.0/0", "::/0", "proxy", "10.0.0.1/24", "10.0.0.1 10.0.0.2"])
def test_everybody_and_names_are_no_proxies(text):
    with pytest.raises(ValueError, match="CONSOLE_TRUSTED_PROXIES"):
        Settings.read({"CONSOLE_TRUSTED_PROXIES": text})
