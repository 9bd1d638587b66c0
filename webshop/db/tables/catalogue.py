"""What is sold. The file catalog.toml fills these tables; pages read nothing else."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
    true,
)

from webshop.db.columns import Id, Moment, metadata

# What stands below `tax_code` the release before knows nothing of: NULL is what it wrote. `category`,
# `picture` and `picture_alt` are for its pages: the first ones. No column is made wider: on PostgreSQL
# whoever is running would fail at each statement that it has prepared ("cached plan must not change …").
products = Table(
    "products",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("category", String(200), nullable=False),
    Column("summary", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("picture", String(200), nullable=False),
    Column("picture_alt", String(200), nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("tax_class", String(20), nullable=False, server_default="standard"),
    Column("tax_code", String(20), nullable=False, server_default=text("''")),  # Stripe's
    Column("pictures", JSON(none_as_null=True)),  # [{"file", "alt", "name", "width", "height"}]
    Column(
        "categories", JSON(none_as_null=True)
    ),  # paths of titles, "Tableware > Mugs"; the first one is its own
    Column("brand", String(200), nullable=False, server_default=text("''")),
    Column("tags", JSON(none_as_null=True)),
    Column("options", JSON(none_as_null=True)),  # what can be chosen: ["Glaze", "Size"]
    Column("facts", JSON(none_as_null=True)),  # [["Height", "9 cm"]]
    Column("shipped", Boolean, nullable=False, server_default=true()),
    Column("warnings", Text, nullable=False, server_default=text("''")),
    Column("responsible", JSON(none_as_null=True)),  # {"name", "address", "email"}, if not the shop's own
    Column("draft", Boolean, nullable=False, server_default=false()),  # in the file, but not active
    Column("added_at", Moment),  # when it was first loaded
    Column("changed_at", Moment),  # when a load last changed it
    Column("goes_with", JSON(none_as_null=True)),  # slugs of others; NULL: none are named
    Column("unsold", JSON(none_as_null=True)),  # variants without a price or inactive, as the file has them
    Index("ix_products_shown", "active", "position"),
)

# `stock` is what can still be bought; NULL is unlimited. What orders hold is already taken off.
variants = Table(
    "variants",
    metadata,
    Column("sku", String(40), primary_key=True),
    Column("product", ForeignKey("products.slug"), nullable=False, index=True),
    Column("title", String(80), nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("stock", BigInteger),
    Column("weight", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("code", String(64), nullable=False, server_default=text("''")),  # the sku, too long for a key
    Column("sku_key", String(120)),  # without case; NULL: loaded by the release before
    Column("was", BigInteger),  # the earlier price, as the file has it
    Column("lowest", BigInteger),  # of the 30 days before the price was reduced; NULL: not known
    Column("options", JSON(none_as_null=True)),  # a value for each of the product's options
    Column("picture", String(200), nullable=False, server_default=text("''")),  # one of the product's, or ""
    Column("gtin", String(14), nullable=False, server_default=text("''")),
    Column("contents", String(40), nullable=False, server_default=text("''")),  # "350 ml"
    Column("stock_in_file", BigInteger),  # when it was last loaded; -1: none; NULL: nobody knows
    Index("ix_variants_sku_key", "sku_key"),  # not unique: the release before does not know it
    CheckConstraint("price > 0", name="price"),
    CheckConstraint("stock >= 0", name="stock"),
    CheckConstraint("weight >= 0", name="weight"),
)

# A tree. `path` names it from the root, "Tableware > Mugs"; `products` counts those on sale in it and below.
categories = Table(
    "categories",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("path", Text, nullable=False),
    Column("title", String(200), nullable=False),
    Column("parent", String(80), nullable=False),  # a slug, or ""
    Column("position", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("products", Integer, nullable=False),
    Index("ix_categories_parent", "parent", "position"),
    Index("ix_categories_path", "path"),
)

# The products on sale of each category and of those below it, and of "" which is all, in each order that
# pages show. No foreign keys: loading makes these rows anew.
listings = Table(
    "listings",
    metadata,
    Column("category", String(80), primary_key=True),
    Column("product", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("price", BigInteger, nullable=False),  # of its cheapest variant
    Column("added_at", Moment, nullable=False),
    Index("ix_listings_position", "category", "position"),
    Index("ix_listings_price", "category", "price", "position"),
    Index("ix_listings_added_at", "category", "added_at", "position"),
    Index("ix_listings_product", "product"),
)

# What products can be filtered by: `kind` is "brand", "tag", or "option:Glaze".
facets = Table(
    "facets",
    metadata,
    Column("product", String(80), primary_key=True),
    Column("kind", String(100), primary_key=True),
    Column("value", String(200), primary_key=True),
    Index("ix_facets_kind", "kind", "value", "product"),
)

# How many products of a category have it.
facet_counts = Table(
    "facet_counts",
    metadata,
    Column("category", String(80), primary_key=True),
    Column("kind", String(100), primary_key=True),
    Column("value", String(200), primary_key=True),
    Column("products", Integer, nullable=False),
)

# Each price that a variant has had, from when on; NULL is none, because it was not on sale. `reduced`: the
# file gave an earlier price with it.
price_history = Table(
    "price_history",
    metadata,
    Column("sku", String(64), primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("price", BigInteger),
    Column("currency", String(3), nullable=False),
    Column("reduced", Boolean, nullable=False),
)

# Old addresses, of this shop or of the one that it moved in from: "/products/old-slug".
moved_addresses = Table(
    "moved_addresses",
    metadata,
    Column("path", String(400), primary_key=True),
    Column("product", String(80), nullable=False),  # a slug, or "" where it was a category's
    Column("category", Text, nullable=False),  # its path, "Tableware > Mugs", or ""
)

# One row: which file the shop sells, and the how manieth load that was.
catalog_loads = Table(
    "catalog_loads",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("digest", String(64), nullable=False),  # of the file
)

# A row for each change of what pages of the catalogue show, until all processes have heard of it.
catalogue_changes = Table(
    "catalogue_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)
