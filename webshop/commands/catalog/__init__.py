"""What is sold: catalog check | load | pictures | stock | export, import, release."""

import argparse
from typing import TypeAlias

from webshop.commands.catalog import counting, export, loading, moving_in, pictures

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Actions) -> None:
    """Make the commands known to the command line."""
    loading.add_release_to(commands)
    moving_in.add_to(commands)
    parser = commands.add_parser("catalog", help="what is sold")
    actions = parser.add_subparsers(required=True, metavar="action")
    for part in (loading, pictures, counting, export):
        part.add_to(actions)
