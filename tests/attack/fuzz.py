"""So many requests, by several connections at once; each answer is judged."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

from tests.attack.draft import Draft
from tests.attack.drafter import Drafter
from tests.attack.exchange import Connection, Unreadable
from tests.attack.findings import Finding, shown
from tests.attack.judge import House, judge

CONNECTIONS = 6
SLOWEST = 5


@dataclass
class Outcome:
    """`statuses` counts the answers, 0 for none. `reached` has address, method and htmx of each request, and
    `taken` the addresses that took one. `times` are the seconds that each took."""

    findings: list[Finding] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    reached: set[tuple[str, str, bool]] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    times: list[tuple[float, str]] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.statuses.total()

    @property
    def slowest(self) -> list[tuple[float, str]]:
        return sorted(self.times, reverse=True)[:SLOWEST]

    def lines(self, drafter: Drafter) -> Iterator[str]:
        statuses = " ".join(
            f"{status or 'none'}:{number}" for status, number in sorted(self.statuses.items())
        )
        yield f"  {self.requests} requests, answered {statuses}"
        targets = {target.path for target, _method, _htmx in drafter.round}
        yield f"  {len(self.reached)} of {len(drafter.round)} ways to ask {len(targets)} addresses"
        if refused := sorted(targets - self.taken):
            yield f"  refused every request: {' '.join(refused)}"
        yield "  slowest: " + "; ".join(f"{seconds:.2f} s {what}" for seconds, what in self.slowest)


def fuzz(drafter: Drafter, house: House, port: int, numbers: Sequence[int]) -> Outcome:
    """The requests of these numbers, to this port of this machine."""
    shares = [numbers[first::CONNECTIONS] for first in range(CONNECTIONS)]
    together = Outcome()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for each in pool.map(lambda share: _attack(drafter, house, port, share), shares):
            together.findings += each.findings
            together.statuses += each.statuses
            together.reached |= each.reached
            together.taken |= each.taken
            together.times += each.times
    return together


def _attack(drafter: Drafter, house: House, port: int, numbers: Sequence[int]) -> Outcome:
    outcome, connection = Outcome(), Connection(port)
    for number in numbers:
        draft = drafter.draft(number)
        began = monotonic()
        status, found = _exchange(connection, house, draft)
        outcome.times.append((monotonic() - began, f"{draft.method} {draft.target}, request {number}"))
        outcome.statuses[status] += 1
        outcome.reached.add((draft.target, draft.method, draft.htmx))
        outcome.findings += found
        if 200 <= status < 400:
            outcome.taken.add(draft.target)
    connection.close()
    return outcome


def _exchange(connection: Connection, house: House, draft: Draft) -> tuple[int, list[Finding]]:
    try:
        answer = connection.ask(draft)
    except (Unreadable, ValueError) as error:
        return 0, [_finding(draft, "unreadable answer", str(error))]
    except TimeoutError:
        return 0, [_finding(draft, "no answer", "it hangs")]
    if answer is not None:
        return answer.status, judge(house, draft, answer)
    return 0, [] if draft.unanswered else [_finding(draft, "no answer", "the server hung up")]


def _finding(draft: Draft, kind: str, sentence: str) -> Finding:
    return Finding(kind, draft.target, f"{draft.method}: {sentence}", shown(draft.raw))
