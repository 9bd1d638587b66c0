"""What machines ask for: sitemap, rules for robots, Google's feed; and old addresses, which lead on."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from webshop.catalog.feeds import google as google_feed
from webshop.catalog.feeds import moved, reading
from webshop.catalog.feeds import sitemap as maps
from webshop.errors import ShopError, Unavailable
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.settings.together import LOOPBACK
from webshop.web import problems
from webshop.web.rendering import moved_to
from webshop.web.site import site_of
from webshop.web.visitor import visitor_of

AN_HOUR = {"Cache-Control": "public, max-age=3600"}
PRIVATE = ("/cart", "/checkout", "/charge", "/orders/", "/sandbox")


def sitemap(request: Request) -> Response:
    site = site_of(request)
    with site.db.read() as connection:
        parts, loaded = reading.list_parts(connection), reading.loaded_at(connection)
    return _xml(maps.index(site.settings.url, parts, loaded))


def sitemap_of_products(request: Request) -> Response:
    """A part that has none is not there."""
    site = site_of(request)
    part: int = request.path_params["part"]
    batches = reading.read_part(site.db, part) if part <= reading.MOST_PARTS else iter(())
    first = next(batches, None)
    if first is None:
        raise HTTPException(404)
    return _streamed(maps.products(site.settings.url, chain([first], batches)))


def google(request: Request) -> Response:
    site = site_of(request)
    site.feeds.count(visitor_of(request))
    batches = reading.read_everything(site.db)
    first = next(batches, ())  # what fails at once fails with a status
    return _streamed(google_feed.feed(site.settings.url, site.shop, chain([first], batches)))


def _xml(text: str) -> Response:
    return Response(text, media_type="application/xml", headers=AN_HOUR)


def _streamed(pieces: Iterator[str]) -> Response:
    return StreamingResponse(pieces, media_type="application/xml", headers=AN_HOUR)


def robots(request: Request) -> Response:
    """Nobody is to find a shop in which nothing can be bought; on the owner's own machine nobody will."""
    settings = site_of(request).settings
    if _is_to_be_found(settings):
        lines = [*(f"Disallow: {path}" for path in PRIVATE), "", f"Sitemap: {settings.url}/sitemap.xml"]
    else:
        lines = ["Disallow: /"]
    return PlainTextResponse("\n".join(["User-agent: *", *lines, ""]), headers=AN_HOUR)


def _is_to_be_found(settings: Settings) -> bool:
    return settings.mode is ShopMode.LIVE or urlsplit(settings.url).hostname in LOOPBACK


def not_here(request: Request, error: Exception) -> Response:
    """Where the page went that was at this address, or what there is to say when there is none."""
    if request.method in ("GET", "HEAD"):
        with suppress(Unavailable), site_of(request).db.read() as connection:
            if place := moved.find(connection, request.scope["path"], _query(request)):
                return moved_to(place)
    return (problems.expected if isinstance(error, ShopError) else problems.refused)(request, error)


def _query(request: Request) -> str:
    return bytes(request.scope["query_string"]).decode("latin-1")
