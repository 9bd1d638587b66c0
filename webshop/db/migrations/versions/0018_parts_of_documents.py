"""Indexes by which PostgreSQL finds words in titles, and in names, without reading the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

PARTS = {"titles": "{a}", "names": "{a,b,c}"}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for name, weights in PARTS.items():
        part = sa.text(f"ts_filter(lexemes, '{weights}')")
        op.create_index(f"ix_search_documents_{name}", "search_documents", [part], postgresql_using="gin")
