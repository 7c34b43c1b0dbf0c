"""What the description of the API says is what every call does, whoever asks and whatever is sent."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS

from console.accounts.people import EVERY_ROLE
from tests.api import rights
from tests.api.conftest import LiveShow, Server

OPERATIONS = {f"{method} {rights.described(path)}": roles for (method, path), roles in rights.CALLS.items()}
"""Name → the roles that it is for."""
KNOWN = {"product_id": "serum", "link_id": "none"}
SAME = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
ROLES = [*sorted(EVERY_ROLE), None]
SLOW = {name for name in OPERATIONS if "/recap." in name}


@pytest.fixture(scope="module")
def described(server: Server) -> Any:
    return schemathesis.openapi.from_dict(server.get("/openapi.json").json())


@pytest.fixture(scope="module")
def evening(shop: Server) -> LiveShow:
    return LiveShow(shop).started()


def checks() -> list[Any]:
    return CHECKS.get_by_names(list(SAME))


def test_every_operation_is_tried(described: Any) -> None:
    found = {result.ok().label for result in described.get_all_operations()}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_answers_are_as_described(evening: LiveShow, described: Any, name: str) -> None:
    method, path = name.split()
    operation = described[path][method]
    server = evening.server

    @settings(
        max_examples=4 if name in SLOW else 10,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), known=st.integers(0, 3))
    def attempt(case: Any, known: int) -> None:
        if known:
            case.path_parameters.update({key: KNOWN.get(key, evening.id) for key in case.path_parameters})
        case.headers.clear()
        case.cookies.clear()
        for role in ROLES:
            answer = told(server, case, role)
            case.validate_response(answer, checks=checks())
            # Without a known address there may be no such route to be refused at.
            wrong = known and role not in OPERATIONS[name] and answer.status_code != (403 if role else 401)
            assert not wrong, (role, answer.status_code, answer.text)

    attempt()


def told(server: Server, case: Any, role: str | None) -> Any:
    """What this caller is answered."""
    bearer = {"Authorization": f"Bearer {server.tokens[role]}"} if role else {}
    return case.call(base_url=server.url, headers=bearer)


def test_control_a_description_that_is_wrong_is_found_out(server: Server, evening: LiveShow) -> None:
    told = server.get("/openapi.json").json()
    told["paths"]["/api/v1/products"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "type": "array"
    }
    operation = schemathesis.openapi.from_dict(told)["/api/v1/products"]["GET"]
    answer = operation.Case().call(base_url=server.url, headers={"Authorization": f"Bearer {server.tokens['admin']}"})
    with pytest.raises(BaseExceptionGroup) as found:
        operation.Case().validate_response(answer, checks=checks())
    assert "violates schema" in str(found.value.exceptions)
