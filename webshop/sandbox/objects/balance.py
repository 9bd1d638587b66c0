"""The account and its balance: charges that succeeded less refunds, per currency. There are no fees here."""

from __future__ import annotations

from webshop.sandbox.state.work import Document, Work


def balance(work: Work) -> Document:
    rows = work.db.execute(
        """SELECT json_extract(body, '$.currency') AS currency,
                  sum(json_extract(body, '$.amount') - json_extract(body, '$.amount_refunded')) AS amount
           FROM documents WHERE kind = 'charge' AND json_extract(body, '$.paid') GROUP BY 1 ORDER BY 1"""
    )
    totals = {row["currency"]: row["amount"] for row in rows}
    return {
        "object": "balance",
        "available": [_available(amount, currency) for currency, amount in totals.items()],
        "livemode": work.livemode,
        "pending": [_available(0, currency) for currency in totals],
    }


def _available(amount: int, currency: str) -> Document:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def account() -> Document:
    return {
        "id": "acct_sandbox",
        "object": "account",
        "business_type": None,
        "charges_enabled": True,
        "country": "DE",
        "default_currency": "eur",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "requirements": {"currently_due": [], "disabled_reason": None, "past_due": []},
        "settings": {"dashboard": {"display_name": "Sandbox", "timezone": "Etc/UTC"}},
        "type": "standard",
    }
