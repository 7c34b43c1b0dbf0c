"""Run by Alembic with the connection the console hands over, inside the console's own transaction."""

from alembic import context

import console.accounts.tables
import console.shop.tables
from console.journal.tables import METADATA

PLAIN_TABLES = (console.accounts.tables, console.shop.tables)
"""Imported so that METADATA is whole."""

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
