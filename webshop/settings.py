"""The environment, read and checked in this one place. Every problem is reported at once."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AliasChoices,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webshop import __version__
from webshop.settings_together import MAKE_KEY, STRIPE_PREFIXES, WIPED_DISKS, problems_together

ROOT = Path(__file__).parent.parent
HOST = re.compile(r"[\w-]+(\.[\w-]+)*|[0-9a-f:]+(%\w+)?")  # a name, or the inside of an IPv6 address
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class SettingsError(Exception):
    """The environment cannot be used; `problems` has one sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals; .env.example explains them.

    Without a Stripe key the shop is a demo: it pays against its own sandbox, and whatever else it needs it
    makes and keeps in `data_dir`. Beside a sign of a shop that takes real money it is one only if `demo`.
    """

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", extra="ignore", env_ignore_empty=True, str_strip_whitespace=True
    )

    port: int = Field(8000, ge=1, le=65535)
    web_concurrency: int = Field(1, ge=1, le=64)
    demo: bool = False
    public_url: str = ""
    database_url: str = Field("", repr=False)
    data_dir: Path = ROOT / "var"
    shop_file: Path = ROOT / "shop.toml"
    catalog_file: Path = ROOT / "catalog.toml"

    sqlite_is_kept: bool = False
    wiped_disk: str = Field("", validation_alias=AliasChoices("wiped_disk", *map(str.lower, WIPED_DISKS)))

    # The newest first; the others still verify what they once signed.
    secret_keys: Annotated[list[str], NoDecode] = Field([], repr=False)

    stripe_secret_key: str = Field("", repr=False)
    stripe_publishable_key: str = ""
    stripe_webhook_secret: str = Field("", repr=False)
    stripe_api_base: str = ""

    smtp_url: str = Field("", repr=False)
    mail_from: str = ""
    owner_email: str = ""

    sentry_dsn: str = Field("", repr=False)
    sentry_environment: str = Field("", pattern=r"^[^\s/]{0,64}$")  # what Sentry takes
    release: str = Field(f"webshop@{__version__}", pattern=r"^[^\s/\\]{1,200}$")

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("secret_keys")
    @classmethod
    def _long_enough(cls, keys: list[str]) -> list[str]:
        if any(len(key) < 32 for key in keys):
            raise ValueError(f"each key needs at least 32 characters; make one with {MAKE_KEY}")
        return keys

    @field_validator("public_url", "stripe_api_base")
    @classmethod
    def _origin(cls, value: str, info: ValidationInfo) -> str:
        """Rebuilt from its parts: nothing else gets into mails, links and headers."""
        if not value:
            return ""
        url = urlsplit(value)
        more = url.path.strip("/") or url.query or url.fragment or url.username or url.password
        host = url.hostname or ""
        if info.field_name == "stripe_api_base" and host not in LOOPBACK:
            raise ValueError("is for a sandbox on this machine only, such as http://127.0.0.1:8001")
        is_host = value.isprintable() and HOST.fullmatch(host) is not None
        if url.scheme not in ("http", "https") or more or not is_host or not _is_port(url):
            raise ValueError("must look like https://shop.example, without a path")
        name = f"[{host}]" if ":" in host else host
        return f"{url.scheme}://{name}{f':{url.port}' if url.port else ''}"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("postgres://", "postgresql://", "sqlite:///")):
            raise ValueError("must start with postgresql:// or sqlite:///")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in ("smtp", "smtp+starttls", "smtps") or not url.hostname):
            raise ValueError("must look like smtp://user:password@host:587, or smtp+starttls://, smtps://")
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _known_sentry(cls, value: str) -> str:
        url = urlsplit(value)
        private = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
        project = url.path.rpartition("/")[2]
        if value and not (private and url.hostname and url.username and re.fullmatch("[0-9]+", project)):
            raise ValueError("must look like https://key@host/1, as Sentry shows it")
        return value

    @field_validator("mail_from", "owner_email")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
            raise ValueError("must be an e-mail address")
        return value

    @field_validator("stripe_secret_key", "stripe_publishable_key", "stripe_webhook_secret")
    @classmethod
    def _right_prefix(cls, value: str, info: ValidationInfo) -> str:
        prefixes = STRIPE_PREFIXES[str(info.field_name).upper()]
        if value and not all(part.startswith(prefixes) for part in value.replace(",", " ").split()):
            raise ValueError(f"must start with {' or '.join(prefixes)}")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _every_problem(cls, given: dict[str, Any], check: ModelWrapValidatorHandler[Self]) -> Self:
        """Fields are checked one by one and all together, so that nobody mends one line at a time."""
        problems: list[str] = []
        try:
            settings = check(given)
        except ValidationError as error:
            problems = [_sentence(each) for each in error.errors()]
        problems += problems_together(given)
        if problems:
            raise SettingsError(problems)
        return settings

    @property
    def is_demo(self) -> bool:
        """No Stripe keys: the shop pays against its own sandbox."""
        return not self.stripe_secret_key

    @property
    def mode(self) -> Literal["sandbox", "test", "live"]:
        if self.is_demo:
            return "sandbox"
        return "live" if "_live_" in self.stripe_secret_key else "test"

    @property
    def url(self) -> str:
        """The shop's own address, without a slash at the end."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        return self.mail_from or f"shop@{urlsplit(self.url).hostname}"

    @property
    def mails_leave_this_machine(self) -> bool:
        return bool(self.smtp_url) and urlsplit(self.smtp_url).hostname not in LOOPBACK

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'shop.sqlite3'}"

    @property
    def webhook_secrets(self) -> list[str]:
        """One, or two while they are rolled."""
        return self.stripe_webhook_secret.replace(",", " ").split()

    @property
    def environment(self) -> str:
        """What Sentry files its reports under."""
        return self.sentry_environment or self.mode

    @property
    def secrets(self) -> list[str]:
        """Whatever must not be shown, wherever it turns up."""
        urls = (self.database_url, self.smtp_url, self.sentry_dsn)
        inside = [word for url in urls for word in re.findall("//(?:[^/@:]*:)?([^@]+)@", url)]
        return [*self.secret_keys, self.stripe_secret_key, *self.webhook_secrets, *inside]


def _is_port(url: SplitResult) -> bool:
    try:
        return url.port is None or url.port > 0
    except ValueError:
        return False


def _sentence(error: ErrorDetails) -> str:
    return f"{str(error['loc'][0]).upper()}: {error['msg'].removeprefix('Value error, ')}"


def load(**overrides: object) -> Settings:
    """The settings from the environment (and .env), with `overrides` in place of some.

    Raises SettingsError with all problems. In demo mode a secret key is made once and kept in `data_dir`.
    """
    settings = Settings(**overrides)  # type: ignore[arg-type]
    if settings.secret_keys:
        return settings
    return settings.model_copy(update={"secret_keys": [_kept_key(settings.data_dir)]})


def _kept_key(directory: Path) -> str:
    """The demo's key: made by whichever process comes first, written whole before it has its name."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "secret_key"
    if not path.exists():
        with NamedTemporaryFile("w", dir=directory, delete=False) as draft:
            draft.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(draft.name, path)
        Path(draft.name).unlink()
    return path.read_text(encoding="ascii")
