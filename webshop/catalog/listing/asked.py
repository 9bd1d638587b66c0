"""What a list is asked for in its address: filters, an order, a place to go on from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from webshop.errors import Invalid
from webshop.language.messages import gettext as _
from webshop.pricing import money

OURS, CHEAP, DEAR, NEW = "", "price", "-price", "new"
SORTS = (OURS, CHEAP, DEAR, NEW)
LONGEST_WORDS = 200  # letters that are searched for; nobody types more
MOST_KINDS, MOST_VALUES, LONGEST_VALUE = 10, 20, 200
SLUG = re.compile("[a-z0-9-]{1,80}")
OPTION = "option."  # before an option's name, so that an option may be called "sort"


@dataclass(frozen=True)
class Asked:
    """`words` are searched for. `chosen` has values by kind, of which one must fit; `low` and `high` are in
    minor units, `typed` as the shopper wrote them. `after` and `before` are the slugs of products."""

    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    low: int | None = None
    high: int | None = None
    in_stock: bool = False
    sort: str = OURS
    after: str = ""
    before: str = ""
    typed: Mapping[str, str] = field(default_factory=lambda: {"from": "", "to": ""})
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        return bool(self.chosen or self.in_stock or self.low is not None or self.high is not None)

    @property
    def is_plain(self) -> bool:
        """Whether it is the first page of a list as it is."""
        return not (self.is_filtered or self.sort or self.after or self.before or self.problems)


def read(items: Iterable[tuple[str, str]], currency: str) -> Asked:
    """What an address's parameters ask for. What no list has is left out, as are empty ones; prices that
    nobody can read are `problems`. Raises Invalid for what no page links to."""
    given = [(name, value.strip()) for name, value in items if value.strip()]
    single = dict(given)
    chosen = _chosen(given)
    prices = {name: single.get(name, "")[:20] for name in ("from", "to")}
    problems = {
        name: _no_price() for name, typed in prices.items() if typed and _price(typed, currency) is None
    }
    if single.get("sort", OURS) not in SORTS:
        raise Invalid(_("This list cannot be sorted like that. Please look through it from its beginning."))
    places = {name: single.get(name, "") for name in ("after", "before")}
    if any(place and not SLUG.fullmatch(place) for place in places.values()):
        raise Invalid(_("This page of the list does not exist. Please go back to its beginning."))
    return Asked(
        words=printable(single.get("q", ""))[:LONGEST_WORDS],
        chosen=chosen,
        low=_price(prices["from"], currency),
        high=_price(prices["to"], currency),
        in_stock="stock" in single,
        sort=single.get("sort", OURS),
        typed=prices,
        problems=problems,
        **places,
    )


def printable(typed: str) -> str:
    return "".join(letter for letter in typed if letter.isprintable() and not "\ud800" <= letter <= "\udfff")


def _chosen(given: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, dict[str, None]] = {}
    for name, value in given:
        if kind := _kind(name):
            chosen.setdefault(kind, {})[value] = None
    most = max(map(len, chosen.values()), default=0)
    longest = max((len(text) for kind in chosen for text in (kind, *chosen[kind])), default=0)
    if len(chosen) > MOST_KINDS or most > MOST_VALUES or longest > LONGEST_VALUE:
        raise Invalid(_("These are more filters than a list can have. Please choose fewer."))
    if any(printable(text) != text for kind in chosen for text in (kind, *chosen[kind])):
        raise Invalid(_("A filter of this list cannot be read. Please choose it again."))
    return {kind: tuple(sorted(chosen[kind])) for kind in sorted(chosen)}


def _kind(name: str) -> str:
    if name.startswith(OPTION):
        return f"option:{name.removeprefix(OPTION)}"
    return name if name in ("brand", "tag", "sale") else ""


def _price(typed: str, currency: str) -> int | None:
    """In minor units; parts of one are left off. None for what is no price."""
    try:
        amount = Decimal(typed.replace(",", ".")) if typed.isascii() else Decimal("NaN")
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount < money.MOST_WRITTEN:
        return None
    return int(amount.scaleb(money.decimals(currency)))


def _no_price() -> str:
    return _("Please write the price as a number, such as 20.")


def parameter(kind: str) -> str:
    """What a kind of filter is called in an address: "option:Glaze" is option.Glaze."""
    return kind.replace("option:", OPTION, 1) if kind.startswith("option:") else kind


def address(path: str, asked: Asked, **changes: object) -> str:
    """The address that asks for it, always written in the same order. A change starts at the beginning."""
    wanted = replace(asked, **({"after": "", "before": ""} | changes))  # type: ignore[arg-type]
    pairs = [("q", wanted.words)]
    pairs += [(parameter(kind), value) for kind, values in wanted.chosen.items() for value in values]
    pairs += wanted.typed.items()
    pairs += [("stock", "yes" if wanted.in_stock else ""), ("sort", wanted.sort)]
    pairs += [("after", wanted.after), ("before", wanted.before)]
    query = urlencode([(name, value) for name, value in pairs if value])
    return f"{path}?{query}" if query else path


def without(asked: Asked, kind: str, value: str = "") -> Asked:
    """The same without a filter: of this kind and value, or "price", "stock"."""
    if kind == "price":
        return replace(asked, low=None, high=None, typed={"from": "", "to": ""}, problems={})
    if kind == "stock":
        return replace(asked, in_stock=False)
    left = {
        each: tuple(v for v in values if each != kind or v != value) for each, values in asked.chosen.items()
    }
    return replace(asked, chosen={each: values for each, values in left.items() if values})
