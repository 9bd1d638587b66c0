"""States, provinces, prefectures: what can be chosen, what is written, and which postcodes they have."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import name as unicode_name

from webshop.address.countries import Facts, facts, load, once_a_country
from webshop.address.postcodes import normalized_postcode

# Postcodes that the data gives to one state, although a neighbour's places have them too (Australia Post,
# India Post); and beginnings whose states have changed since.
SHARED = {
    "AU/NSW": "437[57]|438[035]",
    "AU/QLD": "2406",
    "AU/NT": "4825",
    "IN/Puducherry": "533464|673310",
}
UNSURE = {"IT": "0[789]"}  # Sardinia's provinces


@dataclass(frozen=True)
class Region:
    """`written` stands in an address, `name` is read in a list; `spellings` are all by which it is known."""

    key: str
    written: str
    name: str
    spellings: frozenset[str]


def regions(country: str, language: str = "en") -> list[tuple[str, str]]:
    """The states, provinces or the like that `country` wants in an address, as pairs of what is written and a
    name; none where it does without. In the script of `language` ("ja", "pt-BR") if that is the country's
    own, else in Latin letters."""
    return [(region.written, region.name) for region in _list(country, language)]


def find_region(typed: str, country: str, language: str = "en") -> Region | None:
    """The region that is written or named so, in any language of its country."""
    found = _list(country, language)
    exact = (region for region in found if typed in (region.written, region.key))
    return next(exact, None) or next((region for region in found if typed in region.spellings), None)


def is_one_of(typed: str, listed: Iterable[str], country: str) -> bool:
    """Whether the region is one of those, in whatever language of its country each is written."""
    keys = {found.key for each in listed if (found := find_region(each, country))}
    region = find_region(typed, country) if typed else None
    return region is not None and region.key in keys


def regions_of_postcode(postal_code: str, country: str, chosen: Region, language: str = "en") -> list[Region]:
    """Where the postcode is, if that is surely not in the `chosen` region: none where nobody can say."""
    postcode = normalized_postcode(postal_code, country)
    if (
        not postcode
        or re.match(UNSURE.get(country, "(?!)"), postcode)
        or _has(country, chosen, postcode) is not False
    ):
        return []
    others = _list(country, language)
    return [region for region in others if _has(country, region, postcode)]


def _has(country: str, region: Region, postcode: str) -> bool | None:
    """None where no pattern of its postcodes is known."""
    key = f"{country}/{region.key}"
    pattern = load(country).get(key, {}).get("zip")
    if pattern is None:
        return None
    return bool(re.match(f"(?:{pattern}|{SHARED.get(key, '(?!)')})", postcode))


def _list(country: str, language: str) -> tuple[Region, ...]:
    return _list_of(country, language.replace("_", "-").partition("-")[0])


@once_a_country
def _list_of(country: str, language: str) -> tuple[Region, ...]:
    known = facts(country)
    if "S" not in known["require"] or "sub_keys" not in known:
        return ()
    keys = known["sub_keys"].split("~")
    names = list(_names(country, known, keys))
    own = next((found for spoken, found in names if spoken == language), None)
    shown = own or next(found for _spoken, found in names if all(map(is_latin, found.values())))
    return tuple(_region(key, shown[key], [found[key] for _spoken, found in names]) for key in keys)


def _region(key: str, name: str, spellings: list[str]) -> Region:
    """Written is the key, which may be an abbreviation, if it is in the letters of the name."""
    written = key if is_latin(key) == is_latin(name) else name
    return Region(key, written, name, frozenset([key, *spellings]))


def _names(country: str, known: Facts, keys: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Names by key, each time with the language that they are in; "" for Latin letters of any language."""
    spoken = known["lang"].partition("-")[0]
    yield spoken, _split(known.get("sub_names"), keys)
    for language in known.get("languages", "").split("~"):
        if f"{country}--{language}" in load(country):
            yield language, _translated(country, language, keys)
    yield "", _split(known.get("sub_lnames"), keys)
    yield "", _split(None, keys)


def _split(names: str | None, keys: list[str]) -> dict[str, str]:
    found = names.split("~") if names else keys
    return {key: name or key for key, name in zip(keys, found, strict=True)}


def _translated(country: str, language: str, keys: list[str]) -> dict[str, str]:
    """In a language beside the country's first; the data finds a region by its key or by its ISO code."""
    parts = load(country)
    names: dict[str, str] = {}
    for place, part in parts.items():
        if place.startswith(f"{country}/") and place.count("/") == 1 and place.endswith(f"--{language}"):
            name = part.get("name") or part.get("lname") or part["key"]
            names |= {part["key"]: name, f"iso {part.get('isoid')}": name}
    return {
        key: names.get(key) or names.get(f"iso {parts[f'{country}/{key}'].get('isoid')}", key) for key in keys
    }


def is_latin(text: str) -> bool:
    return all(not letter.isalpha() or unicode_name(letter).startswith("LATIN") for letter in text)
