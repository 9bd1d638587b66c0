"""python -m webshop serve | worker | sandbox: what runs until it is stopped."""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from webshop import app, telemetry
from webshop.db.trouble import told
from webshop.errors import Mistyped, OwnerError, Unavailable
from webshop.provider import create_provider
from webshop.serving.door import open_door
from webshop.serving.family import Family
from webshop.serving.memory import share_one_arena
from webshop.serving.server import Server, end_in_time, settings_of
from webshop.settings.advice import what_a_live_shop_lacks
from webshop.settings.model import Settings, SettingsError
from webshop.telemetry.logs import COMMANDS

log = logging.getLogger(COMMANDS)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    serve = commands.add_parser("serve", help="the shop, on PORT")
    serve.add_argument("--host", default="127.0.0.1", help="0.0.0.0 on a platform (default: %(default)s)")
    serve.set_defaults(run=_serve, log_to=sys.stdout)

    worker = commands.add_parser("worker", help="settles what no request settles; any number may run")
    worker.set_defaults(run=_worker, log_to=sys.stdout)

    sandbox = commands.add_parser("sandbox", help="the Stripe sandbox as a server of its own, on PORT")
    sandbox.add_argument(
        "--webhook", default="", help="the shop's endpoint: http://127.0.0.1:8000/stripe/webhook"
    )
    sandbox.add_argument(
        "--shop",
        default="",
        help="the shop's address, if it is not that of --webhook: https://shop.example",
    )
    sandbox.add_argument("--file", type=Path, help="where it keeps its state (default: var/sandbox.sqlite3)")
    sandbox.add_argument(
        "--faults", action="store_true", help="let fault rules kill processes: for tests only"
    )
    sandbox.set_defaults(run=_sandbox)


def _serve(options: argparse.Namespace, config: Settings) -> None:
    store = app.check(config)  # every mistake is told before the port is bound, and once, not by each worker
    door = open_door(options.host, config.port)
    payment = "its own sandbox: no real money" if config.is_demo else f"Stripe, {config.mode} mode"
    _announce(config, f"{store.name} is open at {config.url} (payments: {payment})")
    _advise(config)
    if config.is_demo:
        _announce(config, f"Its panel, for you alone: {create_provider(config).panel}")
    _tell_connections(config, config.web_concurrency, config.database_connections)
    if config.web_concurrency == 1:
        take_requests(door, config)
    else:
        Family(door, config.web_concurrency, partial(take_requests, door, config)).run()
    _announce(config, f"{store.name} is closed.")


def take_requests(
    door: socket.socket,
    config: Settings,
    parent: int | None = None,
    make: Callable[[], ASGIApp] | None = None,
) -> None:
    """Until a signal ends this process, or its parent does. `make` gives another app than the shop's."""
    share_one_arena()
    telemetry.start(config, sys.stdout)
    drain = config.drain_seconds
    try:
        Server(settings_of(make or partial(app.create_app, config), drain), drain, parent).run([door])
    except (Unavailable, SettingsError) as error:
        if parent is None:
            raise
        log.error("Process %s cannot begin: %s", os.getpid(), told(error, config) or error)
        sys.exit(1)


def _worker(_options: argparse.Namespace, config: Settings) -> None:
    worker = app.create_worker(config)
    _advise(config)
    if _is_idle(config):
        _wait_for_the_end(config)
        return
    beside = app.create_backups(config)

    def end(*_signal: object) -> None:
        worker.stop_soon()
        end_in_time()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    _announce(config, "The worker works.")
    _tell_connections(config, 1, app.connections_of_worker(config) + 2 * len(beside))  # and pg_dump's
    for each in beside:
        each.start()
    worker.run()
    for each in beside:
        each.stop()
    _announce(config, "The worker has ended.")


def _is_idle(config: Settings) -> bool:
    """With the SQLite file web does the worker's work: on a platform each process has a file of its own."""
    return config.database.startswith("sqlite")


def _wait_for_the_end(config: Settings) -> None:
    """It does not end by itself: a platform would start it again and again."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    _announce(config, "With the SQLite file web does the worker's work; this process only waits to be ended.")
    ended.wait()


def _tell_connections(config: Settings, processes: int, each: int) -> None:
    """What somebody adds up whose server allows no more than 20."""
    if not config.database.startswith("sqlite:"):
        _announce(
            config, f"Connections to the database, at most: {processes * each} (processes: {processes})"
        )


def _advise(config: Settings) -> None:
    for sentence in what_a_live_shop_lacks(config):
        log.warning(sentence)


def _announce(config: Settings, sentence: str) -> None:
    """A line of the log where a machine reads it, else a plain sentence."""
    if config.is_demo:
        print(sentence, flush=True)
    else:
        log.info(sentence)


def _sandbox(options: argparse.Namespace, config: Settings) -> None:
    # Imported by name only here, so that no other command loads it.
    import uvicorn

    from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox
    from webshop.sandbox.delivery import Delivery
    from webshop.sandbox.state.addresses import origin
    from webshop.sandbox.web import create_app

    for name, address in (("--webhook", options.webhook), ("--shop", options.shop)):
        if address and not origin(address):
            raise Mistyped(f"{name}: must begin like https://shop.example")
    url = f"http://127.0.0.1:{config.port}"
    file = options.file or config.data_dir / "sandbox.sqlite3"
    try:
        sandbox = Sandbox(
            file, base_url=url, webhook_url=options.webhook, shop_url=options.shop or options.webhook
        )
    except OSError as error:
        raise OwnerError(f"{file} cannot be used ({error}); name another with --file") from error
    print(
        f"STRIPE_API_BASE={url}\nSTRIPE_SECRET_KEY={SECRET_KEY}\nSTRIPE_PUBLISHABLE_KEY={PUBLISHABLE_KEY}\n"
        f"STRIPE_WEBHOOK_SECRET={sandbox.webhook_secret}",
        flush=True,
    )
    delivery = Delivery(sandbox)
    delivery.start()
    web = create_app(sandbox, kills=options.faults, for_owner=True)
    uvicorn.run(web, port=config.port, log_level="warning", http="httptools", access_log=False)
    delivery.stop()
