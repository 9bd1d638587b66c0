"""What goes wrong in a run: a process dies at a point, Stripe misbehaves, webhooks go astray, or nothing.

A run's disturbance follows from its seed alone, in turns: so every one of them comes up equally often.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.faults.lane import Armed, Lane
from tests.faults.points import (
    BUYING,
    CALL_POINTS,
    CHANGING,
    DASHBOARD,
    FAREWELLS,
    POINTS,
    REFUNDING,
    RETURNING,
    CallPoint,
    Point,
)
from tests.faults.switch import Effect

EVERYTHING = (
    *BUYING, *CHANGING, *DASHBOARD, *REFUNDING, "pay_untold", "bank_untold", "abandon", "abandon_to_sweeper",
    "pay_after_expiry", "change_after_paying", "two_tabs", "lost_answer", "found_again", "late_payment",
)  # fmt: skip
# Without webhooks, and with a clock that is wrong by more than the shop allows for, nobody can know that a
# session was paid which the shop has never heard of.
TOLD = tuple(name for name in EVERYTHING if name not in ("late_and_sold_out", "late_payment"))


@dataclass(frozen=True)
class Disturbance:
    """One of a point, rules for calls of Stripe, or rules for webhooks; or nothing at all. On the shopper's
    way back the webhook, which does the same, is held: else it comes first now and then."""

    name: str
    scenarios: tuple[str, ...]
    point: Point | CallPoint | None = None
    effect: Effect = "kill"
    faults: tuple[dict[str, Any], ...] = ()
    webhooks: tuple[dict[str, Any], ...] = ()

    def begin(self, lane: Lane) -> Armed | None:
        for fault in self.faults:
            lane.sandbox.fault(**fault)
        for rule in self.webhooks:
            lane.sandbox.webhooks(**rule)
        return lane.arm(self.point, effect=self.effect) if self.point else None


def _kills() -> list[Disturbance]:
    points: tuple[Point | CallPoint, ...] = (*POINTS, *CALL_POINTS)
    return [Disturbance(point.name, point.scenarios, point, webhooks=_held_at(point)) for point in points]


def _held_at(point: Point | CallPoint) -> tuple[dict[str, Any], ...]:
    return ({"action": "hold"},) if point.name.startswith("charge.") else ()


def _farewells() -> list[Disturbance]:
    return [
        Disturbance(
            f"terminate.{point.name}", point.scenarios, point, effect="terminate", webhooks=_held_at(point)
        )
        for point in FAREWELLS
    ]


def _faults() -> list[Disturbance]:
    at_create = ("lose_response", "reset", "garbage", "429", "409", "500_before", "500_after", "saved_500")
    elsewhere = ("reset", "garbage", "429", "500_before", "lose_response")
    rules: list[tuple[str, str, int, tuple[str, ...]]] = [
        ("sessions.create", effect, times, BUYING) for effect in at_create for times in (1, 2)
    ]
    rules += [("sessions.retrieve", effect, 2, RETURNING) for effect in elsewhere]
    rules += [("sessions.list", effect, 2, ("lost_answer", "found_again")) for effect in elsewhere]
    rules += [("sessions.expire", effect, 2, CHANGING) for effect in elsewhere]
    rules += [("refunds.create", effect, 2, REFUNDING) for effect in (*elsewhere, "saved_500", "409")]
    rules += [("refunds.list", effect, 2, (*REFUNDING, *DASHBOARD)) for effect in elsewhere]
    found = [
        Disturbance(
            f"{call} {effect} ×{times}",
            scenarios,
            faults=({"call": call, "effect": effect, "times": times},),
        )
        for call, effect, times, scenarios in rules
    ]
    slow = {"call": "sessions.create", "effect": "slow", "seconds": 1.5}
    return [*found, Disturbance("sessions.create slow", BUYING, faults=({**slow, "times": 2},))]


def _webhooks() -> list[Disturbance]:
    rules: dict[str, dict[str, Any]] = {
        "dropped": {"action": "drop", "times": 100},
        "one dropped": {"action": "drop", "event": "checkout.session.completed"},
        "doubled": {"action": "duplicate", "times": 100, "copies": 3},
        "tenfold": {"action": "duplicate", "event": "checkout.session.completed", "copies": 10},
        "held": {"action": "hold"},
        "reversed": {"action": "reorder"},
        "shuffled": {"action": "reorder", "sequence": "shuffle"},
    }
    return [
        Disturbance(f"webhooks {name}", TOLD if rule["action"] == "drop" else EVERYTHING, webhooks=(rule,))
        for name, rule in rules.items()
    ]


NOTHING = Disturbance("nothing", EVERYTHING)
TURNS = 3


def _in_turns() -> list[Disturbance]:
    """Three turns, each with every point and a third of all the rest; shuffled, the same way for ever."""
    random = Random("turns")
    deaths = [*_kills(), *_farewells()]
    others = random.sample([*_faults(), *_webhooks()], k=len(_faults()) + len(_webhooks()))
    found: list[Disturbance] = []
    for turn in range(TURNS):
        together = [*deaths, *others[turn::TURNS], NOTHING]
        found += random.sample(together, k=len(together))
    return found


DISTURBANCES = _in_turns()


def disturbance_of(seed: int) -> Disturbance:
    return DISTURBANCES[seed % len(DISTURBANCES)]
