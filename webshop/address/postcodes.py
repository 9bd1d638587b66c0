"""Postcodes as people write them, and as their country does."""

import re
from collections.abc import Iterator
from functools import lru_cache

from webshop.address.countries import facts, once_a_country
from webshop.text import clean_code, letters_and_digits

# What was put before a postcode in letters from abroad, where that is not the country's ISO code: the signs
# of cars. Both are still written, and nobody means another place with it.
PREFIXES = {
    "AD": "AND", "AR": "RA", "AT": "A", "AU": "AUS", "AX": "FIN FI", "BA": "BIH", "BE": "B",
    "BL": "F FR", "CA": "CDN", "CL": "RCH", "CN": "CHN", "DE": "D", "EE": "EST", "EG": "ET",
    "ES": "E", "FI": "FIN SF", "FR": "F", "GB": "GB UK", "GF": "F FR", "GG": "GBG GB UK", "GL": "KN DK",
    "GP": "F FR", "HU": "H", "IE": "IRL", "IM": "GBM GB UK", "IN": "IND", "IT": "I", "JE": "GBJ GB UK",
    "JP": "J", "KR": "ROK", "LI": "FL", "LU": "L", "MC": "F", "ME": "MNE", "MF": "F FR", "MK": "NMK",
    "MQ": "F FR", "MT": "M", "MX": "MEX", "MY": "MAL", "NC": "F FR", "NO": "N", "OM": "PC",
    "PF": "F FR", "PH": "RP",
    "PM": "F FR", "PR": "US USA", "PT": "P", "RE": "F FR", "RO": "R", "RS": "SRB YU", "RU": "RUS",
    "SE": "S", "SI": "SLO", "SM": "RSM I", "TH": "T", "TW": "RC", "US": "USA", "VA": "V SCV",
    "VI": "US USA", "WF": "F FR", "YT": "F FR",
}  # fmt: skip
# Where a postcode that begins with letters is also written without them.
BEGUN = {"AD": "AD", "BB": "BB", "LV": "LV", "SV": "CP", "VC": "VC", "VG": "VG"}
# Where digits of the country's own script stand in addresses.
OWN_DIGITS = frozenset("AE AF BD BH EG IN IQ IR JO KW LB LK MM NP OM PK PS QA SA SD SY TH YE".split())
# Of these codes so many letters at the end are within a district, whose own number may have one digit or two.
WITHIN_DISTRICT = {"GB": 3, "GG": 3, "JE": 3, "IM": 3, "BH": 2}

LONGEST = 100  # as it is typed; it is refused long before

Shape = tuple[int, str]  # after so many letters and digits stands this


def read_postcode(typed: str, country: str) -> str:
    """What was typed as `country` writes it: "sw1a1aa" is "SW1A 1AA", "D-04109" is "04109"; "" for what is no
    postcode there. In a country without a pattern it is what was typed."""
    pattern = _pattern(country)
    tidy = clean_code(typed).upper()
    if country in OWN_DIGITS:
        tidy = "".join(str(int(each)) if each.isdecimal() else each for each in tidy)
    if pattern is None:
        return clean_code(typed)
    if not re.sub("[^A-Z0-9]", "", tidy).isalnum() or re.search(r"[^\W_A-Z0-9]", tidy):
        return ""
    letters = letters_and_digits(tidy)
    written = (each for bare in _bare(letters, country) for each in _spaced(bare, country))
    return next(filter(pattern.fullmatch, [*written, tidy]), "")


@once_a_country
def _pattern(country: str) -> re.Pattern[str] | None:
    known = facts(country)
    return re.compile(known["zip"], re.ASCII) if "zip" in known and "%Z" in known["fmt"] else None


def _bare(letters: str, country: str) -> Iterator[str]:
    """Without what stands before it in letters from abroad; as it is; with what belongs to it."""
    known = facts(country).get("postprefix", "")
    before = {country, *PREFIXES.get(country, "").split(), re.sub("[^A-Z]", "", known)} - {""}
    for prefix in sorted(before, key=len, reverse=True):
        if letters.startswith(prefix):
            yield letters.removeprefix(prefix)
    yield letters
    if country in BEGUN:
        yield BEGUN[country] + letters


def _spaced(bare: str, country: str) -> Iterator[str]:
    """With spaces and hyphens where an example of the country has them; as it is; with one anywhere."""
    shapes = _shapes(country)
    for key in (_classes(bare), _runs(bare), str(len(bare))):
        if key in shapes:
            yield _put(bare, shapes[key])
    yield bare
    yield from (_put(bare, ((place, sign),)) for sign in "- " for place in range(1, len(bare)))


@once_a_country
def _shapes(country: str) -> dict[str, tuple[Shape, ...]]:
    """Where the country's examples have spaces and hyphens: by their letters and digits, by the runs of
    these, and by how many there are, if all of so many agree."""
    found: dict[str, set[tuple[Shape, ...]]] = {}
    for example in facts(country).get("zipex", "").split(","):
        bare = re.sub("[^A-Z0-9]", "", example)
        shape = tuple(_signs(example))
        found.setdefault(_classes(bare), set()).add(shape)
        found.setdefault(str(len(bare)), set()).add(shape)
        if re.fullmatch("[A-Z]+ [0-9]+", example):
            found.setdefault(_runs(bare), set()).add(((example.index(" "), " "),))
    return {key: shapes.pop() for key, shapes in found.items() if len(shapes) == 1}


def _signs(example: str) -> Iterator[Shape]:
    letters = 0
    for sign in example:
        if sign in " -":
            yield letters, sign
        else:
            letters += 1


def _classes(bare: str) -> str:
    """ "AA9A9AA" of "EC1Y8SY"."""
    return re.sub("[0-9]", "9", re.sub("[A-Z]", "A", bare))


def _runs(bare: str) -> str:
    """ "AAAA+9" of "BFPO61": its letters, and then digits of any number."""
    found = re.fullmatch("([A-Z]+)[0-9]+", bare)
    return "A" * len(found[1]) + "+9" if found else ""


def _put(bare: str, shape: tuple[Shape, ...]) -> str:
    for place, sign in reversed(shape):
        bare = bare[:place] + sign + bare[place:]
    return bare


def postcode_problem(typed: str, country: str) -> str:
    """ "" if `typed` is a postcode of `country`, "missing", or an example of a right one."""
    known = facts(country)
    if not clean_code(typed):
        return "missing" if "Z" in known["require"] else ""
    return "" if read_postcode(typed, country) else known["zipex"].split(",")[0]


def normalized_postcode(typed: str, country: str = "") -> str:
    """Letters and digits alone, in capitals, without what was put before them."""
    return letters_and_digits(read_postcode(typed, country) or typed if country else typed)


def postcode_begins(typed: str, prefix: str, country: str) -> bool:
    """Whether the postcode begins so: with these digits, or in Britain with this area, district or sector.
    "SE1" is no beginning of "SE16 1AA", and "S" none of "SE1 1AA"; "SE1 6" is one of "SE1 6AA" alone."""
    return 0 < len(typed) <= LONGEST and _begins(typed, prefix, country)


@lru_cache(maxsize=1000)  # of one postcode it is asked for each zone and each part that is taxed otherwise
def _begins(typed: str, prefix: str, country: str) -> bool:
    first, _space, sector = clean_code(prefix).upper().partition(" ")
    postcode, prefix = normalized_postcode(typed, country), letters_and_digits(prefix)
    if country not in WITHIN_DISTRICT:
        return postcode.startswith(prefix)
    is_whole = bool(read_postcode(typed, country)) and not postcode.startswith("BFPO")
    district = postcode[: -WITHIN_DISTRICT[country]] if is_whole else postcode
    if sector:
        return district == first and postcode.startswith(prefix)
    if len(prefix) > len(district):
        return bool(read_postcode(prefix, country)) and postcode == prefix
    rest = district.removeprefix(prefix)
    if country == "BH":
        return prefix == district
    return district.startswith(prefix) and (not rest or prefix[-1:].isdigit() != rest[0].isdigit())


def is_numeric(country: str) -> bool:
    """Whether its postcodes are digits alone, so that a phone may show no other keys."""
    examples = facts(country).get("zipex", "")
    return bool(examples) and examples.replace(",", "").isdigit()
