"""Which backups are kept, and which have had their time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from webshop.backups.copies.names import Name


@dataclass(frozen=True)
class Rule:
    """All of the last `all_days`, then the last one of each day for `daily_days`, then the last one of each
    month for `months`. Days and months are UTC's, as the names are."""

    all_days: int
    daily_days: int
    months: int


def list_over(names: Iterable[Name], now: datetime, rule: Rule) -> list[Name]:
    """Those that may be deleted, the oldest first: never the newest one of a mode."""
    ordered = sorted(set(names), key=lambda name: (name.mode, name.taken_at, str(name)))
    over = [
        name
        for _mode, of_mode in groupby(ordered, key=lambda name: name.mode)
        for name in _over(list(of_mode), now, rule)
    ]
    return sorted(over, key=lambda name: (name.taken_at, str(name)))


def _over(names: list[Name], now: datetime, rule: Rule) -> Iterator[Name]:
    last_of_day = {name.taken_at.date(): name for name in names}
    last_of_month = {_month(name.taken_at): name for name in names}
    for name in names[:-1]:
        age = now - name.taken_at
        is_kept = (
            age <= timedelta(days=rule.all_days)
            or (age <= timedelta(days=rule.daily_days) and name is last_of_day[name.taken_at.date()])
            or (_months_ago(name, now) <= rule.months and name is last_of_month[_month(name.taken_at)])
        )
        if not is_kept:
            yield name


def _month(moment: datetime) -> tuple[int, int]:
    return moment.year, moment.month


def _months_ago(name: Name, now: datetime) -> int:
    return (now.year - name.taken_at.year) * 12 + now.month - name.taken_at.month
