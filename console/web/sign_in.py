"""Signing in and out, and the language switch: the three forms that work without a script."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie, FormMultiDict
from litestar.params import FromPath
from litestar.response import Redirect

from console.accounts.accounts import Accounts
from console.accounts.identity import SignInRefusedError
from console.clock import Ids
from console.core.messages import Rejection, refuse
from console.limits import COMMAND_BODY_BYTES
from console.web.asking import address_of
from console.web.cookies import (
    FORM,
    form_cookie,
    is_secure,
    locale_cookie,
    no_session_cookie,
    session_cookie,
    session_name,
)
from console.web.door import identify
from console.web.errors import AnyRequest, ProblemError, problem
from console.web.forms import form_of
from console.web.i18n import LANGUAGES
from console.web.origins import same
from console.web.pages import page
from console.web.paths import same_site
from console.web.templates import Templates

FORM_ROUTE = {"public": True, "form": True, "rate": "sign-in"}


class SignIn:
    """The routes, closed over what they use."""

    def __init__(self, accounts: Accounts, templates: Templates, ids: Ids, origins: frozenset[str]) -> None:
        self._accounts = accounts
        self._templates = templates
        self._ids = ids
        self._origins = origins

    def form(self, request: AnyRequest) -> Response[str]:
        """The empty form."""
        return self._page(request, next_=request.query_params.get("next"))

    async def sign_in(self, request: AnyRequest) -> Response[Any]:
        """Check the form; go where the person wanted, or show the form again and say why not."""
        fields = await form_of(request)
        if not same(_field(fields, "csrf"), request.cookies.get(FORM)):
            return self._page(request, next_=_field(fields, "next"), refusal=_stale(), status=403)
        secure = self._secure(request)
        previous = request.cookies.get(session_name(secure=secure))
        name, password = _field(fields, "name"), _field(fields, "password")
        try:
            signed_in = await self._accounts.sign_in(name, password, address_of(request), previous=previous)
        except SignInRefusedError as refused:
            return self._again(request, name, _field(fields, "next"), refused)
        return _away(_field(fields, "next"), session_cookie(signed_in.secret, secure=secure))

    async def sign_out(self, request: AnyRequest) -> Response[Any]:
        """End the sign-in here and on the server; doing it twice is no error."""
        identity = await identify(self._accounts, request, self._origins)
        if identity is not None:
            fields = await form_of(request)
            if not same(_field(fields, "csrf"), identity.csrf):
                raise ProblemError(403, "csrf", "The page is out of date. Reload it and try again.")
            await self._accounts.sign_out(identity)
        return _away("/sign-in", no_session_cookie(secure=self._secure(request)))

    async def switch(self, request: AnyRequest, language: str) -> Response[Any]:
        """Another language on this browser, and for this person from now on."""
        if language not in LANGUAGES:
            raise problem(404)
        fields = await form_of(request)
        identity = await identify(self._accounts, request, self._origins)
        if identity is not None:
            await self._accounts.set_locale(identity, language)
        return _away(_field(fields, "next"), locale_cookie(language, secure=self._secure(request)))

    def _again(self, request: AnyRequest, name: str, next_: str, refused: SignInRefusedError) -> Response[str]:
        wait_s = refused.retry_after_s
        answer = self._page(request, next_=next_, name=name, refusal=refused.rejection, status=429 if wait_s else 401)
        if wait_s:
            answer.headers["Retry-After"] = str(wait_s)
        return answer

    def _page(
        self, request: AnyRequest, *, next_: str | None, name: str = "",
        refusal: Rejection | None = None, status: int = 200,
    ) -> Response[str]:  # fmt: skip
        token = request.cookies.get(FORM) or self._ids.token(32)
        return page(
            request, self._templates, "screens/sign_in.html", status=status, csrf=token, next=same_site(next_),
            name=name, refusal=refusal,
            cookies=(form_cookie(token, secure=self._secure(request)),),
        )  # fmt: skip

    def _secure(self, request: AnyRequest) -> bool:
        return is_secure(request, self._origins)


def routes(sign_in: SignIn) -> Router:
    """`/sign-in`, `/sign-out` and `/locale/{zh|en}`."""

    @get("/sign-in", opt={"public": True, "rate": "read"}, include_in_schema=False, sync_to_thread=False)
    def form(request: Request[Any, Any, Any]) -> Response[str]:
        return sign_in.form(request)

    @post("/sign-in", opt=FORM_ROUTE, include_in_schema=False)
    async def enter(request: Request[Any, Any, Any]) -> Response[Any]:
        return await sign_in.sign_in(request)

    @post("/sign-out", opt=FORM_ROUTE, include_in_schema=False)
    async def leave(request: Request[Any, Any, Any]) -> Response[Any]:
        return await sign_in.sign_out(request)

    @post("/locale/{language:str}", opt=FORM_ROUTE, include_in_schema=False)
    async def switch(request: Request[Any, Any, Any], language: FromPath[str]) -> Response[Any]:
        return await sign_in.switch(request, language)

    return Router("/", route_handlers=[form, enter, leave, switch], request_max_body_size=COMMAND_BODY_BYTES)


def _stale() -> Rejection:
    return refuse("The form was out of date. Try again now.")


def _field(fields: FormMultiDict, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _away(address: str, cookie: Cookie) -> Response[Any]:
    return Redirect(same_site(address), status_code=303, cookies=[cookie])
