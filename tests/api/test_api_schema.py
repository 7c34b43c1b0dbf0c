"""What the description of the API says is what every call does, whoever asks and whatever is sent."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS

from tests.api.conftest import LiveShow, Server

OPERATIONS = [
    "GET /api/v1/shows", "POST /api/v1/shows", "GET /api/v1/shows/{show_id}", "POST /api/v1/shows/{show_id}/commands",
    "GET /api/v1/shows/{show_id}/journal", "POST /api/v1/shows/{show_id}/observations", "POST /api/v1/shows/{show_id}/run-of-show",
    "POST /api/v1/shows/{show_id}/links", "GET /api/v1/shows/{show_id}/links", "POST /api/v1/links/{link_id}/revoke",
    "GET /api/v1/products", "POST /api/v1/products", "PATCH /api/v1/products/{product_id}", "GET /api/v1/shop/presets",
    "PUT /api/v1/shop/presets", "GET /api/v1/shop/words", "PUT /api/v1/shop/words", "GET /api/v1/shows/{show_id}/recap.json",
    "GET /api/v1/shows/{show_id}/recap.html", "GET /api/v1/shows/{show_id}/recap.csv",
]  # fmt: skip
SAME = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
ROLES = ["admin", "producer", "controller", "moderator", "host", "service", "ads", "analyst", "ingest", None]
SLOW = {
    "GET /api/v1/shows/{show_id}/recap.json",
    "GET /api/v1/shows/{show_id}/recap.html",
    "GET /api/v1/shows/{show_id}/recap.csv",
}


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
        max_examples=10 if name in SLOW else 25,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), role=st.sampled_from(ROLES), known=st.integers(0, 3))
    def attempt(case: Any, role: str | None, known: int) -> None:
        if known:
            case.path_parameters.update(
                {
                    key: value
                    for key, value in (("show_id", evening.id), ("product_id", "serum"))
                    if key in case.path_parameters
                }
            )
        bearer = {"Authorization": f"Bearer {server.tokens[role]}"} if role else {}
        case.headers.clear()
        case.cookies.clear()
        answer = case.call(base_url=server.url, headers=bearer)
        case.validate_response(answer, checks=checks())

    attempt()


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
