"""An application full of holes, for the tools to find, on 127.0.0.1: `python -m tests.attack.planted PORT`.

Whatever is not a hole on purpose is as the shop does it, so that nothing else is found here.
"""

import re
import sqlite3
import sys
import traceback
from collections.abc import Callable
from html import escape

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.attack.findings import SERVER_ERROR

SECRET = "c4nary-secret-of-the-planted-application"
PERSON = "Zqgrace Zqhopper"

# Each hole: where it is, what the fuzz calls it, and what the scanner calls it.
HOLES = {
    "reflected XSS": ("/search", "reflected markup", "Reflected Cross Site Scripting"),
    "stored XSS": ("/guestbook", "stored markup", "Stored Cross Site Scripting"),
    "SQL injection": ("/item", "inside shown", "SQL Injection"),
    "open redirect": ("/go", "leads away", "Open Redirect"),
    "header injection": ("/language", "header injected", "CRLF Injection"),
    "no content policy": ("/bare", "content policy", "Content Security Policy Configuration"),
    "no nosniff": ("/bare", "security header", "MIME Type Confusion"),
    "cookie without flags": ("/login", "cookie", "HttpOnly Flag cookie"),
    "a bad number is a 500": ("/page", SERVER_ERROR, SERVER_ERROR),
    "a traceback is shown": ("/debug", "inside shown", "Information Disclosure - Full Path"),
    "a form for other sites": ("/guestbook", "", "Cross Site Request Forgery"),
    "a secret is logged": ("planted.log", "secret in the log", ""),
    "anybody sees anybody": ("/account", "somebody else's data", ""),
    "a private page is kept": ("/account", "kept in caches", ""),
}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}
HEADER = re.compile(r"[A-Za-z-]+: ?[ -~]*")
LINKS = (
    "/search?q=tea /item?id=1 /go?to=/bare /language?set=en /bare /login /page?n=1 /debug?n=1 /guestbook "
    "/account /reset?for=x"
).split()
INDEX = " ".join(f'<a href="{link}">{link}</a>' for link in LINKS)

guests: list[str] = []
items = sqlite3.connect(":memory:", check_same_thread=False)
items.executescript(
    "CREATE TABLE items (id INTEGER, name TEXT); INSERT INTO items VALUES (1, 'Cup'), (2, 'Bowl')"
)


def page(body: str, **headers: str) -> Response:
    return HTMLResponse(
        f"<!doctype html><title>Planted</title>{body}", headers={"Cache-Control": "private", **headers}
    )


async def index(_request: Request) -> Response:
    return page(INDEX)


async def search(request: Request) -> Response:
    return page(f"<h1>Nothing for {request.query_params.get('q', '')}</h1>")


async def guestbook(request: Request) -> Response:
    if request.method == "POST":
        async with request.form() as form:
            guests.append(str(form.get("text", "")))
    del guests[:-30]
    return page(f'{"<hr>".join(guests)}<form method="post" action="/guestbook"><input name="text"></form>')


async def item(request: Request) -> Response:
    try:
        rows = items.execute(f"SELECT name FROM items WHERE id = {request.query_params.get('id', '1')}")
        return page(escape(", ".join(str(row[0]) for row in rows)))
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, ValueError) as error:
        return page(escape(f"{type(error).__module__}.{type(error).__name__}: {error!r}"))


async def go(request: Request) -> Response:
    return RedirectResponse(request.query_params.get("to", "/"), 303)


async def language(request: Request) -> Response:
    """As servers do it that write what they are given: a line break begins another header."""
    first, *more = request.query_params.get("set", "en").split("\r\n")
    response = page("<p>Hello")
    for line in (f"Content-Language: {first}", *more):
        if HEADER.fullmatch(line):
            name, _colon, value = line.partition(":")
            response.raw_headers.append((name.lower().encode(), value.strip().encode()))
    return response


async def login(_request: Request) -> Response:
    return page("<p>Hello", **{"Set-Cookie": "session=1234; Path=/"})


async def number(request: Request) -> Response:
    return page(f"<p>Page {int(request.query_params.get('n', '1'))}")


async def debug(request: Request) -> Response:
    try:
        return page(f"<p>Page {int(request.query_params.get('n', '1'))}")
    except ValueError:
        return page(f"<pre>{escape(traceback.format_exc())}</pre>")


async def reset(_request: Request) -> Response:
    sys.stdout.write(f"somebody resets {SECRET}\n")
    sys.stdout.flush()
    return page("<p>Done")


async def account(_request: Request) -> Response:
    return page(f"<p>{PERSON}", **{"Cache-Control": "public, max-age=60"})


class Headers:
    """On all pages but one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] != "/bare":
                own = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *own]
            await send(message)

        await self.app(scope, receive, send_with_headers)


VIEWS: dict[str, Callable[[Request], object]] = {
    "/": index,
    "/search": search,
    "/item": item,
    "/go": go,
    "/language": language,
    "/bare": index,
    "/login": login,
    "/page": number,
    "/debug": debug,
    "/reset": reset,
    "/account": account,
}
app = Starlette(
    routes=[
        *(Route(path, view) for path, view in VIEWS.items()),
        Route("/guestbook", guestbook, methods=["GET", "POST"]),
    ],
    middleware=[Middleware(Headers)],
)
app.router.redirect_slashes = False

if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), log_level="error", http="httptools", access_log=False, server_header=False
    )
