"""Writes the mails about orders from templates/mail/, and hands them to the postbox."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from webshop import language
from webshop.db.payments import Payment
from webshop.mail import Mail, Postbox
from webshop.orders import Order
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures

DASHBOARD = "https://dashboard.stripe.com"


@dataclass(frozen=True)
class Letters:
    """`site` is the shop's address, `owner` may be empty: then nobody is told of new orders."""

    postbox: Postbox
    pages: Renderer
    signatures: Signatures
    site: str
    owner: str
    livemode: bool

    def deliver(self, kind: str, order: Order, payment: Payment) -> None:
        """Write and send one mail. Raises Unavailable or Refused.

        `kind` is the name of its templates; what follows a hyphen only keeps two mails of a kind apart.
        """
        if kind != "owner" or self.owner:
            self.postbox.send(self.write(kind, order, payment))

    def write(self, kind: str, order: Order, payment: Payment) -> Mail:
        """The mail, in the language in which the order was placed."""
        language.use(language.load(order.language))
        name = kind.partition("-")[0]
        context = {
            "order": order,
            "payment": payment,
            "link": f"{self.site}/orders/{self.signatures.sign_order(order.number)}",
            "dashboard": f"{DASHBOARD}{'' if self.livemode else '/test'}/payments/{payment.payment_intent}",
        }
        subject, _newline, text = self.pages.text(f"mail/{name}.txt", context).strip().partition("\n")
        html = self.pages.text(f"mail/{name}.html", {**context, "subject": subject})
        message_id = f"<{order.number}.{kind}@{urlsplit(self.site).hostname}>"
        to, reply_to = (self.owner, order.email) if kind == "owner" else (order.email, self.owner)
        return Mail(to, reply_to, subject.strip(), text.strip() + "\n", html, message_id)
