"""For the platform: is the process alive, and can it serve."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webshop.db.migrate import is_current
from webshop.errors import Unavailable
from webshop.web.site import Site, site_of
from webshop.web.threads import one_question_of

NOT_YET = {"Retry-After": "5"}


async def alive(request: Request) -> Response:
    """Needs no thread: it answers also while all of them are busy."""
    return PlainTextResponse("ok")


async def ready(request: Request) -> Response:
    """A server that ends puts the word into its state: whoever sends visitors sends no more of them."""
    if request.scope.get("state", {}).get("leaving"):
        return PlainTextResponse("this process is leaving", 503, headers=NOT_YET)
    problem = await one_question_of(request).ask(_problem, site_of(request))
    return PlainTextResponse(problem or "ok", 503 if problem else 200, headers=NOT_YET if problem else None)


def _problem(site: Site) -> str:
    """Empty when the shop can serve."""
    try:
        return "" if is_current(site.db) else "the database is not of this version"
    except Unavailable:
        return "the database does not answer"
