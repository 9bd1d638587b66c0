"""Indexes by which PostgreSQL finds words in titles, and in names, without reading the rest.

They take longest to be made, and meanwhile nothing is locked that is needed to sell: 0018 comes after.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

PARTS = {"titles": "{a}", "names": "{a,b,c}"}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for name, weights in PARTS.items():
        part = sa.text(f"ts_filter(lexemes, '{weights}')")
        op.create_index(f"ix_search_documents_{name}", "search_documents", [part], postgresql_using="gin")
