"""python -m webshop orders pack: packing slips, to be printed."""

import argparse
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection

from webshop import shop
from webshop.admin import order_list
from webshop.admin.go_live import refuse_set_apart
from webshop.admin.order_list import Filter
from webshop.commands.files import write_file, write_out
from webshop.commands.orders.typed import read_order_number
from webshop.db.migrate import released
from webshop.errors import NotFound, OwnerError
from webshop.language import messages
from webshop.language.formats import format_money
from webshop.language.messages import speaking
from webshop.looks import opening as looks
from webshop.looks.paper import paper_stylesheet
from webshop.orders import queries as orders
from webshop.orders.model import Order, State
from webshop.settings.model import Settings

STYLESHEET = "packing.css"
PRINTED = "-"  # as a file: standard output


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    pack = actions.add_parser("pack", help="packing slips, a sheet an order, in one file to be printed")
    pack.add_argument("numbers", nargs="*", metavar="number", help="(default: all that is to be packed)")
    pack.add_argument(
        "--file",
        type=Path,
        help="write it there; - prints it (default: packing-slips.html in DATA_DIR)",
    )
    pack.set_defaults(run=_pack)


def _pack(options: argparse.Namespace, config: Settings) -> None:
    numbers = list(dict.fromkeys(map(read_order_number, options.numbers)))
    with released(config) as db, db.read() as connection:
        if numbers:
            found = _get_all(connection, numbers)
        else:
            to_pack = order_list.list_numbers(connection, Filter(config.mode, State.PAID, ships=True))
            found = [orders.get_order(connection, number) for number in to_pack]
    if not found:
        raise OwnerError("Nothing is to be packed: no order is paid and not yet shipped.")
    slips = _slips(config, found)
    if options.file == Path(PRINTED):
        write_out([slips])
        told = sys.stderr
    else:
        _write(options.file, config, slips)
        told = sys.stdout
    for line in _notes(found):
        print(line, file=told)


def _get_all(connection: Connection, numbers: Sequence[str]) -> list[Order]:
    """The orders. Raises OwnerError with a line for each that cannot be packed."""
    found, problems = [], []
    for number in numbers:
        try:
            found.append(_get(connection, number))
        except (NotFound, OwnerError) as error:
            problems.append(f"{number}: {error.message}")
    if problems:
        raise OwnerError("\n".join(problems))
    return found


def _get(connection: Connection, number: str) -> Order:
    order = orders.get_order(connection, number)
    refuse_set_apart(connection, order)
    if order.state not in (State.PAID, State.SHIPPED):
        raise OwnerError(f"Order {number} is {order.state}: only what is paid is packed.")
    if not order.ships:
        raise OwnerError(f"Order {number} has nothing that is shipped.")
    if order.is_erased:
        raise OwnerError(f"Name and address of order {number} have been erased.")
    return order


def _slips(config: Settings, found: Sequence[Order]) -> bytes:
    style = "data:text/css;base64," + b64encode(paper_stylesheet(config, STYLESHEET)).decode()
    with speaking(messages.load(shop.load(config.shop_file).language)):
        page = looks.paper(config).text("orders/packing.html", {"orders": found, "stylesheet": style})
    return page.encode()


def _write(file: Path | None, config: Settings, slips: bytes) -> None:
    if file is None:
        config.data_dir.mkdir(parents=True, exist_ok=True)
        file = config.data_dir / "packing-slips.html"
    write_file(file, [slips])
    print(f"Open it in a browser and print it: {file}")


def _notes(found: Sequence[Order]) -> Iterator[str]:
    yield f"{len(found)} {'order' if len(found) == 1 else 'orders'} to pack, a sheet each."
    for order in found:
        if order.state == State.SHIPPED:
            yield f"Order {order.number} is shipped already."
        if order.refunded:
            money = format_money(order.refunded, order.currency)
            yield f"Of order {order.number}, {money} was given back: look whether all of it is to be sent."
