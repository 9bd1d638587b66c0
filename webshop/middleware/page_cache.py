"""Pages that are the same for everybody without a cart are made once and kept."""

import time
from asyncio import Future, Lock, get_running_loop, shield
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webshop.errors import Unavailable
from webshop.middleware.kept_pages import Asked, Page, page_of, send_answer, send_page, taken_by
from webshop.middleware.page_shell import Shell, Stretch
from webshop.middleware.request_log import REHEARSAL
from webshop.middleware.security import may_change

KNOWN_FOR = 0.5  # seconds: so long a version holds, unless this process has changed something
OLDEST = 60.0  # seconds: there are things that change by themselves, such as what was new
MOST_PAGES = 500
MOST_BYTES = 16_000_000  # of all of them, unpacked
LONGEST_QUERY = 300  # bytes

PART_OF_THE_KEY = frozenset({b"host", b"x-forwarded-proto", b"forwarded"})  # what OwnAddress goes by
A_CART = b"cart="  # in a cookie: webshop.cart.cookie
PERSONAL = frozenset({b"authorization", b"hx-request", b"range"})


class Slots(Protocol):
    """What depends on the visitor, as it is now."""

    async def slot(self, scope: Scope) -> Stretch: ...


class PageCache:
    """Outermost of all: what it answers has been through everything else once, for the same host and scheme.

    `queries` has the names that an address may have behind its "?", by path; a path that ends in "/" is for
    whatever is directly under it, a name that ends in "." for all that begin so. `version` is of all that
    pages show, asked in a thread. It may raise Unavailable. `slots` has what depends on the visitor.
    """

    def __init__(
        self,
        app: ASGIApp,
        queries: Mapping[str, frozenset[str]],
        version: Callable[[], Hashable],
        slots: Slots,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._queries = queries
        self._slots = slots
        self._clock = clock
        self._versions = _Versions(version, clock)
        self._pages: OrderedDict[object, Page] = OrderedDict()
        self._of: Hashable = None  # the version that they are of
        self._being_made: dict[object, Future[Page | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif may_change(scope):
            await self._change(scope, receive, send)
        elif (asked := self._read(scope)) and await self._is_current():
            await self._answer(asked, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _change(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell_and_send(message: Message) -> None:
            self._versions.changes += 1
            await send(message)

        await self.app(scope, receive, tell_and_send)

    def _read(self, scope: Scope) -> Asked | None:
        """None for what is not everybody's."""
        path, query = scope["path"], scope["query_string"]
        names = self._names(path)
        if names is None or scope["method"] not in ("GET", "HEAD") or (query and not _is_known(query, names)):
            return None
        asked = Asked((path, query))
        for name, value in scope["headers"]:
            if name in PART_OF_THE_KEY:
                asked.key += (name, value)
            elif name == b"accept-encoding":
                asked.codings += b"," + value
            elif name == b"if-none-match":
                asked.has = value
            elif name == b"x-request-id":
                asked.request_id = value
            elif name == b"cookie":
                asked.has_cart = asked.has_cart or A_CART in value
            elif name in PERSONAL:
                return None
        return asked

    def _names(self, path: str) -> frozenset[str] | None:
        folder = path[: path.rfind("/") + 1]
        return self._queries.get(path if folder == "/" else folder)

    async def _is_current(self) -> bool:
        """Forget pages of another version. False while nobody knows which it is."""
        if not self._versions.is_known:
            try:
                await self._versions.ask()
            except Unavailable:
                return False
        if self._versions.latest != self._of:
            self._pages.clear()
            self._of = self._versions.latest
        return True

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._find(asked.key)
        if page is None and scope["method"] == "GET":
            nobodys = {**_nobodys(scope), REHEARSAL: asked.has_cart}
            page, messages = await self._get(asked, nobodys, receive, send)
            if messages and not asked.has_cart:
                for message in messages:
                    await send(message)
                return
        if page and asked.has_cart:
            await self._send_with_cart(page, asked, scope, receive, send)
        elif page:
            await send_page(page, asked, scope, send)
        else:
            await self.app(scope, receive, send)

    def _find(self, key: object) -> Page | None:
        page = self._pages.get(key)
        if page is None or self._clock() - page.at > OLDEST:
            return None
        self._pages.move_to_end(key)
        return page

    async def _get(
        self, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> tuple[Page | None, Sequence[Message]]:
        """A new page, for all who want it meanwhile; or the answer that is none, for whoever made it. A bug's
        page is sent: it is raised again for the log."""
        key = (asked.key, self._of)
        if maker := self._being_made.get(key):
            return await shield(maker), ()
        made = self._being_made[key] = get_running_loop().create_future()
        messages: list[Message] = []
        page = None
        try:
            page = await self._make(asked, scope, receive, messages)
        except Exception:
            for message in messages:
                await send(message)
            raise
        finally:
            del self._being_made[key]
            made.set_result(page)
        return page, () if page else messages

    async def _make(
        self, asked: Asked, scope: Scope, receive: Receive, messages: list[Message]
    ) -> Page | None:
        """None for what nobody else may have. What changed while it was made is not kept."""

        async def collect(message: Message) -> None:
            messages.append(message)

        of = self._of
        await self.app(scope, receive, collect)
        page = page_of(messages, self._clock())
        if page and self._of == of:
            self._pages[asked.key] = page
            while len(self._pages) > MOST_PAGES or sum(map(Page.size, self._pages.values())) > MOST_BYTES:
                self._pages.popitem(last=False)
        return page

    async def _send_with_cart(
        self, page: Page, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            found = await self._draw(page, scope)
        except Exception:
            found = None  # the shop says so on the whole page, and in its log
        if found is None or scope["method"] == "HEAD":
            await self.app(scope, receive, send)
            return
        shell, drawn = found
        headers, body = shell.around(drawn, packed=b"gzip" in taken_by(asked.codings))
        await send_answer(headers, body, asked, send)

    async def _draw(self, page: Page, scope: Scope) -> tuple[Shell, Stretch] | None:
        shell = page.shell or page.shell_around((await self._slots.slot(_nobodys(scope))).plain)
        return (shell, await self._slots.slot(scope)) if shell else None


class _Versions:
    """The latest one that the database has told, for all who ask within KNOWN_FOR."""

    def __init__(self, ask: Callable[[], Hashable], clock: Callable[[], float]) -> None:
        self.latest: Hashable = None
        self.changes = 0  # that this process may have made
        self._ask = ask
        self._clock = clock
        self._asked_at = -KNOWN_FOR
        self._asked_after = -1  # changes
        self._asking = Lock()
        self._failures = 0

    @property
    def is_known(self) -> bool:
        return self._asked_after == self.changes and self._clock() - self._asked_at < KNOWN_FOR

    async def ask(self) -> None:
        """Raises Unavailable, also to all who have waited for an answer that did not come."""
        before = self._failures
        async with self._asking:
            if self._failures != before:
                raise Unavailable("")
            if not self.is_known:
                await self._ask_now()

    async def _ask_now(self) -> None:
        changes, now = self.changes, self._clock()
        try:
            self.latest = await run_in_threadpool(self._ask)
        except Unavailable:
            self._failures += 1
            raise
        self._asked_after, self._asked_at = changes, now


def _nobodys(scope: Scope) -> Scope:
    """The same of somebody without a cart."""
    return {**scope, "headers": [each for each in scope["headers"] if each[0] != b"cookie"]}


def _is_known(query: bytes, names: frozenset[str]) -> bool:
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    known = (name in names or name[: name.find(".") + 1] in names for name, _value in given)
    return len(query) <= LONGEST_QUERY and all(known)
