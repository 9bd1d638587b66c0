"""What an alarm is about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

THE_SHOP = "the shop"  # what an alarm is about when it is about no order


class AlarmKind(StrEnum):
    REFUND = "refund"  # money came that cannot become an order
    REFUND_FAILED = "refund failed"
    REFUND_LATE = "refund late"
    DISPUTE = "dispute"
    FRAUD_WARNING = "fraud warning"
    REVIEW = "review"
    UNDECIDED = "undecided"  # nobody knows whether an order is paid
    MAIL = "mail"  # one could not be sent
    WEBHOOK = "webhook"  # silent, or refused
    HELD = "held"  # unpaid orders hold most of a stock
    ERRORS = "errors"  # answers of 500 and more
    TOTAL = "total"  # an order that Stripe cannot charge
    WORKER = "worker"  # not at work
    BACKUP = "backup"  # one could not be taken
    TEMPLATE = "template"  # one that is broken
    UNKNOWN = "unknown payment"  # paid at Stripe for an order that a restored shop does not have
    OTHER = "other"  # of a newer release, which has words for it


@dataclass(frozen=True)
class Alarm:
    """`about` is an order's number or THE_SHOP. `name` is the kind's word, and which of several it is:
    "mail receipt". `mail_id` is the mail that tells the owner of it, `mailed_at` when that was sent,
    `mail_due_at` when it is tried next."""

    id: int
    kind: AlarmKind
    name: str
    about: str
    detail: str
    raised_at: datetime
    mail_id: int | None
    mailed_at: datetime | None
    mail_due_at: datetime | None
