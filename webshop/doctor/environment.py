"""Settings that are right and yet unwise, and names that nobody reads because they are mistyped."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.settings.mode import ShopMode
from webshop.settings.model import SettingsError
from webshop.settings.together import MAKE_KEY, ON

ALIKE = 0.8  # of the letters
SURELY_MEANT = 0.9
SHORTEST = 7  # letters of a name: shorter ones are like too many others
OF_OTHERS = frozenset({"DATABASE", "DATABASE_USER", "RELEASES", "SECRET_KEY_BASE"})
DEBUG = ("DEBUG", "FLASK_DEBUG", "DJANGO_DEBUG", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONTRACEMALLOC")
# Made of words, or of numbers: a key of 32 random characters has digits and letters.
TYPED = re.compile("[a-z_.-]+|[A-Z_.-]+|[0-9_.-]+")
SHORTEST_WEBHOOK_SECRET = 32  # characters; Stripe's have 38


def settings_problems(problem: SettingsError) -> Iterator[Finding]:
    """A shop that does not even start."""
    for sentence in problem.problems:
        what, _semicolon, cure = sentence.partition("; ")
        name = what.partition(":")[0]
        yield error(
            "settings.problem",
            what,
            "the shop does not start with it",
            cure or f"correct {name}; .env.example explains it",
        )
    yield warning(
        "settings.rest",
        "nothing else was looked at",
        "the shop would not start with these settings",
        "correct them, and run the doctor again",
    )


def mistyped(given: Iterable[str], ours: Iterable[str]) -> Iterator[Finding]:
    """Names that the environment or .env has, and that nobody reads: one for each that is almost ours."""
    known = [name.upper() for name in ours]
    given = sorted(given)
    for name in given:
        meant = _meant(name, known)
        if meant and (meant not in given or _likeness(name, meant) >= SURELY_MEANT):
            yield warning(
                "settings.mistyped",
                f"{name} is set, and the shop does not know that name",
                f"it looks like {meant}, and what it says is ignored",
                f"rename it to {meant}, or remove it",
            )


def _meant(name: str, known: list[str]) -> str:
    """Ours that is so like this one that it must have been meant; "" for others' names."""
    if name in known or name in OF_OTHERS or len(_bare(name)) < SHORTEST:
        return ""
    best = max(known, key=lambda ours: _likeness(name, ours))
    return best if _likeness(name, best) > ALIKE and abs(len(name) - len(best)) <= 4 else ""


def _likeness(name: str, ours: str) -> float:
    """1.0 where only signs between the words differ: SMTPURL, DATABASE-URL."""
    return SequenceMatcher(None, _bare(name), _bare(ours), autojunk=False).ratio()


def _bare(name: str) -> str:
    return re.sub("[^A-Z0-9]", "", name.upper())


def left_over(given: Mapping[str, str | None]) -> Iterator[Finding]:
    """Of days of development."""
    for name in DEBUG:
        if (given.get(name) or "").strip().lower() in ON:
            yield warning(
                "settings.debug",
                f"{name} is on",
                "it is for development: slower, and more is told in logs",
                f"remove {name}",
            )


def check_mode(examined: Examined) -> Findings:
    mode = examined.config.mode
    if mode is ShopMode.LIVE:
        yield fine("settings.mode", "the keys are live: real money")
        return
    kind = (
        "a demo: no Stripe keys are set"
        if examined.config.is_demo
        else "in test mode: Stripe's keys are test keys"
    )
    yield error(
        "settings.mode",
        f"this shop is {kind}",
        "it takes no real money",
        "set STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY (https://dashboard.stripe.com/apikeys) and "
        "STRIPE_WEBHOOK_SECRET; docs/deploy.md has the steps",
    )


def check_unwise(examined: Examined) -> Findings:
    config = examined.config
    on_sqlite = not config.database_url.startswith("postgres")
    if on_sqlite and config.mode is ShopMode.LIVE:
        yield warning(
            "settings.sqlite",
            "the orders are in an SQLite file",
            "one machine and one disk have all of them, and a second web machine cannot share it",
            "set DATABASE_URL to a PostgreSQL, or keep backups of the file elsewhere",
        )
    if on_sqlite and config.web_concurrency > 1:
        yield warning(
            "settings.concurrency",
            f"WEB_CONCURRENCY is {config.web_concurrency} beside SQLite",
            "the processes wait for each other to write, and each has a worker of its own",
            "set WEB_CONCURRENCY=1, or DATABASE_URL to a PostgreSQL",
        )
    if config.demo and not config.is_demo:
        yield warning(
            "settings.demo",
            "DEMO is on beside Stripe's keys",
            "if the keys were lost, the shop would open as a demo and sell for nothing",
            "remove DEMO",
        )


def check_secrets(examined: Examined) -> Findings:
    config = examined.config
    weak = [key for key in config.secret_keys if TYPED.fullmatch(key)]
    if weak:
        yield warning(
            "settings.secret_keys",
            "SECRET_KEYS: a key looks typed by a person, not random",
            "whoever guesses it can open every order's page",
            f"put a new one first, with a comma between: {MAKE_KEY}",
        )
    elif config.secret_keys:
        yield fine("settings.secret_keys", f"SECRET_KEYS: {len(config.secret_keys)}, random")
    if any(len(secret) < SHORTEST_WEBHOOK_SECRET for secret in config.webhook_secrets):
        yield warning(
            "settings.webhook_secret",
            "STRIPE_WEBHOOK_SECRET is shorter than Stripe's own",
            "it was cut, or made up: Stripe's events will be refused",
            "copy it again from the endpoint's page in Stripe's dashboard",
        )


def check_sentry(examined: Examined) -> Findings:
    yield fine(
        "sentry.dsn", f"Sentry: {'errors go there' if examined.config.sentry_dsn else 'not set; optional'}"
    )


def unreadable(lines: Iterable[int]) -> Iterator[Finding]:
    for line in lines:
        yield error(
            "settings.env_file",
            f".env, line {line}, is not read",
            "it is not of the form NAME=value",
            "correct it as .env.example shows",
        )


def unreadable_folder(trouble: OSError) -> Finding:
    return error(
        "settings.folder",
        f"{trouble.filename}: {trouble.strerror}",
        "the shop keeps or reads something there",
        "let the shop's user read it, or set DATA_DIR, SHOP_FILE and CATALOG_FILE to places where it may",
    )
