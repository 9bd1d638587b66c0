"""shop.toml, catalog.toml, the pictures and the shop's own pages."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from webshop import shop
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.model import Product
from webshop.doctor.database import Unreachable, opened
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.looks.opening import inspect_looks
from webshop.pages.reading import folder_of, mistakes_of
from webshop.pages.starters import left_of_starters, mode_in
from webshop.pictures.studio import open_studio
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.shop import Shop
from webshop.toml_files import FileError

# What the demo that this program comes with is made of.
DEMO_NAME = "Fernhill Pottery"
DEMO_IMPRINT = ("DE 000 000 000", "Fern Lane 4", "fernhill.example", DEMO_NAME)
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
            config.catalog_file,
            store.currency,
            tax_by_stripe=store.tax_by_stripe,
            pictures=open_studio(config, store),
        )
    except FileError as trouble:
        yield from _mistakes("files.catalogue", trouble)
        return
    yield fine(
        "files.catalogue", f"{config.catalog_file.name}: {len(sold.products)} products, with their pictures"
    )
    if demo := demo_left(sold.products):
        yield error(
            "files.demo",
            f"{config.catalog_file.name} still has the demo's products: {demo}",
            "people would pay for things that do not exist",
            "put your own in their place, then python -m webshop catalog load",
        )


def check_looks(examined: Examined) -> Findings:
    """Each mistake as it is found: this takes seconds."""
    is_fine = True
    with suppress(FileError):  # of shop.toml, which is told
        for each in inspect_looks(examined.config):
            is_fine = False
            kind = error if each.stops_the_shop else warning
            yield kind(
                "files.templates",
                str(each),
                "a page, or a part of it, is not what it should be",
                "mend the file; python -m webshop theme check draws all of them in all their states",
            )
        if is_fine:
            yield fine("files.templates", "every template can be drawn in every state")


def check_pages(examined: Examined) -> Findings:
    config = examined.config
    with suppress(FileError):  # of shop.toml, which is told
        store = shop.load(config.shop_file)
        folder = folder_of(config.shop_file)
        mistakes = mistakes_of(folder, store)
        yield from _mistakes("files.pages", FileError(mistakes))
        left = [words for words in left_of_starters(folder, store) if words not in mistakes]
        stops = error if left and not _sells_already(config) else warning
        for words in left:
            yield stops(
                "files.pages",
                words,
                "shoppers read an example where they look for your own words",
                "write your own, and delete what stands between [[ and ]]",
            )


def _sells_already(config: Settings) -> bool:
    with suppress(Unreachable), opened(config) as connection:
        return mode_in(connection) is ShopMode.LIVE
    return False


def written(config: Settings) -> Sequence[Product]:
    """What catalog.toml says; nothing where it has mistakes, which are told."""
    try:
        store = shop.load(config.shop_file)
        return read_catalog(config.catalog_file, store.currency, tax_by_stripe=store.tax_by_stripe).products
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
    lines = [store.name, *store.imprint, store.contact.email]
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
    if not store.contact.email:
        yield warning(
            "files.contact",
            "shop.toml has no contact with an e-mail address",
            "shoppers find no address to write to, and what they answer to mails goes to OWNER_EMAIL",
            'fill in contact = { email = "hello@shop.example" }',
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
