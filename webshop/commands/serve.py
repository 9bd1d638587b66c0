"""python -m webshop serve | worker | sandbox: what runs until it is stopped."""

import argparse
import logging
import signal
import sys
from pathlib import Path

import uvicorn

from webshop import app
from webshop.commands.connections import GuardedProtocol
from webshop.errors import Mistyped
from webshop.settings.model import Settings
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
    payment = "its own sandbox: no real money" if config.is_demo else f"Stripe, {config.mode} mode"
    _announce(config, f"{store.name} is open at {config.url} (payments: {payment})")
    uvicorn.run(
        "webshop.app:from_environment",
        factory=True,
        host=options.host,
        port=config.port,
        workers=config.web_concurrency,
        http=GuardedProtocol,  # httptools: h11 lets requests through that are ambiguous behind a proxy
        ws="none",
        proxy_headers=False,  # it would take the first of X-Forwarded-For, which anybody can write
        loop="auto" if sys.platform == "win32" else "uvloop",
        timeout_keep_alive=95,  # longer than a router keeps its side open
        timeout_graceful_shutdown=25,  # a platform kills after 30
        server_header=False,
        access_log=False,
        log_config=None,  # its lines go where the shop's go
        log_level="error",  # its warnings can be written by strangers
    )


def _worker(_options: argparse.Namespace, config: Settings) -> None:
    worker = app.create_worker(config)
    beside = app.create_backups(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop_soon())
    _announce(config, "The worker works.")
    for each in beside:
        each.start()
    worker.run()
    for each in beside:
        each.stop()


def _announce(config: Settings, sentence: str) -> None:
    """A line of the log where a machine reads it, else a plain sentence."""
    if config.is_demo:
        print(sentence, flush=True)
    else:
        log.info(sentence)


def _sandbox(options: argparse.Namespace, config: Settings) -> None:
    # Imported by name only here, so that no other command loads it.
    from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox
    from webshop.sandbox.delivery import Delivery
    from webshop.sandbox.state.addresses import origin
    from webshop.sandbox.web import create_app

    for name, address in (("--webhook", options.webhook), ("--shop", options.shop)):
        if address and not origin(address):
            raise Mistyped(f"{name}: must begin like https://shop.example")
    url = f"http://127.0.0.1:{config.port}"
    sandbox = Sandbox(
        options.file or config.data_dir / "sandbox.sqlite3",
        base_url=url,
        webhook_url=options.webhook,
        shop_url=options.shop or options.webhook,
    )
    print(
        f"STRIPE_API_BASE={url}\nSTRIPE_SECRET_KEY={SECRET_KEY}\nSTRIPE_PUBLISHABLE_KEY={PUBLISHABLE_KEY}\n"
        f"STRIPE_WEBHOOK_SECRET={sandbox.webhook_secret}",
        flush=True,
    )
    delivery = Delivery(sandbox)
    delivery.start()
    web = create_app(sandbox, kills=options.faults)
    uvicorn.run(web, port=config.port, log_level="warning", http="httptools", access_log=False)
    delivery.stop()
