"""The tools themselves: where they go, what they send, what they read, and that they find what is planted."""

import subprocess
import sys
from pathlib import Path

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.attack import control, only_here, planted
from tests.attack.by_design import unproven
from tests.attack.drafter import METHODS, Drafter
from tests.attack.findings import SERVER_ERROR, Finding
from tests.attack.fuzz import fuzz
from tests.attack.judge import House
from tests.attack.logs import judge_log
from tests.attack.premises import demo
from tests.attack.scanner import read_report
from tests.attack.survey import Survey
from tests.attack.targets import list_targets
from webshop.routes import ROUTES

HOUSE = House(https=False, origins=("http://127.0.0.1:8000",))


def test_every_address_of_the_shop_is_a_target(client: TestClient) -> None:
    targets = {target.path: target.methods for target in list_targets(client.app)}

    assert targets["/"] == {"GET", "HEAD"}
    assert targets["/checkout"] == {"GET", "HEAD", "POST"}
    assert targets["/cart/lines/change"] == {"POST"}
    assert targets["/sandbox/faults.json"] == {"GET", "HEAD", "POST", "DELETE"}
    assert targets.keys() >= {
        "/static/{path}",
        "/sandbox/static/{path}",
        "/sandbox/v1/{path}",
    }
    assert targets.keys() > {route.path_format for route in ROUTES if isinstance(route, Route)}


def visited(client: TestClient) -> Survey:
    survey = Survey(list_targets(client.app), cookie="cart=0123.abc", signing="whsec_1")
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    survey.explore(client)
    return survey


def test_whoever_looks_round_knows_parts_queries_and_forms(client: TestClient) -> None:
    survey = visited(client)

    assert set(survey.parts["/products/{slug}", "slug"]) == {"blue-mug", "bowl", "tiles", "last-vase"}
    assert {"sku": "TILES", "quantity": "0"} in survey.forms["/cart/lines/change"]
    assert {"sku": "TILES", "quantity": "1"} in survey.forms["/cart/lines"]
    assert "email" in survey.forms["/checkout"][0]
    assert survey.word("whsec_")


def test_the_same_seed_makes_the_same_requests_and_another_one_others(client: TestClient) -> None:
    survey = visited(client)
    first, again, other = (Drafter(survey, seed, "shop.example") for seed in (1, 1, 2))
    numbers = [number for number in range(300) if "webhook" not in first.draft(number).target]  # signed now

    assert [first.draft(number) for number in numbers] == [again.draft(number) for number in numbers]
    assert sum(first.draft(number).raw == other.draft(number).raw for number in numbers) < 30


def test_every_address_is_asked_with_every_method_with_htmx_and_without(client: TestClient) -> None:
    survey = visited(client)
    survey.refill = "/cart/lines"
    drafter = Drafter(survey, 1, "shop.example")
    ways = len(list_targets(client.app)) * len(METHODS) * 2
    drafts = [drafter.draft(number) for number in range(0, 3 * ways, 3)]
    refilled = [drafter.draft(number) for number in range(2, 100, 12)]

    assert len(METHODS) == 12
    assert {(draft.target, draft.method) for draft in refilled} == {("/cart/lines", "POST")}
    assert len({(draft.target, draft.method, draft.htmx) for draft in drafts}) == ways
    assert all(draft.raw.startswith(draft.method.encode()) or draft.unanswered for draft in drafts)


def test_the_fuzz_finds_the_holes_that_are_planted(tmp_path: Path) -> None:
    tried = control.run(tmp_path, seed=1, scanned=False)
    assert tried.missed == ["a form for other sites"]  # which the scanner finds


@pytest.mark.slow
def test_a_small_attack_finds_nothing_in_the_shop(tmp_path: Path) -> None:
    with demo(tmp_path) as shop:
        survey = shop.survey(shop.targets())
        house = shop.house(survey)
        outcome = fuzz(Drafter(survey, 1, shop.edge.host), house, shop.port, range(600))
    logged = [finding for log in shop.logs for finding in judge_log(house, log, outcome.findings)]

    assert (outcome.requests, [*outcome.findings, *logged]) == (600, [])
    assert outcome.statuses[200] > 60
    assert outcome.statuses[303] > 20


# The scanner


def test_a_report_is_read_with_its_requests() -> None:
    request = "GET /search?q=x HTTP/1.1\nhost: 127.0.0.1\n\n"
    entry = {"path": "/search", "info": "XSS in q", "http_request": request, "level": 2}
    report = {
        "vulnerabilities": {"Reflected Cross Site Scripting": [entry], "SQL Injection": []},
        "anomalies": {"Internal Server Error": [entry]},
    }
    assert list(read_report(report)) == [
        Finding("Reflected Cross Site Scripting", "/search", "XSS in q", request),
        Finding(SERVER_ERROR, "/search", "XSS in q", request),
    ]


def reported(kind: str, path: str, body: str = "") -> list[Finding]:
    return [Finding(kind, path, "", f"POST {path} HTTP/1.1\nhost: x\n\n{body}")]


def test_a_form_without_a_token_is_right_only_where_other_sites_are_refused(client: TestClient) -> None:
    ours = reported("Cross Site Request Forgery", "/cart/lines", "sku=TILES&quantity=1")
    sandboxs = reported("Cross Site Request Forgery", "/sandbox/webhooks", "action=hold")
    theirs = reported("Cross Site Request Forgery", "/guestbook", "text=x")

    assert unproven(HOUSE, client, [*ours, *sandboxs]) == []
    assert unproven(HOUSE, TestClient(planted.app), theirs) == theirs


def test_a_cookie_that_is_not_secure_is_right_over_http_alone(client: TestClient) -> None:
    found = reported("Secure Flag cookie", "/cart/lines")
    assert unproven(HOUSE, client, found) == []
    assert unproven(House(https=True, origins=()), client, found) == found


def test_whatever_else_is_reported_stays(client: TestClient) -> None:
    found = [*reported("SQL Injection", "/"), *reported("Clickjacking Protection", "/bare")]
    assert unproven(HOUSE, TestClient(planted.app), found) == found


def test_a_program_can_be_kept_on_this_machine(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import socket\n"
        "for address in ('192.0.2.1', 'example.com', '127.0.0.1'):\n"
        "    try:\n"
        "        socket.socket().connect((address, 1))\n"
        "    except OSError as error:\n"
        "        print(error)\n"
    )
    command = [sys.executable, str(only_here.__file__), str(program)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    assert said[:2] == ["192.0.2.1 is not this machine", "example.com is not this machine"]
    assert "refused" in said[2]
