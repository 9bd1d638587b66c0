"""The part of a page that depends on the visitor: drawn once for carts that are the same."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from threading import Lock
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Scope

from webshop.language.messages import Language, use
from webshop.middleware.page_shell import QUICKLY, Stretch
from webshop.web.site import site_of

MOST_BYTES = 4_000_000  # some hundred usual carts, some dozen full ones


class KeptSlots:
    """`glance` looks at the cart, as it is now, that the slot of whoever sends a request shows; None where
    there is more to do than to look."""

    def __init__(
        self,
        app: Starlette,
        language: Language,
        glance: Callable[[Request], Awaitable[Hashable | None]],
        *,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._app = app
        self._language = language
        self._glance = glance
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, Stretch] = OrderedDict()
        self._bytes = 0
        self._guard = Lock()  # held for a moment only

    async def slot(self, scope: Scope) -> Stretch:
        """As it is on all pages: found here, or made in a thread."""
        request = Request({**scope, "app": self._app})
        cart = await self._glance(request)
        kept = self._find((site_of(request).pages.edition, cart)) if cart else None
        return kept if kept else await run_in_threadpool(self._make, request, cart)

    def _make(self, request: Request, cart: Hashable | None) -> Stretch:
        site = site_of(request)
        shown = {"cart": cart} if cart else site.slot(request, 200)
        return self._find((site.pages.edition, shown["cart"])) or self._draw(request, shown)

    def _find(self, key: Hashable) -> Stretch | None:
        with self._guard:
            slot = self._kept.get(key)
            if slot:
                self._kept.move_to_end(key)
            return slot

    def _draw(self, request: Request, shown: Mapping[str, Any]) -> Stretch:
        use(self._language)
        pages = site_of(request).pages
        # Read before it is drawn, or what is older would be kept as what is newer.
        key = (pages.edition, shown["cart"])
        slot = Stretch(pages.text("cart/_slot.html", {**shown, "message": ""}).encode(), level=QUICKLY)
        self._keep(key, slot)
        return slot

    def _keep(self, key: Hashable, slot: Stretch) -> None:
        with self._guard:
            replaced = self._kept.pop(key, None)
            self._kept[key] = slot
            self._bytes += len(slot.plain) - (len(replaced.plain) if replaced else 0)
            while self._bytes > self._most:
                _key, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.plain)
