"""The list of checks, and how they are made: all at once, each for itself, and none for ever."""

import logging
import re
import threading
from collections.abc import Sequence
from time import monotonic
from urllib.parse import unquote

from webshop.doctor import account, database, endpoint, environment, event, files, life, mail, public
from webshop.doctor.model import Check, Examined, Finding, Kind, error
from webshop.settings.model import Settings

log = logging.getLogger(__name__)

LONG = 8  # letters of a secret; a shorter one is hidden only where it stands alone: "p" is in many words
LONGEST = 45  # seconds for all of them together

CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", environment.check_mode),
    ("settings", environment.check_unwise),
    ("settings", environment.check_secrets),
    ("database", database.check_database),
    ("database", life.check_life),
    ("life", life.check_backup_place),
    ("files", files.check_files),
    ("files", files.check_looks),
    ("files", files.check_pages),
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
    found: list[list[Finding]] = [[] for _each in checks]
    threads = [
        threading.Thread(target=_make, args=(examined, *named, found[place]), daemon=True)
        for place, named in enumerate(checks)
    ]
    for thread in threads:
        thread.start()
    end = monotonic() + longest
    for thread, (about, _check), some in zip(threads, checks, found, strict=True):
        thread.join(max(0.0, end - monotonic()))
        if thread.is_alive():
            some.append(_late(about))
    return [_without(examined.config, each) for some in found for each in list(some)]


def _make(examined: Examined, about: str, check: Check, found: list[Finding]) -> None:
    """What it has found before it fails counts."""
    try:
        for each in check(examined):
            found.append(each)
    except Exception as trouble:
        log.debug("A check failed", exc_info=True)
        found.append(_failed(about, type(trouble).__name__))


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


def _late(about: str) -> Finding:
    return error(
        f"{about}.check",
        f"a check of {about} has found nothing out in time",
        "whatever it asked is too slow, so shoppers wait as well",
        "run the doctor again; then look at what is slow",
    )


def _without(config: Settings, finding: Finding) -> Finding:
    """A library's own words, or another company's, may repeat what they were given."""
    words = [finding.what, finding.why, finding.cure]
    secrets = {*config.secrets, *map(unquote, config.secrets)} - {""}
    for secret in sorted(secrets, key=len, reverse=True):
        hidden = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)" if len(secret) < LONG else re.escape(secret))
        words = [hidden.sub("[hidden]", text) for text in words]
    return Finding(finding.id, finding.kind, *words)
