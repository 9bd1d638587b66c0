"""A small app served as the shop is, or by uvicorn alone: python -m tests.serving.stage PORT PROCESSES HOW …

HOW is "ours" or "uvicorn's"; then the seconds of the drain, and of the longest exit.
"""

import os
import sys
import time
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from webshop.serving import family, server
from webshop.serving.connections import GuardedProtocol
from webshop.serving.door import open_door
from webshop.serving.family import Family
from webshop.serving.server import Server, settings_of
from webshop.telemetry import logs
from webshop.telemetry.scrubber import Scrubber


async def hello(_request: Request) -> Response:
    return PlainTextResponse(str(os.getpid()))


async def ready(request: Request) -> Response:
    leaving = request.scope["state"].get("leaving")
    return PlainTextResponse("leaving" if leaving else "ok", 503 if leaving else 200)


def slow(request: Request) -> Response:
    """As one that waits for another company, in a thread."""
    time.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse("done")


def app() -> Starlette:
    if os.environ.get("DIES_AT_ONCE"):
        os._exit(3)
    return Starlette(routes=[Route("/", hello), Route("/readyz", ready), Route("/slow", slow)])


def serve(port: int, processes: int, drain: float) -> None:
    door = open_door("127.0.0.1", port)

    def take_requests(parent: int | None = None) -> None:
        Server(settings_of(app, drain), drain, parent).run([door])

    take_requests() if processes == 1 else Family(door, processes, take_requests).run()


if __name__ == "__main__":
    port, processes, how, drain, longest = sys.argv[1:]
    logs.start(sys.stdout, Scrubber(), as_json=False)
    if how == "ours":
        for module in (server, family):
            vars(module)["LONGEST_EXIT"] = float(longest)
        GuardedProtocol.last_seconds = 20  # whoever has them waits for a busy machine
        serve(int(port), int(processes), float(drain))
    else:
        run = partial(uvicorn.run, "tests.serving.stage:app", factory=True, http="httptools", loop="uvloop")
        run(port=int(port), workers=int(processes), log_level="error")
