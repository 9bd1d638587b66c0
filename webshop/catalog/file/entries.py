"""What catalog.toml may say."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from webshop.catalog.model import LONGEST_SKU, is_sku
from webshop.links import LONGEST_SLUG, slug, unused
from webshop.pricing import money
from webshop.pricing.tax import TaxClass
from webshop.shop import ResponsibleEntry
from webshop.toml_files import Entry, Flag, Line, Number, Paragraphs, Text, Whole, matching, quoted

SMALL = r"[a-z0-9]+(-[a-z0-9]+)*"
MOST_PRODUCTS = 200_000
MOST_VARIANTS = 2_048
MOST_OPTIONS = 3
MOST_PICTURES = 30
MOST_COMPANIONS = 12  # that a product names


def _is_sku(written: str) -> str:
    if not is_sku(written):
        raise ValueError(
            f"must be 1 to {LONGEST_SKU} printable characters without spaces at its ends, such as MUG-BLUE, "
            f"not {quoted(written)}"
        )
    return written


def _as_table(given: object) -> object:
    """A picture without words for it is its file alone."""
    return {"file": given} if isinstance(given, str) else given


Slug = Annotated[
    str,
    matching(SMALL, "small letters, digits and hyphens, such as blue-mug"),
    StringConstraints(max_length=LONGEST_SLUG),
]
Sku = Annotated[str, AfterValidator(_is_sku)]
PictureFile = Annotated[
    str,
    matching(
        r"(?i)(?!\.)[^/\\:\x00-\x1f\x7f]{1,190}\.(svg|webp|avif|jpe?g|png|gif)",
        "a file in static/img/products/, such as blue-mug.jpg, or .svg, .webp, .avif, .png, .gif",
    ),
]
TaxCode = Annotated[str, matching(r"(txcd_[0-9]{8})?", "one of Stripe's, such as txcd_00000000")]
Gtin = Annotated[str, matching(r"([0-9]{8}|[0-9]{12,14})?", "8, 12, 13 or 14 digits, as under a bar code")]
Choice = Annotated[Text, StringConstraints(max_length=80)]
LongText = Annotated[Paragraphs, StringConstraints(max_length=20_000)]


class PictureEntry(Entry):
    file: PictureFile
    alt: Line = ""


class VariantEntry(Entry):
    sku: Sku
    title: Annotated[Line, StringConstraints(max_length=80)] = ""
    options: list[Choice] = Field([], max_length=MOST_OPTIONS)
    price: Number | None = Field(None, gt=0, le=money.MOST_WRITTEN)
    was: Number | None = Field(None, gt=0, le=money.MOST_WRITTEN)
    stock: Whole | None = Field(None, ge=0, le=1_000_000)
    weight: Whole | None = Field(None, ge=0, le=1_000_000)
    gtin: Gtin = ""
    picture: PictureFile | None = None
    contents: Annotated[Line, StringConstraints(max_length=40)] = ""
    active: Flag = True


class ProductEntry(Entry):
    slug: Slug | None = None
    title: Text
    category: Text | None = None
    categories: list[Text] = Field([], max_length=50)
    summary: Line = ""
    description: LongText = ""
    picture: PictureFile | None = None
    picture_alt: Line = ""
    pictures: list[Annotated[PictureEntry, BeforeValidator(_as_table)]] = Field([], max_length=MOST_PICTURES)
    brand: Line = ""
    tags: list[Choice] = Field([], max_length=250)
    options: list[Choice] = Field([], max_length=MOST_OPTIONS)
    facts: dict[Choice, Text] = Field({}, max_length=100)
    active: Flag = True
    shipped: Flag = True
    tax: TaxClass = "standard"
    tax_code: TaxCode = ""
    warnings: Paragraphs = ""
    responsible: ResponsibleEntry | None = None
    moved_from: list[Text] = Field([], max_length=50)
    goes_with: list[Slug] = Field([], max_length=MOST_COMPANIONS)
    variants: list[VariantEntry] = Field(min_length=1, max_length=MOST_VARIANTS)


class CategoryEntry(Entry):
    path: Text
    slug: Slug | None = None
    description: LongText = ""
    moved_from: list[Text] = Field([], max_length=50)


class CatalogEntry(Entry):
    """catalog.toml."""

    categories: list[CategoryEntry] = Field([], max_length=10_000)
    products: list[ProductEntry] = Field(max_length=MOST_PRODUCTS)

    @property
    def slugs(self) -> list[str]:
        """Of its products, in their order: as they are written, or made from the titles."""
        used = {product.slug for product in self.products if product.slug}
        return [
            product.slug or unused(slug(product.title, otherwise="product"), used)
            for product in self.products
        ]
