"""python -m webshop import: the products of another shop, written into catalog.toml."""

import argparse
from pathlib import Path

from webshop.settings.model import Settings

HELP = "write what another shop sells into catalog.toml: from Shopify, WooCommerce, Google, a plain table"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser("import", help=HELP, description=HELP)
    parser.add_argument("file", type=Path, help="its export of products: CSV, or XML of a Google feed")
    parser.add_argument("--out", type=Path, help="write it there (default: catalog.toml)")
    parser.add_argument("--pictures", action="store_true", help="fetch them into static/img/products/")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="write over other products that the file has, such as those of the demo",
    )
    parser.set_defaults(run=_import)


def _import(options: argparse.Namespace, config: Settings) -> None:
    from webshop.commands.catalog.importing import run_import  # only now: what it needs takes time to load

    run_import(options, config)
