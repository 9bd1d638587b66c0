"""Small breakages of the shop, each with the test that must notice it."""

from dataclasses import dataclass

CAUGHT = "tests/seeded/test_caught.py"
CHECKOUT = "tests/checkout/test_place.py"
FULFILMENT = "tests/admin/test_refunds.py"
SETTLEMENT = "tests/checkout/test_settle.py"
WEBHOOK = "tests/checkout/test_web_webhook.py"


@dataclass(frozen=True)
class Breakage:
    """In the file `path`, `old` stands exactly once; `new` instead of it is the fault. `test` must then fail.

    `name` says what the broken shop does.
    """

    name: str
    path: str
    old: str
    new: str
    test: str


BREAKAGES = [
    Breakage(
        "two orders of one cart may wait for payment",
        "webshop/db/migrations/versions/0001_the_first_tables.py",
        '["cart"],\n        unique=True,',
        '["cart"],\n        unique=False,',
        "tests/orders/test_orders_queries.py::test_a_cart_has_one_pending_order_and_any_number_of_others[sqlite]",
    ),
    Breakage(
        "a cart is not locked while it is bought",
        "webshop/checkout/place.py",
        "        carts.lock(connection, cart)\n",
        "",
        f"{CAUGHT}::test_a_cart_that_another_transaction_holds_is_waited_for[postgresql]",
    ),
    Breakage(
        "SQLite's transactions begin without the write lock",
        "webshop/db/engine.py",
        '"BEGIN IMMEDIATE" if writes else "BEGIN"',
        '"BEGIN"',
        "tests/db/test_engine.py::test_sqlite_takes_the_write_lock_before_the_first_statement[sqlite]",
    ),
    Breakage(
        "the stock is read, lowered here and written",
        "webshop/orders/stock.py",
        "    if (left := connection.execute(TAKE, taken).scalar()) is not None:\n",
        "    on_sale = variants.c.sku == line.sku\n"
        "    stock = connection.execute(select(variants.c.stock).where(on_sale)).scalar_one()\n"
        "    if stock is not None and stock >= line.quantity:\n"
        "        left = stock - line.quantity\n"
        "        connection.execute(update(variants).where(on_sale).values(stock=left))\n",
        f"{CAUGHT}::test_the_last_piece_that_another_transaction_is_taking_is_waited_for[postgresql]",
    ),
    Breakage(
        "a session is created without an idempotency key",
        "webshop/payments/client.py",
        'stripe.RequestOptions = {"idempotency_key": attempt.idempotency_key}',
        "stripe.RequestOptions = {}",
        f"{CHECKOUT}::test_a_lost_answer_is_asked_for_again_and_gives_the_same_session[sqlite]",
    ),
    Breakage(
        "the total that the shopper saw is not compared",
        "webshop/checkout/place.py",
        "if order.total != shown_total:",
        "if False:",
        f"{CHECKOUT}::test_another_total_than_was_shown_places_nothing[sqlite]",
    ),
    Breakage(
        "a replaced order's session can still be paid",
        "webshop/checkout/session.py",
        "if attempt.session_id and attempt.status == Status.OPEN:\n        session = _ask(stripe.expire",
        "if False:\n        session = _ask(stripe.expire",
        f"{CHECKOUT}::test_a_changed_cart_ends_the_old_session_before_the_old_order_and_gives_its_stock_back"
        "[sqlite]",
    ),
    Breakage(
        "settling does not look whether it has settled this payment already",
        "webshop/checkout/settle.py",
        "    if attempt.status in (Status.PAID, Status.SURPLUS):\n        return\n",
        "",
        f"{SETTLEMENT}::test_settling_twice_has_one_effect[sqlite]",
    ),
    Breakage(
        "whatever was received pays the order",
        "webshop/checkout/settle.py",
        "if received != agreed:",
        "if False:",
        f"{SETTLEMENT}::test_a_payment_that_does_not_match_the_order_never_pays_it[sqlite-amount]",
    ),
    Breakage(
        "an expired order keeps its stock",
        "webshop/checkout/settle.py",
        "        stock.release(connection, order)\n        orders.move(connection, order, State.EXPIRED)",
        "        orders.move(connection, order, State.EXPIRED)",
        f"{SETTLEMENT}::test_a_session_that_ran_out_gives_the_stock_back[sqlite]",
    ),
    Breakage(
        "money that turns up for a given-up attempt does not bring its session along",
        "webshop/payments/attempts.py",
        "OPEN = CHANGE.where(attempts.c.session_id.is_(None))",
        "OPEN = CHANGE.where(attempts.c.status == Status.OPENING)",
        f"{CAUGHT}::test_money_for_a_cancelled_order_whose_session_was_never_stored_pays_it_once[sqlite]",
    ),
    Breakage(
        "nobody looks after what no webhook tells",
        "webshop/worker/rounds.py",
        "    attempt = _claim_poll(db, now)\n",
        "    attempt = None\n",
        f"{CAUGHT}::test_the_worker_pays_the_order_whose_webhook_never_came[sqlite]",
    ),
    Breakage(
        "a session whose answer was lost is not looked for",
        "webshop/worker/rounds.py",
        "session_id = attempt.session_id or stripe.find_session_id(\n"
        "        attempt.order_number, attempt.number, attempt.created_at\n    )",
        "session_id = attempt.session_id",
        f"{CAUGHT}::test_the_worker_finds_the_session_whose_answer_was_lost[sqlite]",
    ),
    Breakage(
        "a refund is sent without asking whether Stripe has it",
        "webshop/payments/client.py",
        "if any(refund.request == request for refund in self.list_refunds(payment_intent)):",
        "if False:",
        f"{CAUGHT}::test_a_refund_whose_answer_was_lost_is_sent_once_even_when_its_key_is_forgotten[sqlite]",
    ),
    Breakage(
        "a mail that could not be sent is given up",
        "webshop/mail/send.py",
        "final = isinstance(error, Refused) or mail.is_overdue(now)",
        "final = True",
        "tests/mail/test_send.py::test_a_server_that_is_down_changes_nothing_but_the_time[sqlite]",
    ),
    Breakage(
        "an event of an unknown order is answered with 200",
        "webshop/checkout/webhook.py",
        "return PlainTextResponse(problem.message, problem.status)",
        "return PlainTextResponse(problem.message, 200)",
        f"{WEBHOOK}::test_an_event_of_an_order_that_we_do_not_know_is_asked_for_again[sqlite]",
    ),
    Breakage(
        "an event need not be signed",
        "webshop/payments/client.py",
        "self.client.construct_event(body, signature, secret)",
        'stripe.Event.construct_from(__import__("json").loads(body), secret)',
        "tests/payments/test_client.py::test_what_is_not_signed_for_this_shop_now_is_refused",
    ),
    Breakage(
        "an event is handled each time it comes",
        "webshop/checkout/webhook.py",
        " and not _is_known(db, event):",
        ":",
        f"{WEBHOOK}::test_a_repeated_event_is_handled_once[sqlite]",
    ),
    Breakage(
        "an event is remembered before it is handled",
        "webshop/checkout/webhook.py",
        "            _follow(db, stripe, event)\n            _remember(db, event)\n",
        "            _remember(db, event)\n            _follow(db, stripe, event)\n",
        f"{WEBHOOK}::test_an_event_that_could_not_be_handled_is_not_remembered[sqlite]",
    ),
    Breakage(
        "a refund heard of before its payment is forgotten",
        "webshop/checkout/webhook.py",
        "elif event.refunded:",
        "elif False:",
        f"{CAUGHT}::test_a_refund_heard_of_before_the_payment_is_shown_in_the_end[sqlite]",
    ),
    Breakage(
        "a cart's cookie need not be signed",
        "webshop/web/signing.py",
        "return self._read_cart(signed) if len(signed) <= LONGEST else None",
        'return signed.rpartition(".")[0] or signed',
        "tests/cart/test_web_cart.py::test_a_planted_cookie_is_never_adopted[sqlite]",
    ),
    Breakage(
        "a refund that was asked for already goes back again",
        "webshop/admin/refunds.py",
        "if before and amount is not None and not again:",
        "if False:",
        f"{FULFILMENT}::test_the_same_amount_is_the_same_request_unless_it_is_to_go_again[sqlite]",
    ),
    Breakage(
        "more goes back than was paid",
        "webshop/admin/refunds.py",
        "if minor > left:",
        "if False:",
        f"{FULFILMENT}::test_never_more_goes_back_than_was_paid[sqlite]",
    ),
    Breakage(
        "a heavy parcel costs what a light one does",
        "webshop/pricing/shipping.py",
        "light = rate.up_to_weight is None or weight <= rate.up_to_weight",
        "light = True",
        "tests/cart/test_quote.py::test_methods_are_offered_at_the_first_rate_that_fits",
    ),
    Breakage(
        "each alarm is a mail of its own",
        "webshop/mail/send.py",
        "if last is None or now - last >= BETWEEN_ALARM_MAILS:",
        "if True:",
        "tests/mail/test_alarm_mail.py::test_the_next_mail_waits_for_a_quarter_of_an_hour[sqlite]",
    ),
    Breakage(
        "the database of another mode is opened",
        "webshop/db/modes.py",
        "if theirs is not None and theirs is not mode:",
        "if False:",
        "tests/commands/test_fail_closed.py::test_on_the_database_of_another_mode_nothing_starts"
        "[sqlite-live-sandbox]",
    ),
    Breakage(
        "test money pays an order of the live shop",
        "webshop/checkout/settle.py",
        "received = Terms(session.order_number, amount, session.currency, session.livemode)",
        "received = Terms(session.order_number, amount, session.currency, agreed.livemode)",
        f"{SETTLEMENT}::test_money_of_another_kind_than_the_orders_never_pays_it[sqlite-live]",
    ),
    Breakage(
        "money revives an order that was set apart",
        "webshop/orders/queries.py",
        "return order.mode is not modes.current(connection)",
        "return False",
        "tests/admin/test_go_live.py::test_money_that_comes_for_one_of_them_revives_nothing[sqlite]",
    ),
    Breakage(
        "what anybody wrote before the proxy's word is believed",
        "webshop/web/visitor.py",
        "hops[-min(proxies, len(hops))]",
        "hops[0]",
        "tests/limits/test_web_limits.py::test_a_thousand_tokens_of_one_attacker_are_ten_questions_to_stripe"
        "[sqlite]",
    ),
    Breakage(
        "one address may hold the whole stock",
        "webshop/checkout/hoards.py",
        "if unpaid and pieces and",
        "if False and",
        "tests/checkout/test_hoards.py::test_many_carts_of_one_address_hold_a_tenth_of_the_pieces[sqlite]",
    ),
    Breakage(
        "a shopper may prolong a hold for ever",
        "webshop/checkout/session.py",
        "if latest.number >= MOST_ATTEMPTS or",
        "if False and",
        "tests/checkout/test_hoards.py::test_an_order_is_tried_five_times_and_then_lets_go_of_its_stock[sqlite]",
    ),
    Breakage(
        "a limit is never over",
        "webshop/limits/queries.py",
        '"count": case((is_over, 1), else_=limits.c.count + 1),',
        '"count": limits.c.count + 1,',
        "tests/limits/test_limits_queries.py::test_the_fourth_of_three_is_refused_until_the_time_is_over[sqlite]",
    ),
    Breakage(
        "an order is erased that was paid meanwhile",
        "webshop/admin/erasure.py",
        "orders.c.number.in_(numbers), IS_KEPT, is_over == 1)",
        "orders.c.number.in_(numbers), IS_KEPT)",
        "tests/admin/test_erasure.py::test_an_order_that_was_paid_meanwhile_is_not_erased[sqlite]",
    ),
    Breakage(
        "money makes an order paid although nobody knows any more whose it was",
        "webshop/checkout/settle.py",
        "    elif order.is_erased:\n",
        "    elif False:\n",
        f"{SETTLEMENT}::test_money_for_an_order_whose_personal_data_is_gone_goes_back_and_nobody_is_mailed"
        "[sqlite]",
    ),
    Breakage(
        "mails to one address leave without number",
        "webshop/mail/send.py",
        "            limits.check_address(connection, mail, order.email, now)\n",
        "            pass\n",
        "tests/mail/test_limits.py::test_the_seventh_mail_of_an_hour_waits_until_the_first_one_is_an_hour_old"
        "[sqlite]",
    ),
    Breakage(
        "the year of an invoice is London's",
        "webshop/orders/queries.py",
        "    year = shop_time(connection, now).year\n    values =",
        "    year = now.year\n    values =",
        "tests/checkout/test_invoices.py::test_the_year_of_an_invoice_is_the_shops"
        "[live-sqlite-Asia/Tokyo-2026-12-31T23:30:00-2027-000001]",
    ),
    Breakage(
        "a region goes with the shopper to another country",
        "webshop/checkout/page.py",
        '        return region if whose == country else ""\n',
        "        return region\n",
        "tests/checkout/test_web_regions.py::test_no_order_goes_to_another_countrys_region",
    ),
    Breakage(
        "an order whose payment is in question leaves like any other",
        "webshop/admin/shipments.py",
        "        if order.state == State.PAID and not anyway:\n",
        "        if False:\n",
        "tests/checkout/test_risks.py::test_an_order_bears_a_mark_until_it_is_over_and_well"
        "[sqlite-4000000000009235-review-review-open, rule-closed-closed]",
    ),
    Breakage(
        "pieces that were put back into stock are put back again",
        "webshop/orders/stock.py",
        "            orders.set_held(connection, order.number, line.sku, line.held - count)\n",
        "",
        "tests/admin/test_restock.py::test_what_was_not_shipped_and_goes_back_wholly_is_on_sale_again_once"
        "[sqlite]",
    ),
]
