"""The command line: python -m webshop serve | worker | release | go-live | catalog | orders | limits | …"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, tzinfo
from importlib import import_module

from webshop import shop, telemetry
from webshop.db.trouble import is_mistake, told
from webshop.errors import Mistyped, OwnerError, ShopError
from webshop.language import messages
from webshop.language.messages import speaking
from webshop.settings.model import Settings, SettingsError, load
from webshop.telemetry.logs import COMMANDS
from webshop.toml_files import FileError

log = logging.getLogger(COMMANDS)

# The modules of webshop.commands and what can be typed for each, in the order in which help tells them.
MODULES = {
    "serve": ("serve", "worker", "sandbox"),
    "design": ("design",),
    "theme": ("theme",),
    "doctor": ("doctor",),
    "catalog": ("release", "import", "catalog"),
    "alarms": ("alarms",),
    "orders": ("orders",),
    "go_live": ("go-live",),
    "limits": ("limits",),
    "people": ("forget", "personal-data"),
    "backup": ("backup",),
    "restore": ("restore",),
    "reopen": ("reopen",),
}


def read(typed: Sequence[str]) -> argparse.Namespace:
    """What was typed. It knows that command, or all: what serves loads nothing that it does not need."""
    parser = argparse.ArgumentParser(prog="python -m webshop", description=__doc__)
    parser.set_defaults(log_to=sys.stderr, examines=None)
    commands = parser.add_subparsers(required=True, metavar="command")
    for module in [name for name, own in MODULES.items() if typed and typed[0] in own] or MODULES:
        import_module(f"webshop.commands.{module}").add_to(commands)
    return parser.parse_args(typed)


def run(options: argparse.Namespace) -> int:
    """Exit code 0; 2 with a line on stderr for each mistake in the settings, the files or what was typed; 1
    with a sentence for what cannot be done, or failed.

    The log is on stdout for what runs until it is stopped, and on stderr for commands, whose stdout is their
    answer.
    """
    os.umask(0o077)  # what the shop keeps (database, keys, mails) is for its owner alone
    try:
        if options.examines:  # what is wrong with the settings it tells itself
            code: int = options.examines(options)
            sys.stdout.flush()
            return code
        config = load()
        telemetry.start(config, options.log_to)
        return _run(options, config)
    except (SettingsError, FileError) as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever reads the answer has read enough: | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends
    except Exception:
        log.exception("The command failed")
        return 1
    return 0


def _run(options: argparse.Namespace, config: Settings) -> int:
    """The exit code."""
    try:
        with speaking(messages.load("en", _zone(config))):
            options.run(options, config)
        sys.stdout.flush()
    except (OwnerError, ShopError) as error:
        print(told(error, config) or error.message, file=sys.stderr)
        return 2 if isinstance(error, Mistyped) or is_mistake(error) else 1
    return 0


def _zone(config: Settings) -> tzinfo:
    """The shop's. A shop.toml with mistakes in it is named by what needs it."""
    try:
        return shop.load(config.shop_file).zone
    except FileError:
        return UTC
