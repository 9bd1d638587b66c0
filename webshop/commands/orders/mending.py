"""python -m webshop orders address | mail: what was wrong is mended, and a mail is sent again."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict

from webshop import shop
from webshop.admin.mend import Again, mend, send_again, written
from webshop.checkout.details import ADDRESS, Details, read_details
from webshop.commands.orders.typed import read_order_number
from webshop.db.migrate import released
from webshop.errors import Invalid, Mistyped, OwnerError
from webshop.mail.model import MailKind
from webshop.orders import queries as orders
from webshop.orders.model import Order
from webshop.settings.model import Settings

KINDS = [kind for kind in MailKind if kind != MailKind.ALARMS]
OPTIONS = {"postcode": "postal_code"}  # which are called otherwise than the form's field
HELP = {
    "email": "where mails about the order go",
    "line1": "street and house number",
    "line2": "flat, floor",
    "region": "a state or province: CA, or California",
}
ANEW = "give the money back, and let it be ordered anew."
# Tax and shipping go by the country, and what the invoice says of the buyer is given out already.
MENDED = ["email", "phone", *(field for field in ADDRESS if field != "country")]


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    address = actions.add_parser(
        "address", help="mend an address before the order is shipped", description=_address.__doc__
    )
    address.add_argument("number")
    for field in MENDED:
        address.add_argument(_option(field), dest=field, metavar="TEXT", help=HELP.get(field))
    address.add_argument("--country", help=argparse.SUPPRESS)  # is refused with a sentence
    address.set_defaults(run=_address)

    mail = actions.add_parser("mail", help="send a mail about an order again")
    mail.add_argument("number")
    mail.add_argument("kind", help=", ".join(KINDS))
    mail.set_defaults(run=_mail)


def _option(field: str) -> str:
    names = {of_form: option for option, of_form in OPTIONS.items()}
    return f"--{names.get(field, field)}"


def _address(options: argparse.Namespace, config: Settings) -> None:
    """Mend what is given and keep the rest; --line2 "" empties it. The rules are those of the checkout. The
    country cannot change, because tax and shipping go by it. The order's history keeps what was there."""
    if options.country is not None:
        raise OwnerError("The country cannot change, because tax and shipping go by it: " + ANEW)
    number = read_order_number(options.number)
    typed = {field: value for field in MENDED if (value := getattr(options, field)) is not None}
    if not typed:
        raise Mistyped(f"What is to be mended? {', '.join(map(_option, MENDED))}")
    with released(config) as db:
        with db.read() as connection:
            seen = orders.get_order(connection, number)
        details = _checked(seen, typed)
        _refuse_another_zone(config, seen, details)
        mended = mend(db, seen, details.email, details.phone, details.address)
    if mended == seen:
        print(f"Order {number} has this address already.")
    if mended.address != seen.address:
        print(f"Order {number} goes to: {', '.join(written(mended.address))}.")
    if mended.phone != seen.phone:
        print(f"The phone number of order {number} is {mended.phone or 'erased'}.")
    if mended.email != seen.email:
        print(f"Mails about order {number} go to {mended.email}. What was sent already goes there with:")
        print(f"python -m webshop orders mail {number} receipt")


def _checked(seen: Order, typed: Mapping[str, str]) -> Details:
    """The order's details with what was typed in their place, as the checkout form would read them."""
    form = {**asdict(seen.address), "email": seen.email, "phone": seen.phone, **typed}
    never_asked = frozenset() if seen.ships else {field for field in ADDRESS if not form[field]}
    try:
        return read_details(form, [seen.address.country], left_out=never_asked)
    except Invalid as error:
        problems = [f"{_option(field)}: {problem}" for field, problem in error.fields.items()]
        raise Mistyped("\n".join(problems)) from error


def _refuse_another_zone(config: Settings, seen: Order, details: Details) -> None:
    store = shop.load(config.shop_file)
    before, now = ((to.country, to.postal_code, to.region) for to in (seen.address, details.address))
    if store.shipping.find_zone(*now) != store.shipping.find_zone(*before):
        other = "is in another shipping zone of shop.toml, where sending costs something else"
        raise OwnerError(f"{details.address.postal_code} {other}: {ANEW}")
    if store.tax_at(*now) != store.tax_at(*before):
        other = "is in another part of the country, where the tax is another one"
        raise OwnerError(f"{details.address.postal_code} {other}: {ANEW}")


def _mail(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    kind = _kind(options.kind)
    if kind == MailKind.OWNER and not config.owner_email:
        raise OwnerError("OWNER_EMAIL is not set: nobody gets this mail.")
    with released(config) as db:
        done, order = send_again(db, number, kind)
    to = config.owner_email if kind == MailKind.OWNER else order.email
    if done is Again.WAITS:
        print(f"The {kind} mail of order {number} has not been sent yet; it goes to {to} as soon as it can.")
    else:
        print(f"The {kind} mail of order {number} goes to {to} again; the worker sends it within seconds.")


def _kind(typed: str) -> MailKind:
    for kind in KINDS:
        if kind == typed.strip().lower():
            return kind
    raise Mistyped(f"{typed!r} is not a kind of mail: {', '.join(KINDS)}")
