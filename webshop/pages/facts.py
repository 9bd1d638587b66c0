"""What a page may say in words of shop.toml, so that the two never differ: {email}, {delivery} …"""

import re
from difflib import get_close_matches

from webshop.language.formats import format_money
from webshop.language.messages import gettext as _
from webshop.pricing import money
from webshop.pricing.shipping import Method
from webshop.shop import Shop

FACT = re.compile(r"\{([a-z_]+)\}")
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
NEW_LINE = "\\\n"  # in Markdown, inside a paragraph


def facts_of(shop: Shop) -> dict[str, str]:
    """Each fact in Markdown. What shop.toml does not say is still to be filled in."""
    email, phone = shop.contact.email, shop.contact.phone
    return {
        "shop": _escaped(shop.name),
        "seller": NEW_LINE.join(map(_escaped, shop.imprint)) or _missing("imprint"),
        "seller_in_line": ", ".join(map(_escaped, shop.imprint)) or _missing("imprint"),
        "email": f"<{email}>" if email else _missing("contact, email"),
        "phone": _escaped(phone) or _missing("contact, phone"),
        "hours": _escaped(shop.contact.hours) or _missing("contact, hours"),
        "returns_days": str(shop.returns.days or _missing("returns, days")),
        "delivery": "\n".join(_delivery(shop)),
    }


def filled_in(text: str, facts: dict[str, str]) -> tuple[str, list[str]]:
    """The text with the facts in it, and a sentence for each word in braces that is none."""
    wrong = [word for word in dict.fromkeys(FACT.findall(text)) if word not in facts]
    written = FACT.sub(lambda match: facts.get(match[1], match[0]), text)
    return written, [_unknown(each, facts) for each in wrong]


def _unknown(word: str, facts: dict[str, str]) -> str:
    near = get_close_matches(word, facts, n=1)
    return f"{{{word}}} is nothing that shop.toml says" + (f"; did you mean {{{near[0]}}}?" if near else "")


def _missing(key: str) -> str:
    return f"[[FILL IN: {key}, in shop.toml]]"


def _escaped(words: str) -> str:
    return MARKDOWN.sub(r"\\\1", words)


def _delivery(shop: Shop) -> list[str]:
    """A table of where parcels go, how, when and for how much."""
    lines = [f"| {_('To')} | {_('How')} | {_('When')} | {_('Price')} |", "|---|---|---|---|"]
    for zone in sorted(shop.shipping.zones, key=lambda zone: not zone.methods):  # where nothing goes, last
        rows = [[each.title, each.delivery, _price(shop, each)] for each in zone.methods]
        for row in rows or [[_("We do not send anything there."), "", ""]]:
            lines.append(" | ".join(["", *map(_escaped, [zone.name, *row]), ""]).strip())
    return lines


def _price(shop: Shop, method: Method) -> str:
    prices = [rate.price for rate in method.rates] or [method.price or money.to_major(0, shop.currency)]
    amounts = [format_money(money.to_minor(each, shop.currency), shop.currency) for each in prices]
    words = amounts[0] if len(amounts) == 1 else _("from %(price)s", price=amounts[0])
    if method.free_from is None:
        return words
    free = format_money(money.to_minor(method.free_from, shop.currency), shop.currency)
    return _("%(price)s, free from %(amount)s", price=words, amount=free)
