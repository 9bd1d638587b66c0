"""python -m webshop theme new | take | diff | settle | check: another look of the shop."""

import argparse

from webshop.design import overrides
from webshop.errors import Mistyped, OwnerError
from webshop.looks import opening as looks
from webshop.settings.model import Settings
from webshop.settings.values import theme as known_theme
from webshop.settings.values import theme_name


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser("theme", help="another look of the shop: begin one, and keep it up to date")
    parts = parser.add_subparsers(required=True, metavar="what")

    new = parts.add_parser("new", help="begin a theme, with the shop's colours and fonts to be changed")
    new.add_argument("name", help="a to z, digits and -")
    new.set_defaults(run=_new)

    taken = parts.add_parser("take", help="override one of the shop's own files")
    taken.add_argument("name")
    taken.add_argument("file", help="such as templates/catalog/_card.html")
    taken.set_defaults(run=_take)

    diff = parts.add_parser("diff", help="what has changed in the shop's own files under each overridden one")
    diff.add_argument("name", nargs="?", default="", help="(default: THEME)")
    diff.set_defaults(run=_diff)

    settled = parts.add_parser("settle", help="what diff says of a file has been looked at")
    settled.add_argument("name")
    settled.add_argument("file")
    settled.set_defaults(run=_settle)

    check = parts.add_parser("check", help="draw every template in every state, and read every stylesheet")
    check.add_argument("name", nargs="?", default="", help="(default: THEME)")
    check.set_defaults(run=_check)


def _new(options: argparse.Namespace, _config: Settings) -> None:
    try:
        overrides.make_theme(theme_name(options.name))
    except ValueError as error:
        raise Mistyped(f"{options.name!r} {error}") from error
    print(f"themes/{options.name}/{overrides.FIRST} has the colours and fonts.")
    print(f"See it while you change it: make design THEME={options.name}")


def _take(options: argparse.Namespace, _config: Settings) -> None:
    overrides.take(_known(options.name), options.file)
    print(f"themes/{options.name}/{options.file} is yours to change.")


def _diff(options: argparse.Namespace, config: Settings) -> None:
    name = _known(options.name or config.theme)
    changed = 0
    for path, lines in overrides.differences(name):
        changed += bool(lines)
        print(*(lines or [f"{path}: nothing has changed"]), sep="\n")
    if changed:
        print(f"\nTake over what you want, then say so: python -m webshop theme settle {name} FILE")


def _settle(options: argparse.Namespace, _config: Settings) -> None:
    overrides.settle(_known(options.name), options.file)
    print(f"{options.file}: from here on, what changes is told anew.")


def _check(options: argparse.Namespace, config: Settings) -> None:
    name = _known(options.name) if options.name else config.theme
    found = 0
    for mistake in looks.inspect_looks(config.model_copy(update={"theme": name})):
        found += 1
        print(mistake)
    if found:
        raise OwnerError(f"Mistakes: {found}")
    print("Every template can be drawn in every state, and the stylesheets can be read.")


def _known(name: str) -> str:
    """Raises Mistyped."""
    try:
        known = known_theme(name)
    except ValueError as error:
        raise Mistyped(f"{name!r} {error}") from error
    if not known:
        raise Mistyped("say which theme, or set THEME")
    return known
