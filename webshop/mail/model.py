"""What kinds of mail there are, and a mail that is queued."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webshop.db.rows import Kind

PATIENCE = timedelta(hours=24)  # how long sending is tried


class MailKind(Kind):
    """Its word is the name of its templates in templates/mail/."""

    RECEIPT = "receipt"
    OWNER = "owner"  # a new order
    SHIPPED = "shipped"
    FAILED = "failed"  # the bank has refused
    LATE = "late"  # money came too late, and goes back
    REFUNDED = "refunded"
    ALARMS = "alarms"  # what needs a person, for the owner


@dataclass(frozen=True)
class QueuedMail:
    """A mail about an order, or about the shop (None). `name` is its own among those of the order: the kind,
    or for a repetition more than that. It has been tried `tries` times."""

    id: int
    order_number: str | None
    kind: MailKind
    name: str
    created_at: datetime
    tries: int
    due_at: datetime | None
    sent_at: datetime | None
    problem: str

    @property
    def is_for_shopper(self) -> bool:
        return self.kind not in (MailKind.OWNER, MailKind.ALARMS)

    def is_overdue(self, now: datetime) -> bool:
        """Whether to stop trying."""
        return now - self.created_at > PATIENCE
