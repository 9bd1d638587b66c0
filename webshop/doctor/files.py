"""shop.toml, catalog.toml and the pictures."""

from collections.abc import Iterable, Iterator

from webshop import shop
from webshop.catalog.file import read_catalog
from webshop.catalog.model import Product
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.settings.model import ROOT, Settings
from webshop.shop import Shop
from webshop.toml_files import FileError

PICTURES = ROOT / "static" / "img" / "products"

# What the demo that this program comes with is made of.
DEMO_NAME = "Fernhill Pottery"
DEMO_IMPRINT = ("DE 000 000 000", "Fern Lane 4", DEMO_NAME)
DEMO_PRODUCTS = frozenset(
    """harbour-mug moor-mug tide-espresso-cups fern-bowl harvest-bowl supper-plate celadon-teapot harbour-jug
    butter-dish storage-jar spoon-rest hill-planter candle-holder moor-vase glaze-tiles""".split()
)


def demo_left(products: Iterable[Product]) -> str:
    """Which of these are the demo's; "" for none."""
    return ", ".join([each.slug for each in products if each.slug in DEMO_PRODUCTS][:3])


def check_files(examined: Examined) -> Findings:
    config = examined.config
    try:
        store = shop.load(config.shop_file)
    except FileError as trouble:
        yield from _mistakes("files.shop", trouble)
        return
    yield from _shop(store)
    try:
        sold = read_catalog(
            config.catalog_file, store.currency, tax_by_stripe=store.tax_by_stripe, pictures=PICTURES
        )
    except FileError as trouble:
        yield from _mistakes("files.catalogue", trouble)
        return
    yield fine("files.catalogue", f"{config.catalog_file.name}: {len(sold)} products, with their pictures")
    if demo := demo_left(sold):
        yield error(
            "files.demo",
            f"{config.catalog_file.name} still has the demo's products: {demo}",
            "people would pay for things that do not exist",
            "put your own in their place, then python -m webshop catalog load",
        )


def written(config: Settings) -> list[Product]:
    """What catalog.toml says; nothing where it has mistakes, which are told."""
    try:
        store = shop.load(config.shop_file)
        return read_catalog(config.catalog_file, store.currency, tax_by_stripe=store.tax_by_stripe)
    except FileError:
        return []


def _mistakes(id: str, trouble: FileError) -> Iterator[Finding]:  # noqa: A002 - as the field is called
    for problem in trouble.problems:
        yield error(
            id,
            problem,
            "the file is not taken as it is",
            "correct it; python -m webshop catalog check looks again",
        )


def _shop(store: Shop) -> Iterator[Finding]:
    lines = [store.name, *store.imprint]
    left = [words for words in DEMO_IMPRINT if any(words in line for line in lines)]
    if left:
        yield error(
            "files.imprint",
            f"shop.toml still has the demo's words: {', '.join(left)}",
            "they stand on every receipt and invoice as whoever sells",
            "put in your own name, imprint and VAT number",
        )
    elif not store.imprint:
        yield warning(
            "files.imprint",
            "shop.toml has no imprint",
            "receipts and invoices do not say who sells",
            'fill in imprint = ["Name", "Street", "Postcode and town"]',
        )
    else:
        yield fine(
            "files.shop", f"shop.toml: {store.name}, {store.currency}, {len(store.countries)} countries"
        )
    yield from _taxes(store)
    if not store.carriers:
        yield warning(
            "files.carriers",
            "shop.toml has no [carriers]",
            "shoppers get a parcel's number without a link to where it is",
            'add [carriers] with a line such as DHL = "https://...{tracking}"',
        )


def _taxes(store: Shop) -> Iterator[Finding]:
    if store.tax_mode == "none":
        yield warning(
            "files.tax",
            "shop.toml has no tax rates",
            "prices and invoices are without tax",
            'fill in [tax.DE], or tax = "stripe"; leave it if you owe none',
        )
    elif store.tax and (home := store.countries[0]) not in store.tax:
        yield warning(
            "files.tax",
            f"shop.toml has no tax rate for {home}, the first country that it sends to",
            "what is sold there has no tax",
            f"add [tax.{home}]; leave it if you owe none there",
        )
