"""The command line: python -m webshop serve | worker | release | orders | catalog | alarms | sandbox."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from webshop import app, owner_commands, settings, shop, telemetry
from webshop.catalog import queries as products
from webshop.catalog.file import missing_pictures, read_catalog
from webshop.catalog.model import Product
from webshop.db.migrate import migrated
from webshop.errors import Invalid, ShopError
from webshop.orders import stock
from webshop.settings import ROOT, Settings, SettingsError
from webshop.telemetry.logs import COMMANDS
from webshop.toml_files import FileError

log = logging.getLogger(COMMANDS)

PICTURES = ROOT / "static" / "img" / "products"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0; 2 with a line on stderr for each mistake in the settings, the files or what was typed; 1
    with a sentence for what cannot be done, or failed.

    The log is on stdout for what runs until it is stopped, and on stderr for commands, whose stdout is their
    answer.
    """
    options = _parser().parse_args(arguments)
    try:
        config = settings.load()
        telemetry.start(config, sys.stdout if options.run in (_serve, _worker) else sys.stderr)
        options.run(options, config)
    except (SettingsError, FileError) as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except ShopError as error:
        print(error.message, file=sys.stderr)
        return 2 if isinstance(error, Invalid) else 1
    except Exception:
        log.exception("The command failed")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m webshop", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser("serve", help="the shop, on PORT")
    serve.add_argument("--host", default="127.0.0.1", help="0.0.0.0 on a platform (default: %(default)s)")
    serve.set_defaults(run=_serve)

    release = commands.add_parser("release", help="bring the database to this version and load catalog.toml")
    release.set_defaults(run=_load_catalog)

    worker = commands.add_parser("worker", help="settles what no request settles; any number may run")
    worker.set_defaults(run=_worker)

    owner_commands.add_to(commands)

    catalog_parser = commands.add_parser("catalog", help="what is sold")
    actions = catalog_parser.add_subparsers(required=True, metavar="action")
    actions.add_parser("check", help="find mistakes in catalog.toml").set_defaults(run=_check_catalog)
    actions.add_parser("load", help="make the shop sell what catalog.toml says").set_defaults(
        run=_load_catalog
    )
    count = actions.add_parser("stock", help="set how many pieces of a sku can be bought")
    count.add_argument("sku")
    count.add_argument("pieces", help='a number, or "unlimited"')
    count.set_defaults(run=_set_stock)

    sandbox = commands.add_parser("sandbox", help="the Stripe sandbox as a server of its own, on PORT")
    sandbox.add_argument(
        "--webhook", default="", help="the shop's endpoint: http://127.0.0.1:8000/stripe/webhook"
    )
    sandbox.add_argument("--file", type=Path, help="where it keeps its state (default: var/sandbox.sqlite3)")
    sandbox.add_argument(
        "--faults", action="store_true", help="let fault rules kill processes: for tests only"
    )
    sandbox.set_defaults(run=_sandbox)
    return parser


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
        http="httptools",  # h11 lets requests through that are ambiguous behind a proxy
        loop="auto" if sys.platform == "win32" else "uvloop",
        timeout_keep_alive=95,  # longer than a router keeps its side open
        timeout_graceful_shutdown=25,  # a platform kills after 30
        server_header=False,
        access_log=False,
        log_config=None,  # its lines go where the shop's go
        log_level="warning",
    )


def _worker(_options: argparse.Namespace, config: Settings) -> None:
    worker = app.create_worker(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop_soon())
    _announce(config, "The worker works.")
    worker.run()


def _announce(config: Settings, sentence: str) -> None:
    """A line of the log where a machine reads it, else a plain sentence."""
    if config.is_demo:
        print(sentence, flush=True)
    else:
        log.info(sentence)


def _check_catalog(_options: argparse.Namespace, config: Settings) -> None:
    found = read_catalog(config.catalog_file, shop.load(config.shop_file).currency, pictures=PICTURES)
    print(f"{config.catalog_file.name} is fine: {_count(found)}.")


def _load_catalog(_options: argparse.Namespace, config: Settings) -> None:
    found = read_catalog(config.catalog_file, shop.load(config.shop_file).currency)
    with migrated(config.database) as db, db.write() as connection:
        otherwise = products.load(connection, found)
    print(f"The shop sells {_count(found)}.")
    for words in missing_pictures(found, PICTURES):
        print(f"{words}; a placeholder is shown")
    for words in otherwise:
        print(words)
    if otherwise:
        print("Loading touches no stock: python -m webshop catalog stock SKU NUMBER sets it.")


def _count(found: list[Product]) -> str:
    return f"{len(found)} products in {sum(len(product.variants) for product in found)} variants"


def _set_stock(options: argparse.Namespace, config: Settings) -> None:
    pieces = None if options.pieces == "unlimited" else _pieces(options.pieces)
    with migrated(config.database) as db, db.write() as connection:
        stock.count(connection, options.sku, pieces)
    print(f"{options.sku}: {options.pieces}")


def _pieces(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise SettingsError([f"{text!r} is neither a number of pieces nor unlimited"])
    return int(text)


def _sandbox(options: argparse.Namespace, config: Settings) -> None:
    # Imported by name only here, so that no other command loads it.
    from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox
    from webshop.sandbox.delivery import Delivery
    from webshop.sandbox.web import create_app

    url = f"http://127.0.0.1:{config.port}"
    sandbox = Sandbox(
        options.file or config.data_dir / "sandbox.sqlite3", base_url=url, webhook_url=options.webhook
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


if __name__ == "__main__":
    sys.exit(main())
