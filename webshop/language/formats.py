"""Amounts, dates and names as the current language writes them, through Babel."""

from copy import copy
from datetime import datetime
from decimal import Decimal

from babel import dates

from webshop.language.messages import current
from webshop.pricing import money


def format_money(amount: int, currency: str) -> str:
    """`amount` in minor units, such as "€24.00": with exactly the decimals that are charged."""
    pattern = copy(current().locale.currency_formats["standard"])
    digits = money.decimals(currency)
    pattern.frac_prec = (digits, digits)
    value = money.to_major(amount, currency)
    return str(pattern.apply(value, current().locale, currency=currency, currency_digits=False))


def format_percent(rate: int) -> str:
    """`rate` in millionths, such as "19%" or "8.875%": with no more decimals than it has."""
    pattern = copy(current().locale.percent_formats[None])
    pattern.frac_prec = (0, 4)
    return str(pattern.apply(Decimal(rate).scaleb(-6), current().locale))


def format_time(moment: datetime) -> str:
    """A moment as date and time of day, by the shop's clock, to the minute."""
    locale = current().locale
    joined = dates.get_datetime_format("medium", locale=locale)
    time = dates.format_time(_local(moment), "short", locale=locale)
    return (
        str(joined).replace("{0}", time).replace("{1}", dates.format_date(_local(moment), "medium", locale))
    )


def format_day(moment: datetime) -> str:
    """A moment's day, where the shop is."""
    return str(dates.format_date(_local(moment), "long", locale=current().locale))


def format_minute(moment: datetime) -> str:
    """A moment for a table or a log, by the shop's clock: "2026-11-27 09:30", in every language."""
    return f"{_local(moment):%Y-%m-%d %H:%M}"


def _local(moment: datetime) -> datetime:
    return moment.astimezone(current().zone)


def country_name(code: str) -> str:
    """ "DE" is "Germany" in English."""
    return str(current().locale.territories.get(code, code))
