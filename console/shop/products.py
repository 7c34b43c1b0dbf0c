"""A product as it comes in from outside, bounded, and as it goes out, masked."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from console.core.money import MAX_MINOR
from console.core.slice import Product

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Title = Annotated[str, Meta(min_length=1, max_length=300)]
Price = Annotated[int, Meta(ge=0, le=MAX_MINOR)]
Stock = Annotated[int, Meta(ge=0, le=10**9)]
LinkNumber = Annotated[int, Meta(ge=1, le=100_000)]
Facts = Annotated[
    dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=1_000)]], Meta(max_length=40)
]

SECRET = ("floor_price", "cost")


class SkuIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One size or colour; money in minor units."""

    id: Id
    spec: Annotated[str, Meta(max_length=200)] = ""
    list_price: Price | None = None
    live_price: Price | None = None
    floor_price: Price | None = None
    stock: Stock | None = None


class ProductIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /products`."""

    id: Id
    title: Title
    link_no: LinkNumber | None = None
    list_price: Price | None = None
    live_price: Price | None = None
    floor_price: Price | None = None
    cost: Price | None = None
    stock: Stock | None = None
    skus: Annotated[tuple[SkuIn, ...], Meta(max_length=200)] = ()
    facts: Facts = {}

    def product(self) -> Product:
        """As the shop keeps it."""
        return msgspec.convert(self, Product, from_attributes=True)


class ProductPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`PATCH /products/{id}`: only what is named changes."""

    title: Title | UnsetType = UNSET
    link_no: LinkNumber | UnsetType | None = UNSET
    list_price: Price | UnsetType | None = UNSET
    live_price: Price | UnsetType | None = UNSET
    floor_price: Price | UnsetType | None = UNSET
    cost: Price | UnsetType | None = UNSET
    stock: Stock | UnsetType | None = UNSET
    skus: Annotated[tuple[SkuIn, ...], Meta(max_length=200)] | UnsetType = UNSET
    facts: Facts | UnsetType = UNSET

    def applied(self, product: Product) -> Product:
        """The product after the change."""
        return msgspec.convert({**msgspec.to_builtins(product), **msgspec.to_builtins(self)}, Product)


def masked(product: Product, *, sees_cost: bool) -> dict[str, Any]:
    """Plain data for an answer; floor price and cost only for those who may see them."""
    plain: dict[str, Any] = msgspec.to_builtins(product)
    return plain if sees_cost else _without_secrets(plain)


def _without_secrets(plain: dict[str, Any]) -> dict[str, Any]:
    skus = [{name: value for name, value in sku.items() if name not in SECRET} for sku in plain["skus"]]
    return {name: value for name, value in plain.items() if name not in SECRET} | {"skus": skus}
