"""/pictures/…: what was made is sent; what was not, is made first."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from webshop.errors import OwnerError, Unavailable
from webshop.language.messages import gettext as _
from webshop.pictures.gallery import Gallery
from webshop.pictures.model import TYPES, Version
from webshop.settings.model import ROOT
from webshop.web.assets import FOREVER

A_DAY = "public, max-age=86400"
PLACEHOLDER = ROOT / "static" / "img" / "placeholder.svg"

# A drawing that somebody opens by itself is a page of this shop: it may not do anything.
ALONE = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


async def show(request: Request) -> Response:
    gallery: Gallery = request.app.state.gallery
    file, version = request.path_params["file"], Version.of(request.path_params["version"])
    if not version:
        return _nothing()
    try:
        if elsewhere := await gallery.find_public(file, version):
            return RedirectResponse(elsewhere, 302, {"Cache-Control": A_DAY})
        content = await gallery.fetch(file, version)
    except OwnerError as trouble:
        sentence = _("This picture cannot be shown at the moment. Please try again soon.")
        raise Unavailable(sentence) from trouble
    return _sent(content, version) if content else _nothing()


def _sent(content: bytes, version: Version) -> Response:
    headers = {"Cache-Control": FOREVER}
    if version.kind == "svg":
        headers["Content-Security-Policy"] = ALONE
    return Response(content, media_type=TYPES[version.kind], headers=headers)


def _nothing() -> Response:
    """A browser shows the placeholder where the picture would be."""
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": ALONE}
    return Response(PLACEHOLDER.read_bytes(), 404, headers, TYPES["svg"])
