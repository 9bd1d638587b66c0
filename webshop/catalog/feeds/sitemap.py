"""The sitemap: an index, and parts of it: https://www.sitemaps.org/protocol.html."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from webshop.catalog.feeds import addresses
from webshop.catalog.feeds.reading import Entry
from webshop.catalog.feeds.xml import HEAD, element, opening

SITEMAP = {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}
IMAGES = {"xmlns:image": "http://www.google.com/schemas/sitemap-image/1.1"}
PAGES = "pages"  # the part with the home page, the categories and the shop's own pages


def index(origin: str, parts: Iterable[int], loaded: datetime | None) -> str:
    """Of the part with pages, and of these numbered ones with products."""
    names = [PAGES, *(f"products-{number}" for number in parts)]
    entries = (
        f"<sitemap>\n{element('loc', f'{origin}/sitemaps/{name}.xml')}{_lastmod(loaded)}</sitemap>\n"
        for name in names
    )
    return f"{HEAD}{opening('sitemapindex', SITEMAP)}{''.join(entries)}</sitemapindex>\n"


def pages(origin: str, categories: Iterable[str], paths: Iterable[str]) -> str:
    """The home page, the categories of these slugs, and these paths."""
    found = [f"{origin}/", *(addresses.of_category(origin, slug) for slug in categories)]
    found += [f"{origin}{path}" for path in paths]
    entries = "".join(f"<url>\n{element('loc', each)}</url>\n" for each in found)
    return f"{HEAD}{opening('urlset', SITEMAP)}{entries}</urlset>\n"


def products(origin: str, batches: Iterable[Sequence[Entry]]) -> Iterator[str]:
    """A part, piece by piece."""
    yield HEAD + opening("urlset", SITEMAP | IMAGES)
    for batch in batches:
        yield "".join(_product(origin, entry) for entry in batch)
    yield "</urlset>\n"


def _product(origin: str, entry: Entry) -> str:
    pictures = addresses.of_pictures(origin, entry.product.pictures)
    images = "".join(f"<image:image>\n{element('image:loc', each)}</image:image>\n" for each in pictures)
    place = element("loc", addresses.of_product(origin, entry.product))
    return f"<url>\n{place}{_lastmod(entry.changed_at)}{images}</url>\n"


def _lastmod(moment: datetime | None) -> str:
    return element("lastmod", f"{moment:%Y-%m-%dT%H:%M:%SZ}") if moment else ""
