"""Pages while somebody designs: they follow the files, and say what is wrong in the stylesheets."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from webshop.design.css import check_stylesheets
from webshop.design.mistakes import explain
from webshop.design.views import NO_CACHE, gallery_of
from webshop.edited_files import edited_files, is_edited, seen
from webshop.pages.reading import folder_of
from webshop.web.rendering import VARY, Renderer
from webshop.web.site import site_of

A_LOOK = 500  # milliseconds, after which a process that is to end is noticed
SCRIPT = b'<script src="/gallery/static/live.js" defer></script>\n</body>'


class LivePages(Renderer):
    """Each page brings what loads it again. What is wrong is to be seen: nothing stands in for it."""

    def __init__(self, folders: Sequence[Path], globals_: Mapping[str, object], *, watch: bool) -> None:
        super().__init__(folders, globals_, watch=watch, strict=True)

    def render(self, name: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        response = super().render(name, context, status)
        html = bytes(response.body).replace(b"</body>", SCRIPT)
        return HTMLResponse(html, status, headers={"Vary": VARY, "Cache-Control": "no-store"})


def problems(request: Request) -> Response:
    """What is wrong in the stylesheets, for a corner of each page; nothing if nothing is."""
    gallery = gallery_of(request)
    explained = [explain(each, gallery.bench) for each in check_stylesheets(gallery.files())]
    html = gallery.pages.text("problems.html", {"explained": explained}) if explained else ""
    return HTMLResponse(html, headers=NO_CACHE)


async def changes(request: Request) -> Response:
    """An event whenever a file was saved: "css" if it was a stylesheet, else "page". What was saved since the
    page that asks was begun (?since=, milliseconds) and before this listens counts."""
    site, gallery = site_of(request), gallery_of(request)
    found = {*site.pages.folders, *gallery.static, folder_of(site.settings.shop_file)}
    return StreamingResponse(
        _events(request, [each for each in found if each.is_dir()], _since(request)),
        media_type="text/event-stream",
        headers=NO_CACHE,
    )


def _since(request: Request) -> int:
    asked = request.query_params.get("since", "")
    return int(asked) if asked.isdecimal() and len(asked) < 20 else time.time_ns() // 1_000_000


async def _events(request: Request, folders: list[Path], since: int) -> AsyncIterator[str]:
    """The watch begins with its first answer, after a look without changes."""
    from watchfiles import awatch  # of the tools for developers: a shop that sells has none of them

    is_ready = False
    async for changed in awatch(*folders, rust_timeout=A_LOOK, yield_on_timeout=True, debounce=300):
        if request.scope.get("state", {}).get("leaving") or await request.is_disconnected():
            return
        if not is_ready:
            is_ready = True
            yield "event: ready\ndata:\n\n"
            if _is_saved_since(since, folders):
                yield "event: page\ndata:\n\n"
                continue
        if saved := [path for _change, path in changed if is_edited(Path(path))]:
            is_css = all(path.endswith(".css") for path in saved)
            yield f"event: {'css' if is_css else 'page'}\ndata:\n\n"


def _is_saved_since(since: int, folders: list[Path]) -> bool:
    """A file of the future would be newer than every page."""
    found = seen(file for folder in folders for file in edited_files(folder, "**/*"))
    return any(since < changed // 1_000_000 < time.time_ns() // 1_000_000 for _file, changed, *_rest in found)


async def silence(request: Request) -> Response:
    """Events for as long as this process lives: of what only a start reads, its end is the news."""

    async def wait() -> AsyncIterator[str]:
        yield "event: ready\ndata:\n\n"
        while not request.scope.get("state", {}).get("leaving") and not await request.is_disconnected():
            await asyncio.sleep(A_LOOK / 1000)

    return StreamingResponse(wait(), media_type="text/event-stream", headers=NO_CACHE)
