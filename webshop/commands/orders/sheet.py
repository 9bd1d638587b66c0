"""Everything about one order, as lines for the terminal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from webshop import address
from webshop.address import Address
from webshop.admin import order_list
from webshop.language.formats import country_name, format_minute, format_money, format_percent
from webshop.mail import outbox
from webshop.mail.model import QueuedMail
from webshop.orders import queries as orders
from webshop.orders.credit import CreditNote
from webshop.orders.model import Order, OrderLine
from webshop.orders.risk import Risk
from webshop.payments import attempts, refunds
from webshop.payments.dashboard import dashboard
from webshop.payments.model import Attempt
from webshop.payments.refunds import Refund
from webshop.pricing.tax import TaxLine
from webshop.settings.mode import ShopMode


@dataclass(frozen=True)
class Sheet:
    """`page` is the address of the order's page."""

    connection: Connection
    order: Order
    page: str

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._sold()
        yield from _part("Goes to", _address(self.order.address))
        if self.order.billing:
            yield from _part("Invoice to", _address(self.order.billing))
        number = self.order.number
        tried = attempts.list_attempts(self.connection, number)
        yield from _part("Payments", [line for attempt in tried for line in self._payment(attempt)])
        yield from _part("Refunds", map(_refund, refunds.list_of_order(self.connection, number)))
        yield from _part(
            "Credit notes", [each for note in self.order.credit_notes for each in self._credit(note)]
        )
        yield from _part("Disputes, warnings, reviews", map(_risk, self.order.risks))
        yield from _part("Mails", map(_mail, outbox.list_of_order(self.connection, number)))
        events = order_list.list_events(self.connection, number)
        happened = (f"{format_minute(each.at)}  {each.kind}  {each.detail}".rstrip() for each in events)
        yield from _part("What happened", happened)

    def _head(self) -> Iterator[str]:
        order = self.order
        yield f"Order {order.number}: {', '.join((order.state, *marks(order)))}"
        if order.mode is not ShopMode.LIVE:
            apart = ", set apart" if orders.is_set_apart(self.connection, order) else ""
            yield f"  mode     {order.mode}: no real money{apart}"
        yield f"  placed   {format_minute(order.placed_at)}"
        if order.paid_at:
            yield f"  paid     {format_minute(order.paid_at)}"
        if order.shipped_at:
            yield f"  shipped  {format_minute(order.shipped_at)}{_by(order)}"
        if order.invoice:
            yield f"  invoice  {order.invoice}"
        yield f"  e-mail   {order.email or 'erased'}"
        if order.phone:
            yield f"  phone    {order.phone}"
        if order.vat_number:
            yield f"  VAT no.  {order.vat_number}"
        yield f"  page     {self.page}"

    def _sold(self) -> Iterator[str]:
        """What was agreed: words to the left, amounts aligned to the right."""
        order = self.order
        rows = [(_sold_line(line), line.total) for line in order.lines]
        rows.append((", ".join(filter(None, (order.shipping_title, order.delivery))), order.shipping))
        rows += [(_tax_line(order, tax), tax.amount) for tax in order.taxes]
        rows.append(("Total", order.total))
        if order.refunded:
            rows.append(("Refunded", order.refunded))
        written = [(words, format_money(amount, order.currency)) for words, amount in rows]
        left = max(len(words) for words, _amount in written)
        right = max(len(amount) for _words, amount in written)
        yield from _part("Sold", (f"{words:<{left}}  {amount:>{right}}" for words, amount in written))

    def _payment(self, attempt: Attempt) -> Iterator[str]:
        amount = format_money(attempt.amount, attempt.currency)
        words = [f"{attempt.number}.", attempt.status, amount, attempt.charge or attempt.session_id or ""]
        yield " ".join(filter(None, words))
        if link := dashboard(attempt.payment_intent, self.order.mode):
            yield f"   {link}"

    def _credit(self, note: CreditNote) -> Iterator[str]:
        amount, net, tax = (format_money(each, note.currency) for each in (note.amount, note.net, note.tax))
        cancels = f", cancels {note.cancels}" if note.cancels else ""
        yield f"{note.number}  {amount}  {format_minute(note.issued_at)}, for invoice {note.invoice}{cancels}"
        yield f"   net {net}, tax {tax}"
        for line in note.taxes if len(note.taxes) > 1 else ():
            yield f"   {_tax_line(self.order, line)}: {format_money(line.amount, note.currency)}"


def marks(order: Order) -> Iterator[str]:
    """What its state does not say."""
    if order.is_partly_refunded:
        yield "partly refunded"
    yield from dict.fromkeys(risk.mark for risk in order.risks if risk.mark)


def _by(order: Order) -> str:
    """Behind the moment of shipping. Of an order that was erased nobody knows the number any more."""
    parcel = f" by {order.carrier}" if order.carrier else ""
    if order.tracking:
        return f"{parcel}, {order.tracking}"
    return parcel if order.is_erased else f"{parcel}, without a tracking number"


def sheet(connection: Connection, number: str, page: str) -> list[str]:
    """The lines. Raises NotFound."""
    order = orders.get_order(connection, number)
    return list(Sheet(connection, order, page).lines())


def _part(title: str, lines: "Iterator[str] | list[str]") -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)


def _tax_line(order: Order, tax: TaxLine) -> str:
    """With what it is without the tax."""
    net = format_money(tax.base if order.tax_is_added else tax.base - tax.amount, order.currency)
    words = f"{tax.name} {format_percent(tax.rate)}"
    return f"{words} on {net}" if order.tax_is_added else f"{words} (included, net {net})"


def _address(where: Address) -> list[str]:
    """Of one that was erased the country is left."""
    return [*address.lines(where), country_name(where.country)]


def _sold_line(line: OrderLine) -> str:
    return f"{line.quantity} × {line.name} ({line.written_sku})"


def _refund(refund: Refund) -> str:
    words = [format_money(refund.amount, refund.currency), refund.status, refund.reason]
    return "  ".join(filter(None, words))


def _risk(risk: Risk) -> str:
    amount = format_money(risk.amount, risk.currency) if risk.amount and risk.currency else ""
    due = f"answer by {format_minute(risk.due_at)}" if risk.due_at and not risk.is_over else ""
    return "  ".join(filter(None, (risk.words, risk.reason.replace("_", " "), amount, due, risk.id)))


def _mail(mail: QueuedMail) -> str:
    return f"{mail.name}  {mail_status(mail.sent_at, mail.due_at, mail.problem)}"


def mail_status(sent_at: datetime | None, due_at: datetime | None, problem: str = "") -> str:
    """ "sent …", "waiting" or "failed", with the latest problem."""
    if sent_at:
        return f"sent {format_minute(sent_at)}"
    status = "waiting" if due_at else "failed"
    return f"{status}: {problem}" if problem else status
