"""Prices, weights and counts as shops write them: "1 050 000", "1.234,56", "€12.00", "0,5 kg"."""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from unicodedata import normalize

AMOUNT = re.compile(r"[.,]?[0-9][0-9.,]*")
BEFORE = re.compile(r"^[^\d+\-−]*?(?=[.,]?\d)")  # a currency's sign or letters
BEHIND = re.compile(r"\D*$")  # and ",-" or ".–" for no cents
GROUPING = re.compile(r"(?<=\d)[\s'’_](?=\d)")

GRAMS = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
    "mg": Decimal("0.001"),
    "t": Decimal(1_000_000),
}
UNITS = {
    **dict.fromkeys("g gr gram grams gramm gramme grammes gramo gramos grammi г гр".split(), "g"),
    **dict.fromkeys("kg kgs kilo kilos kilogram kilograms kilogramm кг".split(), "kg"),
    **dict.fromkeys("lb lbs pound pounds livre livres libras фунт".split(), "lb"),
    **dict.fromkeys("oz ounce ounces once onces".split(), "oz"),
    "mg": "mg",
    "t": "t",
}


def decimal_mark(written: Iterable[str], decimals: int = 2) -> str:
    """What stands before the cents in most of a file's prices: "." or ","; "" where none has cents.
    `decimals` are the currency's."""
    cents = re.compile(rf"([.,])\d{{1,{max(2, decimals)}}}$")
    marks = Counter(found[1] for each in written if (found := cents.search(_bare(each))))
    return marks.most_common(1)[0][0] if marks else ""


def read_amount(written: str, mark: str = "") -> Decimal | None:
    """The number; None for what is none. `mark` is the file's own, for "1.050", which may be two things."""
    bare = _bare(written)
    if not AMOUNT.fullmatch(bare):
        return None
    whole, decimals = _halves(bare, mark)
    digits = re.sub("[.,]", "", whole)
    return Decimal(f"{digits or 0}.{decimals or 0}") if len(digits) + len(decimals) <= 30 else None


def _bare(written: str) -> str:
    plain = GROUPING.sub("", normalize("NFKC", written).strip())
    return BEHIND.sub("", BEFORE.sub("", plain, count=1), count=1)


def _halves(bare: str, mark: str) -> tuple[str, str]:
    """Before and after the sign that decimals stand behind."""
    marks = [each for each in bare if each in ".,"]
    if not marks:
        return bare, ""
    last = marks[-1]
    whole, _mark, decimals = bare.rpartition(last)
    if len(set(marks)) == 2:
        return whole, decimals
    if len(marks) > 1:
        return bare, ""
    if len(decimals) == 3 and last != mark and 1 <= len(whole) <= 3 and whole.strip("0"):
        return bare, ""
    return whole, decimals


def read_weight(written: str, unit: str) -> int | None:
    """In whole grams; None for what is no weight. A unit beside the number counts more than `unit`."""
    found = re.fullmatch(r"\s*([\d.,\s]+?)\s*([^\W\d]*)\.?\s*", normalize("NFKC", written))
    name = known_unit(found[2] or unit) if found else ""
    mark = found[1].strip("0123456789 ")[-1:] if found and name != "g" else ""  # 1.250 kg, but 1,250 g
    amount = read_amount(found[1], mark) if found else None
    if amount is None or not name:
        return None
    return round(amount * GRAMS[name])


def known_unit(name: str) -> str:
    """ "Kg" is "kg"; "" for what is no unit of weight."""
    return UNITS.get(name.casefold().strip(" ."), "")


def read_count(written: str) -> int | None:
    """ "5", "-3", "12.0", "1,000"; None for what is no whole number."""
    sign = -1 if written.strip().startswith(("-", "−")) else 1
    amount = read_amount(written.strip().lstrip("-−"))
    return sign * int(amount) if amount is not None and amount == int(amount) else None
