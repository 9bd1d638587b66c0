"""Nobody is sent away while a catalogue is loaded; and who holds the lock for all of it sends people away."""

import pytest

from tests.catalog.beside_shoppers import beside, load_in_one
from tests.conftest import both_databases, only_sqlite
from tests.till import Till

pytestmark = pytest.mark.slow


@both_databases
def test_twenty_shoppers_beside_a_load_are_served(till: Till) -> None:
    url = till.db.engine.url.render_as_string(hide_password=False)
    for price, words in ((2000, "A new"), (2500, "Another"), (2500, "Another")):
        waits = beside(till, url, 10_000, price, words)
        assert waits.refused == []
        assert waits.acts


@only_sqlite
def test_a_load_that_keeps_the_lock_sends_shoppers_away(till: Till) -> None:
    url = till.db.engine.url.render_as_string(hide_password=False)
    assert beside(till, url, 200, 2000, "A new", load_in_one).refused != []
