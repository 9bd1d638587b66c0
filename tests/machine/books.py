"""The evidence of a whole play, and what is still under way at Stripe."""

from dataclasses import dataclass, field

from tests.evidence import Evidence, Row, read_evidence
from webshop.db.engine import Database
from webshop.sandbox.core import Sandbox
from webshop.sandbox.pages.ledger import ledger


@dataclass
class Books(Evidence):
    events: list[Row] = field(default_factory=list)
    intents: list[Row] = field(default_factory=list)

    @property
    def waiting_for_the_bank(self) -> list[str]:
        """Sessions that are complete and not paid."""
        intents = {each["id"] for each in self.intents if each["status"] == "processing"}
        return [each["id"] for each in self.sessions if each["payment_intent"] in intents]


def read_books(db: Database, sandbox: Sandbox) -> Books:
    with sandbox.work() as work:
        money = ledger(work)
    with db.read() as connection:
        found = read_evidence(connection, money)
    return Books(**found, events=money["events"], intents=money["payment_intents"])
