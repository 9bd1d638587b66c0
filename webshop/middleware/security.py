"""Headers on every answer, and refusing what another site sends in a visitor's name."""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webshop.language.messages import gettext as _
from webshop.middleware.own_address import origin_as_sent
from webshop.web.pages import problem_answer

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SETTLES = frozenset({"/charge"})  # also when it is only looked at
FETCHED_BEFORE = '"prefetchCache"'  # Clear-Site-Data's word for pages that browsers have fetched ahead
SIGNED_ELSEWHERE = frozenset({"/stripe/webhook"})  # not a browser: the signature is the proof

# From https://docs.stripe.com/security/guide#content-security-policy.
STRIPE_SCRIPTS = ("https://js.stripe.com", "https://*.js.stripe.com", "https://checkout.stripe.com")
STRIPE_FRAMES = (*STRIPE_SCRIPTS, "https://hooks.stripe.com")
STRIPE_CONNECTS = ("https://api.stripe.com", "https://checkout.stripe.com")
STRIPE_PICTURES = ("https://*.stripe.com",)
STRIPE_PAGE = ("https://checkout.stripe.com",)


def content_policy(
    scripts: Iterable[str] = (),
    frames: Iterable[str] = (),
    connects: Iterable[str] = (),
    pictures: Iterable[str] = (),
    forms: Iterable[str] = (),
) -> str:
    """A strict Content-Security-Policy: this site only, plus the hosts given for each kind."""
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *scripts]),
            " ".join(["frame-src 'self'", *frames]),
            " ".join(["connect-src 'self'", *connects]),
            " ".join(["img-src 'self'", *pictures]),
            " ".join(["form-action 'self'", *forms]),
            "style-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def stripe_policy() -> str:
    """For the pages on which Stripe Checkout opens, or whose form leads to Stripe's own page."""
    return content_policy(STRIPE_SCRIPTS, STRIPE_FRAMES, STRIPE_CONNECTS, STRIPE_PICTURES, STRIPE_PAGE)


def sandbox_policy(origin: str) -> str:
    """The same for a sandbox at `origin`."""
    return content_policy([origin], [origin], [origin], [], [origin])


def with_pictures_from(policy: str, address: str) -> str:
    """The policy that takes pictures from the site at `address` as well; "" is none."""
    if not address:
        return policy
    site = urlsplit(address)
    return policy.replace("img-src 'self'", f"img-src 'self' {site.scheme}://{site.netloc}")


class SecurityHeaders:
    """Around the whole shop, so that 404, 413, 500 and static files carry the headers too. `pictures` is an
    address that pictures come from, besides the shop's own; "" is none. `rules` says where it stands which
    pages browsers may fetch before somebody asks for them."""

    def __init__(self, app: ASGIApp, pictures: str = "", rules: Callable[[], str] | None = None) -> None:
        self.app = app
        self._rules = rules
        self.headers = {
            "Content-Security-Policy": with_pictures_from(content_policy(), pictures),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin-allow-popups",  # a bank's 3-D Secure may open one
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    if not (name == "X-Frame-Options" and _may_be_framed(headers)):
                        headers.setdefault(name, value)
                if self._rules and headers.get("Content-Type", "").startswith("text/html"):
                    headers["Speculation-Rules"] = f'"{self._rules()}"'
                if may_change(scope):
                    headers["Clear-Site-Data"] = FETCHED_BEFORE
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def may_change(scope: Scope) -> bool:
    """Whether anything may be another afterwards: a cart, of which pages that were fetched before show how it
    was then, or a stock."""
    return scope["method"] not in SAFE_METHODS or scope["path"] in SETTLES


def _may_be_framed(headers: MutableHeaders) -> bool:
    """The sandbox's embedded page says so itself."""
    policy = headers.get("Content-Security-Policy", "")
    return bool(policy) and "frame-ancestors 'none'" not in policy


class SameSiteOnly:
    """No token in any form: browsers say themselves where a request comes from. (OWASP: Fetch Metadata.)

    A client that sends neither header is not a browser, and carries nobody's cookie but its own. `url` is the
    shop's origin; behind a router of another port, or without PUBLIC_URL, pages come from the request's Host.
    """

    def __init__(self, app: ASGIApp, url: str) -> None:
        self.app = app
        self._own = origin_as_sent(url)
        self._scheme = url.partition("://")[0]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_welcome(scope):
            await self.app(scope, receive, send)
            return
        sentence = _("This request came from another site and was refused.")
        answer = await run_in_threadpool(problem_answer, Request(scope), sentence, 403)
        await answer(scope, receive, send)

    def _is_welcome(self, scope: Scope) -> bool:
        if scope["method"] in SAFE_METHODS or scope["path"] in SIGNED_ELSEWHERE:
            return True
        headers = Headers(scope=scope)
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is not None:
            return fetch_site in ("same-origin", "none")
        return headers.get("origin") in (None, self._own, f"{self._scheme}://{headers.get('host')}")
