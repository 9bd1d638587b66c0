"""python -m webshop doctor: what it prints, how it ends, and what it never does."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.doctor.premises import Good, paper_shop
from tests.keys import KEY, LIVE_KEYS, TEST_KEYS
from webshop.__main__ import main
from webshop.commands import doctor
from webshop.db.engine import Database
from webshop.db.migrate import migrate
from webshop.doctor.examination import CHECKS, examine, may_take_money
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.payments.client import Payments
from webshop.provider import Provider
from webshop.sandbox.client import SandboxHTTPClient
from webshop.sandbox.core import SECRET_KEY, Sandbox
from webshop.settings.model import Settings
from webshop.web.templates import Mistake

SECRET = "sk_live_51Hx7mQz"

# What the environment says instead of what is right, and what must be named.
PROBLEMS: dict[str, tuple[dict[str, str], str]] = {
    "half a set of keys": ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
    "live and test mixed": ({"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}, "STRIPE_PUBLISHABLE_KEY"),
    "swapped keys": ({"STRIPE_SECRET_KEY": "pk_live_1"}, "STRIPE_SECRET_KEY"),
    "quoted key": ({"STRIPE_SECRET_KEY": "'sk_live_1'"}, "STRIPE_SECRET_KEY"),
    "no TLS": ({"PUBLIC_URL": "http://shop.example"}, "PUBLIC_URL"),
    "a path": ({"PUBLIC_URL": "https://shop.example/shop"}, "PUBLIC_URL"),
    "no address": ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
    "no secret keys": ({"SECRET_KEYS": ""}, "SECRET_KEYS"),
    "a short key": ({"SECRET_KEYS": "short"}, "SECRET_KEYS"),
    "a made-up key": ({"SECRET_KEYS": "changeme" * 5}, "SECRET_KEYS"),
    "another database": ({"DATABASE_URL": "mysql://host/shop"}, "DATABASE_URL"),
    "a relative file": ({"DATABASE_URL": "sqlite:shop.db"}, "DATABASE_URL"),
    "mail without a scheme": ({"SMTP_URL": "smtp.example:587"}, "SMTP_URL"),
    "no owner's address": ({"OWNER_EMAIL": "me"}, "OWNER_EMAIL"),
    "no process": ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY"),
    "no port": ({"PORT": "abc"}, "PORT"),
    "another Stripe": ({"STRIPE_API_BASE": "http://127.0.0.1:1"}, "STRIPE_API_BASE"),
    "a disk that is wiped": ({"DYNO": "web.1", "DATABASE_URL": ""}, "DATABASE_URL"),
    "negative proxies": ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
}


@pytest.fixture(autouse=True)
def _no_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LIVE_KEYS.items():
        monkeypatch.setenv(name, value)


def told(said: Any, *options: str) -> tuple[int, list[dict[str, str]]]:
    code, out, err = said("doctor", "--json", *options)
    assert err == []
    return code, json.loads("\n".join(out))["findings"]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, list[str], list[str]]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run


@pytest.mark.parametrize("how", PROBLEMS)
def test_a_problem_of_the_settings_is_a_finding(
    live: None, said: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    wrong, name = PROBLEMS[how]
    for each, value in wrong.items():
        monkeypatch.setenv(each, value)
    code, findings = told(said)
    assert code == 1
    [problem] = [each for each in findings if each["id"] == "settings.problem"]
    assert name in problem["what"]
    assert problem["cure"]


def test_all_problems_come_at_once(live: None, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "abc", "OWNER_EMAIL": "me", "SMTPURL": "smtp://x", "DEBUG": "1"}.items():
        monkeypatch.setenv(name, value)
    _code, findings = told(said)
    ids = sorted(each["id"] for each in findings)
    problems = ["settings.problem", "settings.problem"]
    assert ids == ["settings.debug", "settings.mistyped", *problems, "settings.rest"]


def test_mistakes_in_the_env_file_are_named_by_line(said: Any, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "PORT=8000\n\nSTRIPE_SECRET_KEY sk_live_1\nDATABASE-URL=postgresql://u:p@h/n\n"
    )
    code, findings = told(said)
    words = {each["id"]: each["what"] for each in findings}
    assert code == 1
    assert words["settings.env_file"] == ".env, line 3, is not read"
    assert words["settings.mistyped"].startswith("DATABASE-URL is set")


def test_a_demo_without_any_setting_is_told_what_it_lacks_and_nothing_is_written(
    said: Any, tmp_path: Path
) -> None:
    code, out, err = said("doctor")
    assert (code, err) == (1, [])
    for name in ("STRIPE_SECRET_KEY", "PUBLIC_URL", "OWNER_EMAIL", "SMTP_URL"):
        assert any(name in line for line in out), name
    assert out[-1].startswith("This shop may not take real money yet: ")
    assert list(tmp_path.iterdir()) == []


def test_what_is_printed_is_ascii_and_short(said: Any, shop_folder: Path) -> None:
    _code, out, _err = said("doctor")
    assert [line for line in out if len(line.replace(str(shop_folder), "/var/lib/webshop")) > 100] == []
    assert [line for line in out if not line.isascii()] == []


def test_the_json_has_the_shape_that_is_documented(said: Any) -> None:
    code, out, _err = said("doctor", "--json")
    answer = json.loads("\n".join(out))
    assert code == 1
    assert answer.keys() == {"may_take_real_money", "findings"}
    assert answer["may_take_real_money"] is False
    for each in answer["findings"]:
        assert each.keys() == {"id", "kind", "what", "why", "cure"}
        assert each["kind"] in ("error", "warning", "fine")
        assert all(each[name] for name in ("what", "why", "cure")) == (each["kind"] != "fine")


@pytest.mark.parametrize("in_use", [False, True])
def test_nothing_is_written_beside_a_database_either(
    said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_use: bool
) -> None:
    """So that it works on a disk that cannot be written, too, and says so. (Root may write anywhere, so that
    only what the system says is made up here.)"""
    data = tmp_path / "my data? 50%20#1"
    monkeypatch.setenv("DATA_DIR", str(data))
    db = Database(f"sqlite:///{quote(str(data / 'shop.sqlite3'))}")
    migrate(db)
    reader = db.engine.connect() if in_use else None
    if not in_use:
        db.engine.dispose()
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and may(path, mode))
    _code, findings = told(said)
    kinds = {each["id"]: each["kind"] for each in findings}
    assert kinds["database.reachable"] == kinds["database.migrated"] == "fine"
    assert kinds["database.writable"] == "error"
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.suffix != ".sqlite3-shm"} == {
        name: content for name, content in before.items() if not name.endswith("-shm")
    }
    if reader:
        reader.close()
    db.engine.dispose()


def examined(good: Good) -> Examined:
    return Examined(good.config, good.payments)


@pytest.fixture
def good(tmp_path: Path) -> Good:
    return paper_shop(tmp_path)


def test_a_check_that_fails_or_hangs_is_a_finding_and_stops_no_other(good: Good) -> None:
    over = threading.Event()

    def hangs(_examined: Examined) -> Findings:
        over.wait(30)
        return []

    def fails(_examined: Examined) -> Iterator[Finding]:
        yield fine("mail.owner", "seen so far")
        raise ZeroDivisionError("sk_live_secret")

    def works(_examined: Examined) -> Findings:
        return [fine("public.ready", "fine")]

    found = examine(examined(good), (("stripe", hangs), ("mail", fails), ("public", works)), longest=2)
    over.set()
    assert [(each.id, each.kind) for each in found] == [
        ("stripe.check", "error"),
        ("mail.owner", "fine"),
        ("mail.check", "error"),
        ("public.ready", "fine"),
    ]
    assert "sk_live_secret" not in str(found)


def test_a_doctor_that_runs_out_of_time_has_told_what_was_found(
    good: Good, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the catalogue waits for no drawing."""
    over = threading.Event()

    def slow(_config: Settings) -> Iterator[Mistake]:
        yield Mistake("templates/cart/_line.html", 3, "broken")
        over.wait(30)

    monkeypatch.setattr("webshop.doctor.files.inspect_looks", slow)
    checks = [each for each in CHECKS if each[0] == "files"]
    found = examine(examined(good), checks, longest=5)
    over.set()
    told = [(each.id, each.kind) for each in found if each.id in ("files.templates", "files.check")]
    assert told == [("files.templates", "error"), ("files.check", "error")]
    assert "files.catalogue" in [each.id for each in found]


def test_no_secret_is_printed_whoever_repeats_it(good: Good) -> None:
    secrets = {
        "stripe_secret_key": SECRET,
        "database_url": "postgresql://shop:dbpass%40word@127.0.0.1:1/shop",
        "smtp_url": "smtp://shop:mail-pass-word@127.0.0.1:1",
    }
    shop = good.set_to(**secrets)

    def repeats(examined: Examined) -> Findings:
        given = [*examined.config.secrets, "dbpass@word"]
        return [error("mail.server", secret, secret, f"not {secret}") for secret in given]

    found = str(examine(examined(shop), (("mail", repeats),)))
    for secret in (SECRET, "dbpass", "mail-pass-word", KEY, str(good.values["stripe_webhook_secret"])):
        assert secret not in found


def test_a_short_password_hides_no_words(good: Good) -> None:
    def says(_examined: Examined) -> Findings:
        return [error("mail.server", "the shop's p is p", "smtp://u:p@host", "a password")]

    [found] = examine(examined(good.set_to(smtp_url="smtp://u:p@127.0.0.1:1")), (("mail", says),))
    assert (found.what, found.why) == ("the shop's [hidden] is [hidden]", "smtp://u:[hidden]@host")
    assert found.cure == "a password"


def test_no_secret_is_printed_when_nothing_answers(good: Good) -> None:
    shop = good.set_to(
        stripe_secret_key=SECRET,
        database_url="postgresql://shop:dbpassword@127.0.0.1:1/shop",
        smtp_url="smtp://shop:mail-pass-word@127.0.0.1:1",
        public_url="https://127.0.0.1:1",
    )
    found = shop.found()
    assert {"database.reachable", "mail.server", "stripe.key", "public.connection", "webhook.event"} <= {
        each.id for each in found
    }
    for secret in (SECRET, "dbpassword", "mail-pass-word", KEY, str(good.values["stripe_webhook_secret"])):
        assert secret not in str(found)


def test_warnings_do_not_stand_in_the_way_of_money() -> None:
    assert may_take_money([fine("a.b", "c"), warning("a.c", "d", "e", "f")])
    assert not may_take_money([error("a.b", "c", "d", "e")])


def test_test_mode_is_told_from_live(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**TEST_KEYS, "STRIPE_API_BASE": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    code, findings = told(said)
    words = {each["id"]: each["what"] for each in findings}
    assert code == 1
    assert "test mode" in words["settings.mode"]
    assert words["stripe.key"] == "Stripe does not answer"


def test_the_first_webhook_is_made_before_the_other_settings_are_there(
    said: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its secret is one of them."""
    sandbox = Sandbox(tmp_path / "stripe.sqlite3", base_url="http://127.0.0.1:1", shop_url="")
    payments = Payments(SECRET_KEY, "", [], script="", http_client=SandboxHTTPClient(sandbox))
    monkeypatch.setattr(doctor, "create_provider", lambda _config: Provider(payments, ""))
    monkeypatch.setenv("STRIPE_SECRET_KEY", SECRET_KEY)
    for mistaken in ("", "shop.example"):
        monkeypatch.setenv("PUBLIC_URL", mistaken)
        assert not any("whsec_" in line for line in said("doctor", "--create-webhook")[1])
    monkeypatch.setenv("PUBLIC_URL", "https://shop.example")
    assert not any("whsec_" in line for line in said("doctor")[1])
    code, out, _err = said("doctor", "--create-webhook")
    assert code == 1  # the shop does not start with these
    assert "  ERROR  STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET: missing, unlike STRIPE_SECRET_KEY" in out
    [told] = [line.strip() for line in out if "whsec_" in line]
    assert told.startswith("whsec_")
    with sandbox.work() as work:
        [made] = work.select("webhook_endpoint", {})
    assert made["url"] == "https://shop.example/stripe/webhook"
