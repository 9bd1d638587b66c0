"""A shop in this process that browsers can reach, with an order of every kind and routes that fail."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from httpx2 import Client
from sqlalchemy import update
from starlette.types import ASGIApp

from tests.conftest import make_config
from tests.pages import ORDERS, PageState, failing_routes
from tests.ports import free_port
from tests.shopper import Shopper
from webshop.app import create_app
from webshop.db.tables import orders
from webshop.web.site import Site


@dataclass
class ServedShop:
    """`links` are the signed numbers of its orders, `sessions` where they are paid, both by their names."""

    url: str
    site: Site
    links: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def address(self, state: PageState) -> str:
        path = state.path.replace("{order}", self.links.get(state.order, ""))
        return self.sessions[state.order] if path == "{session}" else self.url + path


def served(folder: Path, **settings: object) -> AbstractContextManager[ServedShop]:
    """The shop serves until the end of the `with`; neither worker nor webhooks run beside it."""
    return served_behind(lambda app: app, folder, **settings)


@contextmanager
def served_behind(
    door: Callable[[ASGIApp], ASGIApp], folder: Path, **settings: object
) -> Iterator[ServedShop]:
    """The same, behind another app."""
    port = free_port()
    app: Any = create_app(make_config(folder, public_url=f"http://127.0.0.1:{port}", **settings))
    inner = app
    while not hasattr(inner, "router"):
        inner = inner.app
    inner.router.routes[:0] = failing_routes()
    config = uvicorn.Config(door(app), port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    shop = ServedShop(f"http://127.0.0.1:{port}", inner.state.site)
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.02)
        yield shop
    finally:
        server.should_exit = True
        thread.join(10)
        shop.site.db.engine.dispose()


def place_orders(shop: ServedShop, *names: str, product: str = "tiles") -> None:
    """One of each of these kinds, bought by somebody without JavaScript."""
    for name in names:
        columns = ORDERS[name]
        with Client(base_url=shop.url) as client:
            shopper = Shopper(client).add(product).check_out()
            token = str(shopper.response.url.path).rpartition("/")[2]
            shop.sessions[name] = str(shopper.response.url)
            link = str(shopper.visit(f"{shop.url}/charge?token={token}").response.url.path)
        shop.links[name] = link.rpartition("/")[2]
        number = shop.site.signatures.read_order(shop.links[name])
        if columns:
            with shop.site.db.write() as connection:
                connection.execute(update(orders).where(orders.c.number == number).values(columns))
