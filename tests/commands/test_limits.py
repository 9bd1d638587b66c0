"""python -m webshop limits: who is limited, and how the owner lifts it."""

import re
from typing import Any

import pytest

from tests.conftest import both_databases
from tests.till import Till
from webshop.db.engine import Database
from webshop.errors import TooMany
from webshop.limits import queries as limits
from webshop.limits.model import CHECKOUTS, NEW_CARTS, QUESTIONS

MALLORY = "203.0.113.66"


def use_up(db: Database, who: str = MALLORY) -> None:
    for _time in range(CHECKOUTS.most):
        limits.take(db, (CHECKOUTS, who))


@both_databases
def test_it_lists_who_has_done_how_much_of_what(till: Till, said: Any) -> None:
    use_up(till.db)
    limits.take(till.db, (NEW_CARTS, "2001:db8:0:1::/64"))
    till.check_out(till.cart(MUG_BLUE=2, TILES=1), visitor="198.51.100.7")
    code, out, err = said("limits")
    assert (code, err) == (0, [])
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    assert matches(out[0], rf"203\.0\.113\.66  checkouts: 100 of 100 since {moment}, no more until {moment}")
    out[1:4] = sorted(out[1:4], key=lambda line: line.split()[1:])  # the cart's name is by chance
    assert matches(out[3], rf"198\.51\.100\.7  checkouts: 1 of 100 since {moment}")
    assert matches(out[1], rf"2001:db8:0:1::/64  carts begun: 1 of 300 since {moment}")
    assert matches(out[2], rf"[0-9a-f]{{32}}  checkouts of a cart: 1 of 15 since {moment}")
    assert out[4:] == ["198.51.100.7  orders not paid yet: 1 of 30, which hold 2 pieces"]


def matches(line: str, pattern: str) -> bool:
    return re.fullmatch(pattern, line) is not None


def test_without_anything_it_says_so(said: Any) -> None:
    assert said("limits") == (0, ["Nobody has done anything that is limited."], [])


def test_what_is_over_is_not_listed(till: Till, said: Any) -> None:
    now = till.db.clock()
    till.db.clock = lambda: now - CHECKOUTS.within
    use_up(till.db)
    assert said("limits")[1] == ["Nobody has done anything that is limited."]


@pytest.mark.parametrize(
    ("who", "typed"),
    [
        (MALLORY, MALLORY),
        ("2001:db8:0:1::/64", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::/64", "2001:DB8:0:1::77"),  # as it stands in a log
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ],
)
def test_the_owner_lifts_what_is_limited_for_a_day(till: Till, said: Any, who: str, typed: str) -> None:
    use_up(till.db, who)
    with pytest.raises(TooMany):
        limits.take(till.db, (CHECKOUTS, who))
    code, out, _err = said("limits", "--lift", typed)
    assert code == 0
    assert len(out) == 1
    assert out[0].startswith(f"{who}  not limited until ")
    for _time in range(CHECKOUTS.most + 1):
        limits.take(till.db, (CHECKOUTS, who), (QUESTIONS, who))


@pytest.mark.parametrize("typed", ["", "nobody", "é" * 9, "x" * 65, "1.2.3.4\n5.6.7.8"])
def test_what_is_no_address_and_no_cart_is_refused(said: Any, typed: str) -> None:
    code, out, err = said("limits", "--lift", typed)
    assert (code, out) == (2, [])
    assert err == [f"{typed!r} is neither a network address nor a cart"]
