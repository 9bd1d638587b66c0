"""The heads of the mails: nothing that somebody typed at the checkout stands there but the address itself."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP, compat32
from email.utils import getaddresses

import pytest
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.due import NOW
from tests.shopper import parse
from webshop.address import Address
from webshop.alarms.model import THE_SHOP, Alarm, AlarmKind
from webshop.catalog.model import Picture
from webshop.mail.letters import Letters
from webshop.mail.model import MailKind, QueuedMail
from webshop.mail.opening import open_letters
from webshop.mail.smtp import Mail, NoServer, Sender, message
from webshop.orders.model import Order, OrderLine, State
from webshop.payments.model import Attempt, Status
from webshop.settings.mode import ShopMode

OWNER, SHOPPER = "owner@example.com", "Mallory+%s{{x}}@evil.example"
WORDS = [
    "Mallory Evil",
    "You have won! Bank <security@bank.example>",
    "Mallory\r\nBcc: everybody@evil.example",
    "=?utf-8?q?Mallory?=",
    "%(number)s {{ order.number }} {% raw %}",
    'Μαλλορυ, "Evil" 🏺',
]
TYPED = "Mallory Evil won Bcc everybody Bank Lane Hideout".split()
SUBJECTS = {
    MailKind.RECEIPT: "Your order K7QM-2XTD at Test Pottery",
    MailKind.OWNER: "New order K7QM-2XTD: €16.90",
    MailKind.SHIPPED: "Your order K7QM-2XTD is on its way",
    MailKind.FAILED: "Your payment for order K7QM-2XTD was refused",
    MailKind.LATE: "Your payment for order K7QM-2XTD is coming back",
    MailKind.REFUNDED: "Money back for order K7QM-2XTD",
    MailKind.ALARMS: "[sandbox] 1 thing needs you at Test Pottery",
}


def order_of(words: str) -> Order:
    """Typed like this in every field."""
    address = Address(words, f"{words} Lane", f"Bank {words}", words, f"{words} Hideout", "DE", words)
    line = OrderLine("MUG-BLUE", "Blue mug", "", 1200, 1, 1)
    return Order(
        number="K7QM-2XTD",
        cart="c" * 32,
        state=State.PAID,
        email=SHOPPER,
        address=address,
        currency="EUR",
        lines=(line,),
        shipping_title="Parcel",
        shipping=490,
        total=1690,
        placed_at=NOW,
        expires_at=NOW,
        mode=ShopMode.LIVE,
    )


def written(client: TestClient, kind: MailKind, words: str) -> Mail:
    site = site_of(client)
    letters = Letters(NoServer(), site.pages, site.signatures, "https://shop.example", OWNER)
    if kind == MailKind.ALARMS:
        queued = QueuedMail(1, None, kind, "alarms-1", NOW, 0, NOW, None, "")
        told = Alarm(1, AlarmKind.MAIL, "mail receipt", THE_SHOP, words, NOW, 1, None, None)
        return letters.write_alarms(queued, [told])
    queued = QueuedMail(1, "K7QM-2XTD", kind, str(kind), NOW, 0, NOW, None, "")
    attempt = Attempt(
        *(1, "K7QM-2XTD", 1, "key", "hosted_page", Status.PAID, "cs_1", "pi_1", "ch_1", None, 1690, "EUR"),
        *(NOW, NOW, 0),
    )
    return letters.write(queued, order_of(words), attempt)


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("words", WORDS)
def test_nothing_that_was_typed_stands_in_the_head_of_a_mail(
    client: TestClient, kind: MailKind, words: str
) -> None:
    mail = written(client, kind, words)
    assert mail.subject == SUBJECTS[kind]

    raw = message(mail, Sender("shop@shop.example", "Test Pottery")).as_bytes(policy=SMTP)
    heads = message_from_bytes(raw, policy=compat32)

    def people(name: str) -> list[tuple[str, str]]:
        found = getaddresses(heads.get_all(name, []))
        return [(str(make_header(decode_header(shown))), where) for shown, where in found]

    to_owner = kind in (MailKind.OWNER, MailKind.ALARMS)
    answers_to = {MailKind.OWNER: SHOPPER, MailKind.ALARMS: ""}.get(kind, OWNER)
    assert people("From") == [("Test Pottery", "shop@shop.example")]
    assert people("To") == [("", OWNER if to_owner else SHOPPER)]
    assert people("Reply-To") == ([("", answers_to)] if answers_to else [])
    assert str(make_header(decode_header(heads["Subject"]))) == SUBJECTS[kind]
    others = {name: value for name, value in heads.items() if name not in ("To", "Reply-To")}
    assert [name for name, value in others.items() for word in TYPED if word in f"{name} {value}"] == []


@pytest.mark.parametrize("kind", [MailKind.RECEIPT, MailKind.OWNER])
def test_in_the_mail_itself_it_does(client: TestClient, kind: MailKind) -> None:
    """So the test above would see it."""
    assert "Mallory Evil" in written(client, kind, WORDS[0]).text


def test_every_kind_of_mail_has_its_own_subject() -> None:
    assert set(SUBJECTS) == set(MailKind)
    assert len(set(SUBJECTS.values())) == len(MailKind)


SELLER = ("Test Pottery", "Kiln Street 1", "hello@pottery.example", "https://shop.example/pages/about")


@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_says_who_sells_in_both_parts(client: TestClient, kind: MailKind) -> None:
    mail = written(client, kind, "Ada")
    for part in (mail.text, mail.html):
        assert [words for words in SELLER if words not in part] == []


@pytest.mark.parametrize("kind", MailKind)
def test_a_mail_has_landmarks_one_heading_and_the_colours_of_the_theme(
    client: TestClient, kind: MailKind
) -> None:
    page = parse(written(client, kind, "Ada").html)
    assert [len(page.select(name)) for name in ("header", "main", "footer", "h1", "title")] == [1] * 5
    assert page.select("[width='560']") == []
    theme = site_of(client).pages.environment.globals["theme"]
    known = {theme[role] for role in ("ground", "surface", "ink", "muted", "accent", "on_accent", "line")}  # type: ignore[index]
    used = {
        str(tag[name]) for name in ("bgcolor", "color", "text", "link") for tag in page.select(f"[{name}]")
    }
    assert used <= known


def test_what_shoppers_answer_goes_to_the_address_of_shop_toml(client: TestClient) -> None:
    site = site_of(client)
    letters = open_letters(site.settings, site.shop, site.pages)
    queued = QueuedMail(1, "K7QM-2XTD", MailKind.RECEIPT, "receipt", NOW, 0, NOW, None, "")
    attempt = Attempt(
        *(1, "K7QM-2XTD", 1, "key", "hosted_page", Status.PAID, "cs_1", "pi_1", "ch_1", None, 1690, "EUR"),
        *(NOW, NOW, 0),
    )
    pictures = {"MUG-BLUE": Picture("mug.jpg", "A mug", "0123456789", 1200, 1200)}
    mail = letters.write(queued, order_of("Ada"), attempt, pictures=pictures)
    assert mail.reply_to == "hello@pottery.example"
    [image] = parse(mail.html).select("img")
    assert str(image["src"]).startswith("http://127.0.0.1:8000/pictures/mug.jpg/0123456789-")
    drawing = {"MUG-BLUE": Picture("mug.svg", "A mug", "0123456789", 1200, 1200)}
    assert "<img" not in letters.write(queued, order_of("Ada"), attempt, pictures=drawing).html
