"""python -m webshop design: the shop while somebody designs it. Pages follow the files as they are saved."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp

from webshop import app
from webshop.commands.serve import take_requests
from webshop.design.opening import mistakes_app
from webshop.edited_files import is_edited
from webshop.errors import Mistyped, OwnerError
from webshop.serving.door import open_door
from webshop.settings.mode import ShopMode
from webshop.settings.model import ROOT, Settings, SettingsError, load
from webshop.toml_files import FileError

log = logging.getLogger(__name__)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser(
        "design", help="the shop while its looks are changed: make design THEME=name"
    )
    parser.set_defaults(run=_design, log_to=sys.stdout)


def _design(_options: argparse.Namespace, config: Settings) -> None:
    if config.mode is ShopMode.LIVE:
        raise Mistyped("design is not for a shop that takes real money: unset Stripe's live keys")
    try:
        from watchfiles import run_process
    except ImportError as error:
        raise OwnerError("design needs watchfiles, which make design installs") from error
    print(f"Pages: {config.url}\nAll templates in all states: {config.url}/gallery", flush=True)
    code = ROOT / "webshop"
    # A stream of events would hold the process until its patience ends.
    run_process(code, config.shop_file.parent, target=serve_once, watch_filter=begins_anew, sigint_timeout=1)


def begins_anew(_change: object, path: str) -> bool:
    """Whether the shop reads this file only when it starts."""
    folders = Path(path).relative_to(ROOT).parts[:-1] if Path(path).is_relative_to(ROOT) else ()
    is_read = path.endswith((".toml", ".py")) and is_edited(Path(path))
    return is_read and not {"templates", "themes", "tests", ".venv", "var"} & {*folders}


def serve_once() -> None:
    """In a process of its own, until a file changes that only a start reads."""
    config = load(design=True, drain_seconds=0)
    door = open_door("127.0.0.1", config.port)
    make = _shop_or_mistakes(config)
    take_requests(door, config, make=make)


def _shop_or_mistakes(config: Settings) -> Callable[[], ASGIApp]:
    """The shop; or, while its files have mistakes, what says so at every address."""
    try:
        app.check(config)
    except (FileError, SettingsError) as error:
        found = error.problems
        for problem in found:
            print(problem, flush=True)
        return lambda: mistakes_app(found)
    return lambda: app.create_app(config)
