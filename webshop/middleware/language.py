"""Which language a request is answered in."""

from starlette.types import ASGIApp, Receive, Scope, Send

from webshop.language.messages import Language, use


class LanguageMiddleware:
    """Every request in the shop's one language, for now. It is chosen here and nowhere else."""

    def __init__(self, app: ASGIApp, language: Language) -> None:
        self.app = app
        self.language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        use(self.language)
        await self.app(scope, receive, send)
