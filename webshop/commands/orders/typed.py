"""What an owner types behind a command: an order's number, a state, a mode, a day, how many."""

import argparse
import re
from datetime import date, datetime, timedelta

from webshop.errors import Mistyped, OwnerError
from webshop.language.messages import current
from webshop.orders.model import State, read_number
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings

MODES = f"{', '.join(ShopMode)} (default: the mode that the shop is in)"
A_DAY = timedelta(days=1)


def read_order_number(typed: str) -> str:
    """Raises OwnerError for what cannot be one."""
    number = read_number(typed)
    if not re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", number):
        raise OwnerError(f"There is no order {typed!r}: a number looks like K7QM-2XTD.")
    return number


def read_state(typed: str | None) -> State | None:
    """Raises Mistyped."""
    if typed is None:
        return None
    try:
        return State(typed.lower())
    except ValueError as error:
        raise Mistyped(f"{typed!r} is not a state: {', '.join(State)}") from error


def read_mode(options: argparse.Namespace, config: Settings) -> ShopMode:
    """The one of --mode, or the shop's own. Raises Mistyped."""
    try:
        return ShopMode(options.mode.lower()) if options.mode else config.mode
    except ValueError as error:
        raise Mistyped(f"{options.mode!r} is not a mode: {', '.join(ShopMode)}") from error


def add_days(parser: argparse.ArgumentParser) -> None:
    """The options that `read_days` reads."""
    parser.add_argument("--since", metavar="DATE", help="placed on this day or later: 2026-11-01")
    parser.add_argument("--until", metavar="DATE", help="placed on this day or earlier")


def read_days(options: argparse.Namespace) -> tuple[datetime | None, datetime | None]:
    """From when on, and before when; None is any time. Raises Mistyped."""
    if getattr(options, "today", False):
        if options.since or options.until:
            raise Mistyped("--today says which day: without --since and --until.")
        today = read_day(f"{datetime.now(current().zone):%Y-%m-%d}")
        return today, today and today + A_DAY
    since, last = read_day(options.since), read_day(options.until)
    if since and last and last < since:
        raise Mistyped(f"--until {options.until} is before --since {options.since}.")
    return since, last and last + A_DAY


def read_day(typed: str | None) -> datetime | None:
    """The beginning of the day, where the shop is. Raises Mistyped."""
    if typed is None:
        return None
    try:
        if not re.fullmatch(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", typed):
            raise ValueError
        return datetime.combine(date.fromisoformat(typed), datetime.min.time(), current().zone)
    except ValueError as error:
        raise Mistyped(f"{typed!r} is not a day such as 2026-11-01") from error


def read_limit(typed: str) -> int:
    """Raises Mistyped."""
    if not re.fullmatch(r"[1-9][0-9]{0,6}", typed):
        raise Mistyped(f"{typed!r} is not a number of orders")
    return int(typed)
