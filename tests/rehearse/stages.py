"""What happens to the shop while people buy, one after the other. Each gives its figures in a sentence."""

import os
import re
import signal
import time
from collections.abc import Callable

from tests.rehearse.build import next_release
from tests.rehearse.crowd import skus
from tests.rehearse.premises import Premises

PIECES = 100_000  # of each sku that is bought
ROUNDS = 3  # of rolling restarts
CUTS = 5
A_WHILE = 6.0  # seconds in which people buy


def release_twice_at_once(shop: Premises) -> str:
    """The owner sets the stock after it, and no later release touches that."""
    start = time.monotonic()
    said = shop.must_run("release", at_once=2)
    seconds = time.monotonic() - start
    for sku in skus():
        shop.must_run("catalog", "stock", sku, str(PIECES))
    return f"{seconds:.1f} s, {said.splitlines()[0] if said else 'no word'}"


def open_the_shop(shop: Premises) -> str:
    start = time.monotonic()
    shop.start("web-1", "web-2", "worker")
    seconds = time.monotonic() - start
    time.sleep(2)
    shop.crowd.start()
    time.sleep(A_WHILE)
    return f"two web processes and a worker were ready after {seconds:.1f} s"


def three_rolling_restarts(shop: Premises) -> str:
    exits = [seconds for _round in range(ROUNDS) for seconds in shop.roll_out(shop.build)]
    return f"{len(exits)} processes left after {_list(exits)} s"


def kill_each_kind_of_process(shop: Premises) -> str:
    """SIGKILL. Where a process dies that is the first of its group, a platform takes away what it has left
    behind and starts it anew."""
    figures = []
    child = shop.running["web-1"].children()[0]
    with shop.outage():
        os.kill(child, signal.SIGKILL)
        time.sleep(A_WHILE)
    figures.append(f"one of web-1's children; {len(shop.running['web-1'].children())} serve")
    with shop.outage():
        figures.append(f"web-2's parent; {_kill_parent(shop, 'web-2')} of its children lived on after 5 s")
        time.sleep(2)
    _kill_parent(shop, "worker")
    shop.sent_again += 1  # a mail that it was just sending
    time.sleep(A_WHILE / 2)
    return "; ".join([*figures, "the worker"])


def _kill_parent(shop: Premises, name: str) -> int:
    """How many of its children were still there."""
    running = shop.running[name]
    os.kill(running.pid, signal.SIGKILL)
    if not running.wait_until_gone(5):
        shop.problems.append(f"{name}: children outlive a killed parent")
    left = len(running.pids())
    running.kill()
    shop.wipe(name)
    shop.start(name)
    return left


def cut_all_connections(shop: Premises) -> str:
    figures = []
    for _time in range(CUTS):
        figures.append(shop.database.cut())
        shop.sent_again += 1
        time.sleep(0.8)  # all of them before anybody comes again
    time.sleep(A_WHILE + 2)
    return f"{CUTS} times, {_list(figures)} connections"


def restart_postgresql(shop: Premises) -> str:
    start = time.monotonic()
    shop.database.restart()
    shop.sent_again += 1
    seconds = time.monotonic() - start
    time.sleep(A_WHILE + 4)
    return f"away for {seconds:.1f} s"


def back_up_and_restore(shop: Premises) -> str:
    """People buy while the backup is taken, and after it; then the database is gone. What was paid since the
    backup is known to Stripe only, until the shop has asked."""
    backups = shop.folder / "backups"
    start = time.monotonic()
    shop.must_run("backup", str(backups))
    seconds = time.monotonic() - start
    time.sleep(A_WHILE / 2)
    shop.crowd.wait()
    before = _paid_orders(shop)
    for name in list(shop.running):
        shop.stop(name)
    shop.database.make_database()
    shop.must_run("restore", str(backups))
    restored = _paid_orders(shop)
    shop.start(*shop.ports, "worker")
    said = shop.must_run("reopen")
    held = shop.must_run("reopen", "--mails", "send")  # rather a receipt twice than none
    settled, sent = _number("settled: ", said), _number("seconds: ", held)
    shop.sent_again += settled + sent
    shop.crowd.go_on()
    time.sleep(A_WHILE)
    return (
        f"taken in {seconds:.1f} s; of {before} paid orders {restored} came back, {settled} were settled "
        f"anew, {_number('does not have: ', said)} are alarms; {sent} mails were sent that may have gone"
    )


def _number(after: str, said: str) -> int:
    found = re.search(rf"{after}(\d+)", said)
    return int(found[1]) if found else 0


def _paid_orders(shop: Premises) -> int:
    return int(shop.database.ask("SELECT count(*) FROM orders WHERE state = 'paid'", "shop")[0][0])


def one_release_forward_and_back(shop: Premises) -> str:
    """The next one has one more migration. When it is taken back, its tables stay."""
    before = shop.build
    after = next_release(before, shop.folder)
    shop.must_run("release", build=after)
    revision = shop.database.ask("SELECT version_num FROM alembic_version", "shop")[0][0]
    time.sleep(2)
    forward = shop.roll_out(after)
    shop.must_run("release", build=before)
    back = shop.roll_out(before)
    return f"to revision {revision}, exits {_list(forward)} s; back, exits {_list(back)} s"


def ask_the_doctor(shop: Premises) -> str:
    """What it says of a shop in test mode: for whoever reads this, no judgement."""
    code, said = shop.run("doctor", "--mail")[0]
    found = [line.strip() for line in said.splitlines() if line.strip().startswith(("ERROR", "warn"))]
    return f"exit code {code}: {'; '.join([*found, said.strip().splitlines()[-1]])}"


def _list(numbers: list[float] | list[int]) -> str:
    return ", ".join(str(round(number, 1)) for number in numbers)


STAGES: tuple[Callable[[Premises], str], ...] = (
    release_twice_at_once,
    open_the_shop,
    three_rolling_restarts,
    kill_each_kind_of_process,
    cut_all_connections,
    restart_postgresql,
    back_up_and_restore,
    one_release_forward_and_back,
    ask_the_doctor,
)
