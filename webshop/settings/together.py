"""What is wrong with settings only in combination: half a set of keys, lost keys, a disk that forgets."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from webshop.settings import platforms

STRIPE_PREFIXES = {
    "STRIPE_SECRET_KEY": ("sk_test_", "sk_live_", "rk_test_", "rk_live_"),
    "STRIPE_PUBLISHABLE_KEY": ("pk_test_", "pk_live_"),
    "STRIPE_WEBHOOK_SECRET": ("whsec_",),
}
# What platforms set that wipe a web process's disk at each restart: Heroku and Dokku, Render, Railway,
# Fly.io, Koyeb, Scalingo, Google Cloud Run, Northflank.
WIPED_DISKS = (
    "DYNO RENDER RAILWAY_ENVIRONMENT RAILWAY_ENVIRONMENT_NAME FLY_APP_NAME KOYEB_APP_NAME CONTAINER_VERSION "
    "K_SERVICE NF_PLATFORM_VERSION"
).split()
# Those of them that put two addresses into X-Forwarded-For: the visitor's and one of their own.
# (fly.io/docs/networking/request-headers; Render has Cloudflare in front of its router.)
BEHIND_TWO = ["FLY_APP_NAME", "RENDER"]
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ON = {"1", "true", "yes", "on", "t", "y"}  # what pydantic takes for True
MAKE_KEY = "python -c 'import secrets; print(secrets.token_hex())'"


def problems_together(given: dict[str, Any]) -> list[str]:
    """A sentence for each; `given` has the variables by their names in small letters."""
    set_to = {name: str(value or "").strip(" ,").lower() for name, value in given.items()}
    keys = {name: set_to.get(name.lower(), "") for name in STRIPE_PREFIXES}
    if not any(keys.values()):
        return [*_lost_keys(set_to), *_demo_without_address(set_to)]
    return [*_unmatched_keys(keys), *_missing_beside_keys(set_to, keys)]


def _lost_keys(set_to: dict[str, str]) -> Iterator[str]:
    """No key at all is a demo on somebody's own machine, and elsewhere a shop that would sell for nothing.

    That a platform gives it an address is no sign: it gives one to every demo. A shop with keys has
    PostgreSQL there or SQLITE_IS_KEPT, so one that has lost them shows it.
    """
    signs = []
    if set_to.get("public_url", "").startswith("https:"):
        signs.append("PUBLIC_URL is https")
    if set_to.get("database_url", "").startswith("postgres"):
        signs.append("DATABASE_URL is PostgreSQL")
    if _is_elsewhere(set_to.get("smtp_url", "")):
        signs.append("SMTP_URL is another machine")
    if set_to.get("sqlite_is_kept") in ON:
        signs.append("SQLITE_IS_KEPT is set")
    if signs and set_to.get("demo") not in ON:
        yield (
            f"{', '.join(STRIPE_PREFIXES)}: missing, but {' and '.join(signs)}, as of a shop that takes real "
            "money; set all three, or DEMO=1 for a shop that pays against its own sandbox"
        )


def _demo_without_address(set_to: dict[str, str]) -> Iterator[str]:
    if set_to.get("wiped_disk") and not _address(set_to):
        yield (
            "PUBLIC_URL: missing, and this platform does not say where the shop is, so the demo's checkout "
            "would lead nowhere; set it to what visitors see, such as https://shop.example, and DEMO=1"
        )


def _address(set_to: dict[str, str]) -> str:
    """The owner's, or else the platform's; "" if neither says."""
    return (
        set_to.get("public_url", "")
        or platforms.address(set_to.get("platform_address", ""))
        or platforms.fly_address(set_to.get("fly_address", ""))
    )


def _is_elsewhere(url: str) -> bool:
    """Whether it names another machine; what is no address is told with the field."""
    try:
        return (urlsplit(url).hostname or "localhost") not in LOOPBACK
    except ValueError:
        return False


def _unmatched_keys(keys: dict[str, str]) -> Iterator[str]:
    missing = [name for name, value in keys.items() if not value]
    if missing:
        present = " and ".join(name for name in keys if name not in missing)
        yield f"{', '.join(missing)}: missing, unlike {present}; set all three, or none for the sandbox"
    if len(_modes(keys)) == 2:
        yield "STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY: one is a test key, the other a live key"


def _modes(keys: dict[str, str]) -> set[str]:
    return {mode for mode in ("_test_", "_live_") for value in keys.values() if mode in value[:8]}


def _missing_beside_keys(set_to: dict[str, str], keys: dict[str, str]) -> Iterator[str]:
    """What a shop that is paid by Stripe needs besides."""
    live = "_live_" in _modes(keys)
    if live and set_to.get("stripe_api_base"):
        yield "STRIPE_API_BASE: cannot be used with live keys"
    if live and set_to.get("design") in ON:
        yield "DESIGN: cannot be used with live keys: mistakes would be shown to shoppers"
    if live and set_to.get("public_url", "").startswith("http:"):
        yield "PUBLIC_URL: must start with https:// when Stripe's keys are live"
    if not _address(set_to):
        yield "PUBLIC_URL: missing; the address that shoppers see, such as https://shop.example"
    if not set_to.get("secret_keys"):
        yield f"SECRET_KEYS: missing; make one with {MAKE_KEY}"
    on_disk = not set_to.get("database_url", "").startswith("postgres")
    if set_to.get("wiped_disk") and on_disk and set_to.get("sqlite_is_kept") not in ON:
        yield (
            "DATABASE_URL: is not PostgreSQL, on a platform that wipes its disk at each restart: paid orders "
            "would be lost; set it, or SQLITE_IS_KEPT=1 if the SQLite file is on a disk that stays"
        )
