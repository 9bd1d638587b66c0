"""The environment, read and checked in this one place. Every problem is reported at once."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Annotated, Any, Self
from urllib.parse import quote, urlsplit

from annotated_types import Ge, Le
from pydantic import (
    AfterValidator,
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
from webshop.settings import platforms, values
from webshop.settings.mode import ShopMode
from webshop.settings.together import BEHIND_TWO, LOOPBACK, WIPED_DISKS, problems_together

ROOT = Path(__file__).parents[2]


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
    web_concurrency: Annotated[int, AfterValidator(values.processes)] = Field(1, ge=1, le=64)
    drain_seconds: int = Field(3, ge=0, le=10)
    demo: bool = False
    public_url: Annotated[str, AfterValidator(values.origin)] = ""
    platform_address: Annotated[str, AfterValidator(platforms.address)] = Field(
        "", validation_alias=AliasChoices("platform_address", *map(str.lower, platforms.ADDRESSES))
    )
    fly_address: Annotated[str, AfterValidator(platforms.fly_address)] = Field(
        "", validation_alias=AliasChoices("fly_address", platforms.FLY_NAME.lower())
    )
    hsts_seconds: int = Field(3600, ge=0, le=63_072_000)
    hsts_subdomains: bool = False
    database_url: Annotated[str, AfterValidator(values.database)] = Field("", repr=False)
    data_dir: Annotated[Path, AfterValidator(values.folder)] = ROOT / "var"
    shop_file: Annotated[Path, AfterValidator(values.file)] = ROOT / "shop.toml"
    catalog_file: Annotated[Path, AfterValidator(values.file)] = ROOT / "catalog.toml"

    design: bool = False
    theme: Annotated[str, AfterValidator(values.theme)] = ""

    database_connections: int = Field(3, ge=1, le=100)
    sqlite_is_kept: bool = False
    wiped_disk: str = Field("", validation_alias=AliasChoices("wiped_disk", *map(str.lower, WIPED_DISKS)))

    trusted_proxies: int | None = Field(None, ge=0, le=9)
    behind_two: str = Field("", validation_alias=AliasChoices("behind_two", *map(str.lower, BEHIND_TWO)))

    # The newest first; the others still verify what they once signed.
    secret_keys: Annotated[list[str], NoDecode, AfterValidator(values.secret_keys)] = Field([], repr=False)

    stripe_secret_key: str = Field("", repr=False)
    stripe_publishable_key: str = ""
    stripe_webhook_secret: str = Field("", repr=False)
    stripe_api_base: Annotated[str, AfterValidator(values.origin_here)] = ""

    backup_to: Annotated[str, AfterValidator(values.backup_place)] = ""
    backup_every_hours: int = Field(24, ge=1, le=24 * 31)
    backup_keep_all_days: int = Field(2, ge=0, le=10_000)
    backup_keep_daily_days: int = Field(30, ge=0, le=10_000)
    backup_keep_months: int = Field(12, ge=0, le=1_000)
    aws_access_key_id: str = Field("", repr=False)
    aws_secret_access_key: str = Field("", repr=False)
    aws_session_token: str = Field("", repr=False)
    aws_region: str = Field("", validation_alias=AliasChoices("aws_region", "aws_default_region"))
    aws_endpoint_url: Annotated[str, AfterValidator(values.web_address)] = Field(
        "", validation_alias=AliasChoices("aws_endpoint_url", "aws_endpoint_url_s3")
    )

    pictures_url: Annotated[str, AfterValidator(values.backup_place)] = ""
    pictures_public_url: Annotated[str, AfterValidator(values.web_address)] = ""

    smtp_url: Annotated[str, AfterValidator(values.mail_server)] = Field("", repr=False)
    mail_from: Annotated[str, AfterValidator(values.mail_address)] = ""
    owner_email: Annotated[str, AfterValidator(values.mail_address)] = ""

    sentry_dsn: Annotated[str, AfterValidator(values.sentry_dsn)] = Field("", repr=False)
    sentry_environment: Annotated[str, AfterValidator(values.sentry_environment)] = ""
    release: Annotated[str, AfterValidator(values.release)] = f"webshop@{__version__}"

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("stripe_secret_key", "stripe_publishable_key", "stripe_webhook_secret")
    @classmethod
    def _stripes(cls, value: str, info: ValidationInfo) -> str:
        return values.stripe_key(str(info.field_name).upper(), value) if value else value

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
    def has_gallery(self) -> bool:
        """Whether /gallery shows every template in every state."""
        return self.is_demo or self.design

    @property
    def mode(self) -> ShopMode:
        if self.is_demo:
            return ShopMode.SANDBOX
        return ShopMode.LIVE if "_live_" in self.stripe_secret_key else ShopMode.TEST

    @property
    def told_url(self) -> str:
        """The address that shoppers see, as the owner or the platform says; "" where neither does."""
        return self.public_url or self.platform_address or self.fly_address

    @property
    def url(self) -> str:
        """The shop's own address, without a slash at the end."""
        return self.told_url or f"http://127.0.0.1:{self.port}"

    @property
    def hsts(self) -> str:
        """Strict-Transport-Security: how long browsers come by https only, once they have."""
        return f"max-age={self.hsts_seconds}{'; includeSubDomains' if self.hsts_subdomains else ''}"

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        host = urlsplit(self.url).hostname or ""
        return self.mail_from or f"shop@{'localhost' if ':' in host else host}"  # mails know no bare IPv6

    @property
    def mails_leave_this_machine(self) -> bool:
        return bool(self.smtp_url) and urlsplit(self.smtp_url).hostname not in LOOPBACK

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{quote(str(self.data_dir / 'shop.sqlite3'))}"

    @property
    def webhook_secrets(self) -> list[str]:
        """One, or two while they are rolled."""
        return self.stripe_webhook_secret.replace(",", " ").split()

    @property
    def proxies(self) -> int:
        """How many there are between a visitor and the shop, each adding to X-Forwarded-For whom it was asked
        by. Nobody's word is taken for it unless the shop is told, or the platform is known."""
        if self.trusted_proxies is not None:
            return self.trusted_proxies
        return 2 if self.behind_two else int(bool(self.wiped_disk))

    @property
    def environment(self) -> str:
        """What Sentry files its reports under."""
        return self.sentry_environment or self.mode

    @property
    def secrets(self) -> list[str]:
        """Whatever must not be shown, wherever it turns up."""
        urls = (self.database_url, self.smtp_url, self.sentry_dsn)
        inside = [word for url in urls for word in re.findall("//(?:[^/@:]*:)?([^@]+)@", url)]
        keys = (self.stripe_secret_key, self.aws_secret_access_key, self.aws_session_token)
        return [*self.secret_keys, *keys, *self.webhook_secrets, *inside]


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0])
    return f"{name.upper()}: {_wanted(name, error['type']) or error['msg'].removeprefix('Value error, ')}"


def _wanted(name: str, mistake: str) -> str:
    """For what is a number, or yes or no; else empty."""
    if mistake.startswith("bool_"):
        return "must be 1 (yes) or 0 (no)"
    limits = {type(each): each for each in Settings.model_fields[name].metadata}
    if Ge in limits and Le in limits and mistake != "value_error":
        return f"must be a whole number from {limits[Ge].ge} to {limits[Le].le}"
    return ""


def load(**overrides: object) -> Settings:
    """The settings from the environment (and .env), with `overrides` in place of some.

    Raises SettingsError with all problems. In demo mode a secret key is made once and kept in `data_dir`.
    """
    settings = Settings(**overrides)  # type: ignore[arg-type]
    if settings.secret_keys:
        return settings
    return settings.model_copy(update={"secret_keys": [_kept_key(settings.data_dir)]})


def check_folder(directory: Path) -> None:
    """Make the folder. Raises SettingsError where it, or a file in it, cannot be written to."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=directory).close()
        closed = [path for path in directory.iterdir() if not os.access(path, os.R_OK | os.W_OK)]
    except OSError as error:
        raise SettingsError([_unwritable(directory, str(error.strerror))]) from error
    if closed:
        raise SettingsError([_unwritable(closed[0], "it is another user's")])


def _unwritable(path: Path, why: str) -> str:
    return f"DATA_DIR: {path} cannot be written to ({why}); let this user write there, or name another folder"


def _kept_key(directory: Path) -> str:
    """The demo's key. Raises SettingsError where none can be kept."""
    check_folder(directory)
    path = directory / "secret_key"
    try:
        if not path.exists():
            _make_key(path)
        return path.read_text(encoding="ascii")
    except OSError as error:  # such as a full disk
        raise SettingsError([_unwritable(path, str(error.strerror))]) from error


def _make_key(path: Path) -> None:
    """By whichever process comes first; written whole before it has its name."""
    with NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
        draft.write(secrets.token_hex(32))
    with suppress(FileExistsError):
        os.link(draft.name, path)
    Path(draft.name).unlink()
