"""An address as its country writes it on an envelope. Whatever was typed is there, once."""

import re
from dataclasses import fields

from webshop.address.countries import facts
from webshop.address.model import Address
from webshop.address.regions import find_region, is_latin

TOKENS = re.compile("(%[NOADCSZX])")
FIELDS = {"N": "name", "O": "company", "A": "line1", "C": "city", "S": "region", "Z": "postal_code"}
WORD = re.compile(r"[^\W\d]{4}")  # a place in the country's style, as in "SINGAPORE %Z"; "LT-%Z" has none
SEPARATORS = " ,/-"
# Where the region's abbreviation in the data is not what stands on envelopes.
WRITTEN_OUT = frozenset({"ES"})


def lines(address: Address) -> list[str]:
    """The address without the country's name, a string a line. One that is all in Latin letters is written as
    letters from abroad are."""
    known = facts(address.country)
    is_foreign = all(is_latin(str(getattr(address, field.name))) for field in fields(address))
    style = known.get("lfmt", known["fmt"]) if is_foreign else known["fmt"]
    parts = _parts(address, known["upper"])
    written = (_line(line, parts) for line in _complete(style, parts).split("%n"))
    return [line for some in written for line in some.split("\n") if line]


def form_rows(country: str, language: str) -> list[list[str]]:
    """The fields of an address in the order in which the country writes them, those of one line together:
    names of Address, without the country. Who does not read the country's language writes Latin letters."""
    known = facts(country)
    spoken = (tag.replace("_", "-").partition("-")[0] for tag in (language, known.get("lang", "")))
    style = known["fmt"] if len(set(spoken)) == 1 else known.get("lfmt", known["fmt"])
    written = _complete(style, dict.fromkeys("CSZ", "?"))
    rows = [[FIELDS[part] for part in re.findall("%([NOACSZ])", line)] for line in written.split("%n")]
    return [split for row in rows if row for split in _streets_apart(row)]


def _streets_apart(row: list[str]) -> list[list[str]]:
    """A street has lines of its own."""
    if "line1" not in row:
        return [row]
    rest = [part for part in row if part != "line1"]
    return [["line1"], ["line2"], *([rest] if rest else [])]


def _parts(address: Address, upper: str) -> dict[str, str]:
    region = address.region
    if address.country in WRITTEN_OUT and (found := find_region(region, address.country)):
        region = found.name
    parts = {
        "N": address.name,
        "O": address.company,
        "A": "\n".join(filter(None, [address.line1, address.line2])),
        "C": address.city,
        "S": region,
        "Z": address.postal_code,
    }
    return {part: words.upper() if part in upper else words for part, words in parts.items()}


def _complete(style: str, parts: dict[str, str]) -> str:
    """The country's style with a place for each part that was typed. Some countries' has none for the city
    (Japan), others' none for a region or a postcode."""
    said = [word.strip() for word in re.split("%.", style.upper())]  # "SINGAPORE %Z" has the city
    if "%C" not in style and parts["C"].upper() not in said:
        east = style.endswith("%N")  # from the country down to the person
        style = style.replace("%A", "%C%n%A" if east else "%A%n%C", 1)
    for part, sign in (("S", "%n"), ("Z", " ")):
        if f"%{part}" not in style and parts[part]:
            style = re.sub("(%C|$)", rf"\1{sign}%{part}", style, count=1)
    return style


def _line(style: str, parts: dict[str, str]) -> str:
    """One line: what stands between two parts, or before a postcode, goes where one of them is empty."""
    line, between = "", ""
    for token in TOKENS.split(style):
        if not TOKENS.fullmatch(token):
            between = token
        elif words := parts.get(token[1], ""):
            line += _joint(line, between, words) + words
            between = ""
        elif not WORD.search(between):
            between = ""
    return (line + between if WORD.search(between) else line).strip()


def _joint(line: str, between: str, words: str) -> str:
    if not line:
        return between.lstrip(SEPARATORS)
    glued = f"{line[-1]}{words[0]}"
    return between or (" " if glued.isascii() and glued.isalnum() else "")
