"""Numbers in an address are digits: the framework would also take `1e3`, `1.0`, `-0`, and the last of two."""

import re

from console.web.errors import AnyRequest, ProblemError

DIGITS = re.compile(r"-?(0|[1-9][0-9]{0,16})", re.ASCII)


async def only_whole_numbers(request: AnyRequest) -> None:
    """A Litestar `before_request` hook. Raises ProblemError naming the parameter."""
    parameters = request.route_handler.parsed_fn_signature.parameters
    for name in request.query_params:
        if name in parameters and parameters[name].is_subclass_of(int):
            _check(name, request.query_params.getall(name))


def _check(name: str, given: list[str]) -> None:
    if len(given) != 1 or not DIGITS.fullmatch(given[0]) or given[0] == "-0":
        raise ProblemError(
            400, "invalid", "{place} must be one whole number in plain digits.", more={"field": name}, place=name
        )
