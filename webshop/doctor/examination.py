"""The list of checks, and how they are made: all at once, each for itself, and none for ever."""

import logging
import threading
from collections.abc import Iterator, Sequence
from time import monotonic

from webshop.doctor import account, database, endpoint, environment, event, files, life, mail, public
from webshop.doctor.model import Check, Examined, Finding, Kind, error
from webshop.settings.model import Settings

log = logging.getLogger(__name__)

LONGEST = 45  # seconds for all of them together

CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", environment.check_mode),
    ("settings", environment.check_unwise),
    ("settings", environment.check_secrets),
    ("database", database.check_database),
    ("database", life.check_life),
    ("files", files.check_files),
    ("stripe", account.check_account),
    ("webhook", endpoint.check_endpoint),
    ("webhook", event.check_event),
    ("public", public.check_address),
    ("public", public.check_jump),
    ("mail", mail.check_addresses),
    ("mail", mail.check_server),
    ("sentry", environment.check_sentry),
)


def examine(
    examined: Examined, checks: Sequence[tuple[str, Check]] = CHECKS, longest: float = LONGEST
) -> list[Finding]:
    """What all checks find, in their order; `longest` is in seconds. A check that fails or hangs is a finding
    itself. None has one of the settings' secrets in it."""
    found: list[list[Finding] | None] = [None] * len(checks)

    def make(place: int, check: Check) -> None:
        try:
            found[place] = list(check(examined))
        except Exception as trouble:
            log.debug("A check failed", exc_info=True)
            found[place] = [_failed(checks[place][0], type(trouble).__name__)]

    threads = [
        threading.Thread(target=make, args=(place, check), daemon=True)
        for place, (_about, check) in enumerate(checks)
    ]
    for thread in threads:
        thread.start()
    end = monotonic() + longest
    for thread in threads:
        thread.join(max(0.0, end - monotonic()))
    in_order = zip(checks, found, strict=True)
    made = [each for (about, _check), some in in_order for each in (_late(about) if some is None else some)]
    return [_without(examined.config, each) for each in made]


def may_take_money(findings: Sequence[Finding]) -> bool:
    """Warnings do not stand in the way."""
    return not any(each.kind is Kind.ERROR for each in findings)


def _failed(about: str, word: str) -> Finding:
    return error(
        f"{about}.check",
        f"a check of {about} failed ({word})",
        "what it looks at is not known",
        "run the doctor again; if it stays so, it is a bug of the shop",
    )


def _late(about: str) -> Iterator[Finding]:
    yield error(
        f"{about}.check",
        f"a check of {about} has found nothing out in time",
        "whatever it asked is too slow, so shoppers wait as well",
        "run the doctor again; then look at what is slow",
    )


def _without(config: Settings, finding: Finding) -> Finding:
    """A library's own words, or another company's, may repeat what they were given."""
    words = [finding.what, finding.why, finding.cure]
    for secret in sorted(filter(None, config.secrets), key=len, reverse=True):
        words = [text.replace(secret, "[hidden]") for text in words]
    return Finding(finding.id, finding.kind, *words)
