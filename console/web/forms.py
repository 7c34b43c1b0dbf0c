"""The fields of a form, whatever a stranger writes in the place of text."""

from litestar.datastructures import FormMultiDict

from console.web.errors import AnyRequest, problem


async def form_of(request: AnyRequest) -> FormMultiDict:
    """The fields by name. Raises ProblemError 400 when one is not in the encoding that it claims, or in none there is."""
    try:
        return await request.form()
    except (UnicodeError, LookupError):
        raise problem(400) from None
