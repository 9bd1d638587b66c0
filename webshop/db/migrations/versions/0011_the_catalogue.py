"""Options, several pictures, categories as a tree, drafts; what listings, filters and prices are kept in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from webshop.db.columns import Moment

revision = "0011"
down_revision = "0010"

JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    of_products: list[sa.Column[Any]] = [
        sa.Column("pictures", JSON),
        sa.Column("categories", JSON),
        sa.Column("brand", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("tags", JSON),
        sa.Column("options", JSON),
        sa.Column("facts", JSON),
        sa.Column("shipped", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("warnings", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("responsible", JSON),
        sa.Column("draft", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("added_at", Moment),
        sa.Column("changed_at", Moment),
    ]
    of_variants: list[sa.Column[Any]] = [
        sa.Column("code", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("sku_key", sa.String(120)),
        sa.Column("was", sa.BigInteger),
        sa.Column("lowest", sa.BigInteger),
        sa.Column("options", JSON),
        sa.Column("picture", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("gtin", sa.String(14), nullable=False, server_default=sa.text("''")),
        sa.Column("contents", sa.String(40), nullable=False, server_default=sa.text("''")),
        sa.Column("stock_in_file", sa.BigInteger),
    ]
    of_lines: list[sa.Column[Any]] = [
        sa.Column("code", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("shipped", sa.Boolean, nullable=False, server_default=sa.true()),
    ]
    for table, columns in (("products", of_products), ("variants", of_variants), ("order_lines", of_lines)):
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_variants_sku_key", "variants", ["sku_key"])
    _new_tables()


def _new_tables() -> None:
    op.create_table(
        "categories",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("parent", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("products", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_categories"),
    )
    op.create_table(
        "listings",
        sa.Column("category", sa.String(80), nullable=False),
        sa.Column("product", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("added_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("category", "product", name="pk_listings"),
    )
    op.create_index("ix_listings_position", "listings", ["category", "position"])
    op.create_index("ix_listings_price", "listings", ["category", "price", "position"])
    op.create_index("ix_listings_added_at", "listings", ["category", "added_at", "position"])
    op.create_index("ix_listings_product", "listings", ["product"])
    op.create_table(
        "facets",
        sa.Column("product", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("product", "kind", "value", name="pk_facets"),
    )
    op.create_index("ix_facets_kind", "facets", ["kind", "value", "product"])
    op.create_table(
        "facet_counts",
        sa.Column("category", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("products", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("category", "kind", "value", name="pk_facet_counts"),
    )
    op.create_table(
        "price_history",
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("price", sa.BigInteger),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reduced", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("sku", "since", name="pk_price_history"),
    )
    op.create_table(
        "moved_addresses",
        sa.Column("path", sa.String(400), nullable=False),
        sa.Column("product", sa.String(80), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_moved_addresses"),
    )
    op.create_table(
        "catalog_loads",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog_loads"),
    )
