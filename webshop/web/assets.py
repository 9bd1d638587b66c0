"""CSS, JavaScript and pictures, with addresses that change when their content does."""

import asyncio
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

FOREVER = "public, max-age=31536000, immutable"
A_WHILE = "public, max-age=3600"
PLACEHOLDER = "img/placeholder.svg"


class Assets:
    """The static folder. All of static/css/ is sent as the one file /static/shop.css, in the order of names
    after static/css/tokens.css, which puts the cascade layers in their order: no build, one request, and a
    designer still edits a file a noun.

    `watch`: look at the files each time, for whoever edits them.
    """

    def __init__(self, folder: Path, *, watch: bool) -> None:
        self._folder = folder
        self._watch = watch
        self._versions: dict[str, str] = {}

    def address(self, path: str) -> str:
        """The URL of static/`path`, which may be kept forever. Raises FileNotFoundError."""
        if self._watch or path not in self._versions:
            content = self.stylesheet() if path == "shop.css" else (self._folder / path).read_bytes()
            self._versions[path] = sha256(content).hexdigest()[:10]
        return f"/static/{path}?v={self._versions[path]}"

    def picture(self, name: str) -> str:
        """The URL of a product's picture, or of a placeholder where there is none of that name."""
        try:
            return self.address(
                PLACEHOLDER if "/" in name or name in ("", ".", "..") else f"img/products/{name}"
            )
        except (OSError, ValueError):
            return self.address(PLACEHOLDER)

    def stylesheet(self) -> bytes:
        files = sorted(
            (self._folder / "css").glob("*.css"), key=lambda file: (file.name != "tokens.css", file.name)
        )
        return b"\n".join(file.read_bytes() for file in files)

    def show_stylesheet(self, request: Request) -> Response:
        headers = {"Cache-Control": _lifetime(request.scope)}
        return Response(self.stylesheet(), media_type="text/css", headers=headers)


class StaticFolder(StaticFiles):
    """Starlette's own sends no Cache-Control, and reads on while it sends: too long a body would break it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, _nothing_more, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _lifetime(scope)
        return response


async def _nothing_more() -> Message:
    """Never comes: a file is sent whether or not somebody still waits for it."""
    message: Message = await asyncio.get_running_loop().create_future()
    return message


def _lifetime(scope: Scope) -> str:
    return FOREVER if scope["query_string"].startswith(b"v=") else A_WHILE
