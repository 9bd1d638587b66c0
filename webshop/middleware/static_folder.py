"""Static files: words from memory, packed once for each coding that somebody takes; others from folders."""

import mimetypes
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware, IdentityResponder
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webshop.middleware.kept_pages import Asked, Page, send_page, taken_by
from webshop.web.assets import FOREVER, Assets, digest_of

A_WHILE = "public, max-age=3600"
# A page of another release names another content: whoever kept this one for it would keep it forever.
NOT_THIS_ONE = "no-cache"

# Words, and what is made of them; the rest is packed already, or is nothing that gets smaller.
WORDS = ("text/", "application/json", "application/xml", "application/javascript", "font/ttf", "font/otf")
MADE_OF_WORDS = ("+json", "+xml")
PACKED = (b"vary", b"Accept-Encoding")

KINDS = {".speculationrules": "application/speculationrules+json"}  # that Python does not know

# Not for browsers: an original tells where it was taken, and a drawing may hold scripts.
REFUSED = ("img/products", "pictures")


class Packing(GZipMiddleware):
    """Of what the folder below does not send: that is packed once. Starlette's own would also pack for
    whoever says "gzip;q=0", that it is not taken."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner: ASGIApp = super().__call__
        if scope["type"] == "http" and scope["path"].startswith("/static/"):
            inner = self.app
        elif scope["type"] == "http" and b"gzip" not in taken_by(_codings(scope)):
            inner = IdentityResponder(self.app, self.minimum_size)
        await inner(scope, receive, send)


class StaticFolder(StaticFiles):
    """Starlette's own reads the file for each request: in pieces, or the part that is asked for of a film. Of
    words, what is sent, and whether it is to be read again, the `assets` say. `follow` looks whether they are
    of today: another process may have drawn the page that names them."""

    def __init__(self, assets: Assets, follow: Callable[[], None] = lambda: None) -> None:
        super().__init__(directory=assets.folders[-1])
        self.all_directories = [*assets.folders]
        self._assets = assets
        self._follow = follow
        self._pages: dict[str, tuple[bytes, str, Page]] = {}  # as many as there are files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405)
        path = self.get_path(scope)
        if _is_refused(path):
            raise HTTPException(404)
        if _is_of_words(_kind(path)):
            await self._send_words(path, scope, send)
        else:
            try:
                scope = _without_other_units(scope)
                response = await self.get_response(path, scope)
                version = await run_in_threadpool(self._version, path)
            except (HTTPException, OSError):  # gone since, or nobody may read it
                raise HTTPException(404) from None
            response.headers["content-type"] = _kind(path)
            response.headers["cache-control"] = _lifetime(scope, version)
            await response(scope, receive, send)

    async def _send_words(self, path: str, scope: Scope, send: Send) -> None:
        # What a stylesheet names is kept as well, wherever that is: what has a page has been looked for here.
        content = self._assets.kept(path) if path in self._pages else None
        if content is None or _named(scope) not in (None, self._page(path, content)[1]):
            content = await run_in_threadpool(self._read, path)
        _content, digest, page = self._page(path, content)
        lifetime = _lifetime(scope, digest).encode()

        async def send_for_so_long(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"cache-control", lifetime))
            await send(message)

        await send_page(page, _asked(scope), scope, send_for_so_long)

    def _read(self, path: str) -> bytes:
        self._follow()
        try:
            if self._assets.is_made(path) or self._is_there(path):
                return self._assets.read(path)
        except (OSError, ValueError):  # gone since, too long a name, or a NUL
            pass
        raise HTTPException(404)

    def _is_there(self, path: str) -> bool:
        """Nothing outside the folders is, whatever leads there."""
        file = self._assets.find(path)
        return file.is_file() and self.lookup_path(path)[0] == os.path.realpath(file)

    def _version(self, path: str) -> str:
        file = self._assets.find(path)
        status = file.stat()
        return _digest_of_file(file, status.st_mtime_ns, status.st_size)

    def _page(self, path: str, content: bytes) -> tuple[bytes, str, Page]:
        kept = self._pages.get(path)
        if kept is None or kept[0] != content:
            kept = self._pages[path] = (content, digest_of(content), Page(_headers(path), content, 0.0))
        return kept


def _without_other_units(scope: Scope) -> Scope:
    """A Range in a unit that is not known counts for nothing (RFC 9110, 14.2); Starlette refuses it."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name != b"range" or value.lower().startswith(b"bytes=")
    ]
    return {**scope, "headers": headers}


def _is_refused(path: str) -> bool:
    small = path.lower()
    return any(small == each or small.startswith(f"{each}/") for each in REFUSED)


@lru_cache(maxsize=500)
def _digest_of_file(file: Path, _changed_at: int, _size: int) -> str:
    return digest_of(file.read_bytes())


def _kind(path: str) -> str:
    return KINDS.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _headers(path: str) -> list[tuple[bytes, bytes]]:
    kind = _kind(path)
    text = kind.startswith("text/")
    return [(b"content-type", (f"{kind}; charset=utf-8" if text else kind).encode()), PACKED]


def _is_of_words(kind: str) -> bool:
    return kind.startswith(WORDS) or kind.endswith(MADE_OF_WORDS)


def _asked(scope: Scope) -> Asked:
    has = ",".join(Headers(scope=scope).getlist("if-none-match"))
    return Asked((), _codings(scope), has.encode("latin-1"))


def _codings(scope: Scope) -> bytes:
    return ",".join(Headers(scope=scope).getlist("accept-encoding")).encode("latin-1")


def _lifetime(scope: Scope, digest: str) -> str:
    named = _named(scope)
    if named is None:
        return A_WHILE
    return FOREVER if named == digest else NOT_THIS_ONE


def _named(scope: Scope) -> str | None:
    """The content that a page names."""
    named = parse_qs(scope["query_string"].decode("latin-1")).get("v")
    return None if named is None else ",".join(named)
