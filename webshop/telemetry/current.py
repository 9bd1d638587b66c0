"""The request that is being answered: known to everything that happens on its behalf, in its threads too."""

from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CurrentRequest:
    """`scope` is ASGI's; the router fills in the route."""

    id: str
    scope: MutableMapping[str, Any]

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def route(self) -> str:
        """The template of the address, such as /orders/{signed}, because the path itself may open an order.
        "-" if there is no such address."""
        route = self.scope.get("route")
        if route is None:
            return "-"
        mounted = str(self.scope.get("root_path", ""))
        return f"{mounted}/…" if hasattr(route, "routes") else f"{mounted}{route.path}"

    @property
    def endpoint(self) -> str:
        """The view's dotted name, or else the route."""
        view = self.scope.get("endpoint")
        name = getattr(view, "__qualname__", "")
        return f"{view.__module__}.{name}" if name else self.route


current_request: ContextVar[CurrentRequest | None] = ContextVar("current_request", default=None)


def current_request_id() -> str:
    """Empty outside of requests."""
    request = current_request.get()
    return request.id if request else ""
