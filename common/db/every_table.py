"""The whole schema: whoever makes, migrates or compares it imports the metadata here, where every file of tables is known."""

from common.db import alert_tables, amendment_tables, ops_tables, price_tables
from common.db.tables import metadata

__all__ = ["alert_tables", "amendment_tables", "metadata", "ops_tables", "price_tables"]
