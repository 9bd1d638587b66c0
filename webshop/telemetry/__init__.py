"""What the shop tells about itself: lines in the log, and errors and slow requests to Sentry.

Neither holds personal data or secrets: every text passes through the scrubber.
"""

from typing import TextIO

from webshop.settings.model import Settings
from webshop.telemetry import logs
from webshop.telemetry.scrubber import Scrubber

__all__ = ["flush", "start"]


def start(config: Settings, stream: TextIO) -> None:
    """Once in each process, and harmless when repeated. Log lines go to `stream`."""
    scrub = Scrubber(config.secrets)
    logs.start(stream, scrub, as_json=not config.is_demo)
    if config.sentry_dsn:
        # Imported here, so that a shop without Sentry does not even load it.
        from webshop.telemetry import sentry

        sentry.start(config.sentry_dsn, config.environment, config.release, scrub)


def flush(config: Settings) -> None:
    """Give Sentry two seconds to take what is on its way. For processes that a signal ends: Python's own
    functions at exit do not run there."""
    if config.sentry_dsn:
        from webshop.telemetry import sentry

        sentry.flush()
