"""One run: a scenario is played under a disturbance, all comes to rest, and the invariants are checked."""

import time
import traceback
from dataclasses import dataclass, field
from random import Random

from tests.faults.buyer import Buyer, NoLuck, ShopDied
from tests.faults.disturbances import Disturbance, disturbance_of
from tests.faults.evidence import count_stock, gather
from tests.faults.invariants import Run, check
from tests.faults.lane import Lane
from tests.faults.scenarios import SCENARIOS, Play
from tests.laws import Violation, snapshots

LEAVES = 0.25  # of the shoppers do not press a button a second time
TIDY_EVERY = 20  # runs


@dataclass
class Result:
    """`hit`: the point that was to be reached has been; None if the disturbance has none."""

    seed: int
    database: str
    scenario: str
    disturbance: str
    point: str = ""
    hit: bool | None = None
    kills: int = 0
    seconds: float = 0.0
    violations: list[Violation] = field(default_factory=list)
    protection: str = ""

    def __str__(self) -> str:
        return f"seed {self.seed} on {self.database}: {self.scenario} with {self.disturbance}"


def play_seed(lane: Lane, seed: int) -> Result:
    """What a seed means is decided here and nowhere else."""
    random = Random(seed)
    disturbance = disturbance_of(seed)
    return play(lane, seed, disturbance, random.choice(disturbance.scenarios), random)


def play(lane: Lane, seed: int, disturbance: Disturbance, scenario: str, random: Random) -> Result:
    start, kills = time.monotonic(), lane.kills
    shop, worker = lane.shop, lane.worker
    point = disturbance.name if disturbance.point else ""
    result = Result(seed, lane.name, scenario, disturbance.name, point)
    if seed % TIDY_EVERY == 0:
        lane.sandbox.forget_everything()
    known = {session["id"] for session in lane.sandbox.ledger()["sessions"]}
    lane.switch.forget()
    stock_before = count_stock(lane)
    buyer = Buyer(lane, htmx=random.random() < 0.5)
    acting = Play(lane, random, buyer, rest=lambda: rest(lane))
    if disturbance.point and disturbance.effect == "kill" and random.random() < LEAVES:
        buyer.patience = 1
    armed = disturbance.begin(lane)
    try:
        SCENARIOS[scenario](acting)
    except (NoLuck, ShopDied):
        pass  # the shopper has left
    except Exception:
        acting.complaints.append(traceback.format_exc(limit=-3))
    if disturbance.effect == "terminate" and lane.shop == shop:
        lane.await_death(30)
    cart = buyer.cart
    first = gather(lane, cart, known)
    come_to_rest(lane, cart, known, random)
    result.hit = lane.was_hit(armed) if armed else None
    lane.switch.disarm()
    lane.sandbox.forget_faults()
    rest(lane)
    run = Run(
        gather(lane, cart, known),
        buyer,
        snapshots(first),
        stock_before=stock_before,
        hidden=acting.hidden,
        may_cut=disturbance.point is not None and disturbance.effect == "kill",
        worker_died=lane.worker != worker,
    )
    result.violations = check(run) + [Violation("shopper", each) for each in acting.complaints]
    if run.evidence.unwelcome:
        lane.sandbox.forget_everything()  # the next run is not to blame
    result.kills = lane.kills - kills
    result.seconds = time.monotonic() - start
    buyer.close()
    return result


def rest(lane: Lane) -> None:
    """Let webhooks arrive and the worker do its work: what one round finds to do, the next one does."""
    lane.revive()
    lane.sandbox.webhooks("normal")
    lane.deliver()
    worker = lane.worker
    for _round in range(2):
        lane.look_now()
        lane.round()
    if lane.worker != worker:
        lane.look_now()
        lane.round()


def come_to_rest(lane: Lane, cart: str, known: set[str], random: Random) -> None:
    """Until nothing is undecided: then the time of what nobody has paid is over."""
    rest(lane)
    evidence = gather(lane, cart, known)
    if all(attempt["look_at"] is None for attempt in evidence.attempts):
        return
    for session in evidence.sessions:
        waits = session["status"] == "complete" and session["payment_status"] == "unpaid"
        if waits:
            lane.sandbox.ask("POST", "/bank.json", {"session": session["id"], "outcome": "fail"})
        if session["status"] == "open" and random.random() < 0.5:
            lane.sandbox.ask("POST", "/expire.json", {"session": session["id"]})
    lane.let_time_pass()
    rest(lane)
