"""Stripe's keys, and the account that they are of."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from webshop import shop
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.payments.inspection import Account, Inspection, Unanswered
from webshop.settings.model import Settings
from webshop.toml_files import FileError

SIGNED_FOR = timedelta(minutes=5)  # how old Stripe's events may be
CLOCKS_DIFFER = timedelta(minutes=1)
# A key of today has its account's id in it: sk_live_51Abc… is of acct_1Abc….
OWNER_OF_KEY = re.compile("[a-z]k_(?:test|live)_5(1[A-Za-z0-9]{15})[A-Za-z0-9]{40,}")

NO_ANSWER = {
    "key": (
        "Stripe refuses STRIPE_SECRET_KEY",
        "it was mistyped, or rolled: nobody can pay",
        "copy it again from https://dashboard.stripe.com/apikeys",
    ),
    "silence": (
        "Stripe does not answer",
        "without it nobody can pay",
        "let this machine reach api.stripe.com:443; https://status.stripe.com says whether it is Stripe",
    ),
}


def unanswered(id: str, trouble: Unanswered, *, without: str) -> Finding:  # noqa: A002 - as the field is called
    """`without` says what is not known now, or cannot be done."""
    if trouble.reason in NO_ANSWER:
        return error(id, *NO_ANSWER[trouble.reason])
    if trouble.reason == "permission":
        return warning(
            id,
            f"the restricted key in STRIPE_SECRET_KEY lacks a permission: {trouble}",
            without,
            "give it in Stripe's dashboard, or look there yourself",
        )
    return error(
        id,
        f"Stripe's answer is of no use ({trouble.reason}: {trouble})",
        without,
        "run the doctor again; https://status.stripe.com says whether it is Stripe",
    )


def check_account(examined: Examined) -> Findings:
    if examined.payments is None:
        return
    try:
        account = Inspection(examined.payments).account()
    except Unanswered as trouble:
        yield unanswered("stripe.key", trouble, without="whether the account may take money is not known")
        return
    yield fine("stripe.key", f"Stripe knows the secret key ({examined.config.mode} mode)")
    yield from _charges(account)
    yield from _publishable(examined.config, account)
    yield from _currency(examined.config, account)
    yield from _clock(account)


def _charges(account: Account) -> Iterator[Finding]:
    dashboard = "finish it at https://dashboard.stripe.com/account/onboarding"
    if not account.is_complete:
        yield error(
            "stripe.details",
            "the Stripe account is not filled in",
            "Stripe does not know whom to pay",
            dashboard,
        )
    if not account.takes_charges:
        reason = f" ({account.disabled})" if account.disabled else ""
        yield error(
            "stripe.charges", f"the Stripe account may not take charges{reason}", "nobody can pay", dashboard
        )
    elif account.is_complete:
        yield fine("stripe.charges", f"the account may take charges ({account.country or 'no country'})")
    if account.wanted:
        yield warning(
            "stripe.wanted",
            f"Stripe waits for: {', '.join(account.wanted[:5])}",
            "it closes the account if that is not told",
            dashboard,
        )
    if not account.pays_out:
        yield warning(
            "stripe.payouts",
            "Stripe pays nothing out to you",
            "money of shoppers stays at Stripe",
            "add a bank account: https://dashboard.stripe.com/settings/payouts",
        )


def _publishable(config: Settings, account: Account) -> Iterator[Finding]:
    """As far as the keys show it: older ones do not have the account's id in them."""
    keys = (config.stripe_secret_key, config.stripe_publishable_key)
    owners = [found[1] if (found := OWNER_OF_KEY.fullmatch(key)) else "" for key in keys]
    ours = owners[0] or account.id.removeprefix("acct_")
    if owners[1] and owners[1] != ours:
        yield error(
            "stripe.publishable",
            "STRIPE_PUBLISHABLE_KEY is of another Stripe account than STRIPE_SECRET_KEY",
            "the payment page does not open in the shop",
            "copy both from the same page: https://dashboard.stripe.com/apikeys",
        )


def _currency(config: Settings, account: Account) -> Iterator[Finding]:
    try:
        ours = shop.load(config.shop_file).currency
    except FileError:
        return
    if account.currency and account.currency != ours:
        yield warning(
            "stripe.currency",
            f"the shop sells in {ours}, the Stripe account is in {account.currency}",
            "Stripe changes the money when it pays out, for a fee",
            f"add a bank account in {ours} to Stripe, or set currency in shop.toml",
        )


def _clock(account: Account) -> Iterator[Finding]:
    if account.now is None:
        return
    apart = abs(datetime.now(UTC) - account.now)
    if apart > CLOCKS_DIFFER:
        find = error if apart > SIGNED_FOR else warning
        yield find(
            "stripe.clock",
            f"this machine's clock and Stripe's differ by {round(apart.total_seconds())} s",
            "from 5 minutes on all of Stripe's events are refused, and sessions end at wrong times",
            "let this machine take the time from the network (NTP)",
        )
    else:
        yield fine("stripe.clock", "the clock is right, by Stripe's")
