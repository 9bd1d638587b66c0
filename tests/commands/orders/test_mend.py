"""python -m webshop orders address | mail: mended before it leaves, and told again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import both_databases
from tests.till import Till
from webshop.admin.mend import mend
from webshop.errors import OwnerError
from webshop.mail import outbox
from webshop.orders.model import Order

TAXED_APART = """
[[tax_parts]]
name = "An island"
country = "DE"
postcodes = ["274"]
tax = "none"
"""


def bought(till: Till) -> Order:
    return till.bought(till.cart(TILES=1))[0]


def mails(till: Till, order: Order) -> list[str]:
    with till.db.read() as connection:
        return [mail.name for mail in outbox.list_of_order(connection, order.number)]


def sent(till: Till, order: Order) -> None:
    with till.db.write() as connection:
        for mail in outbox.list_of_order(connection, order.number):
            outbox.mark_sent(connection, mail)


# orders address


@both_databases
def test_an_address_is_mended_and_the_history_keeps_the_old_one(said: Any, till: Till) -> None:
    order = bought(till)
    typed = order.number.lower().replace("-", "")
    goes_to = f"Order {order.number} goes to: Ada King, 1 Analytical Street,"
    sentence = f"{goes_to} c/o Byron, 10117 BERLIN, Germany."
    changes = ("--name", " Ada King ", "--line2", "c/o Byron", "--postcode", "10117")
    assert said("orders", "address", typed, *changes) == (0, [sentence], [])
    to = order.address
    assert till.order(order.number) == replace(
        order, address=replace(to, name="Ada King", line2="c/o Byron", postal_code="10117")
    )
    assert said("orders", "address", typed, *changes) == (
        0,
        [f"Order {order.number} has this address already."],
        [],
    )
    assert said("orders", "address", typed, "--line2", "", "--email", "ada.king@example.com") == (
        0,
        [
            f"{goes_to} 10117 BERLIN, Germany.",
            f"Mails about order {order.number} go to ada.king@example.com. "
            "What was sent already goes there with:",
            f"python -m webshop orders mail {order.number} receipt",
        ],
        [],
    )
    history = [line.split("  ", 3)[2:] for line in said("orders", "show", typed)[1] if "mended" in line]
    assert [" ".join(line) for line in history] == [
        "address mended Ada Lovelace, 1 Analytical Street, 10115 BERLIN, Germany",
        "address mended Ada King, 1 Analytical Street, c/o Byron, 10117 BERLIN, Germany",
        "e-mail mended ada@example.com",
    ]


def test_the_rules_are_those_of_the_checkout(said: Any, till: Till, shop_folder: Path) -> None:
    order = bought(till)
    for changes, problems in (
        (["--postcode", "ABC"], ["--postcode: In Germany a postcode looks like 26133."]),
        (
            ["--name", "", "--city", "x" * 81, "--email", "nobody"],
            [
                "--email: This does not look like an e-mail address.",
                "--name: Please fill in this field.",
                "--city: Please use at most 80 characters.",
            ],
        ),
        (["--line1", "evil.example/claim"], ["--line1: Please leave out web addresses."]),
        (["--line1", "a\nb"], ["--line1: Please remove line breaks and other invisible characters."]),
        (
            [],
            [
                "What is to be mended? --email, --phone, --name, --company, --line1, --line2, --city, "
                "--region, --postcode"
            ],
        ),
    ):
        assert said("orders", "address", order.number, *changes) == (2, [], problems)
    anew = "give the money back, and let it be ordered anew."
    sentence = f"The country cannot change, because tax and shipping go by it: {anew}"
    assert said("orders", "address", order.number, "--country", "FR") == (1, [], [sentence])

    file = shop_folder / "shop.toml"
    zone = '[[shipping.zones]]\nname = "Islands"\ncountries = ["DE"]\npostcodes = ["274"]\n\n[[shipping'
    file.write_text(file.read_text().replace("[[shipping", zone, 1))
    sentence = f"27498 is in another shipping zone of shop.toml, where sending costs something else: {anew}"
    assert said("orders", "address", order.number, "--postcode", "27498") == (1, [], [sentence])
    file.write_text(file.read_text().replace(zone, "[[shipping") + TAXED_APART)
    sentence = f"27498 is in another part of the country, where the tax is another one: {anew}"
    assert said("orders", "address", order.number, "--postcode", "27498") == (1, [], [sentence])
    assert till.order(order.number) == order


def test_what_has_left_or_is_not_paid_keeps_its_address(said: Any, till: Till) -> None:
    shipped, pending = bought(till), till.check_out(till.cart(TILES=1))[0]
    said("orders", "ship", shipped.number)
    for order, state in ((shipped, "shipped"), (pending, "pending")):
        sentence = f"Order {order.number} is {state}: an address is mended between payment and shipping."
        assert said("orders", "address", order.number, "--city", "Köln") == (1, [], [sentence])
    apart = bought(till)
    till.change_order(apart, mode="test")
    assert "set apart" in said("orders", "address", apart.number, "--city", "Köln")[2][0]
    assert said("orders", "address", "AAAA-2222", "--city", "Köln")[0] == 1


@both_databases
def test_an_order_that_was_changed_meanwhile_is_not_overwritten(till: Till) -> None:
    order = bought(till)
    mend(till.db, order, "first@example.com", "", order.address)
    with pytest.raises(OwnerError, match="was changed meanwhile"):
        mend(till.db, order, "second@example.com", "", order.address)
    assert till.order(order.number).email == "first@example.com"


# orders mail


@both_databases
def test_a_mail_is_sent_again_to_the_address_as_it_is_now(said: Any, till: Till) -> None:
    order = bought(till)
    waits = f"The receipt mail of order {order.number} has not been sent yet; it goes to ada@example.com "
    assert said("orders", "mail", order.number, "receipt") == (0, [f"{waits}as soon as it can."], [])
    sent(till, order)
    said("orders", "address", order.number, "--email", "ada.king@example.com")
    sentence = f"The receipt mail of order {order.number} goes to ada.king@example.com again; "
    sentence += "the worker sends it within seconds."
    assert said("orders", "mail", order.number, "Receipt") == (0, [sentence], [])
    assert mails(till, order) == ["receipt", "owner", "receipt-again-1"]
    assert till.events(order) == ["placed", "paid", "e-mail mended", "mail again"]


def test_only_mails_are_sent_that_the_order_can_have(said: Any, till: Till) -> None:
    order = bought(till)
    sent(till, order)

    def asked(kind: str) -> tuple[int, list[str]]:
        code, _lines, errors = said("orders", "mail", order.number, kind)
        return code, errors

    no_matter = (
        f"Order {order.number} is paid, which is no matter for this mail; it can have: owner, receipt."
    )
    for kind in ("shipped", "refunded", "failed", "late"):
        assert asked(kind) == (1, [no_matter])
    kinds = "receipt, owner, shipped, failed, late, refunded"
    assert asked("alarms") == (2, [f"'alarms' is not a kind of mail: {kinds}"])
    assert asked("owner") == (1, ["OWNER_EMAIL is not set: nobody gets this mail."])
    said("orders", "ship", order.number)
    sent(till, order)
    assert asked("shipped") == (0, [])
    assert asked("shipped")[0] == 0  # it waits
    assert mails(till, order) == ["receipt", "owner", "shipped", "shipped-again-1"]

    till.change_order(order, email="")
    assert asked("receipt") == (1, [f"Name and address of order {order.number} have been erased."])
    pending, _session = till.check_out(till.cart(TILES=1))
    sentence = f"Order {pending.number} is pending, which is no matter for this mail; it has no mails."
    assert said("orders", "mail", pending.number, "receipt") == (1, [], [sentence])
