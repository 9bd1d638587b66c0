"""The owner's commands for orders: python -m webshop orders list | find | show | pack | ship | …"""

import argparse
from typing import TypeAlias

from webshop.commands.orders import export, gaps, listing, mending, money, packing, shipping

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Actions) -> None:
    """Make the commands known to the command line."""
    parser = commands.add_parser("orders", help="look at orders, ship them, give money back")
    actions = parser.add_subparsers(required=True, metavar="action")
    for part in (listing, packing, shipping, mending, money, export, gaps):
        part.add_to(actions)
