"""One call of the API: who asks for what, read from a request before anything is done about it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webshop.sandbox.api.expand import expanded
from webshop.sandbox.api.params import Raw, check, decode
from webshop.sandbox.api.routes import Endpoint, route
from webshop.sandbox.state.errors import ApiError, Response, invalid
from webshop.sandbox.state.work import Work

SECRET_KEY = "sk_test_sandbox"  # noqa: S105 - a made-up key that opens nothing but a sandbox
PUBLISHABLE_KEY = "pk_test_sandbox"
LIVE_KEY = "sk_live_sandbox"  # of a sandbox that says livemode, which only tests make
LONGEST_IDEMPOTENCY_KEY = 255


@dataclass(frozen=True)
class Call:
    """A request that is authenticated and routed; its parameters are still as they came."""

    endpoint: Endpoint
    path: str
    identifier: str
    raw: dict[str, Raw]
    request_id: str
    idempotency_key: str | None

    def parameters(self, work: Work) -> dict[str, Any]:
        """Checked against the SDK's declaration and the endpoint's own rules; raises ApiError."""
        params = check(self.raw, self.endpoint.declared)
        self.endpoint.check(params, work)
        return params

    def fingerprint(self) -> str:
        """Equal for equal parameters, whatever their order."""
        return hashlib.sha256(json.dumps(self.raw, sort_keys=True).encode()).hexdigest()


def read_call(
    method: str,
    path_with_query: str,
    headers: Mapping[str, str],
    body: bytes,
    request_id: str,
    secret_key: str,
) -> Call:
    fields = {name.lower(): value for name, value in headers.items()}
    _authenticate(fields.get("authorization", ""), secret_key)
    path, _, query = path_with_query.partition("?")
    endpoint, identifier = route(method.upper(), path)
    key = fields.get("idempotency-key") if endpoint.method == "POST" else None
    if key is not None and len(key) > LONGEST_IDEMPOTENCY_KEY:
        raise invalid(f"Idempotency keys can have up to {LONGEST_IDEMPOTENCY_KEY} characters.")
    try:
        encoded = body.decode() if endpoint.method == "POST" else query
        raw = decode(encoded)
    except ValueError:
        raise invalid("The request's parameters are not readable.") from None
    return Call(endpoint, path, identifier, raw, request_id, key or None)


def _authenticate(authorization: str, secret_key: str) -> None:
    """Bearer, or Basic with the key as user name, as `curl -u sk_test_…:` sends it."""
    scheme, _, credentials = authorization.partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, ValueError):
            key = ""
    if not key:
        raise ApiError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if key != secret_key:
        raise ApiError(f"Invalid API Key provided: {key[:8]}***. The sandbox's is {secret_key}.", status=401)


Execute = Callable[[Work, Call, dict[str, Any]], Response]


def execute(work: Work, call: Call, params: dict[str, Any]) -> Response:
    """Do it. A refusal undoes what this call has written, and nothing else in the transaction."""
    work.db.execute("SAVEPOINT call")
    events_before = work.recorded_events
    try:
        document = call.endpoint.run(work, call.identifier, params)
        shown = expanded(work, document, params.get("expand", []))
    except ApiError as refusal:
        work.db.execute("ROLLBACK TO call")
        work.recorded_events = events_before
        return refusal.response()
    return Response(200, {"Content-Type": "application/json"}, json.dumps(shown).encode())
