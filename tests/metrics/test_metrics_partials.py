"""Every partial renders, before the first number and with all of them, in both languages, and keeps text text."""

from typing import Any

import pytest

from console.core.observations import AdSpend, Audience, Enter, ProductClick, ProductView, Sample
from console.core.slice import Part, Viewer
from console.metrics.slice import PARTS
from console.web.i18n import LANGUAGES, Catalogues
from console.web.templates import Templates

HOSTILE = """<img src=x onerror=alert(1)>"'`{{ 7*7 }}"""


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Catalogues())


def rendered(templates: Templates, part: Part, show: Any, locale: str) -> str:
    return str(templates.painted(part, show, Viewer(locale=locale)))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_renders_empty_and_full(templates: Templates, room: Any, part: Part, locale: str) -> None:
    empty = rendered(templates, part, room.show, locale)
    assert part.keyed or f'id="{part.name}"' in empty
    room.started(gmv_paid=100).at(700).see(
        room.made(Audience, 650, online=5), room.made(Sample, 600, counters={"likes": 3})
    )
    room.see(room.made(Enter, 650, user="ann", channel=HOSTILE), room.made(AdSpend, 600, amount=5, channel=HOSTILE))
    room.see(*(room.made(kind, 660, user="ann", product=HOSTILE) for kind in (ProductView, ProductClick)))
    room.see(room.order("o1", "ann", 500, 670, product=HOSTILE), room.paid("o1", "ann", 500, 680))
    full = rendered(templates, part, room.show, locale)
    assert f'id="{part.name}' in full
    assert "<img" not in full
    assert "49" not in full
