"""Shoppers, a second tab, Stripe, the clock, the owner and sudden death play together, in any order.

MACHINE=deep pytest -m slow tests/machine     a long play, on both databases, different each time
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from starlette.testclient import TestClient

from tests.conftest import both_databases, only_sqlite
from tests.machine.machine import Machine
from tests.machine.moving import START, move_with
from tests.machine.stage import Stage
from webshop.sandbox.testing import Clock

DEEP = os.environ.get("MACHINE") == "deep"
PLAYS, STEPS = (200, 40) if DEEP else (32, 25)

HAPPENED = """
    orders paid, orders cancelled, orders expired, orders processing, orders failed, orders refunded,
    orders personal data erased, carts left behind,
    late payments, second payments, refunds of our own, refunds from the dashboard, bank payments, alarms,
    events sent again, events dropped, pages that could not be paid any more,
    died before a call, died after a call,
    died before a transaction, died inside a transaction, died after a transaction,
    Stripe lose_response, Stripe 500_after
"""


@pytest.fixture
def stage(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    clock = Clock()
    clock.now = START
    move_with(clock, monkeypatch)
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)  # mishaps by the thousand
    stage = Stage(client, tmp_path, clock)
    yield stage
    stage.close()


@pytest.mark.slow
@(both_databases if DEEP else only_sqlite)
def test_whatever_shoppers_stripe_the_clock_and_sudden_death_do_together_no_promise_is_broken(
    stage: Stage,
) -> None:
    run_state_machine_as_test(
        lambda: Machine(stage),  # type: ignore[arg-type]  # documented: "a class or a function"
        settings=settings(
            max_examples=PLAYS,
            stateful_step_count=STEPS,
            derandomize=not DEEP,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    wanted = [each.strip() for each in HAPPENED.split(",")]
    missing = [each for each in wanted if not stage.happened[each]]
    assert missing == [], f"never happened: {missing}, of {dict(stage.happened)}"
