"""python -m webshop doctor: what is wrong with this shop, why that matters, and the cure."""

import argparse
import json
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from webshop.doctor import environment
from webshop.doctor.endpoint import check_endpoint
from webshop.doctor.examination import examine, may_take_money
from webshop.doctor.model import Examined, Finding, Kind
from webshop.provider import create_provider
from webshop.settings.given import as_given, everything, key_and_address, known_names, unreadable_lines
from webshop.settings.model import SettingsError

MARKS = {Kind.ERROR: "ERROR", Kind.WARNING: "warn", Kind.FINE: "ok"}
WIDTH = 100


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="what is wrong with this shop, why, and the cure; exit code 0 if it may take real money",
    )
    parser.add_argument("--json", action="store_true", help="for machines: docs/deploy.md has its shape")
    parser.add_argument("--mail", action="store_true", help="also send a test mail to OWNER_EMAIL")
    parser.add_argument(
        "--create-webhook", action="store_true", help="make the endpoint at Stripe if there is no right one"
    )
    parser.add_argument("--mend", action="store_true", help="switch the endpoint on, with all events")
    parser.set_defaults(examines=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    found = [*_of_names(), *_of_shop(options)]
    for line in [_as_json(found)] if options.json else _told(found):
        print(line)
    return 0 if may_take_money(found) else 1


def _of_names() -> Iterator[Finding]:
    given = everything()
    yield from environment.mistyped(given, known_names())
    yield from environment.unreadable(unreadable_lines())
    yield from environment.left_over(given)


def _of_shop(options: argparse.Namespace) -> Sequence[Finding]:
    try:
        config = as_given()
    except SettingsError as problem:
        return [*environment.settings_problems(problem), *_first_webhook(options)]
    except OSError as trouble:
        return [environment.unreadable_folder(trouble)]
    payments = None if config.is_demo else create_provider(config).payments
    return examine(Examined(config, payments, options.create_webhook, options.mend, options.mail))


def _first_webhook(options: argparse.Namespace) -> Iterator[Finding]:
    """Its secret is what the other settings wait for."""
    config = key_and_address() if options.create_webhook else None
    if config:
        examined = Examined(config, create_provider(config).payments, create_webhook=True)
        yield from examine(examined, [("webhook", check_endpoint)])


def _as_json(found: Sequence[Finding]) -> str:
    findings = [
        {"id": each.id, "kind": each.kind, "what": each.what, "why": each.why, "cure": each.cure}
        for each in found
    ]
    return json.dumps({"may_take_real_money": may_take_money(found), "findings": findings}, indent=2)


def _told(found: Sequence[Finding]) -> Iterator[str]:
    """What is to be done first in each group; whatever a terminal can show."""
    in_groups = sorted(found, key=lambda each: _place(found, each.about))
    for about, group in groupby(in_groups, key=lambda each: each.about):
        yield about.capitalize()
        for each in sorted(group, key=lambda each: list(Kind).index(each.kind)):
            yield from _lines(each)
    yield ""
    yield _verdict(found)


def _place(found: Sequence[Finding], about: str) -> int:
    return [each.about for each in found].index(about)


def _lines(finding: Finding) -> Iterator[str]:
    yield from _wrapped(f"  {MARKS[finding.kind]:<7}", finding.what)
    if finding.kind is not Kind.FINE:
        yield from _wrapped("          why: ", finding.why)
        yield from _wrapped("          do:  ", finding.cure)


def _wrapped(begin: str, words: str) -> list[str]:
    readable = "".join(letter if letter.isprintable() else " " for letter in words)
    return textwrap.wrap(
        readable,
        WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _verdict(found: Sequence[Finding]) -> str:
    counts = {kind: sum(each.kind is kind for each in found) for kind in Kind}
    if may_take_money(found):
        return f"This shop may take real money. Warnings: {counts[Kind.WARNING]}."
    mend, look = counts[Kind.ERROR], counts[Kind.WARNING]
    return f"This shop may not take real money yet: {mend} to mend, {look} to look at."
