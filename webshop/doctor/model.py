"""A finding, and what is examined."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from webshop.payments.client import Payments
from webshop.settings.model import Settings


class Kind(StrEnum):
    """`ERROR`: this shop may not take real money. `WARNING`: it may, but somebody should look at it."""

    ERROR = "error"
    WARNING = "warning"
    FINE = "fine"


@dataclass(frozen=True)
class Finding:
    """`id` never changes: the room that it is about, a dot, and the thing. `why` and `cure` are empty where
    all is well."""

    id: str
    kind: Kind
    what: str
    why: str = ""
    cure: str = ""

    @property
    def about(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Examined:
    """`payments` is the way to Stripe, None without its keys. The rest is what is done only when asked: make
    or mend the webhook's endpoint, send a mail."""

    config: Settings
    payments: Payments | None
    create_webhook: bool = False
    mend: bool = False
    mail: bool = False


Findings: TypeAlias = Iterable[Finding]
Check: TypeAlias = Callable[[Examined], Findings]


def error(id: str, what: str, why: str, cure: str) -> Finding:  # noqa: A002 - as the field is called
    return Finding(id, Kind.ERROR, what, why, cure)


def warning(id: str, what: str, why: str, cure: str) -> Finding:  # noqa: A002
    return Finding(id, Kind.WARNING, what, why, cure)


def fine(id: str, what: str) -> Finding:  # noqa: A002
    return Finding(id, Kind.FINE, what)
