"""Which backups are kept: all of two days, then one a day, then one a month, and always the newest."""

from datetime import UTC, datetime, timedelta

import pytest

from webshop.backups.copies.keep import Rule, list_over
from webshop.backups.copies.names import Kind, Name, read_name
from webshop.settings.mode import ShopMode

RULE = Rule(all_days=2, daily_days=30, months=12)
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def at(text: str, mode: ShopMode = ShopMode.LIVE) -> Name:
    return Name(mode, datetime.fromisoformat(f"{text}+00:00"), "0010", Kind.SQLITE)


def kept(names: list[Name], now: datetime = NOW, rule: Rule = RULE) -> list[Name]:
    over = list_over(names, now, rule)
    return [name for name in names if name not in over]


def test_all_of_two_days_then_the_last_of_each_day_then_the_last_of_each_month() -> None:
    stays = [
        "2025-11-30 22:00",  # the last of its month, twelve months ago
        "2026-09-30 22:00",
        "2026-10-28 22:00",  # the last of its day, within thirty days
        "2026-10-31 22:00",  # the last of its day, and of its month
        "2026-11-24 22:00",
        "2026-11-25 12:00",  # two days old, to the minute
        "2026-11-25 13:00",
        "2026-11-27 11:00",
        "2026-11-27 11:30",
    ]
    goes = [
        "2025-10-31 22:00",  # thirteen months ago
        "2025-11-29 22:00",
        "2026-09-29 22:00",
        "2026-09-30 21:59",
        "2026-10-28 11:00",  # an earlier one of a day
        "2026-10-27 22:00",  # more than thirty days
        "2026-11-24 21:00",
        "2026-11-25 11:59",
    ]
    names = sorted(map(at, stays + goes), key=lambda name: name.taken_at)
    assert kept(names) == [at(text) for text in stays]


def test_the_newest_stays_however_old_it_is_and_of_each_mode() -> None:
    names = [at("2020-01-01 00:00"), at("2020-01-02 00:00"), at("2019-01-01 00:00", ShopMode.TEST)]
    assert kept(names) == names[1:]
    assert kept(names, rule=Rule(0, 0, 0)) == names[1:]
    assert list_over([], NOW, RULE) == []


def test_deleting_each_hour_keeps_what_deleting_once_would() -> None:
    names: list[Name] = []
    moment = NOW - timedelta(days=100)
    while moment < NOW:
        names = kept([*names, Name(ShopMode.LIVE, moment, "0010", Kind.SQLITE)], moment)
        moment += timedelta(hours=7)
    assert kept(names) == names
    days = [name for name in names if NOW - name.taken_at <= timedelta(days=30)]
    assert len({name.taken_at.date() for name in days}) in (30, 31)
    assert len(names) - len(days) == 2  # of August and September; October's last day is not so old


def test_a_name_says_what_a_backup_is_and_nothing_else_is_one() -> None:
    text = "webshop-live-20261127T031500Z-0010.sqlite3.gz"
    name = read_name(text)
    assert name == Name(ShopMode.LIVE, datetime(2026, 11, 27, 3, 15, tzinfo=UTC), "0010", Kind.SQLITE)
    assert str(name) == text
    others = [
        "", "webshop.sqlite3", f".{text}.part", f"{text}.part", f"a{text}", text.upper(), f"{text}\n",
        text.replace("live", "real"), text.replace("1127", "1327"), text.replace("0010", "10"),
        text.replace("sqlite3.gz", "sql"), f"../{text}",
    ]  # fmt: skip
    assert [each for each in others if read_name(each)] == []


@pytest.mark.parametrize("kind", Kind)
def test_a_name_is_read_as_it_was_written(kind: Kind) -> None:
    name = Name(ShopMode.SANDBOX, NOW, "0123", kind)
    assert read_name(str(name)) == name
