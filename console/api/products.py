"""The shop's products; floor price and cost only for producer and admin."""

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from console.accounts.people import EVERY_ROLE
from console.api.answers import AnyRequest
from console.api.wire import Items
from console.core.slice import Product
from console.core.strict import decode
from console.desk.desk import Desk
from console.shop.products import SECRET, ProductIn, ProductPatch, masked
from console.web.errors import ProblemError
from console.web.viewing import SEES_COST, actor_of

EDITORS = {"producer", "controller"}


@post("/products", opt={"roles": EDITORS, "rate": "command"}, summary="Add a product")
async def add_product(request: AnyRequest, desk: NamedDependency[Desk]) -> Response[dict[str, object]]:
    """201 with the product as the caller may see it."""
    wanted: ProductIn = decode(await request.body(), ProductIn)
    _check_secrets(request, wanted)
    product = await desk.shop.add(wanted)
    if product is None:
        raise ProblemError(
            409, "refused", "There is a product with the id {id} already; change that one.", id=wanted.id
        )
    return Response(_seen_by(request, product), status_code=201)


@get("/products", opt={"roles": EVERY_ROLE - {"ingest"}, "rate": "read"}, summary="List products")
async def list_products(request: AnyRequest, desk: NamedDependency[Desk]) -> Items:
    """All of them, by link number."""
    products = sorted(desk.shop.products.values(), key=lambda product: (product.link_no or 10**9, product.id))
    return Items([_seen_by(request, product) for product in products])


@patch("/products/{product_id:str}", opt={"roles": EDITORS, "rate": "command"}, summary="Change a product")
async def change_product(
    request: AnyRequest, desk: NamedDependency[Desk], product_id: FromPath[str]
) -> dict[str, object]:
    """Only what is named changes."""
    wanted: ProductPatch = decode(await request.body(), ProductPatch)
    _check_secrets(request, wanted)
    product = await desk.shop.change(product_id, wanted)
    if product is None:
        raise ProblemError(404, "not_found", "There is no product with the id {id}.", id=product_id)
    return _seen_by(request, product)


def _seen_by(request: AnyRequest, product: Product) -> dict[str, object]:
    return masked(product, sees_cost=actor_of(request).may(SEES_COST))


def _check_secrets(request: AnyRequest, wanted: ProductIn | ProductPatch) -> None:
    """Who may not see the floor may not set it either: it could be found out by trying."""
    named = msgspec.to_builtins(wanted)
    if any(named.get(name) is not None for name in SECRET) and not actor_of(request).may(SEES_COST):
        raise ProblemError(403, "forbidden", "Floor price and cost are for producers; leave them out.")


HANDLERS = (add_product, list_products, change_product)
