"""Idempotency keys: the first answer again, other parameters refused, a key in use, a crash in between."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from webshop.sandbox import core
from webshop.sandbox.api import idempotency
from webshop.sandbox.core import SECRET_KEY, Response, Sandbox
from webshop.sandbox.state.work import Work
from webshop.sandbox.testing import Clock, client_of, session_params

stripe.enable_telemetry = False

FORM = {
    "mode": "payment",
    "success_url": "http://shop.test/",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "1000",
    "line_items[0][price_data][product_data][name]": "Cup",
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Sandbox:
    return Sandbox(tmp_path / "sandbox.db", base_url="http://shop.test/sandbox", clock=clock)


def post(sandbox: Sandbox, key: str, path: str = "/v1/checkout/sessions", **changes: str) -> Response:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": key}
    return sandbox.handle("POST", path, headers, urlencode(FORM | changes).encode())


def error_of(response: Response) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(response.body)["error"]
    return error


def count_sessions(sandbox: Sandbox) -> int:
    return len(client_of(sandbox).v1.checkout.sessions.list({"limit": 100}).data)


def test_the_same_key_gives_the_same_answer_and_says_so(sandbox: Sandbox) -> None:
    first, second = post(sandbox, "k"), post(sandbox, "k")
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Request-Id"] != first.headers["Request-Id"]
    assert count_sessions(sandbox) == 1


def test_the_order_of_parameters_makes_no_difference(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": "k"}
    backwards = urlencode(list(reversed(FORM.items()))).encode()
    first = post(sandbox, "k")
    assert sandbox.handle("POST", "/v1/checkout/sessions", headers, backwards).body == first.body


def test_the_same_key_with_other_parameters_is_refused(sandbox: Sandbox) -> None:
    client = client_of(sandbox)
    client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters they were first used with"):
        client.v1.checkout.sessions.create(session_params(client_reference_id="x"), {"idempotency_key": "k"})


def test_the_same_key_at_another_path_is_refused(sandbox: Sandbox) -> None:
    post(sandbox, "k")
    response = post(sandbox, "k", "/v1/refunds")
    assert (response.status, error_of(response)["type"]) == (400, "idempotency_error")
    assert "same endpoint" in error_of(response)["message"]


def test_a_refusal_before_execution_leaves_the_key_free(sandbox: Sandbox) -> None:
    assert post(sandbox, "k", mode="nonsense").status == 400
    assert post(sandbox, "k").status == 200


def test_a_wrong_secret_key_leaves_the_key_free(sandbox: Sandbox) -> None:
    headers = {"Authorization": "Bearer sk_test_other", "Idempotency-Key": "k"}
    assert sandbox.handle("POST", "/v1/checkout/sessions", headers, urlencode(FORM).encode()).status == 401
    assert post(sandbox, "k").status == 200


def test_a_refusal_during_execution_is_kept(sandbox: Sandbox) -> None:
    client = client_of(sandbox)
    session = client.v1.checkout.sessions.create(session_params())
    client.v1.checkout.sessions.expire(session.id)
    path = f"/v1/checkout/sessions/{session.id}/expire"
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": "k"}
    first, second = (sandbox.handle("POST", path, headers, b"") for _ in range(2))
    assert (first.status, second.status) == (400, 400)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_saved_500_is_replayed_and_nothing_was_done(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Response:
        raise RuntimeError("broken")

    with monkeypatch.context() as broken:
        broken.setattr(core, "execute", fail)
        assert post(sandbox, "k").status == 500
    again = post(sandbox, "k")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (500, "true")
    assert error_of(again)["type"] == "api_error"
    assert count_sessions(sandbox) == 0
    assert post(sandbox, "another").status == 200


class Interrupted(BaseException):
    """What a kill looks like from inside."""


def before_execution(sandbox: Sandbox, act: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let act run once between the claim of a key, which is committed, and the call's execution."""
    opened = []

    def work(*args: Any, **kwargs: Any) -> AbstractContextManager[Work]:
        opened.append(1)
        if len(opened) == 2:
            act()
        return Sandbox.work(sandbox, *args, **kwargs)

    monkeypatch.setattr(sandbox, "work", work)


def test_a_key_is_in_use_while_its_first_call_executes(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals: list[Response] = []
    before_execution(sandbox, lambda: rivals.append(post(sandbox, "k")), monkeypatch)
    assert post(sandbox, "k").status == 200
    assert [response.status for response in rivals] == [409]
    assert error_of(rivals[0])["code"] == "idempotency_key_in_use"
    assert post(sandbox, "k").headers["Idempotent-Replayed"] == "true"
    assert count_sessions(sandbox) == 1


def test_the_client_hears_of_a_key_in_use_as_an_api_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[stripe.APIError] = []
    client = client_of(sandbox)

    def rival() -> None:
        with pytest.raises(stripe.APIError) as error:
            client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
        heard.append(error.value)

    before_execution(sandbox, rival, monkeypatch)
    client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
    assert heard[0].http_status == 409
    assert heard[0].error is not None
    assert heard[0].error.code == "idempotency_key_in_use"


def test_a_key_left_behind_by_a_crash_is_free_again_soon(
    sandbox: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash() -> None:
        raise Interrupted

    with monkeypatch.context() as crashing:
        before_execution(sandbox, crash, crashing)
        with pytest.raises(Interrupted):
            post(sandbox, "k")
    assert post(sandbox, "k").status == 409
    clock.forward(idempotency.CLAIM_SECONDS)
    assert post(sandbox, "k").status == 200
    assert count_sessions(sandbox) == 1


def test_a_process_that_wakes_up_after_its_claim_was_taken_over_does_nothing(
    sandbox: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep_while_another_works() -> None:
        clock.forward(idempotency.CLAIM_SECONDS)
        answers.append(post(sandbox, "k"))

    answers: list[Response] = []
    before_execution(sandbox, sleep_while_another_works, monkeypatch)
    late = post(sandbox, "k")
    assert (answers[0].status, late.status) == (200, 409)
    assert count_sessions(sandbox) == 1


def test_a_crash_inside_the_transaction_leaves_nothing(
    sandbox: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise Interrupted

    with monkeypatch.context() as crashing:
        crashing.setattr(idempotency, "_keep", crash)
        with pytest.raises(Interrupted):
            post(sandbox, "k")
    assert count_sessions(sandbox) == 0
    clock.forward(idempotency.CLAIM_SECONDS)
    assert post(sandbox, "k").status == 200


def test_twenty_threads_with_one_key_make_one_session(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(sandbox, "k"), range(20)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert len({answer.body for answer in answers if answer.status == 200}) == 1
    assert count_sessions(sandbox) == 1


def test_forty_threads_with_keys_of_their_own_make_forty_sessions(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: post(sandbox, f"k{n}"), range(40)))
    assert [answer.status for answer in answers] == [200] * 40
    assert count_sessions(sandbox) == 40


def _open_and_post(path: Path, barrier: Any, results: Any) -> None:
    barrier.wait()
    sandbox = Sandbox(path, base_url="http://shop.test/sandbox")
    statuses = [post(sandbox, f"k{n}").status for n in range(10)]
    results.put((sandbox.webhook_secret, statuses))


def test_processes_share_one_file_from_the_first_moment(tmp_path: Path) -> None:
    """All open the same new file at once: one secret, and each key executed once among them."""
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(4), spawn.Queue()
    path = tmp_path / "shared.db"
    processes = [spawn.Process(target=_open_and_post, args=(path, barrier, results)) for _ in range(4)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)
    results.close()
    results.join_thread()
    assert len({secret for secret, _ in found}) == 1
    assert {status for _, statuses in found for status in statuses} <= {200, 409}
    assert count_sessions(Sandbox(path, base_url="http://shop.test/sandbox")) == 10


def test_keys_are_forgotten_after_a_day(sandbox: Sandbox, clock: Clock) -> None:
    first = post(sandbox, "k")
    clock.forward(24 * 3600 - 1)
    assert post(sandbox, "k").body == first.body
    clock.forward(1)
    assert post(sandbox, "k").body != first.body


def test_a_replay_does_not_mind_that_time_has_passed(sandbox: Sandbox, clock: Clock) -> None:
    """Its expires_at would be refused now, but it was right when the call was made."""
    moment = str(int(clock()) + 1800)
    first = post(sandbox, "k", expires_at=moment)
    clock.forward(1200)
    assert post(sandbox, "k", expires_at=moment).body == first.body


def test_a_key_is_at_most_255_characters_long(sandbox: Sandbox) -> None:
    assert post(sandbox, "k" * 255).status == 200
    assert post(sandbox, "k" * 256).status == 400


def test_without_a_key_every_call_is_a_new_one(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}"}
    for _ in range(2):
        sandbox.handle("POST", "/v1/checkout/sessions", headers, urlencode(FORM).encode())
    assert count_sessions(sandbox) == 2
