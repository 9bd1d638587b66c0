"""Google Merchant Center's feed: https://support.google.com/merchants/answer/7052112."""

from collections.abc import Iterable, Iterator, Sequence

from webshop.catalog.feeds import addresses
from webshop.catalog.feeds.reading import Entry
from webshop.catalog.feeds.words import ATTRIBUTES, summary_of, text_of
from webshop.catalog.feeds.xml import HEAD, element, opening
from webshop.catalog.model import Product, Variant, key_of
from webshop.pictures.model import is_drawing
from webshop.pricing import money
from webshop.pricing.contents import read_contents
from webshop.shop import Shop

RSS = {"xmlns:g": "http://base.google.com/ns/1.0", "version": "2.0"}
LONGEST_TITLE = 150
LONGEST_DESCRIPTION = 5_000
MOST_PICTURES = 10  # beside the first; none is a drawing, which Google does not take
# How Google writes units that it has another word for, and how many of ours one of them is.
MEASURES = {"mm": ("cm", 10), "cm²": ("sqm", 10_000), "piece": ("ct", 1), "fl oz": ("floz", 1)}
BASES = {"m²": "1 sqm", "piece": "1 ct", "fl oz": "1 floz"}


def feed(origin: str, shop: Shop, batches: Iterable[Sequence[Entry]]) -> Iterator[str]:
    """All variants on sale, piece by piece, as RSS 2.0."""
    head = element("title", shop.name) + element("link", f"{origin}/")
    yield f"{HEAD}{opening('rss', RSS)}<channel>\n{head}{element('description', shop.tagline or shop.name)}"
    for batch in batches:
        yield "".join(
            _item(origin, shop, entry.product, variant)
            for entry in batch
            for variant in entry.product.variants
        )
    yield "</channel>\n</rss>\n"


def _item(origin: str, shop: Shop, product: Product, variant: Variant) -> str:
    pictures = [product.picture_of(variant), *product.pictures]
    images = addresses.of_pictures(origin, [each for each in pictures if each and not is_drawing(each.file)])
    fields = [
        ("id", variant.sku),
        ("title", _title(product, variant)),
        ("description", (text_of(product.description) or summary_of(product))[:LONGEST_DESCRIPTION]),
        ("link", addresses.of_product(origin, product, variant)),
        *(("image_link", image) for image in images[:1]),
        *(("additional_image_link", image) for image in images[1 : MOST_PICTURES + 1]),
        ("availability", "out_of_stock" if variant.stock == 0 else "in_stock"),
        *_prices(shop, variant),
        ("condition", "new"),
        ("brand", product.brand),
        ("gtin", variant.gtin),
        ("identifier_exists", "" if variant.gtin else "no"),
        ("item_group_id", key_of(product.slug) if len(product.variants) > 1 else ""),
        *_options(product, variant),
        *(("product_type", path) for path in product.categories[:1]),
        ("shipping_weight", f"{variant.weight} g" if product.shipped and variant.weight else ""),
        *_measure(variant),
    ]
    return f"<item>\n{''.join(element(f'g:{name}', text) for name, text in fields)}</item>\n"


def _title(product: Product, variant: Variant) -> str:
    return (
        f"{product.title}, {variant.title}"[:LONGEST_TITLE]
        if variant.title
        else product.title[:LONGEST_TITLE]
    )


def _prices(shop: Shop, variant: Variant) -> Iterator[tuple[str, str]]:
    """A reduced one is a sale price, and its earlier one is what pages show."""
    earlier = shop.prices.earlier_of(variant.price, variant.was, variant.lowest)
    yield "price", _amount(earlier or variant.price, shop.currency)
    if earlier:
        yield "sale_price", _amount(variant.price, shop.currency)


def _amount(amount: int, currency: str) -> str:
    return f"{money.to_major(amount, currency):f} {currency}"


def _options(product: Product, variant: Variant) -> Iterator[tuple[str, str]]:
    """Each of Google's at most once."""
    found: dict[str, str] = {}
    for option, value in zip(product.options, variant.options, strict=False):
        attribute = ATTRIBUTES.get(option.casefold())
        if attribute:
            found.setdefault(attribute, value)
    yield from found.items()


def _measure(variant: Variant) -> Iterator[tuple[str, str]]:
    """What the price of a unit is reckoned from, as on the page."""
    try:
        contents = read_contents(variant.contents)
    except ValueError:
        return
    unit, size = MEASURES.get(contents.unit, (contents.unit, 1))
    base = contents.base[0]
    yield "unit_pricing_measure", f"{(contents.amount / size).normalize():f} {unit}"
    yield "unit_pricing_base_measure", BASES.get(base, base if base[0].isdigit() else f"1 {base}")
