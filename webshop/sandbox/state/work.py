"""A unit of work: one transaction at one instant, and the documents it reads and changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from webshop.sandbox.state.addresses import Returns
from webshop.sandbox.state.errors import no_such

Document = dict[str, Any]
PRIVATE = "_private"
"""Key of what the sandbox keeps with an object and never shows (a session's line items, a pending challenge).
"""

BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
"""Of a range of moments, as Stripe names them."""


def public(document: Document) -> Document:
    """The object as the API shows it."""
    return {name: value for name, value in document.items() if name != PRIVATE}


@dataclass
class Work:
    """Handed to every function that reads or changes the sandbox's state.

    now is in whole Unix seconds, returns says where sessions may send shoppers; request_id and
    idempotency_key are those of the API call, if this is one.
    """

    db: sqlite3.Connection
    now: int
    base_url: str
    webhook_url: str
    returns: Returns
    request_id: str | None = None
    idempotency_key: str | None = None
    recorded_events: int = 0
    livemode: bool = False

    def find(self, kind: str, identifier: str) -> Document | None:
        row = self.db.execute(
            "SELECT body FROM documents WHERE id = ? AND kind = ?", (identifier, kind)
        ).fetchone()
        return _document(row) if row else None

    def get(self, kind: str, identifier: str, *, param: str = "id", status: int = 404) -> Document:
        """The document, or Stripe's resource_missing."""
        document = self.find(kind, identifier)
        if document is None:
            raise no_such(kind, identifier, param=param, status=status)
        return document

    def insert(self, document: Document) -> Document:
        self.db.execute(
            "INSERT INTO documents (id, kind, body) VALUES (?, ?, ?)",
            (document["id"], document["object"], json.dumps(document)),
        )
        return document

    def update(self, document: Document) -> Document:
        self.db.execute("UPDATE documents SET body = ? WHERE id = ?", (json.dumps(document), document["id"]))
        return document

    def select(
        self,
        kind: str,
        where: Mapping[str, str],
        *,
        created: Mapping[str, int] | None = None,
        after: str | None = None,
        limit: int = -1,
    ) -> list[Document]:
        """Documents whose fields have these values, newest first; after is an id, limit -1 means all.

        The names come from the routes, never from a request; created is one of Stripe's ranges, such as
        {"gte": 1700000000}."""
        clauses = ["kind = ?"]
        values: list[str | int] = [kind]
        for name, value in where.items():
            clauses.append(f"json_extract(body, '$.{name}') = ?")
            values.append(value)
        for bound, moment in (created or {}).items():
            clauses.append(f"json_extract(body, '$.created') {BOUNDS[bound]} ?")
            values.append(moment)
        if after is not None:
            clauses.append("seq < (SELECT seq FROM documents WHERE id = ?)")
            values.append(after)
        query = f"SELECT body FROM documents WHERE {' AND '.join(clauses)} ORDER BY seq DESC LIMIT ?"  # noqa: S608
        rows = self.db.execute(query, [*values, limit])
        return [_document(row) for row in rows]

    def sessions_to_expire(self) -> list[Document]:
        rows = self.db.execute(
            """SELECT body FROM documents WHERE kind = 'checkout.session'
               AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?""",
            (self.now,),
        )
        return [_document(row) for row in rows.fetchall()]


def _document(row: sqlite3.Row) -> Document:
    document: Document = json.loads(row["body"])
    return document


class OpenWork(Protocol):
    """Begins a transaction, for an API call (with its request id and idempotency key) or anything else."""

    def __call__(
        self, request_id: str | None = None, idempotency_key: str | None = None
    ) -> AbstractContextManager[Work]: ...
