"""Writes the shop's mails from templates/mail/, and hands them to the postbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from urllib.parse import urlsplit

from webshop import links
from webshop.alarms.model import THE_SHOP, Alarm, AlarmKind
from webshop.catalog.feeds.addresses import of_thumbnail
from webshop.catalog.model import Picture
from webshop.language import messages
from webshop.language.messages import gettext as _
from webshop.language.messages import speaking
from webshop.mail.model import MailKind, QueuedMail
from webshop.mail.smtp import Mail, Postbox
from webshop.orders.model import Order
from webshop.payments.dashboard import dashboard
from webshop.payments.model import Attempt
from webshop.payments.refunds import Refund
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures

NONE: Mapping[str, Picture] = {}
MOST_ALARMS = 50  # in one mail; the command line lists them all


@dataclass(frozen=True)
class Notice:
    """An alarm as its mail shows it. `about` is an order's number and `link` its page; both are "" if it is
    about the shop, and there is no page of an order that was lost."""

    what: str
    detail: str
    raised_at: datetime
    about: str
    link: str


@dataclass(frozen=True)
class Letters:
    """`site` is the shop's address, `owner` may be empty: then nobody is told of new orders and of alarms.

    `language` is the owner's: the shop's own, and so is `zone`. `reaches_people`: what is handed to the
    postbox goes to a mail server, not only to a demo's folder. `folder` is where a demo keeps what it may not
    send on; None where all may be sent. What shoppers answer goes to `answers_to`, or else to the owner.
    """

    postbox: Postbox
    pages: Renderer
    signatures: Signatures
    site: str
    owner: str
    language: str = "en"
    zone: tzinfo = UTC
    reaches_people: bool = True
    folder: Postbox | None = None
    answers_to: str = ""

    def in_the_folder(self) -> "Letters":
        """The same for a mail that goes no further."""
        return replace(self, postbox=self.folder or self.postbox, reaches_people=False)

    def deliver(
        self,
        mail: QueuedMail,
        order: Order,
        attempt: Attempt,
        refunds: Sequence[Refund] = (),
        pictures: Mapping[str, Picture] = NONE,
    ) -> None:
        """Write and send one mail about an order. Raises Unavailable or Refused."""
        if mail.kind != MailKind.OWNER or self.owner:
            self.postbox.send(self.write(mail, order, attempt, refunds, pictures))

    def deliver_alarms(self, mail: QueuedMail, told: Sequence[Alarm]) -> None:
        """Tell the owner of these alarms, if there still are any. Raises Unavailable or Refused."""
        if told and self.owner:
            self.postbox.send(self.write_alarms(mail, told))

    def write(
        self,
        mail: QueuedMail,
        order: Order,
        attempt: Attempt,
        refunds: Sequence[Refund] = (),
        pictures: Mapping[str, Picture] = NONE,
    ) -> Mail:
        """The mail, in the language in which the order was placed; `refunds` are those that it tells of, and
        `pictures` those of what was bought, by sku."""
        latest = {note.refund_id: note for note in order.credit_notes}
        context = {
            "order": order,
            "attempt": attempt,
            "back": sum(refund.gone for refund in refunds),
            "failed": sum(refund.amount for refund in refunds if not refund.gone),
            "notes": [latest[refund.id] for refund in refunds if refund.id in latest],
            "link": self._link(order.number),
            "thumbnails": {sku: of_thumbnail(self.site, picture) for sku, picture in pictures.items()},
            "dashboard": dashboard(attempt.payment_intent, order.mode),
        }
        to, reply_to = order.email, self.answers_to or self.owner
        if mail.kind == MailKind.OWNER:
            to, reply_to = self.owner, order.email
        with speaking(messages.load(order.language, self.zone)):
            return self._mail(mail.kind, f"{order.number}.{mail.name}", context, to, reply_to)

    def write_alarms(self, mail: QueuedMail, told: Sequence[Alarm]) -> Mail:
        """The mail, in the shop's language. Nobody need answer it."""
        with speaking(messages.load(self.language, self.zone)):
            notices = [self._notice(alarm) for alarm in told[:MOST_ALARMS]]
            context = {"notices": notices, "more": len(told) - len(notices)}
            return self._mail(mail.kind, mail.name, context, self.owner, "")

    def _notice(self, alarm: Alarm) -> Notice:
        about = "" if alarm.about == THE_SHOP else alarm.about
        link = self._link(about) if about and alarm.kind is not AlarmKind.UNKNOWN else ""
        return Notice(what_it_means(alarm.kind), alarm.detail, alarm.raised_at, about, link)

    def _link(self, number: str) -> str:
        return self.site + links.order(self.signatures.sign_order(number))

    def _mail(self, kind: MailKind, name: str, context: Mapping[str, object], to: str, reply_to: str) -> Mail:
        """`name` is the same each time the same mail is written."""
        context = {**context, "site": self.site}
        text = self.pages.text(f"mail/{kind}.txt", context).strip()
        subject, _newline, text = text.partition("\n")
        html = self.pages.text(f"mail/{kind}.html", {**context, "subject": subject})
        message_id = f"<{name}@{urlsplit(self.site).hostname}>"
        return Mail(to, reply_to, subject.strip(), text.strip() + "\n", html, message_id)


def what_it_means(kind: AlarmKind) -> str:
    """An alarm's kind as a sentence for the owner."""
    match kind:
        case AlarmKind.REFUND:
            return _("Money came that cannot become an order. It is being sent back.")
        case AlarmKind.REFUND_FAILED:
            return _("Money could not be sent back. Please send it yourself, in Stripe's dashboard.")
        case AlarmKind.REFUND_LATE:
            return _("Stripe has not taken a refund for a while. The shop keeps trying.")
        case AlarmKind.UNDECIDED:
            return _("Nobody knows whether this order is paid. Please look for it in Stripe's dashboard.")
        case AlarmKind.HELD:
            return _(
                "Orders that nobody has paid hold most of a stock. They let go of it after 35 to 70 minutes; "
                "whoever does this on purpose is listed by: python -m webshop limits"
            )
        case AlarmKind.ERRORS:
            return _("The shop fails again and again. Please look at its log.")
        case AlarmKind.DISPUTE:
            return _("A bank disputes this payment. Please answer in time, in Stripe's dashboard.")
        case AlarmKind.FRAUD_WARNING:
            return _("A bank warns that this payment may be fraud. Please look before the order leaves.")
        case AlarmKind.REVIEW:
            return _("Stripe wants you to look at this payment before the order leaves.")
        case AlarmKind.TOTAL:
            return _("Somebody wanted to order for less, or more, than Stripe charges, and could not.")
        case AlarmKind.BACKUP:
            return _("The shop could not be backed up. It tries again; please look at BACKUP_TO.")
        case AlarmKind.TEMPLATE:
            return _(
                "A template is broken. The shop goes on with what it had before, or with its own in place of "
                "a theme's; please mend it before the next start."
            )
        case AlarmKind.UNKNOWN:
            return _("An order was paid that the backup did not have. Please send it, or the money back.")
        case AlarmKind.MAIL:
            return _(
                "A mail about this order could not be sent. If it was for the shopper, please write yourself."
            )
        case AlarmKind.WEBHOOK:
            return _(
                "Stripe's webhooks do not arrive. Orders are still settled, but later than they could be."
            )
        case AlarmKind.WORKER:
            return _(
                "No worker is at work. The web processes do its work meanwhile: orders are settled, refunds "
                "and mails are sent. Please start it: python -m webshop worker"
            )
        case AlarmKind.OTHER:
            return _("A newer release of the shop found something that needs you.")
