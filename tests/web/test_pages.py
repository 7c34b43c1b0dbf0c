"""Which screens whom."""

import pytest

from console.accounts.identity import Identity, LinkScope
from console.core.messages import Actor
from console.web.pages import SCREEN_ROLES, may_open, screens_for


def person(*roles, link=None) -> Identity:
    return Identity(actor=Actor(id="p_1", name="Ann", roles=frozenset(roles)), link=link)


@pytest.mark.parametrize(
    ("role", "screens"),
    [
        ("host", ("plan", "host", "metrics", "overlay", "recap")),
        ("moderator", ("moderate", "metrics", "overlay", "recap")),
        ("controller", ("plan", "control", "host", "moderate", "metrics", "overlay", "recap")),
        ("analyst", ("plan", "metrics", "overlay", "recap")),
        ("ingest", ()),
    ],
)
def test_the_navigation_shows_what_the_role_may_open(role, screens):
    assert screens_for(person(role).actor) == screens
    assert [screen for screen in SCREEN_ROLES if may_open(person(role), "s_1", screen)] == list(screens)


def test_admin_opens_everything_and_nobody_what_does_not_exist():
    assert all(may_open(person("admin"), "s_1", screen) for screen in SCREEN_ROLES)
    assert not may_open(person("admin"), "s_1", "cockpit")


def test_a_link_opens_its_show_and_screen_only():
    holder = person(link=LinkScope("l_1", "s_1", "overlay", 0))
    opened = [(show, screen) for show in ("s_1", "s_2") for screen in SCREEN_ROLES if may_open(holder, show, screen)]
    assert opened == [("s_1", "overlay")]
