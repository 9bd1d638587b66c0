"""The environment: every problem at once, no default that would be dangerous, secrets that stay secret."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.keys import KEY, OLD_KEY
from webshop.settings import model as settings
from webshop.settings.model import ROOT, Settings, SettingsError

TEST = {
    "public_url": "http://127.0.0.1:8000",
    "secret_keys": KEY,
    "stripe_secret_key": "sk_test_1",
    "stripe_publishable_key": "pk_test_1",
    "stripe_webhook_secret": "whsec_1",
}
LIVE = {
    **TEST,
    "public_url": "https://shop.example",
    "stripe_secret_key": "sk_live_1",
    "stripe_publishable_key": "pk_live_1",
}
MAKE = "make one with python -c 'import secrets; print(secrets.token_hex())'"


def load(**given: object) -> Settings:
    return settings.load(_env_file=None, **given)


def problems(**given: object) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        load(**given)
    return refusal.value.problems


def test_without_any_setting_the_shop_is_a_demo(tmp_path: Path) -> None:
    config = load(data_dir=tmp_path)
    assert (config.is_demo, config.mode, config.port) == (True, "sandbox", 8000)
    assert config.url == "http://127.0.0.1:8000"
    assert config.database == f"sqlite:///{tmp_path}/shop.sqlite3"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PUBLIC_URL", "")  # as if it were not there
    monkeypatch.setenv("SECRET_KEYS", f"{KEY}, {OLD_KEY}")
    config = load()
    assert (config.port, config.data_dir, config.url) == (8123, tmp_path, "http://127.0.0.1:8123")
    assert config.secret_keys == [KEY, OLD_KEY]


def test_stripes_keys_decide_the_mode() -> None:
    assert (load(**TEST).mode, load(**TEST).is_demo) == ("test", False)
    assert (load(**LIVE).mode, load(**LIVE).is_demo) == ("live", False)
    assert load(**{**LIVE, "stripe_secret_key": "rk_live_1"}).mode == "live"


def test_every_problem_is_told_at_once() -> None:
    assert problems(
        port="http",
        web_concurrency=0,
        database_url="mysql://shop",
        secret_keys="short",
        stripe_secret_key="pk_test_1",
    ) == [
        "PORT: must be a whole number from 1 to 65535",
        "WEB_CONCURRENCY: must be a whole number from 1 to 64",
        "DATABASE_URL: must start with postgresql:// or sqlite:///",
        f"SECRET_KEYS: each key needs at least 32 characters, without spaces; {MAKE}",
        "STRIPE_SECRET_KEY: must start with sk_test_ or sk_live_ or rk_test_ or rk_live_",
        "STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET: missing, unlike STRIPE_SECRET_KEY; "
        "set all three, or none for the sandbox",
        "PUBLIC_URL: missing; the address that shoppers see, such as https://shop.example",
    ]


def test_a_problem_is_one_line_that_does_not_tell_the_secret() -> None:
    secrets = dict.fromkeys(("stripe_secret_key", "stripe_webhook_secret", "secret_keys"), "hunter2")
    told = problems(**{**TEST, **secrets})
    assert len(told) == 3
    assert "\n" not in "".join(told)
    assert "hunter2" not in "".join(told)


@pytest.mark.parametrize(
    ("name", "value", "prefixes"),
    [
        ("stripe_secret_key", "pk_test_1", "sk_test_ or sk_live_ or rk_test_ or rk_live_"),
        ("stripe_publishable_key", "sk_test_1", "pk_test_ or pk_live_"),
        ("stripe_webhook_secret", "sk_test_1", "whsec_"),
        ("stripe_webhook_secret", "whsec_1, sk_test_1", "whsec_"),
    ],
)
def test_a_key_in_the_wrong_place_is_told(name: str, value: str, prefixes: str) -> None:
    assert problems(**{**TEST, name: value}) == [f"{name.upper()}: must start with {prefixes}"]


@pytest.mark.parametrize(
    ("missing", "present"),
    [
        ("STRIPE_WEBHOOK_SECRET", "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY"),
        ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET"),
        ("STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"),
    ],
)
def test_half_a_set_of_keys_is_no_demo(missing: str, present: str) -> None:
    given = {name: value for name, value in TEST.items() if name.upper() not in missing.split(", ")}
    assert problems(**given) == [
        f"{missing}: missing, unlike {present}; set all three, or none for the sandbox"
    ]


LOST = "STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET: missing, but "
SIGN = (
    ", as of a shop that takes real money; set all three, or DEMO=1 for a shop that pays against its own "
    "sandbox"
)


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({"public_url": "https://shop.example"}, "PUBLIC_URL is https"),
        ({"public_url": " HTTPS://shop.example"}, "PUBLIC_URL is https"),
        ({"database_url": "postgres://db.example/shop"}, "DATABASE_URL is PostgreSQL"),
        ({"database_url": "postgresql://db.example/shop"}, "DATABASE_URL is PostgreSQL"),
        ({"smtp_url": "smtp://user:pass@mail.example:587"}, "SMTP_URL is another machine"),
        ({"smtp_url": " SMTPS://mail.example"}, "SMTP_URL is another machine"),
        ({"smtp_url": "smtp://127.0.0.1.mail.example"}, "SMTP_URL is another machine"),
        ({"smtp_url": "smtp://localhost@mail.example"}, "SMTP_URL is another machine"),
        (
            {"public_url": "https://shop.example", "database_url": "postgres://db.example/shop"},
            "PUBLIC_URL is https and DATABASE_URL is PostgreSQL",
        ),
        (
            {
                "public_url": "https://shop.example",
                "database_url": "postgres://db.example/shop",
                "smtp_url": "smtp://mail.example",
            },
            "PUBLIC_URL is https and DATABASE_URL is PostgreSQL and SMTP_URL is another machine",
        ),
    ],
)
def test_a_shop_that_has_lost_its_keys_does_not_open_as_a_demo(
    tmp_path: Path, given: dict[str, str], seen: str
) -> None:
    assert problems(**given) == [LOST + seen + SIGN]
    assert problems(**given, demo="0") == [LOST + seen + SIGN]
    assert load(**given, data_dir=tmp_path, demo="1").is_demo
    assert load(**{**LIVE, **given}).mode == "live"


@pytest.mark.parametrize(
    "url",
    ["smtp://127.0.0.1:1025", "smtp://user:pass@LOCALHOST", "smtp+starttls://[::1]:25", "smtps://localhost"],
)
def test_a_demo_may_mail_through_this_machine(tmp_path: Path, url: str) -> None:
    assert load(data_dir=tmp_path, smtp_url=url).is_demo


@pytest.mark.parametrize("url", ["smtp://", "mail.example", "http://mail.example", "smtp://[::1"])
def test_a_mail_server_that_is_none_is_told_once(url: str) -> None:
    told = problems(smtp_url=url, demo="1")
    assert len(told) == 1
    assert told[0].startswith("SMTP_URL: ")


FORGETFUL = (
    "DATABASE_URL: is not PostgreSQL, on a platform that wipes its disk at each restart: paid orders would "
    "be lost; set it, or SQLITE_IS_KEPT=1 if the SQLite file is on a disk that stays"
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DYNO", "web.1"),
        ("RENDER", "true"),
        ("RAILWAY_ENVIRONMENT_NAME", "production"),
        ("FLY_APP_NAME", "shop"),
    ]
    + [("RAILWAY_ENVIRONMENT", "production"), ("KOYEB_APP_NAME", "shop"), ("CONTAINER_VERSION", "7")]
    + [("K_SERVICE", "shop"), ("NF_PLATFORM_VERSION", "1")],
)
@pytest.mark.parametrize("keys", [TEST, LIVE])
def test_paid_orders_are_not_kept_where_the_disk_is_wiped(
    monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], name: str, value: str
) -> None:
    assert load(**keys).database.startswith("sqlite:")
    monkeypatch.setenv(name, value)
    assert problems(**keys) == [FORGETFUL]
    assert problems(**keys, database_url="sqlite:////srv/shop.sqlite3") == [FORGETFUL]
    assert load(**keys, sqlite_is_kept="1").database.startswith("sqlite:")
    assert load(**keys, database_url="postgres://db.example/shop").mode in ("test", "live")


def test_a_demo_may_forget_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYNO", "web.1")
    monkeypatch.setenv("HEROKU_APP_DEFAULT_DOMAIN_NAME", "shop-0123456789ab.herokuapp.com")
    assert load(data_dir=tmp_path).is_demo


@pytest.mark.parametrize(
    "mixed", [{"stripe_secret_key": "sk_live_1"}, {"stripe_publishable_key": "pk_live_1"}]
)
def test_test_and_live_keys_do_not_mix(mixed: dict[str, str]) -> None:
    assert problems(**{**TEST, "public_url": "https://shop.example", **mixed}) == [
        "STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY: one is a test key, the other a live key"
    ]


@pytest.mark.parametrize("url", ["http://shop.example", "HTTP://shop.example", " http://shop.example"])
@pytest.mark.parametrize("secret_key", ["sk_live_1", " sk_live_1", "rk_live_1"])
def test_real_money_needs_https(url: str, secret_key: str) -> None:
    assert problems(**{**LIVE, "public_url": url, "stripe_secret_key": secret_key}) == [
        "PUBLIC_URL: must start with https:// when Stripe's keys are live"
    ]


@pytest.mark.parametrize("empty", ["", " ", ","])
def test_stripes_keys_need_keys_of_the_shops_own(empty: str) -> None:
    assert problems(**{**LIVE, "secret_keys": empty}) == [f"SECRET_KEYS: missing; {MAKE}"]


@pytest.mark.parametrize("empty", ["", " "])
def test_stripes_keys_need_the_shops_own_address(empty: str) -> None:
    assert problems(**{**LIVE, "public_url": empty}) == [
        "PUBLIC_URL: missing; the address that shoppers see, such as https://shop.example"
    ]


@pytest.mark.parametrize(
    "url",
    ["shop.example", "ftp://shop.example", "https://", "https://shop.example/shop", "//shop.example"]
    + ["https://shop.example?a=1", "https://shop.example#a", "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_that_is_none_is_told(url: str) -> None:
    assert problems(public_url=url, demo="1") == [
        "PUBLIC_URL: must look like https://shop.example, without a path"
    ]


def test_an_address_is_kept_without_what_does_not_matter(tmp_path: Path) -> None:
    assert (
        load(data_dir=tmp_path, public_url=" HTTPS://Shop.Example/ ", demo="1").url == "https://shop.example"
    )


@pytest.mark.parametrize(
    "base",
    ["https://api.stripe.example", "http://127.0.0.1.shop.example", "http://localhost@shop.example"]
    + ["http://10.0.0.1:8001", "http://0.0.0.0:8001"],
)  # fmt: skip
def test_the_key_is_sent_to_no_other_machine_than_stripes_or_this_one(base: str) -> None:
    assert problems(**TEST, stripe_api_base=base) == [
        "STRIPE_API_BASE: is for a sandbox on this machine only, such as http://127.0.0.1:8001"
    ]


@pytest.mark.parametrize("base", ["http://127.0.0.1:8001", "http://localhost:8001", "http://[::1]:8001"])
def test_a_sandbox_of_its_own_is_on_this_machine_and_never_takes_live_keys(base: str) -> None:
    assert load(**TEST, stripe_api_base=base).stripe_api_base == base
    assert problems(**LIVE, stripe_api_base=base) == ["STRIPE_API_BASE: cannot be used with live keys"]


@pytest.mark.parametrize(
    "dsn",
    ["sentry.example", "https://sentry.example/1", "https://key@sentry.example", "https://key@/1"]
    + ["http://key@sentry.example/1", "https://key@sentry.example/shop", "ftp://key@127.0.0.1/1"],
)  # fmt: skip
def test_reports_go_to_no_address_that_is_none_or_can_be_listened_to(dsn: str) -> None:
    assert problems(sentry_dsn=dsn) == ["SENTRY_DSN: must look like https://key@host/1, as Sentry shows it"]


@pytest.mark.parametrize(
    "dsn",
    [
        "https://key@o1.ingest.sentry.example/42",
        "https://key@sentry.example/below/1",
        "http://key@127.0.0.1:9000/1",
    ],
)
def test_reports_go_to_sentry_or_to_this_machine(tmp_path: Path, dsn: str) -> None:
    assert load(data_dir=tmp_path, sentry_dsn=f" {dsn}").sentry_dsn == dsn


def test_reports_are_filed_by_mode_and_version_unless_told_otherwise(tmp_path: Path) -> None:
    demo = load(data_dir=tmp_path)
    assert (demo.environment, demo.release) == ("sandbox", "webshop@0.1.0")
    assert load(**LIVE).environment == "live"
    told = load(**LIVE, sentry_environment="staging", release="4b825dc")
    assert (told.environment, told.release) == ("staging", "4b825dc")


def test_two_webhook_secrets_can_be_rolled() -> None:
    assert load(**{**TEST, "stripe_webhook_secret": "whsec_1, whsec_2"}).webhook_secrets == [
        "whsec_1",
        "whsec_2",
    ]


def test_secrets_are_not_shown() -> None:
    secrets = {
        "secret_keys": f"{KEY}hunter2",
        "stripe_secret_key": "sk_live_hunter2",
        "stripe_webhook_secret": "whsec_hunter2",
        "database_url": "postgresql://shop:hunter2@db.example/shop",
        "sentry_dsn": "https://hunter2@sentry.example/1",
    }
    config = load(**{**LIVE, **secrets})
    assert config.stripe_secret_key == "sk_live_hunter2"
    assert "hunter2" not in repr(config)
    assert "hunter2" not in str(config)


def test_a_demos_key_is_made_once_and_is_for_the_owner_only(tmp_path: Path) -> None:
    first, second = (load(data_dir=tmp_path / "var").secret_keys for _each in range(2))
    assert first == second
    assert len(first[0]) == 64
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "var").iterdir()] == ["secret_key"]
    assert load(data_dir=tmp_path / "other").secret_keys != first


def test_eight_threads_at_once_make_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _n: load(data_dir=tmp_path).secret_keys[0], range(8)))
    assert set(keys) == {(tmp_path / "secret_key").read_text()}
    assert [each.name for each in tmp_path.iterdir()] == ["secret_key"]


def test_processes_at_once_make_one_key(tmp_path: Path) -> None:
    program = "from webshop.settings.model import load; print(load(_env_file=None).secret_keys[0])"
    command = [sys.executable, "-c", program]
    environment = {"DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _each in range(8)
    ]
    keys = [process.communicate()[0].strip() for process in running]
    assert set(keys) == {(tmp_path / "secret_key").read_text()}
    assert [each.name for each in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    "url",
    ["https://shop.example\n.evil", "https://shop.example;x", "https://user:pass@shop.example"]
    + ["https://shop.example:port", "https://shop.example:99999", "https://shop .example", "https://shop.example\\x"],
)  # fmt: skip
def test_an_address_with_more_in_it_than_a_host_is_told(url: str) -> None:
    assert problems(public_url=url, demo="1") == [
        "PUBLIC_URL: must look like https://shop.example, without a path"
    ]


@pytest.mark.parametrize("url", ["https://shop.example:8443", "http://[::1]:8000"])
def test_an_address_may_have_a_port(tmp_path: Path, url: str) -> None:
    assert load(data_dir=tmp_path, public_url=url, demo="1").url == url


def test_an_address_in_other_letters_is_kept_as_browsers_send_it(tmp_path: Path) -> None:
    told = {
        "https://münchen.example": "https://xn--mnchen-3ya.example",
        "https://東京.example:8443": "https://xn--1lqs71d.example:8443",
    }
    assert {url: load(data_dir=tmp_path, public_url=url, demo="1").url for url in told} == told
    # Of these not all browsers think the same.
    for url in ("https://straße.example", "https://shop。example", "https://ＳＨＯＰ.example"):
        assert problems(public_url=url, demo="1") == [
            "PUBLIC_URL: must look like https://shop.example, without a path"
        ]
