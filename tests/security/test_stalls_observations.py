"""Four mebibytes from a connector, however they are built, keep no press waiting for a quarter of a second."""

import pytest
from stalls import steps

from console.limits import OBSERVATION_BODY_BYTES
from tests.security.bodies import LARGE
from tests.security.conftest import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("what", LARGE)
async def test_no_body_of_observations_stops_the_loop(house: House, what: str) -> None:
    body = LARGE[what](OBSERVATION_BODY_BYTES)
    async with house.client("ingest") as client, steps() as seen:
        answer = await client.post(f"/api/v1/shows/{house.show}/observations", content=body)
    assert 202 <= answer.status_code < 500, answer.text[:200]
    assert not seen.froze(), (seen.longest_s, seen.what)
