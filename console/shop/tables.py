"""The shop's tables. Bodies are JSON: they are read whole and never searched."""

from sqlalchemy import Column, LargeBinary, String, Table

from console.journal.tables import METADATA

PRODUCTS = Table(
    "products",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

SHOP_SETTINGS = Table(
    "shop_settings",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
