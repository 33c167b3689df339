"""Alembic runs this for every command; `common.db.schema` hands it a connection inside a transaction."""

from alembic import context

from common.db.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    transactional_ddl=True,  # true of SQLite too, where we begin the transactions ourselves
)
context.run_migrations()
