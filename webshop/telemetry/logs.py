"""The log: one line for each event, JSON for machines, or plain for whoever looks at the demo."""

import logging
import time
from threading import Lock
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from webshop.telemetry.current import current_request_id
from webshop.telemetry.scrubber import Scrubber

OURS = "webshop"  # the handler's name
REQUESTS = "webshop.requests"
COMMANDS = "webshop.commands"
STRANGERS = ("python_multipart.multipart", "uvicorn.error")  # whose warnings anybody can write
QUIET = 300  # seconds in which the same words are not said again


def start(stream: TextIO, scrub: Scrubber, *, as_json: bool) -> None:
    """Everything that is logged in this process goes to `stream`, the libraries' warnings too.

    What they tell at INFO stays away: addresses with session ids, statements, requests to Stripe.
    """
    handler = logging.StreamHandler(stream)
    handler.set_name(OURS)
    handler.setFormatter(JsonLines(scrub) if as_json else PlainLines(scrub))
    handler.addFilter(_with_request_id)
    handler.addFilter(_NotAgain())
    root = logging.getLogger()
    for old in [each for each in root.handlers if each.get_name() == OURS]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in STRANGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in (REQUESTS, COMMANDS):
        logging.getLogger(name).setLevel(logging.INFO)


class JsonLines(JsonFormatter):
    """Keys: time, level, logger, message; if there are such, request and exception; for the line that ends a
    request also method, route, status and milliseconds, and "prefetch" as purpose if nobody has asked yet."""

    KEYS = "time level logger message request exception method route status milliseconds purpose".split()

    def __init__(self, scrub: Scrubber) -> None:
        names = {"levelname": "level", "name": "logger", "exc_info": "exception"}
        super().__init__(["levelname", "name", "message"], rename_fields=names, timestamp="time")
        self._scrub = scrub

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {key: self._clean(log_data[key]) for key in self.KEYS if log_data.get(key) not in (None, "")}

    def _clean(self, value: Any) -> Any:
        return self._scrub(value) if isinstance(value, str) else value


class PlainLines(logging.Formatter):
    converter = time.gmtime  # type: ignore[assignment]  # as Python's documentation shows it

    def __init__(self, scrub: Scrubber) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")
        self._scrub = scrub

    def format(self, record: logging.LogRecord) -> str:
        return self._scrub(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        return f"{line} [{request}]" if (request := current_request_id()) else line


def _with_request_id(record: logging.LogRecord) -> bool:
    record.__dict__["request"] = current_request_id()
    return True


class _NotAgain(logging.Filter):
    """What has nothing to do with a request is said once in a while, not in each of the worker's rounds."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = Recent(QUIET)

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(current_request_id()) or not self._heard.again(gist(record))


def gist(record: logging.LogRecord) -> object:
    """Equal for records that say the same."""
    kind = record.exc_info[0] if record.exc_info else None
    return record.name, record.getMessage(), kind


class Recent:
    """Remembers what there was in the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at: dict[object, float] = {}
        self._lock = Lock()

    def again(self, what: object) -> bool:
        """Whether it was there already."""
        now = time.monotonic()
        with self._lock:
            self._at = {each: at for each, at in self._at.items() if now - at <= self._seconds}
            known = what in self._at
            self._at.setdefault(what, now)
        return known
