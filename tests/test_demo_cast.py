"""The demo shows every role: whoever tries the console can sign in as any of them."""

from console.accounts.people import EVERY_ROLE
from console.cli.serving import CAST


def test_there_is_one_person_for_every_role_of_people() -> None:
    assert {role for roles in CAST.values() for role in roles} == EVERY_ROLE - {"ingest"}
    assert all(roles == (name,) for name, roles in CAST.items())
