"""Writes the shop's mails from templates/mail/, and hands them to the postbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from webshop import links
from webshop.alarms.queries import THE_SHOP, Alarm
from webshop.language import messages
from webshop.language.messages import gettext as _
from webshop.mail.smtp import Mail, Postbox
from webshop.orders.model import Order
from webshop.payments.attempts import Payment
from webshop.payments.dashboard import dashboard
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures

MOST_ALARMS = 50  # in one mail; the command line lists them all


@dataclass(frozen=True)
class Notice:
    """An alarm as its mail shows it. `about` is an order's number and `link` its page; both are "" if it is
    about the shop."""

    what: str
    detail: str
    raised_at: datetime
    about: str
    link: str


@dataclass(frozen=True)
class Letters:
    """`site` is the shop's address, `owner` may be empty: then nobody is told of new orders and of alarms.

    `language` is the owner's: the shop's own.
    """

    postbox: Postbox
    pages: Renderer
    signatures: Signatures
    site: str
    owner: str
    livemode: bool
    language: str = "en"

    def deliver(self, kind: str, order: Order, payment: Payment) -> None:
        """Write and send one mail about an order. Raises Unavailable or Refused."""
        if kind != "owner" or self.owner:
            self.postbox.send(self.write(kind, order, payment))

    def deliver_alarms(self, kind: str, told: Sequence[Alarm]) -> None:
        """Tell the owner of these alarms, if there still are any. Raises Unavailable or Refused."""
        if told and self.owner:
            self.postbox.send(self.write_alarms(kind, told))

    def write(self, kind: str, order: Order, payment: Payment) -> Mail:
        """The mail, in the language in which the order was placed."""
        messages.use(messages.load(order.language))
        context = {
            "order": order,
            "payment": payment,
            "link": self._link(order.number),
            "dashboard": dashboard(payment.payment_intent, livemode=self.livemode),
        }
        to, reply_to = (self.owner, order.email) if kind == "owner" else (order.email, self.owner)
        return self._mail(kind, f"{order.number}.{kind}", context, to, reply_to)

    def write_alarms(self, kind: str, told: Sequence[Alarm]) -> Mail:
        """The mail, in the shop's language. Nobody need answer it."""
        messages.use(messages.load(self.language))
        notices = [self._notice(alarm) for alarm in told[:MOST_ALARMS]]
        context = {"notices": notices, "more": len(told) - len(notices)}
        return self._mail(kind, kind, context, self.owner, "")

    def _notice(self, alarm: Alarm) -> Notice:
        about = "" if alarm.about == THE_SHOP else alarm.about
        link = self._link(about) if about else ""
        return Notice(what_it_means(alarm.kind), alarm.detail, alarm.raised_at, about, link)

    def _link(self, number: str) -> str:
        return self.site + links.order(self.signatures.sign_order(number))

    def _mail(self, kind: str, name: str, context: Mapping[str, object], to: str, reply_to: str) -> Mail:
        """`kind` is the name of its templates; what follows a hyphen only keeps two mails of a kind apart.
        `name` is the same each time the same mail is written."""
        template = kind.partition("-")[0]
        text = self.pages.text(f"mail/{template}.txt", context).strip()
        subject, _newline, text = text.partition("\n")
        html = self.pages.text(f"mail/{template}.html", {**context, "subject": subject})
        message_id = f"<{name}@{urlsplit(self.site).hostname}>"
        return Mail(to, reply_to, subject.strip(), text.strip() + "\n", html, message_id)


def what_it_means(kind: str) -> str:
    """An alarm's kind as a sentence for the owner."""
    match kind:
        case "refund":
            return _("Money came that cannot become an order. It is being sent back.")
        case "refund failed":
            return _("Money could not be sent back. Please send it yourself, in Stripe's dashboard.")
        case "refund late":
            return _("Stripe has not taken a refund for a while. The shop keeps trying.")
        case "undecided":
            return _("Nobody knows whether this order is paid. Please look for it in Stripe's dashboard.")
        case "errors":
            return _("The shop fails again and again. Please look at its log.")
        case _ if kind.partition(" ")[0] == "mail":
            return _(
                "A mail about this order could not be sent. If it was for the shopper, please write yourself."
            )
        case "webhook":
            return _(
                "Stripe's webhooks do not arrive. Orders are still settled, but later than they could be."
            )
    return _("Something needs you.")
