"""The taxes of a Checkout Session: of each line and each shipping option, and their sum by rate."""

from __future__ import annotations

from webshop.sandbox.objects.tax_rates import Rate, tax_of
from webshop.sandbox.state.work import PRIVATE, Document

NONTAXABLE = "txcd_00000000"
"""The one tax code that makes a difference here: https://docs.stripe.com/tax/tax-codes"""
RATES_MADE = 1_735_689_600  # 2025-01-01, for all TaxRates


def taxes_of(
    amount: int, rate: Rate | None, *, behavior: str, code: str | None, currency: str
) -> list[Document]:
    """A line's taxes as the API shows them: one, or none where rate is None because tax is off."""
    if rate is None:
        return []
    inclusive, exempt = behavior == "inclusive", code == NONTAXABLE
    tax = 0 if exempt else tax_of(amount, rate.points, inclusive=inclusive, currency=currency)
    collected = rate.points > 0 and not exempt
    return [
        {
            "amount": tax,
            "rate": _tax_rate(rate, inclusive=inclusive, exempt=exempt),
            "taxability_reason": _reason(rate, exempt=exempt),
            "taxable_amount": (amount - tax if inclusive else amount) if collected else 0,
        }
    ]


def _reason(rate: Rate, *, exempt: bool) -> str:
    if not rate.points:
        return "not_collecting"
    return "product_exempt" if exempt else "standard_rated"


def _tax_rate(rate: Rate, *, inclusive: bool, exempt: bool) -> Document:
    """Stripe makes such TaxRates by itself, archives them at once and uses each again."""
    parts = (rate.country, rate.state, "inclusive" if inclusive else "exclusive", "exempt" if exempt else "")
    percentage = rate.points / 100
    return {
        "id": "_".join(("txr", *(part for part in parts if part))),
        "object": "tax_rate",
        "active": False,
        "country": rate.country,
        "created": RATES_MADE,
        "description": None,
        "display_name": rate.name,
        "effective_percentage": 0.0 if exempt else percentage,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": rate.jurisdiction,
        "jurisdiction_level": "state" if rate.state else "country",
        "livemode": False,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage" if rate.points else None,
        "state": rate.state or None,
        "tax_type": rate.kind,
    }


def amounts(subtotal: int, taxes: list[Document]) -> Document:
    """A line's (or shipping's) amount_subtotal, amount_tax and amount_total; included tax adds nothing."""
    added = sum(tax["amount"] for tax in taxes if not tax["rate"]["inclusive"])
    return {
        "amount_subtotal": subtotal,
        "amount_tax": sum(tax["amount"] for tax in taxes),
        "amount_total": subtotal + added,
    }


def breakdown(session: Document) -> list[Document]:
    """The session's taxes, added up by rate: lines first, then the chosen shipping."""
    taxes = [tax for item in session[PRIVATE]["line_items"] for tax in item[PRIVATE]["taxes"]]
    if session["shipping_cost"]:
        taxes += session[PRIVATE]["shipping_taxes"][session["shipping_cost"]["shipping_rate"]]
    by_rate: dict[str, Document] = {}
    for tax in taxes:
        sums = by_rate.setdefault(tax["rate"]["id"], tax | {"amount": 0, "taxable_amount": 0})
        sums["amount"] += tax["amount"]
        sums["taxable_amount"] += tax["taxable_amount"]
    return list(by_rate.values())
