"""A page as it was sent, in each coding that somebody takes, and what of a request it depends on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from gzip import compress, decompress
from hashlib import sha256

import brotli
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Scope, Send

from webshop.middleware.page_shell import Headers, Shell, shell_of
from webshop.middleware.request_log import GIVEN_ID, new_id

OF_ONE_ANSWER = frozenset({b"x-request-id", b"content-length", b"content-encoding", b"date"})
OF_A_BODY = frozenset({b"content-length", b"content-encoding", b"content-type"})
WINDOW = 16  # 64 kB, which no page is longer than: with Brotli's own 4 MB a page takes twelve times as long
PACKERS: Mapping[bytes, Callable[[bytes], bytes]] = {  # the smallest first
    b"br": lambda body: bytes(brotli.compress(body, quality=9, lgwin=WINDOW)),
    b"gzip": lambda body: compress(body, 9, mtime=0),  # no moment, so that all processes say the same
    b"": lambda body: body,
}


@dataclass(slots=True)
class Asked:
    """What of a request an answer depends on."""

    key: tuple[object, ...]
    codings: bytes = b""
    has: bytes = b""
    request_id: bytes = b""
    has_cart: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A page in one coding."""

    etag: bytes
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Page:
    """As it was made, `at` a moment of the clock."""

    headers: Headers
    body: bytes
    at: float
    forms: dict[bytes, Form] = field(default_factory=dict)
    shell: Shell | None = None

    def size(self) -> int:
        return len(self.body)

    def form(self, coding: bytes) -> Form:
        """Packed for the first one who takes it so."""
        if coding not in self.forms:
            self.forms[coding] = self._pack(coding)
        return self.forms[coding]

    def shell_around(self, hole: bytes) -> Shell | None:
        self.shell = self.shell or shell_of(self.headers, self.body, hole)
        return self.shell

    def _pack(self, coding: bytes) -> Form:
        body = PACKERS[coding](self.body)
        etag = b'"%s%s"' % (sha256(self.body).hexdigest()[:20].encode(), coding)
        headers = [*self.headers, (b"content-length", b"%d" % len(body)), (b"etag", etag)]
        return Form(etag, [*headers, (b"content-encoding", coding)] if coding else headers, body)


def page_of(messages: Sequence[Message], now: float) -> Page | None:
    """None for what is not everybody's, or not whole: where a reader leaves, an answer in pieces ends."""
    start, *rest = messages or [{"type": ""}]
    is_whole = bool(rest) and not rest[-1].get("more_body")
    if start["type"] != "http.response.start" or start["status"] != 200 or not is_whole:
        return None
    given = {name.lower(): value for name, value in start["headers"]}
    if b"set-cookie" in given or b"no-store" in given.get(b"cache-control", b"no-store"):
        return None
    body = b"".join(message.get("body", b"") for message in rest)
    if given.get(b"content-encoding") == b"gzip":
        body = decompress(body)
    headers = [(name, value) for name, value in given.items() if name not in OF_ONE_ANSWER | {b"vary"}]
    vary = given.get(b"vary", b"")
    if b"accept-encoding" not in vary.lower():
        vary = b", ".join(filter(None, (vary, b"Accept-Encoding")))
    return Page([*headers, (b"vary", vary)], body, now)


async def send_page(page: Page, asked: Asked, scope: Scope, send: Send) -> None:
    coding = best(asked.codings)
    if coding not in page.forms:
        await run_in_threadpool(page.form, coding)  # which takes a millisecond or two
    form = page.form(coding)
    headers, body, status = form.headers, form.body, 200
    if asked.has and _names(asked.has, form.etag):
        headers, body, status = [each for each in headers if each[0] not in OF_A_BODY], b"", 304
    await send_answer(headers, b"" if scope["method"] == "HEAD" else body, asked, send, status)


async def send_answer(headers: Headers, body: bytes, asked: Asked, send: Send, status: int = 200) -> None:
    request_id = _given(asked.request_id) or new_id().encode()
    own = (b"x-request-id", request_id)
    await send({"type": "http.response.start", "status": status, "headers": [*headers, own]})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=200)
def best(codings: bytes) -> bytes:
    """The smallest coding of those that an Accept-Encoding takes."""
    return next((coding for coding in PACKERS if coding in taken_by(codings)), b"")


@lru_cache(maxsize=200)
def taken_by(codings: bytes) -> frozenset[bytes]:
    """All that an Accept-Encoding takes."""
    taken = set()
    for each in codings.decode("latin-1").lower().split(","):
        name, _semicolon, quality = each.replace(" ", "").partition(";q=")
        if quality.strip("0.") or not quality:
            taken.add(name.encode())
    return frozenset(taken)


def _given(request_id: bytes) -> bytes:
    """As webshop.middleware.request_log takes it from the platform's router."""
    return request_id if request_id and GIVEN_ID.fullmatch(request_id.decode("latin-1")) else b""


def _names(tags: bytes, etag: bytes) -> bool:
    """Whether an If-None-Match names it."""
    return any(tag.strip().removeprefix(b"W/") in (etag, b"*") for tag in tags.split(b","))
