"""The part of a page that depends on the visitor: drawn once for carts in which there is the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Scope

from webshop.language.messages import Language, use
from webshop.middleware.page_shell import QUICKLY, Stretch
from webshop.web.site import site_of

MOST_BYTES = 4_000_000  # some hundred usual carts, some dozen full ones


class KeptSlots:
    """`contents` asks for what the slot of whoever sends a request shows beside what the catalogue's version
    covers: what is in their cart, at today's prices, and how much of it can be bought; None where the cart is
    to be loaded. `is_near`: it asks a file, which takes less time than to go to a thread for it, and waits
    for nobody: SQLite's readers do not."""

    def __init__(
        self,
        app: Starlette,
        language: Language,
        contents: Callable[[Request], Hashable | None],
        *,
        is_near: bool,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._app = app
        self._language = language
        self._contents = contents
        self._is_near = is_near
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, Stretch] = OrderedDict()
        self._bytes = 0
        self._guard = Lock()  # held for a moment only

    def find_at_once(self, scope: Scope, version: Hashable) -> Stretch | None:
        """In the event loop: one that is kept."""
        return self._find(self._request(scope), version) if self._is_near else None

    def slot(self, scope: Scope, version: Hashable) -> Stretch:
        """In a thread: the slot as it is on all pages of a catalogue of this version, or a later one. Another
        one may have drawn it since `find_at_once`, or for a page that had none to be put into."""
        request = self._request(scope)
        return self._find(request, version) or self._draw(request, version)

    def _request(self, scope: Scope) -> Request:
        return Request({**scope, "app": self._app})

    def _find(self, request: Request, version: Hashable) -> Stretch | None:
        contents = self._contents(request)
        with self._guard:
            slot = self._kept.get((version, contents)) if contents else None
            if slot:
                self._kept.move_to_end((version, contents))
            return slot

    def _draw(self, request: Request, version: Hashable) -> Stretch:
        """Kept as what it was drawn from, which may not be what there was when somebody asked."""
        use(self._language)
        site = site_of(request)
        shown = site.slot(request, 200)
        slot = Stretch(site.pages.text("cart/_slot.html", {**shown, "message": ""}).encode(), level=QUICKLY)
        self._keep((version, shown["cart"].contents), slot)
        return slot

    def _keep(self, key: Hashable, slot: Stretch) -> None:
        with self._guard:
            replaced = self._kept.pop(key, None)
            self._kept[key] = slot
            self._bytes += len(slot.plain) - (len(replaced.plain) if replaced else 0)
            while self._bytes > self._most:
                _key, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.plain)
