"""What the environment and .env really say, beside what is read of them."""

from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from webshop.settings import values
from webshop.settings.model import Settings


def as_given() -> Settings:
    """Without a key made up for a demo: nothing is written. Raises SettingsError."""
    return Settings()  # type: ignore[call-arg]  # the aliases of some hide their defaults from mypy


def key_and_address() -> Settings | None:
    """All that making a webhook needs, before there is the secret that the rest waits for. None if one of
    the two is missing or cannot be used."""
    given = everything()
    key, address = given.get("STRIPE_SECRET_KEY"), given.get("PUBLIC_URL")
    base = given.get("STRIPE_API_BASE") or ""
    if not key or not address:
        return None
    try:
        return Settings.model_construct(
            stripe_secret_key=values.stripe_key("STRIPE_SECRET_KEY", key),
            public_url=values.origin(address),
            stripe_api_base=values.origin_here(base),
        )
    except ValueError:
        return None


def everything() -> Mapping[str, str | None]:
    """By names in capitals, others' too. What the environment says goes before .env."""
    both = (DotEnvSettingsSource(Settings).env_vars, EnvSettingsSource(Settings).env_vars)
    return {name.upper(): value for given in both for name, value in given.items()}


def known_names() -> list[str]:
    """In capitals: those that the shop reads."""
    return [name.upper() for name in Settings.model_fields]


def unreadable_lines() -> list[int]:
    """Of .env, by their numbers: what is not NAME=value is not read."""
    path = Settings.model_config.get("env_file")
    if not isinstance(path, Path) or not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as file:
        wrong = [each.original for each in parse_stream(file) if each.error]
    return [each.line + len(each.string) - len(each.string.lstrip("\n")) for each in wrong]
