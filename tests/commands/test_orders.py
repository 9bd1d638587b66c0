"""python -m webshop orders, and alarms: what they say, what they change, and what they refuse."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.conftest import both_databases
from tests.people import GRACE
from tests.plans import explained, statements
from tests.till import Till
from webshop.admin import order_list, refunds, shipments
from webshop.admin.export import defused
from webshop.admin.order_list import Filter
from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.commands.orders import listing
from webshop.commands.orders.listing import set_apart
from webshop.db.tables import attempts as payments
from webshop.db.tables import order_events, order_lines, orders
from webshop.db.tables import outbox as mails
from webshop.db.tables.counters import credit_notes, modes
from webshop.errors import Conflict
from webshop.mail import outbox
from webshop.orders.model import Order
from webshop.payments import attempts
from webshop.settings.mode import ShopMode
from webshop.worker import rounds as worker

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def placed_at(till: Till, order: Order, moment: datetime) -> None:
    with till.db.write() as connection:
        placed = update(orders).where(orders.c.number == order.number)
        connection.execute(placed.values(placed_at=moment))


def have_been(till: Till, *before: str) -> None:
    """The shop was of these modes, the last of which it still is, each for a day from NOON on."""
    rows = [{"id": day, "mode": mode, "since": NOON + timedelta(days=day)} for day, mode in enumerate(before)]
    with till.db.write() as connection:
        connection.execute(modes.delete())
        connection.execute(modes.insert(), rows)


def kinds_of_mail(till: Till, order: Order) -> list[str]:
    with till.db.read() as connection:
        return [mail.name for mail in outbox.list_of_order(connection, order.number)]


def bought(till: Till) -> Order:
    """Two blue mugs and the parcel: 28.90."""
    return till.bought(till.cart(MUG_BLUE=2))[0]


# orders list


def test_the_list_is_aligned_and_has_the_newest_first(said: Any, till: Till) -> None:
    first = bought(till)
    second, _session = till.check_out(till.cart(VASE=1), GRACE)
    placed_at(till, first, NOON)
    placed_at(till, second, NOON + timedelta(minutes=5))
    assert said("orders", "list") == (
        0,
        [
            f"{second.number}  2026-11-03 12:05  pending  €99.90  Ada Lovelace  1 × Last vase  "
            "grace@example.com  DE  sandbox",
            f"{first.number}  2026-11-03 12:00  paid     €28.90  Ada Lovelace  2 × Blue mug   "
            "ada@example.com    DE  sandbox",
        ],
        [],
    )


def test_days_and_moments_are_the_shops(said: Any, till: Till, shop_folder: Path) -> None:
    """Half past eight on New Year's morning in Tokyo is last year in London."""
    with (shop_folder / "shop.toml").open("r+") as file:
        words = file.read()
        file.seek(0)
        file.write('timezone = "Asia/Tokyo"\n' + words)
    order = bought(till)
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    till.change_order(order, placed_at=new_year, paid_at=new_year)

    assert said("orders", "list", "--since", "2027-01-02") == (0, ["There is no such order."], [])
    _code, [row], _err = said("orders", "list", "--since", "2027-01-01")
    assert row.startswith(f"{order.number}  2027-01-01 08:30  paid")
    assert "  paid     2027-01-01 08:30" in said("orders", "show", order.number)[1]
    _code, table, _err = said("orders", "export", "--since", "2027-01-01", "--until", "2027-01-01")
    assert [row.split(",")[2:4] for row in table[1:]] == [["2027-01-01 08:30:00", "2027-01-01 08:30:00"]]
    assert len(said("orders", "export", "--until", "2026-12-31")[1]) == 1


@both_databases
def test_a_list_is_of_one_mode_and_says_how_many_are_set_apart(said: Any, till: Till) -> None:
    numbers = {}
    for day, mode in enumerate(("live", "test", "sandbox", None)):  # None: the release before wrote it
        order, _session = till.check_out(till.cart(TILES=1))
        till.change_order(order, mode=mode, placed_at=NOON + timedelta(days=day))
        numbers[mode] = order.number
    till.change_order(till.order(numbers["test"]), state="expired")
    have_been(till, "test", "live", "sandbox")

    def listed(*arguments: str) -> list[str]:
        code, lines, errors = said("orders", "list", *arguments)
        assert (code, errors) == (0, [])
        return [f"{line[:9]} {line.split()[-1]}" if line[4] == "-" else line for line in lines]

    apart = [
        "Set apart, of test mode: 1; --mode test shows them.",
        "Set apart, of live mode: 1; --mode live shows them.",
    ]
    assert listed() == [f"{numbers[None]} sandbox", f"{numbers['sandbox']} sandbox", *apart]
    assert listed("--state", "expired") == ["There is no such order.", apart[0]]
    assert listed("--mode", "TEST") == [f"{numbers['test']} test"]
    assert listed("--mode", "live") == [f"{numbers['live']} DE"]  # real money needs no word
    assert listed("--mode", "sandbox") == [f"{numbers[None]} sandbox", f"{numbers['sandbox']} sandbox"]

    code, lines, errors = said("orders", "export")
    assert (code, errors) == (0, apart)
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert [(row["number"], row["mode"]) for row in rows] == [
        (numbers["sandbox"], "sandbox"),
        (numbers[None], "sandbox"),
    ]
    assert [(row["number"], row["mode"]) for row in exported(said, "--mode", "live")] == [
        (numbers["live"], "live")
    ]


@both_databases
def test_what_is_set_apart_is_counted_among_the_orders_of_its_time(till: Till) -> None:
    """Not in a million that were placed since, nor at all where the shop was never of another mode."""
    have_been(till, "sandbox")
    with statements(till.db) as found, till.db.read() as connection:
        assert list(set_apart(connection, Filter(ShopMode.SANDBOX))) == []
    assert [words for words, _values in found if "orders" in words] == []
    have_been(till, "test", "sandbox")
    with statements(till.db) as found, till.db.read() as connection:
        assert list(set_apart(connection, Filter(ShopMode.SANDBOX))) == []
    assert len(found) == 2
    assert explained(till.db, found, {"orders"}) == {}


@both_databases
def test_the_list_counts_no_further_than_somebody_would_read(
    said: Any, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_COUNTED", 2)
    for _each in range(4):
        placed_at(till, till.check_out(till.cart(TILES=1))[0], NOON)
    assert said("orders", "list", "--limit", "2")[1][-1] == "2 more: --limit 4 lists all."
    assert said("orders", "list", "--limit", "1")[1][-1] == "More than 2 more: --limit 2 lists more of them."
    have_been(till, "sandbox", "live")
    with till.db.read() as connection:
        assert list(set_apart(connection, Filter(ShopMode.LIVE))) == [
            "Set apart, of sandbox mode: 2 or more; --mode sandbox shows them."
        ]


@both_databases
def test_the_list_can_be_narrowed_and_says_how_many_more_there_are(said: Any, till: Till) -> None:
    numbers = []
    for day in range(3):
        order, _session = till.check_out(till.cart(TILES=1))
        placed_at(till, order, NOON + timedelta(days=day))
        numbers.append(order.number)
    paid = bought(till)
    placed_at(till, paid, NOON - timedelta(hours=13))  # 23:00 of the day before

    def listed(*arguments: str) -> list[str]:
        code, lines, _errors = said("orders", "list", *arguments)
        assert code == 0
        return [line.partition("  ")[0] for line in lines]

    assert listed("--state", "paid") == [paid.number]
    assert listed("--since", "2026-11-04") == [numbers[2], numbers[1]]
    assert listed("--since", "2026-11-03") == numbers[::-1]
    assert listed("--until", "2026-11-03") == [numbers[0], paid.number]
    assert listed("--since", "2026-11-03", "--until", "2026-11-04") == [numbers[1], numbers[0]]
    assert listed("--unshipped") == [paid.number]
    assert listed("--today") == ["There is no such order."]
    assert listed("--limit", "3") == [*numbers[::-1], "1 more: --limit 4 lists all."]
    assert listed("--state", "refunded") == ["There is no such order."]
    new, _session = till.check_out(till.cart(TILES=1))
    assert listed("--today") == [new.number]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--state", "sold"],
            "'sold' is not a state: pending, processing, paid, shipped, cancelled, expired, failed, "
            "refund_due, refunded",
        ),
        (["--mode", "real"], "'real' is not a mode: sandbox, test, live"),
        (["--since", "yesterday"], "'yesterday' is not a day such as 2026-11-01"),
        (["--since", "2026-02-30"], "'2026-02-30' is not a day such as 2026-11-01"),
        (["--since", "20261101"], "'20261101' is not a day such as 2026-11-01"),
        (["--since", "٢٠٢٦-11-01"], "'٢٠٢٦-11-01' is not a day such as 2026-11-01"),
        (["--limit", "0"], "'0' is not a number of orders"),
        (
            ["--since", "2026-11-02", "--until", "2026-11-01"],
            "--until 2026-11-01 is before --since 2026-11-02.",
        ),
        (["--today", "--since", "2026-11-01"], "--today says which day: without --since and --until."),
        (["--limit", "many"], "'many' is not a number of orders"),
    ],
)
def test_what_cannot_be_asked_for_is_one_sentence(said: Any, arguments: list[str], sentence: str) -> None:
    assert said("orders", "list", *arguments) == (2, [], [sentence])


# orders show


@both_databases
def test_show_tells_everything_about_an_order(said: Any, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = bought(till)
    invoice, year = order.invoice, till.db.clock().year
    refunds.request_refund(till.db, order.number, reason="broken")
    worker.work(till.db, till.stripe)
    with till.db.write() as connection:
        ids = {"orders": NOON, "sent": NOON + timedelta(minutes=1)}
        connection.execute(
            update(orders).values(placed_at=ids["orders"], paid_at=NOON, invoice="2026-000007")
        )
        connection.execute(update(order_events).values(at=NOON))
        connection.execute(update(credit_notes).values(issued_at=NOON))
        connection.execute(update(mails).values(due_at=None))
        connection.execute(update(mails).where(mails.c.name == "receipt").values(sent_at=ids["sent"]))
        connection.execute(update(mails).where(mails.c.name == "owner").values(problem="550 no such user"))
        charge = attempts.get_paying(connection, order.number).charge

    code, lines, _errors = said("orders", "show", order.number.lower().replace("-", ""))
    assert code == 0
    page = next(line for line in lines if line.startswith("  page "))
    assert re.fullmatch(rf"  page     http://127\.0\.0\.1:8000/orders/{order.number}\.[\w-]+", page)
    assert [line for line in lines if line != page] == [
        f"Order {order.number}: refunded",
        "  mode     sandbox: no real money",
        "  placed   2026-11-03 12:00",
        "  paid     2026-11-03 12:00",
        "  invoice  2026-000007",
        "  e-mail   ada@example.com",
        "",
        "Sold",
        "  2 × Blue mug (MUG-BLUE)         €24.00",
        "  Parcel                           €4.90",
        "  VAT 19% (included, net €24.29)   €4.61",
        "  Total                           €28.90",
        "  Refunded                        €28.90",
        "",
        "Goes to",
        "  Ada Lovelace",
        "  1 Analytical Street",
        "  10115 BERLIN",
        "  Germany",
        "",
        "Payments",
        f"  1. paid €28.90 {charge}",
        "",
        "Refunds",
        "  €28.90  succeeded  broken",
        "",
        "Credit notes",
        f"  SANDBOX-CN-{year}-000001  €28.90  2026-11-03 12:00, for invoice {invoice}",
        "     net €24.29, tax €4.61",
        "",
        "Mails",
        "  receipt  sent 2026-11-03 12:01",
        "  owner  failed: 550 no such user",
        "  refunded  failed",
        "",
        "What happened",
        "  2026-11-03 12:00  placed",
        f"  2026-11-03 12:00  paid  {till.attempts(order)[0].session_id}",
        "  2026-11-03 12:00  refund requested  €28.90 broken",
        "  2026-11-03 12:00  restocked  2 × MUG-BLUE",
        "  2026-11-03 12:00  refunded  €28.90",
        "  2026-11-03 12:00  refunded  €28.90",
    ]


@pytest.mark.parametrize(
    ("mode", "link"),
    [
        ("test", ["     https://dashboard.stripe.com/test/payments/pi_1"]),
        ("live", ["     https://dashboard.stripe.com/payments/pi_1"]),
        ("sandbox", []),  # Stripe knows nothing of it
    ],
)
def test_show_links_to_the_payment_in_the_dashboard_of_the_orders_own_mode(
    said: Any, till: Till, mode: str, link: list[str]
) -> None:
    order = bought(till)
    till.change_order(order, mode=mode)
    with till.db.write() as connection:
        connection.execute(update(payments).values(payment_intent="pi_1"))
    assert [line for line in said("orders", "show", order.number)[1] if "dashboard" in line] == link


@pytest.mark.parametrize("command", [["show"], ["ship", "--carrier", "DHL", "--tracking", "1"], ["refund"]])
def test_an_order_that_is_none_is_one_sentence(said: Any, command: list[str]) -> None:
    assert said("orders", *command, "aaaa2222") == (1, [], ["There is no such order."])
    for typed in ("", "AAAA-222", "AAAA-2222'", "\udcff" * 8):
        sentence = f"There is no order {typed!r}: a number looks like K7QM-2XTD."
        assert said("orders", *command, typed) == (1, [], [sentence])


# orders ship


def ship(said: Any, order: Order, carrier: str = "DHL", tracking: str = "JJD 123", *more: str) -> Any:
    return said("orders", "ship", order.number, "--carrier", carrier, "--tracking", tracking, *more)


@both_databases
def test_a_paid_order_is_shipped_once_with_one_mail(said: Any, till: Till) -> None:
    order = bought(till)
    sentence = f"Order {order.number} is shipped: DHL JJD 123. The shopper gets a mail."
    assert ship(said, order) == (0, [sentence], [])
    shipped = till.order(order.number)
    assert (shipped.state, shipped.carrier, shipped.tracking) == ("shipped", "DHL", "JJD 123")
    assert shipped.shipped_at is not None
    assert kinds_of_mail(till, order) == ["receipt", "owner", "shipped"]

    sentence = (
        f"Order {order.number} is shipped already: DHL JJD 123. No mail is sent: --mail-again sends one."
    )
    assert ship(said, order) == (0, [sentence], [])
    assert till.order(order.number) == shipped
    assert till.events(order) == ["placed", "paid", "shipped"]
    assert kinds_of_mail(till, order) == ["receipt", "owner", "shipped"]


def test_a_wrong_number_is_corrected_and_mailed_only_if_that_is_wanted(said: Any, till: Till) -> None:
    order = bought(till)
    ship(said, order)
    first = till.order(order.number).shipped_at

    sentence = f"Order {order.number} was shipped already; now it says DPD 9. "
    silent = sentence + "No mail is sent: --mail-again sends one."
    assert ship(said, order, "DPD", "9") == (0, [silent], [])
    corrected = till.order(order.number)
    assert (corrected.carrier, corrected.tracking, corrected.shipped_at) == ("DPD", "9", first)
    assert kinds_of_mail(till, order) == ["receipt", "owner", "shipped"]

    assert ship(said, order, "UPS", "10", "--mail-again")[0] == 0
    assert kinds_of_mail(till, order) == ["receipt", "owner", "shipped", "shipped-again-1"]
    assert till.events(order) == ["placed", "paid", "shipped", "parcel corrected", "parcel corrected"]


def test_what_is_not_paid_is_not_shipped(said: Any, till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    sentence = f"Order {order.number} is pending: only a paid order can be shipped."
    assert ship(said, order) == (1, [], [sentence])
    assert till.state(order) == "pending"
    assert kinds_of_mail(till, order) == []


@pytest.mark.parametrize(
    ("carrier", "tracking", "sentence"),
    [
        ("", "1", "The carrier is missing."),  # an empty variable of a script is no letter
        ("DHL", " ", "The tracking number is missing."),
        ("D" * 81, "1", "The carrier is too long: at most 80 characters."),
        ("DHL", "1" * 101, "The tracking number is too long: at most 100 characters."),
        ("DHL\nBcc: x", "1", "The carrier has line breaks or other invisible characters in it."),
        ("DHL", "1\u20282", "The tracking number has line breaks or other invisible characters in it."),
        ("DHL", "\udcff", "The tracking number has line breaks or other invisible characters in it."),
    ],
)
def test_words_that_cannot_be_printed_ship_nothing(
    said: Any, till: Till, carrier: str, tracking: str, sentence: str
) -> None:
    order = bought(till)
    assert ship(said, order, carrier, tracking) == (2, [], [sentence])
    assert till.state(order) == "paid"


@pytest.mark.parametrize(
    ("typed", "carrier", "parcel", "sheet"),
    [
        ([], "", "without a tracking number", ", without a tracking number"),
        (
            ["--carrier", " Post "],
            "Post",
            "Post, without a tracking number",
            " by Post, without a tracking number",
        ),
    ],
)
def test_a_letter_has_no_tracking_number_and_perhaps_no_carrier(
    said: Any, till: Till, typed: list[str], carrier: str, parcel: str, sheet: str
) -> None:
    order = bought(till)
    sentence = f"Order {order.number} is shipped: {parcel}. The shopper gets a mail."
    assert said("orders", "ship", order.number, *typed) == (0, [sentence], [])
    shipped = till.order(order.number)
    assert (shipped.state, shipped.carrier, shipped.tracking) == ("shipped", carrier, "")
    lines = said("orders", "show", order.number)[1]
    assert [line[27:] for line in lines if line.startswith("  shipped  2")] == [sheet]
    sentence = f"Order {order.number} is shipped already: {parcel}. "
    sentence += "No mail is sent: --mail-again sends one."
    assert said("orders", "ship", order.number, *typed) == (0, [sentence], [])


def test_what_is_not_said_of_a_shipped_order_stays_but_a_number_goes_with_its_carrier(
    said: Any, till: Till
) -> None:
    order = bought(till)
    ship(said, order)

    def after(*typed: str) -> tuple[str, str]:
        assert said("orders", "ship", order.number, *typed)[0] == 0
        shipped = till.order(order.number)
        return shipped.carrier, shipped.tracking

    assert after() == ("DHL", "JJD 123")
    assert after("--carrier", "DHL") == ("DHL", "JJD 123")
    assert after("--tracking", "9") == ("DHL", "9")
    assert after("--carrier", "Post") == ("Post", "")


def test_a_tracking_number_is_some_carrier_s(said: Any, till: Till) -> None:
    order = bought(till)
    sentence = "The carrier is missing: whose tracking number is it?"
    assert said("orders", "ship", order.number, "--tracking", "1") == (2, [], [sentence])
    assert till.state(order) == "paid"


@both_databases
def test_the_mail_is_queued_in_the_transaction_that_ships(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = bought(till)

    def fail(*_arguments: object) -> None:
        raise Conflict("no room")

    monkeypatch.setattr(outbox, "queue_once", fail)
    with pytest.raises(Conflict):
        shipments.ship(till.db, order.number, "DHL", "1")
    assert till.state(order) == "paid"
    assert till.events(order) == ["placed", "paid"]


# orders export


# The last columns: a business, a phone, and where the invoice goes.
BUYER = (
    "company phone vat_number billing_name billing_company billing_line1 billing_line2 billing_postcode "
    "billing_city billing_region billing_country"
).split()


def exported(said: Any, *arguments: str) -> list[dict[str, str]]:
    code, lines, errors = said("orders", "export", *arguments)
    assert (code, errors) == (0, [])
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def test_an_order_is_a_row_for_bookkeeping(said: Any, till: Till) -> None:
    order = bought(till)
    refunds.request_refund(till.db, order.number)
    worker.work(till.db, till.stripe)
    with till.db.write() as connection:
        moments = {"placed_at": NOON, "paid_at": NOON + timedelta(minutes=2), "invoice": "2026-000007"}
        connection.execute(update(orders).values(**moments, tax=461))
    [row] = exported(said)
    assert row == {
        "number": order.number,
        "invoice": "2026-000007",
        "placed": "2026-11-03 12:00:00",
        "paid": "2026-11-03 12:02:00",
        "shipped": "",
        "state": "refunded",
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "country": "DE",
        "region": "",
        "postcode": "10115",
        "city": "Berlin",
        "currency": "EUR",
        "subtotal": "24.00",
        "shipping": "4.90",
        "tax": "4.61",
        "total": "28.90",
        "refunded": "28.90",
        "charge": till.attempts(order)[0].charge,
        "mode": "sandbox",
        "street": "1 Analytical Street",
        "street2": "",
        **dict.fromkeys(BUYER, ""),
    }


def test_currencies_keep_their_own_decimals(said: Any, till: Till) -> None:
    till.check_out(till.cart(MUG_BLUE=2))
    with till.db.write() as connection:
        connection.execute(update(orders).values(currency="JPY"))
    assert [row["total"] for row in exported(said)] == ["2890"]
    with till.db.write() as connection:
        connection.execute(update(orders).values(currency="KWD"))
    assert [row["total"] for row in exported(said)] == ["2.890"]


@both_databases
def test_an_export_of_many_pages_has_every_order_once_and_the_oldest_first(
    said: Any, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_list, "PAGE", 3)
    numbers = copies_of(till, 10)
    assert [row["number"] for row in exported(said)] == numbers


def copies_of(till: Till, times: int) -> list[str]:
    """Of one order, placed in pairs at the same moment; all numbers, the first placed first."""
    order, _session = till.check_out(till.cart(TILES=1))
    placed_at(till, order, NOON - timedelta(hours=1))
    numbers = [f"AAAA-{number:04}" for number in range(times)]
    with till.db.write() as connection:
        row = connection.execute(select(orders)).one()._asdict()
        line = connection.execute(select(order_lines)).one()._asdict()
        for position, number in enumerate(numbers):
            moment = NOON + timedelta(hours=position // 2)
            copy = {**row, "number": number, "state": "expired", "placed_at": moment}
            connection.execute(insert(orders).values(copy))
            connection.execute(insert(order_lines).values({**line, "order_number": number}))
    return [order.number, *numbers]


@both_databases
def test_an_export_is_narrowed_by_days_that_both_count(said: Any, till: Till) -> None:
    numbers = {}
    for day in (2, 3, 4):
        order, _session = till.check_out(till.cart(TILES=1))
        placed_at(till, order, NOON.replace(day=day, hour=23, minute=59))
        numbers[day] = order.number
    between = exported(said, "--since", "2026-11-03", "--until", "2026-11-03")
    assert [row["number"] for row in between] == [numbers[3]]
    assert [row["number"] for row in exported(said, "--until", "2026-11-03")] == [numbers[2], numbers[3]]
    assert exported(said, "--state", "paid") == []
    assert said("orders", "export", "--until", "9999-12-31")[0] == 2


@pytest.mark.parametrize(
    ("typed", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠1", "'＠1"),
        ("a;=1", "a;'=1"),
        ("a, =1", "a,' =1"),
        ("", ""),
        ("Anna-Lena O'Neill = 1", "Anna-Lena O'Neill = 1"),
    ],
)
def test_no_cell_is_a_formula(typed: str, cell: str) -> None:
    assert defused(typed) == cell


def test_what_shoppers_typed_is_defused_and_quoted_and_what_we_count_is_not(said: Any, till: Till) -> None:
    till.check_out(till.cart(TILES=1))
    typed = {"name": '=HYPERLINK("http://x","y")', "city": 'Köln, "Süd"', "region": "-BE"}
    with till.db.write() as connection:
        connection.execute(update(orders).values(**typed, email="-x@example.com"))
    code, lines, _errors = said("orders", "export")
    assert '"\'=HYPERLINK(""http://x"",""y"")"' in lines[1]
    [row] = exported(said)
    assert (row["name"], row["region"]) == ("'" + typed["name"], "'-BE")
    assert (row["city"], row["email"], row["refunded"]) == (typed["city"], "'-x@example.com", "0.00")


def test_a_file_for_a_spreadsheet_is_written_whole_or_not_at_all(
    said: Any, till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = bought(till)
    file = tmp_path / "out" / "orders.csv"
    sentence = f"{file} cannot be written: No such file or directory"
    assert said("orders", "export", "--file", str(file)) == (2, [], [sentence])
    file.parent.mkdir()
    assert said("orders", "export", "--file", str(file)) == (0, [], [])
    written = file.read_bytes()
    assert written.startswith(b"\xef\xbb\xbfnumber,invoice,placed,")
    assert written.count(b"\r\n") == 2
    assert order.number.encode() in written

    def fail(*_arguments: object) -> None:
        raise Conflict("the database is gone")

    monkeypatch.setattr(order_list, "_after", fail)
    assert said("orders", "export", "--file", str(file)) == (1, [], ["the database is gone"])
    assert said("orders", "export") == (1, [], ["the database is gone"])
    assert file.read_bytes() == written
    assert list(file.parent.iterdir()) == [file]


# alarms


@both_databases
def test_alarms_are_listed_with_their_mail_until_they_are_cleared(said: Any, till: Till) -> None:
    assert said("alarms") == (0, [], [])
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    other, _session = till.check_out(till.cart(MUG_BLUE=1))
    with till.db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.REFUND, order.number, "paid twice")
        alarms.raise_alarm(connection, AlarmKind.REFUND, order.number, "paid twice")  # once is enough
        alarms.raise_alarm(connection, AlarmKind.UNDECIDED, other.number, "its payment's end is unknown")
        letter = outbox.queue_alarms(connection)
        alarms.mark_mailed(connection, alarms.list_open(connection), letter)
        alarms.raise_alarm(connection, AlarmKind.WEBHOOK, "the shop", "silence")

    def tails() -> list[str]:
        code, lines, errors = said("alarms")
        assert (code, errors) == (0, [])
        return [line[16:] for line in lines]

    assert tails() == [
        f"  {order.number}  refund: paid twice  (mail waiting)",
        f"  {other.number}  undecided: its payment's end is unknown  (mail waiting)",
        "  the shop  webhook: silence  (not mailed)",
    ]
    with till.db.write() as connection:
        connection.execute(update(mails).where(mails.c.id == letter).values(due_at=None, sent_at=NOON))
    assert tails()[0] == f"  {order.number}  refund: paid twice  (mail sent 2026-11-03 12:00)"

    assert said("alarms", "--clear", order.number.lower().replace("-", ""))[0] == 0
    assert said("alarms", "--clear", "the shop")[0] == 0
    assert [line[18:27] for line in said("alarms")[1]] == [other.number]
    assert said("alarms", "--clear", other.number) == (0, [], [])
