"""The rehearsal: the shop is built and deployed on this machine as a platform would do it, and comes back
from everything that happens to a platform, while people buy.

    python -m tests.rehearse

REVISION=main rehearses another commit than HEAD, ONLY="three kill" some stages, SABOTAGE=lost-order
makes a loss on purpose (tests/rehearse/sabotage.py). The exit code is 0 if nothing was lost, doubled or
failed, and every process left within 26 seconds.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.laws import PAID
from tests.rehearse import judge
from tests.rehearse.books import close
from tests.rehearse.build import Build, build, forget
from tests.rehearse.judge import Asked, Books, Verdict
from tests.rehearse.premises import Premises, premises
from tests.rehearse.sabotage import SABOTAGES
from tests.rehearse.stages import STAGES

MOST_TOLD = 20  # sentences of a kind
ALWAYS = 2  # so many stages open the shop


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all that was started is ended
    folder = Path(tempfile.mkdtemp(prefix="rehearse-"))
    good = False
    try:
        start = time.monotonic()
        made = build(folder, os.environ.get("REVISION") or "HEAD")
        digest = made.digest()
        print(f"build: hashed requirements, compiled, {time.monotonic() - start:.1f} s", flush=True)
        with premises(folder, made) as shop:
            verdict = _rehearse(shop, made, digest)
        good = verdict.is_good
    finally:
        if good:
            forget(folder)
        else:
            print(f"logs are in {folder}", flush=True)
    print(verdict, flush=True)
    return 0 if good else 1


def _rehearse(shop: Premises, made: Build, digest: str) -> Verdict:
    only = (os.environ.get("ONLY") or "").split()
    try:
        for number, act in enumerate(STAGES):
            if number < ALWAYS or not only or any(word in act.__name__ for word in only):
                _act(shop, act)
    except RuntimeError as problem:  # what does not open ends the rehearsal; what was bought is judged
        shop.problems.append(str(problem))
    if sabotage := os.environ.get("SABOTAGE"):
        SABOTAGES[sabotage](shop)
    shop.crowd.stop()
    with shop.stage("the end"):
        books = close(shop)
        for name in list(shop.running):
            shop.stop(name)
    if made.digest() != digest:
        shop.problems.append("the code is not what was built")
    return _report(shop, books)


def _act(shop: Premises, act: Callable[[Premises], str]) -> None:
    """Requests are told with the stage in which they ended."""
    name = act.__name__.replace("_", " ")
    start = time.monotonic()
    with shop.stage(name):
        figures = act(shop)
    asked = judge.of_stage(shop.asked(), shop.stages[-1])
    counts = judge.count(asked, shop.outages)
    print(
        f"{name}: {figures}; {counts.requests} requests, failed {counts.failed}, killed {counts.killed}, "
        f"polite 503 {counts.polite} ({time.monotonic() - start:.0f} s)",
        flush=True,
    )


def _report(shop: Premises, books: Books) -> Verdict:
    asked = shop.asked()
    refused = list(judge.refused(books.purchases, shop.outages))
    lost, doubled = list(judge.lost(books)), list(judge.doubled(books))
    wrong = [*judge.broken_laws(books), *shop.problems]
    _tell("failed", (_failure(each) for each in asked if judge.kind(each, shop.outages) == "failed"))
    for title, sentences in (("refused", refused), ("lost", lost), ("doubled", doubled), ("wrong", wrong)):
        _tell(title, sentences)
    counts = judge.count(asked, shop.outages)
    charges = books.evidence.paid
    paid = sum(order["state"] in PAID for order in books.evidence.orders)
    money = sum(charge["amount"] for charge in charges) / 100
    print(
        f"{counts.requests} requests, {counts.failed} failed, {counts.killed} met what was killed, "
        f"{counts.polite} were put off politely; {len(books.purchases)} purchases, {len(charges)} charges of "
        f"{money:.2f}, {paid} paid orders, {len(books.arrived)} mails"
    )
    for name, each in sorted(shop.memory.items()):
        sizes = " + ".join(f"{size:.0f}" for size in each)
        print(f"memory of {name}: {sum(each):.0f} MB ({sizes}) at most, PSS")
    print(f"connections: {shop.most_connections} at most", flush=True)
    return Verdict(
        requests=counts.requests,
        failed=counts.failed + len(refused),
        orders=paid,
        lost=len(lost),
        doubled=len(doubled),
        slowest_exit=max(seconds for _name, seconds in shop.exits),
        otherwise_wrong=len(wrong),
    )


def _failure(asked: Asked) -> str:
    stamp = time.strftime("%H:%M:%S", time.localtime(asked.ended))
    return f"{stamp} {asked.what}: {asked.status or 'no answer'} after {asked.ended - asked.began:.2f} s"


def _tell(title: str, sentences: Iterable[str]) -> None:
    found = list(sentences)
    for sentence in found[:MOST_TOLD]:
        print(f"{title.upper()}  {sentence}")
    if len(found) > MOST_TOLD:
        print(f"{title.upper()}  and {len(found) - MOST_TOLD} more")


if __name__ == "__main__":
    sys.exit(main())
