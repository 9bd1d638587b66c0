"""A shop's backup, and the same shop restored from it, without HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import empty_postgresql, make_config
from tests.till import SITE, Till
from webshop.backups.copies.keep import Rule
from webshop.backups.copies.names import Name
from webshop.backups.copies.places import Folder
from webshop.backups.reopen import Reopened, reopen
from webshop.backups.restore import restore
from webshop.backups.take import take
from webshop.db.engine import Database
from webshop.settings.mode import ShopMode

NUMBERS = count(1)


@dataclass
class WayBack:
    """`till` is the shop that will be lost."""

    till: Till
    folder: Path
    new_address: Callable[[], str]

    def back_up(self) -> Name:
        return take(self.till.db, ShopMode.SANDBOX, Folder(self.folder), Rule(2, 30, 12)).name

    @contextmanager
    def restored(self, name: Name) -> Iterator[Till]:
        """The same shop at the same Stripe, from this backup, and paused."""
        db = Database(self.new_address())
        config = make_config(self.folder, database_url=db.engine.url.render_as_string(hide_password=False))
        try:
            restore(db, config, Folder(self.folder), name)
            yield Till(db, self.till.sandbox, self.till.wire, self.till.clock)
        finally:
            db.engine.dispose()


def opened(till: Till) -> Reopened:
    return reopen(till.db, till.stripe, ShopMode.SANDBOX, SITE)


def new_address(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Callable[[], str]:
    """The addresses of databases of the same kind that are not there, or empty."""

    def make() -> str:
        number = next(NUMBERS)
        if database_url.startswith("sqlite"):
            return f"sqlite:///{tmp_path / f'restored{number}' / 'shop.sqlite3'}"
        return empty_postgresql(request.getfixturevalue("postgresql"), f"way_back_{number}")

    return make
