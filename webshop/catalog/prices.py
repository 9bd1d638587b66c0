"""The prices that variants had, and the earlier price that is shown beside a reduced one.

Article 6a of Directive 98/6/EC: whoever announces a reduction names the lowest price of the 30 days before.
It stays while the reduction lasts, also when that goes on in steps (6a(5)); a price that goes up in between
begins another one. What the shop has not sold for those 30 days has none: nobody knows it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, select, update

from webshop.catalog.model import Catalogue
from webshop.db.engine import moment_of, shop_time
from webshop.db.tables import price_history, variants
from webshop.db.upsert import insert

BEFORE = timedelta(days=30)
KEPT = timedelta(days=730)  # after a price has ended
AT_ONCE = 1_000  # skus in one question
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Past:
    """A price in minor units from `since` on; None while the variant was not on sale."""

    since: datetime
    price: int | None
    reduced: bool = False


def lowest_before(history: Sequence[Past], day_of: Callable[[datetime], date]) -> int | None:
    """The lowest price of the 30 days before the reduction that the last of these prices belongs to. None if
    it is no reduction, or if the shop does not know all of those days. `day_of` tells the shop's."""
    start = _beginning(history)
    if start is None:
        return None
    first_day = day_of(history[start].since) - BEFORE
    if start == 0 or day_of(history[0].since) > first_day:
        return None
    held = (
        past.price for past, next_one in pairwise(history[: start + 1]) if day_of(next_one.since) >= first_day
    )
    return min((price for price in held if price is not None), default=None)


def _beginning(history: Sequence[Past]) -> int | None:
    """Where the reduction began: steps down belong to one, and a short time off sale does not end it."""
    start = len(history) - 1
    if not history or not history[start].reduced:
        return None
    for place in range(start - 1, -1, -1):
        price = history[place].price
        if price is None:
            if history[place + 1].since - history[place].since >= BEFORE:
                break
        elif not history[place].reduced or price < (history[start].price or 0):
            break
        else:
            start = place
    return start


def keep_history(connection: Connection, catalogue: Catalogue) -> None:
    """Write down each price that differs from the last one known, and what it makes of variants.lowest, when
    the catalogue was loaded. Nothing is read that was written here."""
    currency, now = catalogue.currency, moment_of(connection)
    known = connection.execute(_variants_with_their_last_price()).all()
    changed = [row for row in known if _differs(row, currency)]
    news = {row.sku: _news(row, now) for row in changed}
    reduced = [row.sku for row in changed if _is_reduced(row)]
    histories = _list_histories(connection, reduced, currency)
    lowest = {sku: lowest_before([*histories[sku], news[sku]], _day_of(connection)) for sku in reduced}
    _write_down(connection, news, currency)
    _store(connection, {row.sku: lowest.get(row.sku) for row in changed if row.lowest != lowest.get(row.sku)})
    if changed:
        _forget(connection, now - KEPT)


def count_unknown(connection: Connection) -> int:
    """How many reduced variants have no earlier price to be shown, because the shop does not know the 30 days
    before."""
    reduced = (variants.c.active, variants.c.was > variants.c.price, variants.c.lowest.is_(None))
    return connection.execute(select(func.count()).select_from(variants).where(*reduced)).scalar_one()


def _variants_with_their_last_price() -> Any:
    own = price_history.alias()
    last = select(func.max(own.c.since)).where(own.c.sku == variants.c.sku).scalar_subquery()
    is_last = (price_history.c.sku == variants.c.sku) & (price_history.c.since == last)
    return select(
        *(variants.c[name] for name in ("sku", "price", "was", "active", "lowest")),
        price_history.c.since,
        price_history.c.currency,
        price_history.c.price.label("last_price"),
        price_history.c.reduced.label("last_reduced"),
    ).select_from(variants.outerjoin(price_history, is_last))


def _price(row: Row[Any]) -> int | None:
    return row.price if row.active else None


def _is_reduced(row: Row[Any]) -> bool:
    return bool(row.active and row.was is not None and row.was > row.price)


def _differs(row: Row[Any], currency: str) -> bool:
    if row.since is None:
        return bool(row.active)
    return (row.last_price, row.last_reduced, row.currency) != (_price(row), _is_reduced(row), currency)


def _news(row: Row[Any], now: datetime) -> Past:
    """After what is known, even if the clock was put back since."""
    since = now if row.since is None else max(now, row.since + TICK)
    return Past(since, _price(row), _is_reduced(row))


def _write_down(connection: Connection, news: Mapping[str, Past], currency: str) -> None:
    """Whoever loads the same at the same moment writes the same."""
    rows = [{"sku": sku, "currency": currency, **asdict(past)} for sku, past in news.items()]
    if rows:
        connection.execute(insert(connection, price_history).on_conflict_do_nothing(), rows)


def _list_histories(
    connection: Connection, skus: Sequence[str], currency: str
) -> Mapping[str, Sequence[Past]]:
    """Of each sku in this currency, without what was before there was another one."""
    found: dict[str, list[Past]] = defaultdict(list)
    in_order = select(price_history).order_by(price_history.c.sku, price_history.c.since)
    for first in range(0, len(skus), AT_ONCE):
        some = skus[first : first + AT_ONCE]
        for row in connection.execute(in_order.where(price_history.c.sku.in_(some))):
            if row.currency != currency:
                found[row.sku].clear()
            else:
                found[row.sku].append(Past(row.since, row.price, row.reduced))
    return found


def _day_of(connection: Connection) -> Callable[[datetime], date]:
    return lambda moment: shop_time(connection, moment).date()


def _store(connection: Connection, lowest: Mapping[str, int | None]) -> None:
    if lowest:
        statement = (
            update(variants).where(variants.c.sku == bindparam("of")).values(lowest=bindparam("found"))
        )
        connection.execute(statement, [{"of": sku, "found": price} for sku, price in sorted(lowest.items())])


def _forget(connection: Connection, before: datetime) -> None:
    """Prices that ended before: a later one had begun."""
    later = price_history.alias()
    ended = exists().where(
        later.c.sku == price_history.c.sku,
        later.c.since > price_history.c.since,
        later.c.since <= before,
    )
    connection.execute(delete(price_history).where(price_history.c.since < before, ended))
