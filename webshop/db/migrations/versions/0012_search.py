"""What products are found by, and the categories by what they are looked up by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from webshop.db.columns import Id

revision = "0012"
down_revision = "0011"

INDEX = """CREATE VIRTUAL TABLE search_index USING fts5(
    title, keywords, codes, body, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3')"""


def upgrade() -> None:
    op.create_index("ix_categories_parent", "categories", ["parent", "position"])
    op.create_index("ix_categories_path", "categories", ["path"])
    op.create_table(
        "search_documents",
        sa.Column("id", Id, nullable=False),
        sa.Column("product", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("keywords", sa.Text, nullable=False),
        sa.Column("codes", sa.Text, nullable=False),
        sa.Column("lexemes", sa.Text().with_variant(TSVECTOR(), "postgresql")),
        sa.PrimaryKeyConstraint("id", name="pk_search_documents"),
        sa.UniqueConstraint("product", name="uq_search_documents_product"),
    )
    op.create_index("ix_search_documents_lexemes", "search_documents", ["lexemes"], postgresql_using="gin")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(INDEX)
    op.create_table(
        "search_words",
        sa.Column("word", sa.String(64), nullable=False),
        sa.Column("products", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_search_words"),
    )
    op.create_table(
        "search_spellings",
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("word", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("form", "word", name="pk_search_spellings"),
    )
