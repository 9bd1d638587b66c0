"""Errors and slow requests to Sentry, by whitelist: what is not known to be harmless is not sent."""

import logging
import os
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.sqlalchemy import SqlalchemyIntegration
from sentry_sdk.integrations.starlette import StarletteIntegration
from sentry_sdk.integrations.stdlib import StdlibIntegration
from sentry_sdk.types import Event, Hint

from webshop.telemetry.current import current_request
from webshop.telemetry.logs import QUIET, Recent, gist
from webshop.telemetry.scrubber import Scrubber

SLOW = 1.0  # seconds; faster requests are not reported
EXIT_SECONDS = 2

_started_in = 0  # the process

# What is kept of an event, and of its parts.
EVENT = """event_id type level logger timestamp start_timestamp platform exception logentry breadcrumbs
    contexts spans server_name sdk""".split()
LOG_ENTRY = "message formatted".split()
BREADCRUMB = "type level category message timestamp".split()
TRACE = "trace_id span_id parent_span_id op status origin".split()
SPAN = "trace_id span_id parent_span_id op description start_timestamp timestamp status origin".split()


def start(dsn: str, environment: str, release: str, scrub: Scrubber) -> None:
    """Does nothing if it is started already in this process: a parent's threads are not its children's. Every
    option is given that the SDK would look for elsewhere."""
    global _started_in
    if sentry_sdk.is_initialized() and _started_in == os.getpid():
        return
    _started_in = os.getpid()
    cleaner = Cleaner(scrub)
    sentry_sdk.init(
        dsn,
        environment=environment,
        release=release,
        debug=False,
        spotlight=False,
        keep_alive=False,
        # Only these: the others report the command line and all installed packages, and patch threads.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=_integrations(),
        data_collection={  # the successor of send_default_pii, which is off unless it is set
            "user_info": False,
            "cookies": {"mode": "off"},
            "http_headers": {"request": {"mode": "off"}},
            "http_bodies": [],
            "url_query_params": {"mode": "off"},
            "database_query_data": False,
            "stack_frame_variables": False,
        },
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=20,
        traces_sample_rate=1.0,
        trace_propagation_targets=[],  # Stripe's calls carry no headers of Sentry
        before_send=cleaner.error,
        before_send_transaction=cleaner.slow_request,
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=EXIT_SECONDS,
    )


def _integrations() -> list[Integration]:
    return [
        StarletteIntegration(transaction_style="endpoint"),  # errors that no view expects; times
        LoggingIntegration(level=logging.WARNING, event_level=logging.ERROR, sentry_logs_level=None),
        SqlalchemyIntegration(),  # which statement took long, never with its values
        StdlibIntegration(),  # how long Stripe took
        DedupeIntegration(),  # the server logs an error once more that has been reported
        AtexitIntegration(callback=lambda _pending, _timeout: None),
    ]


def flush() -> None:
    sentry_sdk.flush(timeout=EXIT_SECONDS)


class Cleaner:
    """What passes on the way to Sentry; if it raises, nothing is sent."""

    def __init__(self, scrub: Scrubber) -> None:
        self._scrub = scrub
        self._reported = Recent(QUIET)

    def error(self, event: Event, hint: Hint) -> Event | None:
        record: logging.LogRecord | None = hint.get("log_record")
        if record and self._reported.again(gist(record)):
            return None
        return self._clean(event)

    def slow_request(self, event: Event, _hint: Hint) -> Event | None:
        return self._clean(event) if _seconds(event) >= SLOW else None

    def _clean(self, event: Event) -> Event:
        kept = _pick(event, EVENT)
        contexts = kept.pop("contexts", {})
        kept["contexts"] = {"trace": _pick(contexts.get("trace", {}), TRACE)}
        if "spans" in kept:
            kept["spans"] = [_pick(span, SPAN) for span in kept["spans"]]
        if "logentry" in kept:
            kept["logentry"] = _pick(kept["logentry"], LOG_ENTRY)
        if "breadcrumbs" in kept:
            values = kept["breadcrumbs"].get("values", [])
            kept["breadcrumbs"] = {"values": [_pick(each, BREADCRUMB) for each in values]}
        kept |= _request()
        clean = self._scrubbed(kept)
        return cast(Event, clean | _pick(event, ("release", "environment")))  # a release has an @ in it

    def _scrubbed(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._scrub(value)
        if isinstance(value, dict):
            return {key: self._scrubbed(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._scrubbed(inner) for inner in value]
        return value


def _request() -> dict[str, Any]:
    """All that is told of the request: nothing that a shopper typed or that opens a cart or an order.

    The transaction is named here because the SDK names it after a middleware, or after the whole address.
    """
    request = current_request.get()
    if request is None:
        return {}
    return {
        "request": {"method": request.method, "url": request.route},
        "transaction": request.endpoint,
        "transaction_info": {"source": "component"},
        "tags": {"request": request.id},
    }


def _pick(of: Any, keys: Iterable[str]) -> dict[str, Any]:
    return {key: of[key] for key in keys if key in of}


def _seconds(event: Event) -> float:
    """How long the request took."""
    began, ended = (datetime.fromisoformat(str(event[key])) for key in ("start_timestamp", "timestamp"))
    return (ended - began).total_seconds()
