"""The answers that are not 200, in the words and shapes of Stripe's API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Response:
    """What the API answers; the body is JSON. late is how many seconds it takes to arrive; if it is lost, the
    connection ends without it. Whoever carries the answer obeys both.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    late: float = 0.0
    lost: bool = False


class ApiError(Exception):
    """An expected refusal: status, type and message, and the code and parameter where Stripe names them."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param

    def response(self) -> Response:
        details = {"type": self.kind, "code": self.code, "param": self.param, "message": self.message}
        body = {"error": {name: value for name, value in details.items() if value is not None}}
        return Response(self.status, {"Content-Type": "application/json"}, json.dumps(body).encode())


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(message, param=param, code=code)


def unsupported(param: str) -> ApiError:
    """For what Stripe takes and the sandbox would have to ignore: refusing is more honest than pretending."""
    return invalid(f"The sandbox does not support '{param}' (Stripe does).", param, "sandbox_unsupported")


def only(params: Iterable[str], supported: Set[str], path: str = "") -> None:
    """Refuse the first parameter that the sandbox does not support; path is that of the part they are in."""
    for name in params:
        if name not in supported:
            raise unsupported(f"{path}[{name}]" if path else name)


def no_such(kind: str, identifier: str, *, param: str = "id", status: int = 404) -> ApiError:
    """Stripe says 404 for an id in the path and 400 for an id in a parameter."""
    return ApiError(f"No such {kind}: '{identifier}'", status=status, code="resource_missing", param=param)


def key_in_use(key: str) -> ApiError:
    return ApiError(
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later.",
        status=409,
        code="idempotency_key_in_use",
    )


def too_many_requests() -> ApiError:
    return ApiError(
        "Request rate limit exceeded. Learn more about rate limits at https://docs.stripe.com/rate-limits.",
        status=429,
        code="rate_limit",
    )


def server_error() -> ApiError:
    return ApiError("An unknown error occurred in the sandbox.", status=500, kind="api_error")
