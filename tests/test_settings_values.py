"""What each variable of the environment may hold: nothing that breaks a header, a mail or a page."""

import string
from pathlib import Path

import pytest

from tests.conftest import make_config
from tests.keys import KEY, OLD_KEY
from tests.test_settings import LIVE, MAKE, TEST, load, problems
from webshop.mail.smtp import Folder, Mail, Sender, message
from webshop.settings.model import ROOT, SettingsError

BREAKS = ["\n", "\r\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u200b", "\u202e"]
MAKES_ONE = f"; {MAKE}"
SHORT = f"SECRET_KEYS: each key needs at least 32 characters, without spaces{MAKES_ONE}"
SAME = f"SECRET_KEYS: each key needs at least 8 different characters{MAKES_ONE}"
MADE_UP = f"SECRET_KEYS: each key needs to be random, and one looks made up{MAKES_ONE}"
TWICE = f"SECRET_KEYS: has the same key twice, which rolls nothing{MAKES_ONE}"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("k" * 31, SHORT),
        (KEY[:31], SHORT),
        (f"{KEY},{OLD_KEY[:10]}", SHORT),
        ("correct horse battery staple, my own secret", SHORT),
        ("$(python -c 'import secrets; print(secrets.token_hex())')", SHORT),
        ("k" * 32, SAME),
        ("0" * 64, SAME),
        (f"{KEY}, {'k' * 64}", SAME),
        ("ab" * 16, SAME),
        ("hunter2" * 5, SAME),
        ("-------------------------------x", SAME),
        ("0123456789abcdef" * 2, MADE_UP),
        ("0123456789abcdef" * 4, MADE_UP),
        ("correct-horse-correct-horse-correct-horse", MADE_UP),
        (string.ascii_letters, MADE_UP),
        (string.ascii_lowercase + string.digits, MADE_UP),
        ("zyxwvutsrqponmlkjihgfedcba9876543210", MADE_UP),
        ("changeme-changed-9f2k4l6p8q0r1s3t5", MADE_UP),
        ("please-CHANGE-ME-in-production-2026", MADE_UP),
        ("this-is-an-example-of-a-key-of-32-letters", MADE_UP),
        ("django-insecure-9f2k4l6p8q0r1s3t5u7v", MADE_UP),
        ("your-key-goes-here-9f2k4l6p8q0r1s3t5", MADE_UP),
        ("replace-this-with-something-random!!", MADE_UP),
        ("super-secret-9f2k4l6p8q0r1s3t5u7v", MADE_UP),
        ("correct-horse-password-battery-staple", MADE_UP),
        (f"{KEY},{KEY}", TWICE),
        (f"{KEY},{OLD_KEY},{KEY}", TWICE),
    ],
)
def test_a_key_that_can_be_guessed_is_refused(keys: str, sentence: str) -> None:
    assert problems(**{**TEST, "secret_keys": keys}) == [sentence]
    assert problems(secret_keys=keys) == [sentence]  # in the demo too


@pytest.mark.parametrize("between", [" ", "\u200b", "\n", "\x00"])
def test_a_key_in_a_list_has_no_spaces_either(between: str) -> None:
    assert problems(**{**TEST, "secret_keys": [f"{KEY}{between}{OLD_KEY}"]}) == [SHORT]


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        KEY[:32],
        KEY.upper(),
        "Zx8_-a0mQ4rT7vW2yB5nC9dE1fG3hJ6kL8pS0uX",  # secrets.token_urlsafe
        "r5T/9kQ+2wZ7xN3mB8vC1lJ6hG4fD0sA=",  # base64
        "12873460981237409812730498127304",
    ],
)
def test_a_random_key_is_taken(key: str) -> None:
    assert load(**{**TEST, "secret_keys": key}).secret_keys == [key]
    assert load(**{**TEST, "secret_keys": f"{key} , {OLD_KEY}"}).secret_keys == [key, OLD_KEY]


URL = "PUBLIC_URL: must look like https://shop.example, without a path"
HERE = "STRIPE_API_BASE: is for a sandbox on this machine only, such as http://127.0.0.1:8001"
STRIPES = "must be a key as Stripe shows it, of letters and digits only"
SERVER = "DATABASE_URL: must look like postgresql://user:password@host:5432/name; in a password @ is %40"
KINDS = "DATABASE_URL: must start with postgresql:// or sqlite:///"
WHOLE_PATH = (
    "DATABASE_URL: must be a whole path and no more, such as sqlite:////srv/shop.sqlite3 (four slashes)"
)
SMTP = (
    "SMTP_URL: must look like smtp://user:password@host:587, or smtp+starttls://, smtps://; "
    "in a password @ is %40 and / is %2F"
)
ASCII = "SMTP_URL: user and password may have plain letters, digits and signs only (ASCII)"
ADDRESS = "must be one e-mail address without a name, such as shop@shop.example"
DSN = "SENTRY_DSN: must look like https://key@host/1, as Sentry shows it"
WORD = "letters, digits and . _ - + : @ ~ =, and no spaces"
ONE_LINE = "must be a path in one line"
PUBLIC = "is a path in static/, which everybody can read"

# By the variable: the sentence that refuses these values.
HOSTILE: list[tuple[str, str, list[str]]] = [
    (
        "public_url",
        URL,
        ["https://hunter2:hunter2@shop.example", "https://@shop.example", "https://a℀hunter2/", "https://[::1"]
        + ["https://shop.example:0", "https://shop.example:-1", "https://shop.example:８０"]
        + ["https:///", "https:"]
        + ["https://shop.example'", 'https://shop.example"', "https://shop.example;script-src *", "https://*"]
        + ["https://shop.example,evil.example", "https://shop.example%0d%0a", "https://shop.example\\evil"]
        + ["https://shop..example", "https://.shop.example", "https://shop.example."]
        + [f"https://{'a' * 64}.example"]
        + [f"https://shop{each}.example" for each in BREAKS],
    ),
    (
        "stripe_api_base",
        HERE,
        ["http://127.0.0.1:port", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://[::1", "http://127.1"]
        + ["http://127.0.0.1\\@evil.example", "http://hunter2℀@127.0.0.1", "http://localhost.evil.example"]
        + [f"http://127.0.0.1{each}" for each in BREAKS if each.strip()],
    ),
    (
        "stripe_secret_key",
        f"STRIPE_SECRET_KEY: {STRIPES}",
        ["sk_test_", "sk_test_...", "sk_test_…", "sk_test_a sk_test_b", "sk_test_a,sk_test_b"]
        + ["sk_test_a\nsk_test_b", "sk_test_a'", "sk_test_é", "sk_test_a_live_b", "sk_test_a\r\nX-Evil: 1"]
        + [f"sk_test_a{each}b" for each in BREAKS],
    ),
    (
        "stripe_publishable_key",
        f"STRIPE_PUBLISHABLE_KEY: {STRIPES}",
        ["pk_test_", 'pk_test_1"', "pk_test_1'", 'pk_test_1"><script>alert(1)</script>', "pk_test_1 onload=x"]
        + ["pk_test_1, pk_test_2", "pk_test_1&amp;", "pk_test_..."]
        + [f"pk_test_a{each}b" for each in BREAKS],
    ),
    (
        "stripe_webhook_secret",
        f"STRIPE_WEBHOOK_SECRET: {STRIPES}",
        ["whsec_", "whsec_...", "whsec_1, whsec_", 'whsec_"1"', "whsec_1;", "whsec_ü"]
        + [f"whsec_a{each}b" for each in BREAKS if not each.isspace()],
    ),
    ("database_url", KINDS, ["mysql://shop", "postgresql:/shop", "sqlite://shop", "sqlite:shop", "file:///etc/passwd"]),
    (
        "database_url",
        SERVER,
        ["postgresql://u:hunter2@host:port/db", "postgresql://u:hunter2@host:/db", "postgresql://u:p@[::1/db"]
        + ["postgresql://u:p@hunter2@host/db", "postgresql://u:p@hunter2@host:5432/db", "postgresql://@@host/db"]
        + ["postgresql://u:p@.../db", f"postgresql://u:p@{'a' * 64}/db", "postgresql://u:p@host/db?port=hunter2"]
        + ["postgresql://a:1,b:2/db", "postgres://host:123456/db", "postgresql://u:hunter2@a:b:5432/db"]
        + [f"postgresql://u:hunter2{each}@host/db" for each in BREAKS],
    ),
    (
        "database_url",
        WHOLE_PATH,
        ["sqlite:///", "sqlite:///:memory:", "sqlite:///shop.db", "sqlite:///./var/shop.sqlite3", "sqlite:///../shop.db"]
        + ["sqlite:////srv/shop.sqlite3?mode=ro", "sqlite:////srv/shop.sqlite3?"],
    ),
    ("database_url", f"DATABASE_URL: {ONE_LINE}", [f"sqlite:////tmp/a{each}b.sqlite3" for each in BREAKS]),
    (
        "database_url",
        f"DATABASE_URL: {PUBLIC}",
        [f"sqlite:///{ROOT}/static/shop.sqlite3", f"sqlite:///{ROOT}/webshop/../%73tatic/css/shop.sqlite3"],
    ),
    (
        "smtp_url",
        SMTP,
        ["smtp.example", "http://smtp.example", "smtp://", "smtp:///", "smtp://user:hunter2@", "smtp://a b/"]
        + ["smtp://smtp.example:port", "smtp://smtp.example:99999", "smtp://smtp.example:0", "smtp://[::1"]
        + ["smtp://user:hunter2/rest@smtp.example", "smtp://user:hunter2#rest@smtp.example", "smtp://smtp.example/x"]
        + ["smtp://user:hunter2?rest@smtp.example", "smtp://smtp.example?a=1", "smtp://smtp.example#a"]
        + ["smtp://user:hunter2℀@smtp.example", "smtp://smtp.exämple", "smtp://smtp.example,evil.example"]
        + [f"smtp://user:hunter2{each}@smtp.example" for each in BREAKS],
    ),
    (
        "smtp_url",
        ASCII,
        ["smtp://user:hunter2%0d%0aRCPT@smtp.example", "smtp://user%0a:hunter2@smtp.example", "smtp://a%00:b@c"]
        + ["smtp://user:hunter2%C3%BC@smtp.example"],
    ),
    *(
        (
            name,
            f"{name.upper()}: {ADDRESS}",
            ["shop", "@shop.example", "shop@", "Shop <shop@shop.example>", "<shop@shop.example>"]
            + ["a@shop.example,b@shop.example", "a@shop.example; b@shop.example", "a,b@shop.example", "a:b@c"]
            + ['"a b"@shop.example', "a(b)@shop.example", "a\\b@shop.example", "a b@shop.example", "a@b@c"]
            + ["a..b@c", ".a@b", "a.@b", "a@b..c", "a@.b", "a@b.", "a@b_c.example", "a@[127.0.0.1]"]
            + ["ä@shop.example", "a@münchen.example", f"{'a' * 250}@b.example"]
            + ["a@b?subject=x", "a@b\r\nBcc: evil@evil.example"]
            + [f"shop{each}@shop.example" for each in BREAKS],
        )
        for name in ("mail_from", "owner_email")
    ),
    (
        "sentry_dsn",
        DSN,
        ["https://hunter2@host:port/1", "https://hunter2@host:0/1", "https://hunter2@[::1/1", "https://hunter2@host/"]
        + ["https://hunter2@host/1?a=1", "https://hunter2@host/1#a", "https://hunter2 @host/1", "https://@host/1"]
        + ["https://hunter2@ho st/1", "https://hunter2@hö.example/1", "https://hunter2℀@host/1", "https://a\"b@host/1"]
        + ["https://hunter2@host/a b/1", "https://hunter2@host/../1x", "https://a,b@host/1", "https://a@b@host/1"]
        + [f"https://hunter2{each}@host/1" for each in BREAKS],
    ),
    (
        "sentry_environment",
        f"SENTRY_ENVIRONMENT: may have up to 64 {WORD}",
        ["a b", "a/b", "a\\b", "a'b", 'a"b', "<b>", "é", "a" * 65, "a,b"] + [f"a{each}b" for each in BREAKS],
    ),
    (
        "release",
        f"RELEASE: may have up to 200 {WORD}",
        ["a b", "a/b", "a\\b", "a'b", 'a"b', "<b>", "é", "a" * 201, ".", ".."]
        + [f"a{each}b" for each in BREAKS],
    ),
    *(
        (name, f"{name.upper()}: {ONE_LINE}", [f"/tmp/a{each}b" for each in BREAKS])
        for name in ("data_dir", "shop_file", "catalog_file")
    ),
    ("data_dir", f"DATA_DIR: {PUBLIC}", ["static", "static/", "./static/css", f"{ROOT}/docs/../static/img"]),
    ("data_dir", "DATA_DIR: must be a folder", [f"{ROOT}/Makefile"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sentence", "value"),
    [(name, sentence, value) for name, sentence, values in HOSTILE for value in values],
)
def test_what_could_do_harm_is_refused_with_a_sentence_that_does_not_repeat_it(
    monkeypatch: pytest.MonkeyPatch, name: str, sentence: str, value: str
) -> None:
    monkeypatch.chdir(ROOT)
    told = problems(**{**TEST, "database_url": "sqlite:////tmp/x", name: value})
    assert told == [sentence]
    assert "hunter2" not in told[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "postgresql://user:pa%40ss@host:5432/name?sslmode=require"),
        ("database_url", "postgresql://shop:c4nary/db@db.example/shop"),
        ("database_url", "postgresql:///name?host=/var/run/postgresql"),
        ("database_url", "postgresql:///name?user=a@b&host=/var/run/postgresql"),
        ("database_url", "postgres://user@[fd00::5]:5432/name"),
        ("database_url", "sqlite:////srv/a shop/größe.sqlite3"),
        ("smtp_url", "smtp://smtp.example"),
        ("smtp_url", "smtp+starttls://shop%40shop.example:pa%2Fss%20word@smtp.example:587/"),
        ("smtp_url", "smtps://user:a@b@smtp.example:465"),
        ("smtp_url", "smtp://[::1]:2525"),
        ("mail_from", "shop+orders@shop.example"),
        ("mail_from", "o'neill_shop@localhost"),
        ("owner_email", "owner@xn--mnchen-3ya.example"),
        ("sentry_dsn", "https://0123abcdef:old@o1.ingest.sentry.example:8443/below/42"),
        ("sentry_environment", "staging-2"),
        ("release", "webshop@0.1.0+build.5"),
        ("release", "4b825dc"),
        ("stripe_secret_key", "rk_test_51HabcXYZ"),
        ("stripe_webhook_secret", "whsec_a1+/b=, whsec_C-_d"),
        ("stripe_api_base", "http://[::1]:8001"),
    ],
)
def test_what_does_no_harm_is_kept_as_it_is(name: str, value: str) -> None:
    assert getattr(load(**{**TEST, name: value}), name) == value


def test_paths_may_have_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "a shop? 100%20 #1"
    config = make_config(folder)
    assert config.database == f"sqlite:///{tmp_path}/a%20shop%3F%20100%2520%20%231/shop.sqlite3"


@pytest.mark.parametrize(
    ("site", "sender"),
    [
        ("https://shop.example:8443", "shop@shop.example"),
        ("https://münchen.example", "shop@xn--mnchen-3ya.example"),
        ("http://127.0.0.1:8000", "shop@127.0.0.1"),
        ("http://[::1]:8000", "shop@localhost"),
    ],
)
def test_mail_has_a_sender_wherever_the_shop_is(tmp_path: Path, site: str, sender: str) -> None:
    config = make_config(tmp_path, public_url=site)
    assert config.sender == sender
    mail = Mail("ada@example.com", "", "Your order", "text", "<p>html</p>", "<1@shop.example>")
    Folder(tmp_path, Sender(config.sender, "Shop")).send(mail)
    assert message(mail, Sender(config.sender))["From"] == sender


def test_a_live_shop_with_everything_set_opens() -> None:
    everything = {
        "database_url": "postgresql://shop:pw@db.example:5432/shop",
        "smtp_url": "smtps://shop:pw@smtp.example",
        "mail_from": "shop@shop.example",
        "owner_email": "owner@shop.example",
        "sentry_dsn": "https://key@sentry.example/1",
        "sentry_environment": "live",
        "release": "webshop@1.2.3",
    }
    try:
        assert load(**LIVE, **everything).mode == "live"
    except SettingsError as error:
        pytest.fail(str(error))
