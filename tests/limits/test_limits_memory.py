"""Limits of what only reads: counted in memory, for the latest names."""

from datetime import timedelta

from tests.till import at_once
from webshop.errors import TooMany
from webshop.limits import memory
from webshop.limits.memory import Counter
from webshop.limits.model import Limit

THREE = Limit("pages", 3, timedelta(minutes=1))


class Watch:
    """A clock that stands still until it is set; in seconds."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def refused(counter: Counter, who: str = "ada") -> int:
    """After how many seconds it may be tried again; 0 if it went well."""
    try:
        counter.count(who)
    except TooMany as error:
        return error.retry_after
    return 0


def test_the_fourth_of_three_is_refused_until_the_minute_is_over() -> None:
    watch = Watch()
    counter = Counter(THREE, watch)
    assert [refused(counter) for _time in range(5)] == [0, 0, 0, 60, 60]
    watch.now += 59.5
    assert refused(counter) == 1
    watch.now += 0.5
    assert [refused(counter) for _time in range(4)] == [0, 0, 0, 60]


def test_others_are_counted_apart_and_nobody_in_particular_not_at_all() -> None:
    counter = Counter(THREE, Watch())
    assert [refused(counter) for _time in range(4)] == [0, 0, 0, 60]
    assert [refused(counter, "grace") for _time in range(4)] == [0, 0, 0, 60]
    assert [refused(counter, "") for _time in range(9)] == [0] * 9


def test_only_so_many_names_are_remembered_and_the_busiest_is_not_forgotten() -> None:
    counter = Counter(THREE, Watch())
    for number in range(memory.MOST_NAMES * 2):
        refused(counter, f"somebody {number}")
        refused(counter, "busy")
    assert len(counter._counts) == memory.MOST_NAMES
    assert refused(counter, "busy") == 60


def test_twenty_at_once_are_no_more_than_three() -> None:
    counter = Counter(THREE, Watch())
    assert at_once(20, lambda _n: refused(counter)).count(0) == 3
