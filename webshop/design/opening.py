"""What the gallery works with, joined once in webshop.app."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from webshop.db.engine import Database
from webshop.design.live import silence
from webshop.design.mistakes import Explained
from webshop.design.states.bench import Bench
from webshop.design.states.pictures import KnownPictures
from webshop.design.views import NO_CACHE, Gallery
from webshop.middleware.static_folder import StaticFolder
from webshop.shop import Shop
from webshop.web.assets import Assets
from webshop.web.rendering import Renderer
from webshop.web.templates import Mistake

HERE = Path(__file__).parent


def open_gallery(pages: Renderer, assets: Assets, db: Database, store: Shop) -> Gallery:
    """Samples have the pictures that are there."""
    own = Renderer([HERE / "templates"], {"shop": store}, watch=True)
    bench = Bench(pages.folders, KnownPictures(db).finish)
    return Gallery(bench, own, assets.stylesheet, assets.stylesheets, assets.folders)


def mistakes_app(problems: Sequence[str]) -> ASGIApp:
    """While files have mistakes that no shop can be opened with: they stand at every address."""
    pages = Renderer([HERE / "templates"], {}, watch=True)
    explained = [Explained(_of_file(problem), "", []) for problem in problems]

    def tell(_request: Request) -> Response:
        return HTMLResponse(pages.text("mistakes.html", {"explained": explained}), 500, headers=NO_CACHE)

    nothing = Route("/gallery/problems", lambda _request: Response())
    return Starlette(
        routes=[gallery_files(), Route("/gallery/changes", silence), nothing, Route("/{path:path}", tell)]
    )


def _of_file(problem: str) -> Mistake:
    """ "shop.toml: currency is missing" is about that file."""
    file, colon, words = problem.partition(": ")
    return Mistake(file, 0, words) if colon and "." in file else Mistake("Settings", 0, problem)


def gallery_files() -> BaseRoute:
    """The gallery's own stylesheet and script."""
    return Mount("/gallery/static", StaticFolder(Assets([HERE / "static"], watch=True)))
