"""A lane: a sandbox, a database, a shop and a worker, each a process, and the tests that drive them.

A lane is used by one run at a time, and for many runs one after another.
"""

import os
import signal
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, text

from tests.conftest import DATA
from tests.faults.launcher import GO
from tests.faults.points import CallPoint, Point
from tests.faults.sandbox import SandboxControl
from tests.faults.sink import Sink
from tests.faults.switch import Effect, Order, Switch
from tests.faults.zygote import Zygote
from tests.keys import KEY
from tests.ports import free_port
from webshop.db.columns import Moment
from webshop.db.engine import Database, again_if_contended
from webshop.web.signing import Signatures

A_WHILE = timedelta(minutes=40)  # longer than a hold
SETTLING = 20.0  # seconds in which webhooks must come to rest
PATIENCE = 60.0  # seconds for what takes none, on a machine that has other things to do


class NotStarted(Exception):
    """A process did not come up: its log says why."""


@dataclass(frozen=True)
class Armed:
    """Something that is to kill a process: a point in the product, or a rule of the sandbox."""

    point: Point | CallPoint
    mark: int


class Lane:
    """`name` says which database it is on. `kills` counts the processes that ended by signal 9."""

    def __init__(
        self,
        name: str,
        folder: Path,
        database_url: str,
        sabotage: tuple[str, ...] = (),
        *,
        patient: bool = False,
    ) -> None:
        self.name = name
        self.folder = folder
        self.kills = 0
        self.port, sandbox_port = free_port(), free_port()
        self.db = Database(database_url)
        self.switch = Switch(folder / "switch")
        self.signatures = Signatures([KEY])
        self.sink = Sink()
        self.sandbox = SandboxControl(sandbox_port, folder / "sandbox.sqlite3")
        self._life = threading.RLock()
        self._how = {"sabotage": sabotage, "patient": patient}
        self._zygote = Zygote(folder)
        self._environment = self._start_sandbox(database_url)
        self.shop = self._start_shop()
        self.worker = self._start_worker()

    @property
    def webhook_secret(self) -> str:
        return self._environment["STRIPE_WEBHOOK_SECRET"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _start(self, kind: str, command: list[str], environment: dict[str, str]) -> int:
        return self._zygote.start(
            command,
            environment={
                "PATH": os.environ["PATH"],
                "DATA_DIR": str(self.folder),
                "DRAIN_SECONDS": "0",
                **environment,
            },
            log=str(self.folder / f"{kind}.log"),
            switch=str(self.folder / "switch"),
            **self._how,
        )

    def _start_sandbox(self, database_url: str) -> dict[str, str]:
        """Gives the environment of the shop that uses it."""
        self.open_sandbox()
        said = (self.folder / "sandbox.log").read_text().splitlines()
        keys = dict(line.split("=", 1) for line in said if line.startswith("STRIPE_"))
        return {
            **keys,
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "TRUSTED_PROXIES": "1",  # each buyer has an address of their own
            "DATABASE_URL": database_url,
            "SECRET_KEYS": KEY,
            "SHOP_FILE": str(DATA / "shop.toml"),
            "CATALOG_FILE": str(DATA / "catalog.toml"),
            "SMTP_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "OWNER_EMAIL": "owner@example.com",
        }

    def open_sandbox(self) -> None:
        webhook = f"{self.url}/stripe/webhook"
        command = ["sandbox", "--webhook", webhook, "--file", str(self.sandbox.file), "--faults"]
        self._sandbox = self._start("sandbox", command, {"PORT": str(self.sandbox.port)})
        self._wait_for(self.sandbox.port, "sandbox")

    def close_sandbox(self) -> None:
        """Nobody listens there any more; what it knows is in its file."""
        os.killpg(self._sandbox, signal.SIGKILL)
        assert self._zygote.wait(self._sandbox, PATIENCE) == -signal.SIGKILL

    def _start_shop(self) -> int:
        pid = self._start("shop", ["serve"], self._environment)
        self._wait_for(self.port, "shop")
        return pid

    def _start_worker(self) -> int:
        self._rounds = 0
        return self.hire()

    def hire(self) -> int:
        """Another worker, which this lane does not look after."""
        return self._start("worker", ["worker"], self._environment)

    def dismiss(self, worker: int) -> None:
        os.kill(worker, signal.SIGTERM)
        assert self._zygote.wait(worker, PATIENCE) == 0

    def _wait_for(self, port: int, kind: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.003)
        raise NotStarted((self.folder / f"{kind}.log").read_text()[-4000:])

    def close(self) -> None:
        self._zygote.close()
        self.sink.close()
        self.db.engine.dispose()

    # What is armed

    def arm(self, point: Point | CallPoint, nth: int = 1, effect: Effect = "kill") -> Armed:
        """Let the process be killed when it gets there."""
        if isinstance(point, Point):
            return Armed(point, self.switch.arm(Order(point.name, nth, effect)))
        group = self.worker if point.in_worker else self.shop
        rule = self.sandbox.fault(
            call=point.call, nth=nth, effect=f"kill_{point.moment}", process_group=group
        )
        return Armed(point, rule)

    def was_hit(self, armed: Armed, seconds: float = 0.0) -> bool:
        if isinstance(armed.point, Point):
            return self.switch.wait_for(f"hit {armed.mark}", seconds)
        return self.sandbox.hits(armed.mark) > 0

    # Life and death

    def revive(self) -> bool:
        """Start again what has died. Whether anything had."""
        with self._life:
            shop, worker = self._zygote.wait(self.shop), self._zygote.wait(self.worker)
            if shop is not None:
                self._count(shop)
                self.shop = self._start_shop()
            if worker is not None:
                self._count(worker)
                self.worker = self._start_worker()
            return shop is not None or worker is not None

    def _count(self, status: int) -> None:
        self.kills += status == -signal.SIGKILL

    def await_death(self, seconds: float = 5.0) -> int | None:
        """The shop's exit status when it has ended by then; it is started again."""
        with self._life:
            status = self._zygote.wait(self.shop, seconds)
            if status is not None:
                self._count(status)
                self.shop = self._start_shop()
            return status

    def kill_shop(self) -> None:
        os.killpg(self.shop, signal.SIGKILL)
        assert self._zygote.wait(self.shop, PATIENCE) == -signal.SIGKILL
        self.kills += 1

    # Rest

    def round(self) -> None:
        """One round of the worker; if it dies in it, another takes its place."""
        os.kill(self.worker, GO)
        self._rounds += 1
        end = time.monotonic() + PATIENCE
        while not self.switch.has(f"round {self.worker} {self._rounds}"):
            if self._zygote.wait(self.worker) is not None:
                self.revive()
                return
            if time.monotonic() > end:
                raise TimeoutError("the worker's round does not end")
            time.sleep(0.003)

    def deliver(self) -> bool:
        """Let webhooks arrive; False if the shop does not want some of them."""
        end = time.monotonic() + SETTLING
        while waiting := self.sandbox.waiting():
            self.revive()
            if all(tries for tries, _status in waiting):
                if min(tries for tries, _status in waiting) > 3 or time.monotonic() > end:
                    return False
                self.sandbox.webhooks("release")
            elif time.monotonic() > end + 10:
                return False
            time.sleep(0.005)
        return True

    def look_now(self) -> None:
        """Let the worker's pauses be over."""
        self._sql(
            "UPDATE payments SET look_at = :now WHERE look_at IS NOT NULL AND (session IS NOT NULL"
            " OR expires_at < :now)",
            "UPDATE refunds SET due_at = :now WHERE due_at IS NOT NULL",
            "UPDATE outbox SET due_at = :now WHERE due_at IS NOT NULL",
        )

    def let_time_pass(self, *, wrong_clock: bool = False) -> None:
        """Holds run out in the shop's database; what Stripe has is for the caller. `wrong_clock`: the shop
        also takes it for longer ago than it was that it has asked for its sessions."""
        if wrong_clock:
            self._sql("UPDATE payments SET created_at = :past WHERE look_at IS NOT NULL")
        self._sql(
            "UPDATE payments SET look_at = :now, expires_at = :past WHERE look_at IS NOT NULL",
            "UPDATE orders SET expires_at = :past WHERE state = 'pending'",
        )

    @again_if_contended
    def _sql(self, *statements: str) -> None:
        now = datetime.now(UTC)
        values = {"now": now - timedelta(seconds=1), "past": now - A_WHILE}
        with self.db.write() as connection:
            for statement in statements:
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                moments = [bindparam(name, type_=Moment) for name in used]
                connection.execute(text(statement).bindparams(*moments), used)
