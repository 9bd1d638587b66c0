"""Why a payment may not stay: a dispute, an early warning of fraud, a review."""

from dataclasses import dataclass
from datetime import datetime

from webshop.db.rows import Kind


class RiskKind(Kind):
    DISPUTE = "dispute"
    WARNING = "fraud warning"
    REVIEW = "review"


# As Stripe names them. An inquiry ("warning_…") has taken no money yet, and that can still be given back.
HARMLESS = frozenset({"won", "warning_closed"})
NOTHING_TAKEN = HARMLESS | {"warning_needs_response", "warning_under_review", "prevented"}
APPROVED = frozenset({"approved", "acknowledged"})  # why a review was closed, if well


@dataclass(frozen=True)
class Risk:
    """As Stripe says it is now. `status` is Stripe's word, `amount` what is in question, in minor units, and
    `due_at` until when the owner must answer. `holds`: the order should not leave."""

    id: str
    kind: RiskKind
    status: str
    reason: str
    amount: int
    currency: str
    due_at: datetime | None
    holds: bool

    @property
    def is_lost(self) -> bool:
        return self.status == "lost"

    @property
    def is_over(self) -> bool:
        return not self.holds or self.is_lost or self.status == "closed"

    @property
    def has_taken_the_money(self) -> bool:
        """Stripe sends nothing back of a payment that a bank has taken back."""
        return self.kind is RiskKind.DISPUTE and self.status not in NOTHING_TAKEN

    @property
    def mark(self) -> str:
        """A word that the order bears; "" once it is over, and well."""
        if self.is_lost:
            return "dispute lost"
        return str(self.kind) if self.holds else ""

    @property
    def words(self) -> str:
        """Such as "dispute, needs response"."""
        return f"{self.kind}, {self.status.replace('_', ' ')}"
