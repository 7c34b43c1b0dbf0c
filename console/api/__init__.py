"""The JSON door, `/api/v1`: strict in, one sentence out. Every command comes through one endpoint."""

from console.api import links, observations, products, recap, sheets, shop, shows

HANDLERS = (
    *shows.HANDLERS,
    *products.HANDLERS,
    *observations.HANDLERS,
    *links.HANDLERS,
    *sheets.HANDLERS,
    *recap.HANDLERS,
    *shop.HANDLERS,
)
