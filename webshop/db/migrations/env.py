"""Run by Alembic, always from webshop.db.migrate, inside its transaction."""

from alembic import context

from webshop.db import tables  # noqa: F401  # so that `metadata` knows all tables
from webshop.db.columns import metadata
from webshop.db.tables import counters, indexes  # noqa: F401

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
    transactional_ddl=True,  # the caller's transaction spans all of it, on SQLite too
    transaction_per_migration=False,
)
context.run_migrations()
