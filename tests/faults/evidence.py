"""What is known after a run: the evidence about one cart, and what came of mails and webhooks."""

from dataclasses import dataclass, field

from tests.evidence import Evidence, count_pieces, only, read_evidence
from tests.faults.lane import Lane


@dataclass
class RunEvidence(Evidence):
    """`arrived`: the mails; `unwelcome`: the shop's last answer to each webhook that it did not take."""

    arrived: list[str] = field(default_factory=list)
    unwelcome: list[int] = field(default_factory=list)


def gather(lane: Lane, cart: str, known_sessions: set[str]) -> RunEvidence:
    """Everything about this cart, and about every session that is not among `known_sessions`."""
    ledger = lane.sandbox.ledger()
    sessions = {session["id"] for session in ledger["sessions"]} - known_sessions
    with lane.db.read() as connection:
        found = read_evidence(connection, only(sessions, ledger), cart)
    unwelcome = [status for _tries, status in lane.sandbox.waiting()]
    return RunEvidence(**found, arrived=lane.sink.accepted, unwelcome=unwelcome)


def count_stock(lane: Lane) -> dict[str, int]:
    """For each counted sku: pieces on sale plus pieces held."""
    with lane.db.read() as connection:
        pieces = count_pieces(connection)
    return {sku: free + pieces["held"][sku] for sku, free in pieces["free"].items()}
