"""The part of a page that depends on the visitor: drawn once for carts that are the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Scope

from webshop.language.messages import Language, use
from webshop.middleware.page_shell import QUICKLY, Stretch
from webshop.web.site import site_of

MOST_BYTES = 4_000_000  # some hundred usual carts, some dozen full ones


class KeptSlots:
    """`glance` looks at the cart, as it is now, that the slot of whoever sends a request shows; None where
    there is more to do than to look. `is_near`: it asks a file, which takes less time than to go to a thread
    for it, and waits for nobody: SQLite's readers do not."""

    def __init__(
        self,
        app: Starlette,
        language: Language,
        glance: Callable[[Request], Hashable | None],
        *,
        is_near: bool,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._app = app
        self._language = language
        self._glance = glance
        self._is_near = is_near
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, Stretch] = OrderedDict()
        self._bytes = 0
        self._guard = Lock()  # held for a moment only

    def find_at_once(self, scope: Scope) -> Stretch | None:
        """In the event loop: one that is kept."""
        return self._find(self._glance(self._request(scope))) if self._is_near else None

    def slot(self, scope: Scope) -> Stretch:
        """In a thread, after that: the slot as it is on all pages."""
        request = self._request(scope)
        shown = site_of(request).slot(request, 200)
        return self._find(shown["cart"]) or self._draw(request, shown)

    def _request(self, scope: Scope) -> Request:
        return Request({**scope, "app": self._app})

    def _find(self, cart: Hashable | None) -> Stretch | None:
        with self._guard:
            slot = self._kept.get(cart) if cart else None
            if slot:
                self._kept.move_to_end(cart)
            return slot

    def _draw(self, request: Request, shown: Mapping[str, Any]) -> Stretch:
        use(self._language)
        pages = site_of(request).pages
        slot = Stretch(pages.text("cart/_slot.html", {**shown, "message": ""}).encode(), level=QUICKLY)
        self._keep(shown["cart"], slot)
        return slot

    def _keep(self, key: Hashable, slot: Stretch) -> None:
        with self._guard:
            replaced = self._kept.pop(key, None)
            self._kept[key] = slot
            self._bytes += len(slot.plain) - (len(replaced.plain) if replaced else 0)
            while self._bytes > self._most:
                _key, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.plain)
