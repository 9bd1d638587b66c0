"""The sandbox as the tests use it: its JSON control over HTTP, and its ledger, which is the judge."""

import http.client
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
FORGOTTEN = ("documents", "idempotency_keys", "deliveries", "delivery_chain", "calls")


class SandboxControl:
    """`file` is where the sandbox keeps its state: only read here, and emptied between runs."""

    def __init__(self, port: int, file: Path) -> None:
        self.port = port
        self.file = file

    def ask(self, method: str, path: str, body: Answer | None = None) -> tuple[int, Answer]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def tell(self, path: str, **body: Any) -> Answer:
        """Raises RuntimeError when the sandbox refuses."""
        status, answer = self.ask("POST", path, body)
        if status >= 300:
            raise RuntimeError(f"{path} {body}: {answer}")
        return answer

    def fault(self, **rule: Any) -> int:
        return int(self.tell("/faults.json", **rule)["id"])

    def hits(self, rule: int) -> int:
        _status, answer = self.ask("GET", "/faults.json")
        return sum(int(fault["hits"]) for fault in answer["faults"] if fault["id"] == rule)

    def forget_faults(self) -> None:
        """Every rule; webhooks that were held are on their way afterwards."""
        self.ask("DELETE", "/faults.json")

    def webhooks(self, action: str, **more: Any) -> None:
        self.tell("/webhooks.json", action=action, **more)

    def pay(self, session: str, **how: Any) -> tuple[int, Answer]:
        """409 when the session is not open any more."""
        return self.ask("POST", "/pay.json", {"session": session, **how})

    def ledger(self) -> Answer:
        return self.ask("GET", "/ledger.json")[1]

    def waiting(self) -> list[tuple[int, int]]:
        """For each delivery that is still to be tried: how often it was, and the last answer."""
        with closing(sqlite3.connect(self.file, timeout=30)) as db:
            query = "SELECT attempts, COALESCE(status, 0) FROM deliveries WHERE state = 'pending'"
            return db.execute(query).fetchall()

    def forget_everything(self) -> None:
        """Old sessions and charges that are judged already: they would only slow the ledger down."""
        with closing(sqlite3.connect(self.file, timeout=30, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            for table in FORGOTTEN:
                db.execute(f"DELETE FROM {table}")
            db.execute("COMMIT")
